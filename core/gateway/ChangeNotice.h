// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFileSystemWatcher>
#include <QString>
#include <QTimer>

#include <functional>
#include <memory>

namespace fairlead::gateway {

/// How processes that share a data folder tell each other that apps, keys or the config have changed: a file
/// that is written to and watched. `fairleadctl app add` works at once in a server that runs, without
/// polling.
class ChangeNotice
{
public:
    void setFolder(const QString &folder);
    /// Tells the others.
    void announce();
    /// Calls back (coalesced) when somebody else announced. Watching twice changes nothing.
    void watch(std::function<void()> changed);

private:
    [[nodiscard]] QByteArray content() const;

    QString m_path;
    QByteArray m_own; ///< what we wrote last, so that we do not hear ourselves
    std::unique_ptr<QFileSystemWatcher> m_watcher;
    std::unique_ptr<QTimer> m_delay;
};

} // namespace fairlead::gateway
