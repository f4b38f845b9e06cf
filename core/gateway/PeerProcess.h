// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QString>

#include <optional>

namespace fairlead::gateway {

/// The program at the other end of a connection of this machine.
struct PeerProcess {
    qint64 pid = 0;
    QByteArray name; ///< "cursor"
    QString path; ///< "/usr/bin/cursor"; empty if we may not know

    /// Tells this run of it from others: numbers are used again.
    [[nodiscard]] QString key() const { return QString::number(pid) + QLatin1Char(' ') + path; }
};

/// Whose socket a peer ("127.0.0.1:54321", "[::1]:54321") that is connected to our port is, where the system
/// tells: /proc on Linux, and only of processes of the same user. Reads many small files: not for the gateway
/// thread.
[[nodiscard]] std::optional<PeerProcess>
findPeerProcess(const QByteArray &peer, quint16 port, const QString &proc = QStringLiteral("/proc"));

} // namespace fairlead::gateway
