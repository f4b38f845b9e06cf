// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/Program.h"
#include "support/Await.h"

#include <QRegularExpression>
#include <QTcpServer>
#include <QTest>

#include <csignal>

using namespace fairlead::test;

/// `fairleadctl serve`, the contract that scripts and service units rely on.
class ServeTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void oneLineSaysWhereItListens()
    {
        const Home home;
        ServerProcess server(home);
        static const QRegularExpression line(
            QStringLiteral("^fairlead: listening on http://127\\.0\\.0\\.1:[0-9]+\\n$"));
        QVERIFY2(QString::fromUtf8(server.announcement()).contains(line), server.announcement().constData());
        QCOMPARE(server.get(QStringLiteral("/health"), {}).status, 200);
        server.send(SIGTERM);
        QCOMPARE(server.waitForExit(), 0);
        QCOMPARE(server.lastOutput(), QByteArray());
    }

    void theFirstStartShowsATokenOnce()
    {
        const Home home;
        QByteArray token;
        {
            ServerProcess first(home);
            token = first.token();
            QVERIFY2(token.size() > 30, first.log().constData());
            QVERIFY(first.log().contains("curl " + first.url().toUtf8() + "/v1/chat/completions"));
            QVERIFY(first.log().contains("demo/fast"));
            QCOMPARE(first.chat("demo/fast", token).status, 200);
            QCOMPARE(first.chat("demo/fast", "fl-wrong").status, 401);
            first.send(SIGINT);
            QCOMPARE(first.waitForExit(), 0);
        }
        QVERIFY(!home.holds(token));
        ServerProcess second(home);
        QCOMPARE(second.token(), QByteArray());
        QCOMPARE(second.chat("demo/fast", token).status, 200);
    }

    void noTokenIsMadeWhereNoneIsNeeded()
    {
        const Home home;
        home.writeConfig("{ \"server\": { \"auth\": \"none\" } }");
        ServerProcess server(home);
        QCOMPARE(server.chat("demo/fast", {}).status, 200);
        QCOMPARE(server.token(), QByteArray());
    }

    void tokensMadeAndRevokedElsewhereCountAtOnce()
    {
        const Home home;
        ServerProcess server(home);
        const QByteArray token
            = home.run({QStringLiteral("app"), QStringLiteral("add"), QStringLiteral("editor")})
                  .out.trimmed();
        QVERIFY(token.startsWith("fl-"));
        QVERIFY(waitUntil([&] { return server.get(QStringLiteral("/v1/models"), token).status == 200; }));
        QCOMPARE(
            home.run({QStringLiteral("app"), QStringLiteral("revoke"), QStringLiteral("editor")}).exitCode,
            0);
        QVERIFY(waitUntil([&] { return server.get(QStringLiteral("/v1/models"), token).status == 401; }));
    }

    void aTakenPortIsAnError()
    {
        QTcpServer taken;
        QVERIFY(taken.listen(QHostAddress::LocalHost));
        const Home home;
        const QString port = QString::number(taken.serverPort());
        const Outcome outcome = home.run({QStringLiteral("serve"), QStringLiteral("--port"), port});
        QCOMPARE(outcome.exitCode, 1);
        QVERIFY2(outcome.err.contains(port.toUtf8()), outcome.err.constData());
        QCOMPARE(outcome.out, QByteArray());
    }

    void aBadConfigNamesLineAndKey()
    {
        const Home home;
        home.writeConfig("{\n  \"routs\": []\n}\n");
        const Outcome outcome
            = home.run({QStringLiteral("serve"), QStringLiteral("--port"), QStringLiteral("0")});
        QCOMPARE(outcome.exitCode, 1);
        QVERIFY2(outcome.err.contains("line 2") && outcome.err.contains("routs"), outcome.err.constData());
    }

    void hangupReadsTheConfigAgainAndKeepsTheOldOneOnError()
    {
        const Home home;
        ServerProcess server(home);
        const QByteArray token = server.token();
        home.writeConfig("{ \"routes\": [ { \"model\": \"smart\", \"targets\": [ \"demo/fast\" ] } ] }");
        server.send(SIGHUP);
        QVERIFY(waitUntil([&] { return server.chat("smart", token).status == 200; }));
        home.writeConfig("{\n\n  \"routs\": []\n}\n");
        server.send(SIGHUP);
        QVERIFY(waitUntil([&] { return server.log().contains("routs"); }));
        QVERIFY(server.log().contains("line 3"));
        QCOMPARE(server.chat("smart", token).status, 200);
    }

    void secondSignalEndsAtOnce()
    {
        const Home home;
        ServerProcess server(home, {QStringLiteral("--drain-seconds"), QStringLiteral("600")});
        // A stream that runs keeps the first one waiting.
        QTcpSocket client;
        const QUrl url(server.url());
        client.connectToHost(url.host(), static_cast<quint16>(url.port()));
        const QByteArray body
            = "{\"model\":\"demo/"
              "slow\",\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}";
        client.write(
            "POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer " + server.token()
            + "\r\nContent-Type: application/json\r\nContent-Length: " + QByteArray::number(body.size())
            + "\r\n\r\n" + body);
        QVERIFY(waitUntil([&] { return client.bytesAvailable() > 0; }));
        server.send(SIGTERM);
        QVERIFY(waitUntil([&] { return server.log().contains("stopping"); }));
        server.send(SIGTERM);
        QCOMPARE(server.waitForExit(), 128 + SIGTERM);
    }
};

QTEST_GUILESS_MAIN(ServeTest)
#include "ServeTest.moc"
