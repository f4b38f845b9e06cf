// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/Config.h"

#include <QDir>
#include <QFileInfo>
#include <QTemporaryDir>
#include <QTest>

using namespace fairlead;
using namespace fairlead::config;
using namespace std::chrono_literals;

namespace {

/// Every setting there is, in the form the writer gives it.
QByteArray everySetting()
{
    QFile file(QStringLiteral(FAIRLEAD_TEST_DATA "/config/full.json"));
    if (!file.open(QIODevice::ReadOnly))
        qFatal("tests/data/config/full.json cannot be read");
    return file.readAll();
}

/// As much of an invented key as may be in a file: its whole text must not come back in a message.
constexpr auto kCanary = "sk-canary-7Gq2Zt0vXw4LmN8pRs6Y";

} // namespace

class ConfigTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void readsEverySetting()
    {
        const auto config = parseConfig(everySetting());
        QVERIFY2(config, config ? "" : config.error().message().constData());
        QCOMPARE(config->server.host, QStringLiteral("::1"));
        QCOMPARE(config->server.port, quint16(0));
        QVERIFY(config->server.auth == ServerConfig::Auth::None);
        QCOMPARE(config->server.mostBodyBytes, qint64(1) << 20);
        QCOMPARE(config->server.corsOrigins.size(), qsizetype(2));
        QVERIFY(config->server.lan);
        QCOMPARE(config->server.tls->keyFile, QStringLiteral("/etc/ssl/fairlead.key"));
        const AppConfig &app = config->apps.at(0);
        QCOMPARE(app.tokenEnv, QStringLiteral("FAIRLEAD_TOKEN"));
        QCOMPARE(app.models.at(1), QByteArray("openai/*"));
        QCOMPARE(app.budget->usd, NanoUsd(5'000'000'000));
        QVERIFY(app.budget->hard);
        QCOMPARE(app.limits.requestsPerMinute, qint64(60));
        QCOMPARE(app.limits.tokensPerMinute, qint64(100'000));
        QCOMPARE(app.limits.concurrent, qint64(4));
        QCOMPARE(app.limits.usdPerMonth, NanoUsd(60'000'000'000));
        QVERIFY(!app.limits.usdPerDay && app.limits.hard);
        QCOMPARE(app.runaway.sameCalls, qint64(0));
        QCOMPARE(app.expires, QDate(2027, 3, 31));
        QCOMPARE(app.program, QStringLiteral("/usr/bin/my-editor"));
        QCOMPARE(config->limits.concurrent, qint64(100));
        QCOMPARE(config->modelLimits.at(0).limits.usdPerDay, NanoUsd(3'000'000'000));
        QCOMPARE(config->runaway.usdPerMinute, NanoUsd(2'000'000'000));
        const ProviderConfig &openai = config->providers.at(0);
        QVERIFY(!openai.wire && !openai.baseUrl && !openai.http2 && openai.keys.empty() && openai.enabled);
        const ProviderConfig &lab = config->providers.at(1);
        QCOMPARE(lab.wire, QByteArray("openai-chat"));
        QCOMPARE(lab.params.size(), std::size_t(2));
        QVERIFY(lab.params.front() == std::make_pair(QByteArray("region"), QByteArray("eu-central-1")));
        QVERIFY(lab.keys.at(0).source == KeyEntry::Source::Environment);
        QCOMPARE(lab.keys.at(1).name, QStringLiteral("lab"));
        QVERIFY(lab.keyUse == ProviderConfig::KeyUse::Rotate);
        QVERIFY(openai.keyUse == ProviderConfig::KeyUse::Order);
        QVERIFY(lab.timeouts.connect == 1ms);
        QVERIFY(lab.timeouts.total == 0ms);
        QCOMPARE(lab.limits.usdPerDay, NanoUsd(2'500'000'000));
        QVERIFY(!lab.limits.hard);
        QVERIFY(!lab.enabled);
        QCOMPARE(config->routes.at(0).targets.at(1).name, QByteArray("lab/vendor/m2"));
    }

    void readsEverySettingOfARoute()
    {
        const auto config = parseConfig(everySetting());
        QVERIFY(config);
        const RouteConfig &route = config->routes.at(1);
        QVERIFY(route.isPattern() && route.sticky && route.strict);
        QVERIFY(recoveryOf(&route) == Recovery::Hold);
        QVERIFY(recoveryOf(&config->routes.at(0)) == Recovery::Auto);
        QVERIFY(recoveryOf(nullptr) == Recovery::Off);
        QVERIFY(route.deadlines.firstToken == 10s && !route.deadlines.adaptive);
        QCOMPARE(route.hedge->percentile, 95);
        QCOMPARE(route.hedge->mostUsd, NanoUsd(1'500'000'000));
        QCOMPARE(route.mostAttempts, 4);
        const RouteTarget &target = route.targets.at(1);
        QCOMPARE(target.weight, 3);
        const Condition &when = *target.when;
        QCOMPARE(when.models.size(), std::size_t(2));
        QCOMPARE(when.headers.at(0).name, QByteArray("x-team"));
        QCOMPARE(when.leastTokens, 1000);
        QCOMPARE(when.tools, true);
        QCOMPARE(when.hours->from, 22 * 60);
        QVERIFY(when.days == std::vector<int>({1, 7}));
        QCOMPARE(when.mostBudget, NanoUsd(4'000'000'000));
        QVERIFY(route.targets.at(2).isCanary());
        QCOMPARE(route.targets.at(2).sharePermille, 5);
        QVERIFY(route.targets.at(3).shadow && !route.targets.at(3).isCanary());
        QVERIFY(target.line.number > route.line.number);
    }

    void writesWhatItRead()
    {
        auto config = parseConfig(everySetting());
        QVERIFY(config);
        QCOMPARE(formatConfig(*config), everySetting());
        QCOMPARE(formatConfig(Config()), QByteArray("{}\n"));
        QVERIFY(config->provider("lab") == &config->providers[1]);
        QVERIFY(!config->provider("nobody"));
    }

    void unsaidStaysUnsaid()
    {
        const auto config = parseConfig("{}");
        QVERIFY(config);
        QVERIFY(*config == Config());
        QVERIFY(!config->server.port);
    }

    void errorsNameTheLineThePlaceAndTheFix_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QByteArray>("message");
        const auto row = [](const char *name, const char *text, const char *message) {
            QTest::newRow(name) << QByteArray(text) << QByteArray(message);
        };
        row("param twice", "{\"providers\":[{\"id\":\"a\",\"params\":{\"b\":\"1\",\n\"b\":\"2\"}}]}",
            "line 2: providers[0].params.b: is written twice");
        row("param of another type", "{\"providers\":[{\"id\":\"a\",\"params\":{\"b\":1}}]}",
            "line 1: providers[0].params.b: must be a text, 1024 bytes at most, not a number");
        row("param's name", "{\"providers\":[{\"id\":\"a\",\"params\":{\"B-b\":\"1\"}}]}",
            "line 1: providers[0].params: names are of lower-case letters, digits and _: \"region\"");
        row("misspelt", "{\"server\": {\n  \"prot\": 1}}",
            "line 2: server: \"prot\" is not a setting of \"server\"; did you mean \"port\"?");
        row("other spelling", "{\"providers\": [{\"id\": \"a\",\n\n \"baseUrl\": \"x\"}]}",
            "line 3: providers[0]: \"baseUrl\" is not a setting of a provider; did you mean \"base_url\"?");
        row("nothing near", "{\"server\": {\"frobnicate\": 1}}",
            "line 1: server: \"frobnicate\" is not a setting of \"server\"; it has host, port, auth, "
            "max_body_bytes, cors_origins, lan, tls");
        row("open to all", "{\"server\":{\n\"host\":\"0.0.0.0\",\"auth\":\"none\"}}",
            "line 2: server.host: Other machines could reach 0.0.0.0 and spend your money. If they are to, "
            "the "
            "\"server\" section of the config needs \"lan\": true and \"tls\" with a certificate and "
            "\"auth\": \"token\"; otherwise listen on 127.0.0.1");
        row("half a certificate", "{\"server\":{\"tls\":{\"cert_file\":\"a\"}}}",
            "line 1: server.tls: needs \"cert_file\" and \"key_file\"");
        row("program by name", "{\"apps\":[{\"name\":\"a\",\"program\":\"cursor\"}]}",
            "line 1: apps[0].program: must be the whole path of a program");
        row("expiry", "{\"apps\":[{\"name\":\"a\",\n\"expires\":\"31.3.2027\"}]}",
            "line 2: apps[0].expires: must be a date such as \"2027-03-31\"");
        row("no requests at all", "{\"limits\":{\"requests_per_minute\":0}}",
            "line 1: limits.requests_per_minute: must be a whole number from 1 to 1000000");
        row("money as a number", "{\"limits\":{\"usd_per_day\":5}}",
            "line 1: limits.usd_per_day: must be an amount in US dollars above zero, written as a text: "
            "\"5.00\"");
        row("limits of a model twice", "{\"model_limits\":[{\"model\":\"a/*\"},\n{\"model\":\"a/*\"}]}",
            "line 2: a second entry for the model \"a/*\"");
        row("at the top", "{\"provider\": []}",
            "line 1: \"provider\" is not a setting of the config file; did you mean \"providers\"?");
        row("twice", "{\"server\": {\"port\": 1,\n\"port\": 2}}", "line 2: server.port: is written twice");
        row("no object", "[]", "line 1: must be an object ({...}), not a list");
        row("wrong type", "{\"apps\": {}}", "line 1: apps: must be a list ([...]), not an object");
        row("text for flag", "{\"providers\":[{\"id\":\"a\",\"http2\":\"yes\"}]}",
            "line 1: providers[0].http2: must be true or false, not a text");
        row("port as text", "{\"server\":{\"port\":\"80\"}}",
            "line 1: server.port: must be a whole number from 0 to 65535");
        row("port too high", "{\"server\":{\"port\":65536}}",
            "line 1: server.port: must be a whole number from 0 to 65535");
        row("port broken", "{\"server\":{\"port\":1.5}}",
            "line 1: server.port: must be a whole number from 0 to 65535");
        row("host", "{\"server\":{\"host\":\"my.machine\"}}",
            "line 1: server.host: must be \"localhost\" or an IP address of this machine");
        row("short address", "{\"server\":{\"host\":\"127.1\"}}",
            "line 1: server.host: must be \"localhost\" or an IP address of this machine");
        row("wire", "{\"providers\":[{\"id\":\"a\",\"wire\":\"openai_chat\"}]}",
            "line 1: providers[0].wire: must be one of openai-chat, openai-responses, anthropic, gemini, "
            "ollama, cohere, "
            "bedrock; did you mean \"openai-chat\"?");
        row("no id", "{\"providers\":[{\"id\":\"a\"},\n{\"wire\":\"gemini\"}]}",
            "line 2: providers[1]: needs \"id\"");
        row("slash in id", "{\"providers\":[{\"id\":\"a/b\"}]}",
            "line 1: providers[0].id: must be lower-case letters, digits and . _ -, 64 at most");
        row("same id", "{\"providers\":[{\"id\":\"a\"},\n{\"id\":\"a\"}]}",
            "line 2: a second provider with the id \"a\"");
        row("same app", "{\"apps\":[{\"name\":\"e\"},\n{\"name\":\"e\"}]}",
            "line 2: a second app named \"e\"");
        row("same route",
            "{\"routes\":[{\"model\":\"s\",\"targets\":[\"a/b\"]},\n{\"model\":\"s\",\"targets\":[\"a/"
            "b\"]}]}",
            "line 2: a second route for \"s\"");
        row("same target", "{\"routes\":[{\"model\":\"s\",\"targets\":[\"a/b\",\n\"a/b\"]}]}",
            "line 2: a second target \"a/b\"");
        row("target without provider", "{\"routes\":[{\"model\":\"s\",\"targets\":[\"gpt\"]}]}",
            "line 1: routes[0].targets[0]: \"gpt\" is no route of this file; write \"provider/model\", or "
            "add a "
            "route with that name");
        row("no targets", "{\"routes\":[{\"model\":\"s\",\"targets\":[]}]}",
            "line 1: routes[0]: needs \"targets\": at least one \"provider/model\"");
        const auto routeRow = [&row](const char *name, const char *targets, const char *message) {
            const QByteArray text = QByteArray("{\"routes\":[{\"model\":\"s\",\"targets\":[")
                                    + QByteArray(targets).replace('\'', '"') + "]}]}";
            row(name, text.constData(), message);
        };
        routeRow(
            "zero weight", "'a/b',\n{'target':'a/c',\n'weight':0}",
            "line 3: routes[0].targets[1].weight: must be a whole number from 1 to 1000000");
        routeRow(
            "empty condition", "{'target':'a/b','when':{}}",
            "line 1: routes[0].targets[0].when: says nothing; leave \"when\" out, or name what must hold");
        routeRow(
            "tokens never", "{'target':'a/b','when':{'min_tokens':9,'max_tokens':8}}",
            "line 1: routes[0].targets[0].when: can never hold: \"min_tokens\" is above \"max_tokens\"");
        routeRow(
            "budget never", "{'target':'a/b','when':{'min_budget_left':'2','max_budget_left':'1.5'}}",
            "line 1: routes[0].targets[0].when: can never hold: \"min_budget_left\" is above "
            "\"max_budget_left\"");
        routeRow(
            "hours never", "{'target':'a/b','when':{'hours':'08:00-08:00'}}",
            "line 1: routes[0].targets[0].when: can never hold: \"hours\" ends when it begins; leave it out "
            "for "
            "the whole day");
        routeRow(
            "name never asked for", "{'target':'a/b','when':\n{'model':'gpt-*'}}",
            "line 2: routes[0].targets[0].when: can never hold: this route is asked for as \"s\", which "
            "\"model\" does not match");
        routeRow(
            "unknown condition", "{'target':'a/b','when':{'tool':true}}",
            "line 1: routes[0].targets[0].when: \"tool\" is not a setting of \"when\"; did you mean "
            "\"tools\"?");
        routeRow(
            "day", "{'target':'a/b','when':{'days':['monday']}}",
            "line 1: routes[0].targets[0].when.days[0]: must be one of mon, tue, wed, thu, fri, sat, sun");
        routeRow(
            "no app", "{'target':'a/b','when':{'app':[]}}",
            "line 1: routes[0].targets[0].when.app: must name at least one");
        routeRow(
            "share of nothing", "'a/b',{'target':'a/c','share':'0%'}",
            "line 1: routes[0].targets[1].share: must be a share above nothing and below all, like \"5%\" or "
            "\"0.5%\"");
        routeRow(
            "shares of all", "'a/b',{'target':'a/c','share':'60%'},{'target':'a/d','share':'40%'}",
            "line 1: routes[0].targets: the shares come to 100% or more; leave some for the other targets");
        routeRow(
            "only a canary", "{'target':'a/b','share':'5%'}",
            "line 1: routes[0].targets: needs a target that is neither a shadow nor a canary (\"share\"), "
            "for the "
            "rest");
        routeRow(
            "to itself", "'s'",
            "line 1: routes[0].targets: goes round in a circle: s -> s; let one of them name a "
            "\"provider/model\" instead");
        row("circle",
            "{\"routes\":[{\"model\":\"s\",\"targets\":[\"a/b\",\"t\"]},\n"
            "{\"model\":\"t\",\"targets\":[\"u\"]},\n{\"model\":\"u\",\"targets\":[\"t\"]}]}",
            "line 1: routes[0].targets: goes round in a circle: t -> u -> t; let one of them name a "
            "\"provider/model\" instead");
        row("hedge alone",
            "{\"routes\":[{\"model\":\"s\",\"targets\":[\"a/b\"],\n\"hedge\":{\"after\":\"p95\"}}]}",
            "line 2: routes[0].hedge: needs a second target to go to");
        row("percentile",
            "{\"routes\":[{\"model\":\"s\",\"targets\":[\"a/b\",\"a/c\"],\"hedge\":{\"after\":\"p90\"}}]}",
            "line 1: routes[0].hedge.after: must be one of p50, p95, p99; did you mean \"p50\"?");
        row("attempts", "{\"routes\":[{\"model\":\"s\",\"targets\":[\"a/b\"],\"max_attempts\":7}]}",
            "line 1: routes[0].max_attempts: must be a whole number from 1 to 6");
        row("budget number", "{\"apps\":[{\"name\":\"e\",\"budget\":{\"usd\":5,\"per\":\"day\"}}]}",
            "line 1: apps[0].budget.usd: must be an amount in US dollars above zero, written as a text: "
            "\"5.00\"");
        row("budget period", "{\"apps\":[{\"name\":\"e\",\"budget\":{\"usd\":\"5\"}}]}",
            "line 1: apps[0].budget: needs \"per\"");
        row("no limit", "{\"providers\":[{\"id\":\"a\",\"timeouts\":{\"idle_ms\":0}}]}",
            "line 1: providers[0].timeouts.idle_ms: must be a whole number from 1 to 86400000");
        row("wildcard origin", "{\"server\":{\"cors_origins\":[\"*\"]}}",
            "line 1: server.cors_origins[0]: must be an origin, scheme and host with nothing after: "
            "\"https://app.example\"");
        row("two places", "{\"providers\":[{\"id\":\"a\",\"keys\":[{\"env\":\"A\",\"keychain\":\"b\"}]}]}",
            "line 1: providers[0].keys[0]: must be either {\"keychain\": \"NAME\"} or {\"env\": "
            "\"VARIABLE\"}");
        row("no place", "{\"providers\":[{\"id\":\"a\",\"keys\":[{}]}]}",
            "line 1: providers[0].keys[0]: must be either {\"keychain\": \"NAME\"} or {\"env\": "
            "\"VARIABLE\"}");
    }
    void errorsNameTheLineThePlaceAndTheFix()
    {
        QFETCH(QByteArray, text);
        QFETCH(QByteArray, message);
        const auto config = parseConfig(text);
        QVERIFY(!config);
        QVERIFY(config.error().kind() == ErrorKind::Invalid);
        QCOMPARE(config.error().message(), message);
    }

    void brokenJsonIsAnErrorWithItsLine()
    {
        const auto config = parseConfig("{\n  \"server\": {,}\n}");
        QVERIFY(!config);
        QVERIFY2(config.error().message().contains("line 2"), config.error().message().constData());
    }

    void keysInTheFileAreRefusedAndNotRepeated_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QByteArray>("hint");
        const auto row = [](const char *name, const char *text, const char *hint) {
            QTest::newRow(name) << QByteArray(text).replace("KEY", kCanary) << QByteArray(hint);
        };
        const char *key = "fairleadctl key set";
        row("key among params", "{\"providers\":[{\"id\":\"a\",\"params\":{\"x\":\"KEY\"}}]}", key);
        row("key's name among params", "{\"providers\":[{\"id\":\"a\",\"params\":{\"api_key\":\"KEY\"}}]}",
            key);
        row("api_key", "{\"providers\":[{\"id\":\"a\",\"api_key\":\"KEY\"}]}", key);
        row("apiKey", "{\"providers\":[{\"id\":\"a\",\"apiKey\":\"KEY\"}]}", key);
        row("key", "{\"providers\":[{\"id\":\"a\",\"key\":\"KEY\"}]}", key);
        row("keys as text", "{\"providers\":[{\"id\":\"a\",\"keys\":\"KEY\"}]}", key);
        row("list of texts", "{\"providers\":[{\"id\":\"a\",\"keys\":[\"KEY\"]}]}", key);
        row("in a key", "{\"providers\":[{\"id\":\"a\",\"keys\":[{\"value\":\"KEY\"}]}]}", key);
        row("as keychain name", "{\"providers\":[{\"id\":\"a\",\"keys\":[{\"keychain\":\"KEY\"}]}]}", key);
        row("as variable", "{\"providers\":[{\"id\":\"a\",\"keys\":[{\"env\":\"KEY\"}]}]}", key);
        row("as a setting's name", "{\"providers\":[{\"id\":\"a\",\"KEY\":true}]}", key);
        row("hexadecimal",
            "{\"providers\":[{\"id\":\"a\",\"keys\":[{\"env\":\"0123456789abcdef0123456789abcdef\"}]}]}",
            key);
        row("in the address", "{\"providers\":[{\"id\":\"a\",\"base_url\":\"https://u:KEY@h/v1\"}]}",
            "without user, password");
        row("in the query", "{\"providers\":[{\"id\":\"a\",\"base_url\":\"https://h/v1?key=KEY\"}]}",
            "without user, password");
        row("app token", "{\"apps\":[{\"name\":\"e\",\"token\":\"KEY\"}]}", "fairleadctl app add");
        row("token as variable", "{\"apps\":[{\"name\":\"e\",\"token_env\":\"KEY\"}]}",
            "not the token itself");
        row("as wire", "{\"providers\":[{\"id\":\"a\",\"wire\":\"KEY\"}]}", "must be one of");
    }
    void keysInTheFileAreRefusedAndNotRepeated()
    {
        QFETCH(QByteArray, text);
        QFETCH(QByteArray, hint);
        const auto config = parseConfig(text);
        QVERIFY(!config);
        QVERIFY2(config.error().message().contains(hint), config.error().message().constData());
        QVERIFY2(!config.error().message().contains("canary"), config.error().message().constData());
    }

    void routesLeadOnToRoutes()
    {
        const auto config = parseConfig(
            "{\"routes\":[{\"model\":\"s\",\"targets\":[\"t\",\"u\"]},{\"model\":\"t\",\"targets\":[\"u\"]},"
            "{\"model\":\"u\",\"targets\":[\"a/b\"]},{\"model\":\"c/d\",\"targets\":[\"c/d\",\"a/b\"]}]}");
        QVERIFY2(config, config ? "" : config.error().message().constData());
        QVERIFY(recoveryOf(&config->routes[1]) == Recovery::Auto);
        QVERIFY(recoveryOf(&config->routes[2]) == Recovery::Off);
    }

    void longNamesAreNotKeys()
    {
        for (const char *key :
             {"{\"keychain\":\"the key of the laboratory, 2nd account\"}",
              "{\"keychain\":\"my-long-name-of-the-lab-account-no-2\"}",
              "{\"env\":\"COMPANY_TEAM_PROJECT_OPENAI_API_KEY_2\"}"})
            QVERIFY2(parseConfig("{\"providers\":[{\"id\":\"a\",\"keys\":[" + QByteArray(key) + "]}]}"), key);
    }

    void savesAtomicallyForTheOwnerOnly()
    {
        const QTemporaryDir dir;
        const QString path = dir.filePath(QStringLiteral("deep/er/config.json"));
        const auto config = parseConfig(everySetting());
        QVERIFY(config);
        QVERIFY(saveConfig(path, *config));
        const auto back = loadConfig(path);
        QVERIFY(back);
        QVERIFY(*back == *config);
        const auto ownerOnly = QFile::ReadOwner | QFile::WriteOwner;
        QCOMPARE(
            QFile::permissions(path) & (QFile::ReadGroup | QFile::ReadOther | QFile::WriteGroup | ownerOnly),
            ownerOnly);
        QVERIFY(saveConfig(path, Config()));
        QCOMPARE(QFileInfo(path).dir().entryList(QDir::Files).size(), qsizetype(1));
    }

    void fileProblemsAreValues()
    {
        const QTemporaryDir dir;
        const auto none = loadConfig(dir.filePath(QStringLiteral("none.json")));
        QVERIFY(none && *none == Config());
        QVERIFY(!loadConfig(dir.path()));
        QFile file(dir.filePath(QStringLiteral("bad.json")));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write("{\"sever\":{}}");
        file.close();
        const auto bad = loadConfig(file.fileName());
        QVERIFY(!bad);
        QCOMPARE(
            bad.error().message(),
            file.fileName().toUtf8()
                + ": line 1: \"sever\" is not a setting of the config file; did you mean \"server\"?");
        QVERIFY(!saveConfig(file.fileName() + QStringLiteral("/inside.json"), Config()));
    }

    void defaultPlacesFollowXdg()
    {
        qputenv("XDG_CONFIG_HOME", "/somewhere/config");
        qputenv("XDG_DATA_HOME", "/somewhere/data");
        QCOMPARE(defaultConfigPath(), QStringLiteral("/somewhere/config/fairlead/config.json"));
        QCOMPARE(defaultDataDir(), QStringLiteral("/somewhere/data/fairlead"));
    }
};

QTEST_GUILESS_MAIN(ConfigTest)
#include "ConfigTest.moc"
