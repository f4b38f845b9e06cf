// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/Program.h"

#include <QJsonArray>
#include <QTest>

#include <algorithm>

using namespace fairlead::test;

namespace {

constexpr char kCanary[] = "sk-proj-canary0123456789abcdefABCDEF";

QStringList words(const char *line)
{
    return QString::fromUtf8(line).split(u' ', Qt::SkipEmptyParts);
}

} // namespace

/// Everything but `serve`, through the real program.
class CommandsTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void askPrintsTheAnswerAndBooksIt()
    {
        const Home home;
        const Outcome answer = home.run(words("ask -m demo/fast What is a fairlead?"));
        QCOMPARE(answer.exitCode, 0);
        QVERIFY2(answer.out.contains("What is a fairlead?"), answer.out.constData());
        QVERIFY2(answer.err.contains("first token"), answer.err.constData());

        const QJsonArray rows = home.run(words("log --json")).json()[QLatin1String("requests")].toArray();
        QCOMPARE(rows.size(), 1);
        const QJsonObject row = rows.first().toObject();
        const QString id = row[QLatin1String("id")].toString();
        QVERIFY(answer.err.contains(id.toUtf8()));
        QCOMPARE(row[QLatin1String("status")].toString(), QStringLiteral("ok"));
        QCOMPARE(row[QLatin1String("cost_usd")].toString(), QStringLiteral("0"));
        QVERIFY(row[QLatin1String("first_reasoning_ms")].isNull());
        QVERIFY(home.run(words("log")).out.contains(id.toUtf8()));

        const QJsonObject total = home.run(words("usage --json")).json()[QLatin1String("total")].toObject();
        QCOMPARE(total[QLatin1String("requests")].toInt(), 1);
        QVERIFY(home.run(words("usage --by day")).out.contains("total"));

        const Outcome receipt = home.run({QStringLiteral("explain"), id});
        QVERIFY2(receipt.out.contains("demo/fast@"), receipt.out.constData());
        const QJsonObject json = home.run({QStringLiteral("explain"), id, QStringLiteral("--json")}).json();
        QVERIFY(json[QLatin1String("receipt")].toObject()[QLatin1String("matches_booked")].toBool());
        QCOMPARE(home.run(words("explain req_nothing")).exitCode, 1);
    }

    void aPromptMayBePipedIn()
    {
        const Home home;
        const Outcome answer = home.run(words("ask --no-stream Look: -"), "piped words");
        QCOMPARE(answer.exitCode, 0);
        QVERIFY2(answer.out.contains("piped words"), answer.out.constData());
        QCOMPARE(home.run(words("ask"), " \n").exitCode, 2);
    }

    void failuresAreToldAndCounted()
    {
        const Home home;
        const Outcome down = home.run(words("ask -m nobody/knows hi"));
        QCOMPARE(down.exitCode, 1);
        QVERIFY2(down.err.contains("nobody/knows"), down.err.constData());
        const QJsonObject json = home.run(words("ask -m nobody/knows --json hi")).json();
        QCOMPARE(
            json[QLatin1String("request")].toObject()[QLatin1String("failure")].toString(),
            QStringLiteral("model_missing"));
    }

    void compareShowsEveryAnswer()
    {
        const Home home;
        const Outcome outcome = home.run(words("compare -m demo/fast -m demo/tools --json hi"));
        QCOMPARE(outcome.exitCode, 0);
        const QJsonArray answers = outcome.json()[QLatin1String("answers")].toArray();
        QCOMPARE(answers.size(), 2);
        for (const auto &answer : answers)
            QVERIFY(answer.toObject()[QLatin1String("text")].toString().contains(QLatin1String("hi")));
        QVERIFY(answers[1].toObject()[QLatin1String("output_tokens")].toInt() > 0);
        QCOMPARE(home.run(words("compare -m demo/fast hi")).exitCode, 2);
    }

    void everyAnswerIsJsonIfAsked_data()
    {
        QTest::addColumn<QByteArray>("line");
        QTest::addColumn<QString>("member");
        QTest::newRow("models") << QByteArray("models") << QStringLiteral("models");
        QTest::newRow("models of one") << QByteArray("models --provider demo") << QStringLiteral("models");
        QTest::newRow("providers") << QByteArray("providers --all") << QStringLiteral("providers");
        QTest::newRow("key list") << QByteArray("key list") << QStringLiteral("keys");
        QTest::newRow("app list") << QByteArray("app list") << QStringLiteral("apps");
        QTest::newRow("app add") << QByteArray("app add editor") << QStringLiteral("token");
        QTest::newRow("usage") << QByteArray("usage --by app") << QStringLiteral("rows");
        QTest::newRow("log") << QByteArray("log -n 5") << QStringLiteral("requests");
        QTest::newRow("routes") << QByteArray("route list") << QStringLiteral("routes");
        QTest::newRow("prices") << QByteArray("prices show demo/fast") << QStringLiteral("prices");
        QTest::newRow("doctor") << QByteArray("doctor") << QStringLiteral("checks");
        QTest::newRow("version") << QByteArray("version") << QStringLiteral("version");
    }
    void everyAnswerIsJsonIfAsked()
    {
        QFETCH(QByteArray, line);
        QFETCH(QString, member);
        const Home home;
        const Outcome json = home.run(words(line.constData()) << QStringLiteral("--json"));
        QCOMPARE(json.exitCode, 0);
        QVERIFY2(json.json().contains(member), json.out.constData());
    }

    void appsAreAddedOnceAndRevoked()
    {
        const Home home;
        const Outcome added = home.run(words("app add editor"));
        QCOMPARE(added.exitCode, 0);
        QVERIFY(!home.holds(added.out.trimmed()));
        QCOMPARE(home.run(words("app add editor")).exitCode, 1);
        QVERIFY(home.run(words("app list")).out.contains("editor"));
        QCOMPARE(home.run(words("app revoke editor")).exitCode, 0);
        QCOMPARE(home.run(words("app revoke editor")).exitCode, 1);
        QCOMPARE(home.run(words("app add")).exitCode, 2);
    }

    void appsComeWithLimits()
    {
        const Home home;
        const QStringList added
            = words("app add editor --rpm 60 --tpm 90000 --concurrent 4 --budget 5/day --models demo/* "
                    "--expires 2099-01-31");
        QCOMPARE(home.run(added).exitCode, 0);
        const QJsonArray budgets
            = home.run(words("budget list --json")).json()[QLatin1String("budgets")].toArray();
        QCOMPARE(budgets.size(), 1);
        const QJsonObject budget = budgets.first().toObject();
        QCOMPARE(budget[QLatin1String("name")].toString(), QStringLiteral("editor"));
        QCOMPARE(budget[QLatin1String("budget_usd")].toString(), QStringLiteral("5"));
        QCOMPARE(budget[QLatin1String("spent_usd")].toString(), QStringLiteral("0"));
        QVERIFY(budget[QLatin1String("hard")].toBool());

        QCOMPARE(home.run(words("budget raise editor 2 --for 30m")).exitCode, 0);
        const QJsonArray raised
            = home.run(words("budget list --json")).json()[QLatin1String("budgets")].toArray();
        QCOMPARE(raised.first().toObject()[QLatin1String("raised_usd")].toString(), QStringLiteral("2"));
        QVERIFY(home.run(words("budget list")).out.contains("app editor"));

        // Gone with its token: the next app of that name starts afresh.
        QCOMPARE(home.run(words("app revoke editor")).exitCode, 0);
        QVERIFY(home.run(words("budget list --json")).json()[QLatin1String("budgets")].toArray().isEmpty());
    }

    void badLimitsAreNamed_data()
    {
        QTest::addColumn<QByteArray>("command");
        QTest::newRow("rpm") << QByteArray("app add editor --rpm 0");
        QTest::newRow("budget without a period") << QByteArray("app add editor --budget 5");
        QTest::newRow("budget of nothing") << QByteArray("app add editor --budget 0/day");
        QTest::newRow("a day gone by") << QByteArray("app add editor --expires 2020-01-01");
        QTest::newRow("no amount") << QByteArray("budget raise editor much");
        QTest::newRow("no time") << QByteArray("budget raise 1 --for ever");
    }
    void badLimitsAreNamed()
    {
        QFETCH(QByteArray, command);
        const Home home;
        const Outcome outcome = home.run(words(command.constData()));
        QCOMPARE(outcome.exitCode, 2);
        QVERIFY(!outcome.err.isEmpty());
        QVERIFY(home.run(words("app list")).out.isEmpty());
    }

    void pausesLastUntilResumed()
    {
        const Home home;
        QCOMPARE(home.run(words("pause editor")).exitCode, 1); // there is none
        QCOMPARE(home.run(words("app add editor")).exitCode, 0);
        QCOMPARE(home.run(words("pause editor --reason lunch")).exitCode, 0);
        QVERIFY(home.run(words("app list")).out.contains("paused"));
        QCOMPARE(home.run(words("resume editor")).exitCode, 0);
        QCOMPARE(home.run(words("resume editor")).exitCode, 1);
        QCOMPARE(home.run(words("pause")).exitCode, 0);
        const Outcome refused = home.run(words("ask -m demo/fast Hello"));
        QCOMPARE(refused.exitCode, 1);
        QVERIFY2(refused.err.contains("This server is paused"), refused.err.constData());
        QCOMPARE(home.run(words("resume")).exitCode, 0);
        QCOMPARE(home.run(words("ask -m demo/fast Hello")).exitCode, 0);
    }

    void aKeyIsNeverTakenFromTheArguments_data()
    {
        QTest::addColumn<QStringList>("arguments");
        const QString key = QString::fromLatin1(kCanary);
        QTest::newRow("behind the provider")
            << QStringList{QStringLiteral("key"), QStringLiteral("set"), QStringLiteral("openai"), key};
        QTest::newRow("alone") << QStringList{QStringLiteral("key"), QStringLiteral("set"), key};
        QTest::newRow("for the verb") << QStringList{QStringLiteral("key"), key};
        QTest::newRow("as an option") << QStringList{
            QStringLiteral("key"), QStringLiteral("set"), QStringLiteral("openai"),
            QStringLiteral("--key=") + key};
    }
    void aKeyIsNeverTakenFromTheArguments()
    {
        QFETCH(QStringList, arguments);
        const Home home;
        const Outcome outcome = home.run(arguments);
        QCOMPARE(outcome.exitCode, 2);
        QVERIFY2(outcome.err.contains("leaked"), outcome.err.constData());
        QVERIFY(!outcome.err.contains(kCanary) && !outcome.out.contains(kCanary));
        QVERIFY(!home.holds(kCanary));
    }

    void withoutAKeychainNothingIsKept()
    {
        const Home home;
        const Outcome outcome = home.run(words("key set openai"), QByteArray(kCanary) + '\n');
        QCOMPARE(outcome.exitCode, 1);
        QVERIFY2(
            outcome.err.contains("Nothing was kept") && outcome.err.contains("OPENAI_API_KEY"),
            outcome.err.constData());
        QVERIFY(!outcome.err.contains(kCanary) && !outcome.out.contains(kCanary));
        QVERIFY(!home.holds(kCanary));
        QVERIFY(!QFile::exists(home.configPath()));
    }

    void aKeyInTheEnvironmentIsShownByHintOnly()
    {
        Home home;
        home.setVariable(QStringLiteral("OPENAI_API_KEY"), QString::fromLatin1(kCanary));
        home.writeConfig("{ \"providers\": [ { \"id\": \"openai\" } ] }");
        const Outcome list = home.run(words("key list --json"));
        QVERIFY(!list.out.contains(kCanary));
        const QJsonArray keys = list.json()[QLatin1String("keys")].toArray();
        const bool isLoaded = std::any_of(keys.begin(), keys.end(), [](const auto &key) {
            return key.toObject()[QLatin1String("state")].toString() == QLatin1String("loaded");
        });
        QVERIFY2(isLoaded, list.out.constData());
        QVERIFY(!home.run(words("doctor")).out.contains(kCanary));
    }

    void theDoctorFindsWhatIsWrong()
    {
        const Home home;
        home.writeConfig("{\n \"server\": { \"prot\": 1 } }");
        const Outcome outcome = home.run(words("doctor"));
        QCOMPARE(outcome.exitCode, 1);
        QVERIFY2(outcome.out.contains("prot"), outcome.out.constData());
        home.writeConfig("{ \"providers\": [ { \"id\": \"openai\" } ] }");
        const Outcome keyless = home.run(words("doctor"));
        QCOMPARE(keyless.exitCode, 1);
        QVERIFY2(keyless.out.contains("fairleadctl key set openai"), keyless.out.constData());
    }

    void mistakesAreAnsweredWithHelp_data()
    {
        QTest::addColumn<QByteArray>("line");
        QTest::addColumn<QByteArray>("says");
        QTest::newRow("nothing") << QByteArray() << QByteArray("Usage:");
        QTest::newRow("unknown") << QByteArray("sevre") << QByteArray("\"serve\"");
        QTest::newRow("unknown verb") << QByteArray("key sit openai") << QByteArray("\"key set\"");
        QTest::newRow("no verb") << QByteArray("key") << QByteArray("key set");
        QTest::newRow("unknown option") << QByteArray("serve --prot 1") << QByteArray("serve --help");
        QTest::newRow("no number") << QByteArray("serve --port many") << QByteArray("--port");
        QTest::newRow("no date") << QByteArray("usage --from yesterday") << QByteArray("--from");
        QTest::newRow("no grouping") << QByteArray("usage --by mood") << QByteArray("--by");
        QTest::newRow("no status") << QByteArray("log --status fine") << QByteArray("--status");
        QTest::newRow("no id") << QByteArray("explain") << QByteArray("fairleadctl log");
    }
    void mistakesAreAnsweredWithHelp()
    {
        QFETCH(QByteArray, line);
        QFETCH(QByteArray, says);
        const Home home;
        const Outcome outcome = home.run(words(line.constData()));
        QCOMPARE(outcome.exitCode, 2);
        QCOMPARE(outcome.out, QByteArray());
        QVERIFY2(outcome.err.contains(says), outcome.err.constData());
    }

    void everyCommandHasHelp()
    {
        const Home home;
        const Outcome overview = home.run(words("--help"));
        QCOMPARE(overview.exitCode, 0);
        int commands = 0;
        for (const QByteArray &line : overview.out.split('\n')) {
            if (!line.startsWith("  ") || line.trimmed().startsWith('-'))
                continue;
            QStringList command;
            for (const QString &word : QString::fromUtf8(line).simplified().split(u' ')) {
                if (command.size() == 2 || word != word.toLower() || word.startsWith(u'['))
                    break;
                command << word;
            }
            const Outcome help = home.run(command << QStringLiteral("--help"));
            QVERIFY2(help.exitCode == 0 && help.out.contains("--json"), line.constData());
            ++commands;
        }
        QVERIFY(commands > 15);
    }
};

QTEST_GUILESS_MAIN(CommandsTest)
#include "CommandsTest.moc"
