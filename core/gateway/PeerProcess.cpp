// SPDX-License-Identifier: GPL-3.0-or-later
#include "gateway/PeerProcess.h"

#include <QDir>
#include <QDirIterator>
#include <QFile>
#include <QFileInfo>
#include <QHostAddress>
#include <QtEndian>

#include <array>

namespace fairlead::gateway {

namespace {

/// As proc(5) writes it: four bytes at a time in the machine's order, the port in the network's.
QByteArray procAddress(const QHostAddress &address, quint16 port)
{
    QByteArray text;
    const auto append = [&text](const uchar *bytes) {
        text += QByteArray::number(qFromUnaligned<quint32>(bytes), 16).rightJustified(8, '0');
    };
    bool isV4 = false;
    const quint32 v4 = qToBigEndian(address.toIPv4Address(&isV4));
    if (isV4 && address.protocol() == QAbstractSocket::IPv4Protocol) {
        append(reinterpret_cast<const uchar *>(&v4));
    } else {
        const Q_IPV6ADDR v6 = address.toIPv6Address();
        for (int i = 0; i < 16; i += 4)
            append(v6.c + i);
    }
    text += ':' + QByteArray::number(port, 16).rightJustified(4, '0');
    return text.toUpper();
}

/// The inode of the socket at that local address that is connected to our port; empty if there is none.
QByteArray inodeOf(const QString &table, const QByteArray &local, quint16 port)
{
    enum Column { Local = 1, Remote = 2, Inode = 9 };
    QFile file(table);
    if (!file.open(QIODevice::ReadOnly))
        return {};
    const QByteArray remote = ':' + QByteArray::number(port, 16).rightJustified(4, '0').toUpper();
    const QList<QByteArray> lines = file.readAll().split('\n');
    for (const QByteArray &line : lines) {
        const QList<QByteArray> columns = line.simplified().split(' ');
        if (columns.size() > Inode && columns[Local] == local && columns[Remote].endsWith(remote))
            return columns[Inode];
    }
    return {};
}

/// Which process holds the socket open.
std::optional<PeerProcess> holderOf(const QByteArray &inode, const QString &proc)
{
    const QString link = QStringLiteral("socket:[") + QString::fromLatin1(inode) + QLatin1Char(']');
    QDirIterator processes(proc, QDir::Dirs | QDir::NoDotAndDotDot);
    while (processes.hasNext()) {
        const QString folder = processes.next();
        bool isProcess = false;
        const qint64 pid = processes.fileName().toLongLong(&isProcess);
        if (!isProcess)
            continue;
        QDirIterator files(folder + QStringLiteral("/fd"), QDir::System | QDir::Files);
        while (files.hasNext()) {
            files.next();
            if (!files.fileInfo().symLinkTarget().endsWith(link))
                continue;
            PeerProcess found;
            found.pid = pid;
            found.path = QFileInfo(folder + QStringLiteral("/exe")).symLinkTarget();
            QFile name(folder + QStringLiteral("/comm"));
            if (name.open(QIODevice::ReadOnly))
                found.name = name.readAll().trimmed();
            return found;
        }
    }
    return std::nullopt;
}

} // namespace

std::optional<PeerProcess> findPeerProcess(const QByteArray &peer, quint16 port, const QString &proc)
{
    const qsizetype colon = peer.lastIndexOf(':');
    if (colon < 0)
        return std::nullopt;
    QByteArray host = peer.left(colon);
    if (host.startsWith('[') && host.endsWith(']'))
        host = host.sliced(1, host.size() - 2);
    const QHostAddress address(QString::fromLatin1(host));
    const quint16 peerPort = peer.mid(colon + 1).toUShort();
    if (!address.isLoopback() || peerPort == 0)
        return std::nullopt;
    const bool v4 = address.protocol() == QAbstractSocket::IPv4Protocol;
    QByteArray inode = inodeOf(
        proc + (v4 ? QStringLiteral("/net/tcp") : QStringLiteral("/net/tcp6")),
        procAddress(address, peerPort), port);
    // Many programs open sockets for both families and call themselves ::ffff:127.0.0.1.
    if (inode.isEmpty() && v4)
        inode = inodeOf(
            proc + QStringLiteral("/net/tcp6"),
            procAddress(QHostAddress(QStringLiteral("::ffff:") + address.toString()), peerPort), port);
    return inode.isEmpty() || inode == "0" ? std::nullopt : holderOf(inode, proc);
}

} // namespace fairlead::gateway
