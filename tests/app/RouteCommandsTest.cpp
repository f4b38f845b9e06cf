// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/Program.h"
#include "support/Await.h"

#include <QJsonArray>
#include <QTest>

#include <csignal>

using namespace fairlead::test;

namespace {

const QByteArray kConfig
    = QByteArray("{'server':{'auth':'none'},'providers':[{'id':'demo'}],'routes':["
                 "{'model':'smart','targets':[{'target':'demo/slow','when':{'tools':true}},"
                 "'backup',{'target':'demo/fast','shadow':true}]},"
                 "{'model':'backup','targets':['demo/tools']}]}")
          .replace('\'', '"');

QStringList words(const char *line)
{
    return QString::fromUtf8(line).split(u' ', Qt::SkipEmptyParts);
}

} // namespace

/// Routes, through the real program.
class RouteCommandsTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void explainsAndSimulatesWhatWasAsked()
    {
        Home home;
        home.writeConfig(kConfig);
        QByteArray id;
        {
            ServerProcess server(home);
            const ServerProcess::Answer answer = server.chat("smart", QByteArray());
            QCOMPARE(answer.status, 200);
            id = answer.requestId;
            server.send(SIGTERM);
            QCOMPARE(server.waitForExit(), 0);
        }
        const QJsonObject told
            = home.run({QStringLiteral("explain"), QString::fromUtf8(id), QStringLiteral("--json")}).json();
        const QJsonObject request = told[QLatin1String("request")].toObject();
        QCOMPARE(request[QLatin1String("route")].toString(), QStringLiteral("smart"));
        QCOMPARE(request[QLatin1String("role")].toString(), QStringLiteral("request"));
        const QJsonArray candidates = request[QLatin1String("candidates")].toArray();
        QCOMPARE(candidates.size(), 3);
        QCOMPARE(candidates[0][QLatin1String("model")].toString(), QStringLiteral("tools"));
        QCOMPARE(candidates[0][QLatin1String("taken")].toBool(), true);
        QCOMPARE(candidates[1][QLatin1String("reason")].toString(), QStringLiteral("only with tools"));
        const QJsonArray besides = told[QLatin1String("besides")].toArray();
        QCOMPARE(besides.size(), 1);
        QCOMPARE(besides[0][QLatin1String("role")].toString(), QStringLiteral("shadow"));
        const Outcome page = home.run({QStringLiteral("explain"), QString::fromUtf8(id)});
        QVERIFY2(page.out.contains("only with tools"), page.out.constData());

        // The same rule moves nobody; another does. The shadow is no request.
        QJsonObject same
            = home.run(words("route simulate smart --json")).json()[QLatin1String("routes")][0].toObject();
        QCOMPARE(same[QLatin1String("requests")].toInt(), 1);
        QCOMPARE(same[QLatin1String("moved")].toInt(), 0);
        const QByteArray rule
            = QByteArray("{'model':'smart','targets':['demo/fast','backup']}").replace('\'', '"');
        const QJsonObject other = home.run(words("route simulate --rule - --json"), rule)
                                      .json()[QLatin1String("routes")][0]
                                      .toObject();
        QCOMPARE(other[QLatin1String("moved")].toInt(), 1);
        QCOMPARE(
            other[QLatin1String("moves")][0][QLatin1String("to")].toString(), QStringLiteral("demo/fast"));
        QVERIFY(home.run(words("route simulate")).out.contains("would have gone elsewhere  0"));
    }

    void listsRoutesAsTheyAreWritten()
    {
        const Home home;
        home.writeConfig(kConfig);
        const QByteArray out = home.run(words("route list")).out;
        QVERIFY2(out.contains("only with tools"), out.constData());
        const QJsonArray routes
            = home.run(words("route list --json")).json()[QLatin1String("routes")].toArray();
        QCOMPARE(routes.size(), 2);
        QCOMPARE(
            routes[0][QLatin1String("targets")][0][QLatin1String("when")][QLatin1String("tools")].toBool(),
            true);
    }

    void mistakesAreSaidWithTheirLine_data()
    {
        QTest::addColumn<QStringList>("arguments");
        QTest::addColumn<QByteArray>("rule");
        QTest::addColumn<QByteArray>("message");
        const QStringList rule = words("route simulate --rule -");
        QTest::newRow("no such route")
            << words("route simulate nobody") << QByteArray() << QByteArray("There is no route \"nobody\"");
        QTest::newRow("no such file") << words("route simulate --rule nowhere.json") << QByteArray()
                                      << QByteArray("nowhere.json: cannot be read");
        QTest::newRow("no JSON") << rule << QByteArray("smart") << QByteArray("line 1");
        QTest::newRow("zero weight") << rule
                                     << QByteArray(
                                            "{\"model\":\"x\",\n\"targets\":[{\"target\":\"demo/fast\",\n"
                                            "\"weight\":0}]}")
                                     << QByteArray("line 3: routes[0].targets[0].weight");
        QTest::newRow("circle") << rule << QByteArray("{\"model\":\"backup\",\"targets\":[\"smart\"]}")
                                << QByteArray("goes round in a circle: backup -> smart -> backup");
        QTest::newRow("missing model") << rule << QByteArray("{\"model\":\"x\",\"targets\":[\"demo/none\"]}")
                                       << QByteArray("names the model \"none\"");
    }
    void mistakesAreSaidWithTheirLine()
    {
        QFETCH(QStringList, arguments);
        QFETCH(QByteArray, rule);
        QFETCH(QByteArray, message);
        const Home home;
        home.writeConfig(kConfig);
        const Outcome outcome = home.run(arguments, rule);
        QCOMPARE(outcome.exitCode, 1);
        QVERIFY2(outcome.err.contains(message), outcome.err.constData());
    }

    void aReloadWithAnErrorChangesNothing()
    {
        Home home;
        home.writeConfig(kConfig);
        ServerProcess server(home);
        home.writeConfig(QByteArray(kConfig).replace("\"demo/tools\"", "\n\"smart\""));
        server.send(SIGHUP);
        QByteArray log;
        QVERIFY(waitUntil([&] {
            log = server.log();
            return log.contains("goes round in a circle");
        }));
        QVERIFY2(log.contains("line "), log.constData());
        QCOMPARE(server.chat("smart", QByteArray()).status, 200);
        server.send(SIGTERM);
        QCOMPARE(server.waitForExit(), 0);
    }
};

QTEST_GUILESS_MAIN(RouteCommandsTest)
#include "RouteCommandsTest.moc"
