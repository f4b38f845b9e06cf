// SPDX-License-Identifier: GPL-3.0-or-later
#include "gateway/ChangeNotice.h"

#include "base/Ids.h"
#include "base/Logging.h"

#include <QFile>

namespace fairlead::gateway {

namespace {
// One command may announce several changes.
constexpr std::chrono::milliseconds kCoalesce{30};
constexpr int kTokenLength = 12;
} // namespace

void ChangeNotice::setFolder(const QString &folder)
{
    m_path = folder + QStringLiteral("/changed");
}

QByteArray ChangeNotice::content() const
{
    QFile file(m_path);
    return file.open(QIODevice::ReadOnly) ? file.read(kTokenLength) : QByteArray();
}

void ChangeNotice::announce()
{
    // Written in place: a watcher follows the file, not its name.
    QFile file(m_path);
    m_own = randomToken(kTokenLength);
    if (!file.open(QIODevice::WriteOnly) || file.write(m_own) != m_own.size())
        qCWarning(lcGateway).noquote()
            << "A running server will not hear of this change:" << file.errorString();
}

void ChangeNotice::watch(std::function<void()> changed)
{
    if (m_watcher)
        return;
    if (!QFile::exists(m_path))
        announce();
    m_delay = std::make_unique<QTimer>();
    m_delay->setSingleShot(true);
    m_delay->setInterval(kCoalesce);
    m_watcher = std::make_unique<QFileSystemWatcher>();
    m_watcher->addPath(m_path);
    QObject::connect(
        m_watcher.get(), &QFileSystemWatcher::fileChanged, m_delay.get(), [this] { m_delay->start(); });
    QObject::connect(m_delay.get(), &QTimer::timeout, m_watcher.get(), [this, changed = std::move(changed)] {
        if (!m_watcher->files().contains(m_path))
            m_watcher->addPath(m_path); // the file was replaced
        if (content() != m_own)
            changed();
    });
}

} // namespace fairlead::gateway
