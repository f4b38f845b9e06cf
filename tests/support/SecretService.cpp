// SPDX-License-Identifier: GPL-3.0-or-later
#include "support/SecretService.h"

#include <QDBusConnection>
#include <QDBusConnectionInterface>
#include <QDBusMessage>
#include <QDBusObjectPath>
#include <QDBusReply>
#include <QDataStream>
#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QLocalSocket>
#include <QtEndian>

#include <csignal>
#include <sys/prctl.h>

namespace fairlead::test {

namespace {

// No service files: nothing may be started on this bus but what we start, above all no prompter.
constexpr auto kBusConfig
    = R"(<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:dir=@DIR@</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
)";

const QString kService = QStringLiteral("org.freedesktop.secrets");
const QString kCollection = QStringLiteral("/org/freedesktop/secrets/collection/login");
constexpr auto kPassword = "password of the test keyring";

void endWithUs(QProcess &process)
{
    process.setChildProcessModifier([] { ::prctl(PR_SET_PDEATHSIG, SIGKILL); });
}

void end(QProcess &process)
{
    if (process.state() == QProcess::NotRunning)
        return;
    process.terminate();
    if (!process.waitForFinished(3000)) {
        process.kill();
        process.waitForFinished(3000);
    }
}

} // namespace

SecretService::SecretService()
{
    if (startBus())
        static_cast<void>(startKeyring());
}

SecretService::~SecretService()
{
    end(m_keyring);
    end(m_bus);
}

bool SecretService::startBus()
{
    const QString dir = m_directory.path();
    for (const char *name : {"XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR"}) {
        const QString place = dir + QLatin1Char('/') + QLatin1String(name).toString().toLower();
        QDir().mkpath(place);
        QFile::setPermissions(place, QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
        qputenv(name, place.toLocal8Bit());
    }
    qputenv("HOME", dir.toLocal8Bit());
    qunsetenv("DISPLAY");
    qunsetenv("WAYLAND_DISPLAY");
    qunsetenv("XDG_CURRENT_DESKTOP");

    QFile config(dir + QLatin1String("/bus.conf"));
    if (!config.open(QIODevice::WriteOnly))
        return false;
    config.write(QByteArray(kBusConfig).replace("@DIR@", dir.toLocal8Bit()));
    config.close();
    endWithUs(m_bus);
    m_bus.start(
        QStringLiteral("dbus-daemon"), {QLatin1String("--config-file=") + config.fileName(),
                                        QStringLiteral("--nofork"), QStringLiteral("--print-address=1")});
    if (!m_bus.waitForStarted() || !m_bus.waitForReadyRead(10'000)) {
        m_problem = QLatin1String("dbus-daemon did not start (Debian: dbus-daemon): ") + m_bus.errorString();
        return false;
    }
    qputenv("DBUS_SESSION_BUS_ADDRESS", m_bus.readLine().trimmed());
    return true;
}

bool SecretService::startKeyring()
{
    endWithUs(m_keyring);
    m_keyring.setProcessChannelMode(QProcess::MergedChannels);
    m_keyring.start(
        QStringLiteral("gnome-keyring-daemon"),
        {QStringLiteral("--foreground"), QStringLiteral("--unlock"), QStringLiteral("--components=secrets"),
         QLatin1String("--control-directory=") + m_directory.filePath(QStringLiteral("control"))});
    if (!m_keyring.waitForStarted()) {
        m_problem = QLatin1String("gnome-keyring-daemon did not start (Debian: gnome-keyring): ")
                    + m_keyring.errorString();
        return false;
    }
    m_keyring.write(kPassword);
    m_keyring.closeWriteChannel();
    QElapsedTimer waited;
    waited.start();
    while (!QDBusConnection::sessionBus().interface()->isServiceRegistered(kService)) {
        if (waited.elapsed() > 10'000 || m_keyring.waitForFinished(10)) {
            m_problem = QLatin1String("gnome-keyring-daemon does not answer: ")
                        + QString::fromLocal8Bit(m_keyring.readAll());
            return false;
        }
    }
    return true;
}

qsizetype SecretService::entryCount() const
{
    QDBusMessage call = QDBusMessage::createMethodCall(
        kService, kCollection, QStringLiteral("org.freedesktop.DBus.Properties"), QStringLiteral("Get"));
    call << QStringLiteral("org.freedesktop.Secret.Collection") << QStringLiteral("Items");
    const QDBusReply<QVariant> items = QDBusConnection::sessionBus().call(call);
    return items.isValid() ? qdbus_cast<QList<QDBusObjectPath>>(items.value()).size() : -1;
}

bool SecretService::lock()
{
    QDBusMessage call = QDBusMessage::createMethodCall(
        kService, QStringLiteral("/org/freedesktop/secrets"),
        QStringLiteral("org.freedesktop.Secret.Service"), QStringLiteral("Lock"));
    const QList<QDBusObjectPath> login{QDBusObjectPath(kCollection)};
    call << QVariant::fromValue(login);
    return QDBusConnection::sessionBus().call(call).type() == QDBusMessage::ReplyMessage;
}

bool SecretService::unlock()
{
    // What the login manager says on the control socket (gnome-keyring, pam/gkr-pam-client.c): a byte for the
    // credentials, then lengths in network order: the whole packet, the operation, the password.
    constexpr quint32 kUnlock = 1;
    const QByteArray password(kPassword);
    QByteArray packet;
    QDataStream out(&packet, QIODevice::WriteOnly);
    out << quint32(0) << kUnlock << password; // a QByteArray is written as its length and its bytes
    qToBigEndian(quint32(packet.size()), packet.data());

    QLocalSocket socket;
    socket.connectToServer(m_directory.filePath(QStringLiteral("control/control")));
    if (!socket.waitForConnected(5000))
        return false;
    socket.write(QByteArray(1, '\0') + packet);
    while (socket.bytesAvailable() < 8) {
        if (!socket.waitForReadyRead(5000))
            return false;
    }
    return qFromBigEndian<quint32>(socket.read(8).constData() + 4) == 0;
}

void SecretService::pause()
{
    ::kill(static_cast<pid_t>(m_keyring.processId()), SIGSTOP);
}

void SecretService::resume()
{
    ::kill(static_cast<pid_t>(m_keyring.processId()), SIGCONT);
}

void SecretService::stop()
{
    end(m_keyring);
}

} // namespace fairlead::test
