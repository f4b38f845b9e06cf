// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/Program.h"

#include "support/Await.h"

#include <QDirIterator>
#include <QJsonDocument>
#include <QNetworkAccessManager>
#include <QNetworkReply>

#include <csignal>

namespace fairlead::test {

namespace {

constexpr int kPatienceMs = 20'000;

QString program()
{
    return QString::fromUtf8(FAIRLEADCTL);
}

ServerProcess::Answer finish(QNetworkReply *reply)
{
    waitUntil([&] { return reply->isFinished(); });
    ServerProcess::Answer answer;
    answer.status = reply->attribute(QNetworkRequest::HttpStatusCodeAttribute).toInt();
    answer.body = reply->readAll();
    answer.requestId = reply->rawHeader("x-fairlead-request-id");
    delete reply;
    return answer;
}

QNetworkRequest requestFor(const QUrl &url, const QByteArray &token)
{
    QNetworkRequest request(url);
    request.setRawHeader("content-type", "application/json");
    if (!token.isEmpty())
        request.setRawHeader("authorization", "Bearer " + token);
    return request;
}

} // namespace

QJsonObject Outcome::json() const
{
    return QJsonDocument::fromJson(out).object();
}

Home::Home()
    : m_environment(QProcessEnvironment::systemEnvironment())
{
    m_environment.insert(QStringLiteral("XDG_CONFIG_HOME"), path(QStringLiteral("config")));
    m_environment.insert(QStringLiteral("XDG_DATA_HOME"), path(QStringLiteral("data")));
    m_environment.insert(QStringLiteral("HOME"), m_dir.path());
    m_environment.insert(QStringLiteral("XDG_RUNTIME_DIR"), m_dir.path());
    // No keychain: that of whoever runs the tests is not ours to touch.
    m_environment.remove(QStringLiteral("DBUS_SESSION_BUS_ADDRESS"));
    m_environment.remove(QStringLiteral("DISPLAY"));
    m_environment.remove(QStringLiteral("QT_NO_GLIB"));
    m_environment.remove(QStringLiteral("OPENAI_API_KEY"));
}

QString Home::configPath() const
{
    return path(QStringLiteral("config/fairlead/config.json"));
}

void Home::writeConfig(const QByteArray &json) const
{
    QDir().mkpath(QFileInfo(configPath()).path());
    QFile file(configPath());
    if (!file.open(QIODevice::WriteOnly | QIODevice::Truncate) || file.write(json) != json.size())
        qFatal("the test's config could not be written");
}

Outcome Home::run(const QStringList &arguments, const QByteArray &input) const
{
    QProcess process;
    process.setProcessEnvironment(m_environment);
    process.start(program(), arguments);
    process.write(input);
    process.closeWriteChannel();
    Outcome outcome;
    if (process.waitForFinished(kPatienceMs) && process.exitStatus() == QProcess::NormalExit)
        outcome.exitCode = process.exitCode();
    outcome.out = process.readAllStandardOutput();
    outcome.err = process.readAllStandardError();
    return outcome;
}

bool Home::holds(const QByteArray &bytes) const
{
    for (QDirIterator files(m_dir.path(), QDir::Files | QDir::Hidden, QDirIterator::Subdirectories);
         files.hasNext();) {
        QFile file(files.next());
        if (file.open(QIODevice::ReadOnly) && file.readAll().contains(bytes))
            return true;
    }
    return false;
}

ServerProcess::ServerProcess(const Home &home, const QStringList &arguments)
{
    m_process.setProcessEnvironment(home.environment());
    m_process.start(
        program(),
        QStringList{QStringLiteral("serve"), QStringLiteral("--port"), QStringLiteral("0")} + arguments);
    waitUntil([&] {
        m_announcement += m_process.readAllStandardOutput();
        return m_announcement.endsWith('\n') || m_process.state() == QProcess::NotRunning;
    });
}

ServerProcess::~ServerProcess()
{
    if (m_process.state() == QProcess::NotRunning)
        return;
    m_process.kill();
    m_process.waitForFinished();
}

QString ServerProcess::url() const
{
    return QString::fromUtf8(m_announcement).section(u' ', -1).trimmed();
}

QByteArray ServerProcess::log()
{
    m_log += m_process.readAllStandardError();
    return m_log;
}

QByteArray ServerProcess::token()
{
    for (const QByteArray &line : log().split('\n')) {
        if (line.startsWith("    fl-"))
            return line.trimmed();
    }
    return {};
}

void ServerProcess::send(int signal) const
{
    ::kill(static_cast<pid_t>(m_process.processId()), signal);
}

int ServerProcess::waitForExit()
{
    const bool ended = m_process.state() == QProcess::NotRunning || m_process.waitForFinished(kPatienceMs);
    return ended && m_process.exitStatus() == QProcess::NormalExit ? m_process.exitCode() : -1;
}

ServerProcess::Answer ServerProcess::get(const QString &path, const QByteArray &token) const
{
    QNetworkAccessManager client;
    return finish(client.get(requestFor(QUrl(url() + path), token)));
}

ServerProcess::Answer ServerProcess::chat(const QByteArray &model, const QByteArray &token) const
{
    QNetworkAccessManager client;
    const QByteArray body = "{\"model\":\"" + model
                            + "\",\"messages\":[{\"role\":\"user\",\"content\":\"What is a fairlead?\"}]}";
    return finish(client.post(requestFor(QUrl(url() + QStringLiteral("/v1/chat/completions")), token), body));
}

} // namespace fairlead::test
