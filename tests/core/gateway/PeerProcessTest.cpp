// SPDX-License-Identifier: GPL-3.0-or-later
#include "gateway/PeerProcess.h"

#include "support/Await.h"

#include <QCoreApplication>
#include <QFileInfo>
#include <QTcpServer>
#include <QTcpSocket>
#include <QTest>

using namespace fairlead;
using namespace fairlead::gateway;

class PeerProcessTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void findsThisVeryProgram_data()
    {
        QTest::addColumn<QString>("address");
        QTest::newRow("IPv4") << QStringLiteral("127.0.0.1");
        QTest::newRow("IPv6") << QStringLiteral("::1");
    }
    void findsThisVeryProgram()
    {
        QFETCH(QString, address);
        QTcpServer server;
        if (!server.listen(QHostAddress(address)))
            QSKIP("the machine has no such address");
        QTcpSocket client;
        client.connectToHost(QHostAddress(address), server.serverPort());
        QVERIFY(test::waitUntil([&] { return client.state() == QAbstractSocket::ConnectedState; }));
        const QByteArray host = client.localAddress().toString().toLatin1();
        const QByteArray peer
            = (host.contains(':') ? '[' + host + ']' : host) + ':' + QByteArray::number(client.localPort());
        const auto found = findPeerProcess(peer, server.serverPort());
#ifdef Q_OS_LINUX
        QVERIFY(found);
        QCOMPARE(found->pid, QCoreApplication::applicationPid());
        QCOMPARE(found->path, QCoreApplication::applicationFilePath());
        QVERIFY(QFileInfo(found->path).fileName().toUtf8().startsWith(found->name)); // of 15 letters at most
        QVERIFY(!findPeerProcess(peer, quint16(server.serverPort() + 1)));
#else
        QVERIFY(!found);
#endif
    }

    void othersAreNotGuessed_data()
    {
        QTest::addColumn<QByteArray>("peer");
        QTest::newRow("another machine") << QByteArray("192.0.2.7:5000");
        QTest::newRow("no port") << QByteArray("127.0.0.1");
        QTest::newRow("no number") << QByteArray("127.0.0.1:x");
        QTest::newRow("nothing") << QByteArray();
        QTest::newRow("nobody there") << QByteArray("127.0.0.1:1");
    }
    void othersAreNotGuessed()
    {
        QFETCH(QByteArray, peer);
        QVERIFY(!findPeerProcess(peer, 5323));
    }
};

QTEST_GUILESS_MAIN(PeerProcessTest)
#include "PeerProcessTest.moc"
