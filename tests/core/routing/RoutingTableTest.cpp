// SPDX-License-Identifier: GPL-3.0-or-later
#include "routing/RoutingTable.h"

#include <QTest>

using namespace fairlead;
using routing::RoutingTable;

namespace {

/// JSON with single quotes: moc 6.4 loses classes behind raw strings with quotes in them.
QByteArray quoted(const char *text)
{
    return QByteArray(text).replace('\'', '"');
}

Result<std::shared_ptr<const RoutingTable>> build(const QByteArray &json)
{
    auto config = config::parseConfig(json);
    if (!config)
        return fail(config.error());
    return RoutingTable::build(*config, {}, nullptr);
}

const QByteArray kTwoLabs = quoted(
    "{\n"
    "  'providers': [\n"
    "    { 'id': 'lab', 'wire': 'openai-chat', 'base_url': 'http://127.0.0.1:9000/v1', 'models': "
    "['m1', 'shared', 'org/deep'] },\n"
    "    { 'id': 'claude', 'wire': 'anthropic', 'base_url': 'https://example.org', 'keys': [{ "
    "'env': 'CLAUDE_TEST_KEY' }], 'models': ['shared', 'opus'] }\n"
    "  ],\n"
    "  'routes': [ { 'model': 'smart', 'targets': ['claude/opus', 'lab/m1'] },\n"
    "    { 'model': 'both', 'targets': ['lab/shared', 'smart', {'target':'claude/shared','shadow':true}] },\n"
    "    { 'model': 'gpt-*', 'targets': ['lab/m1'] }, { 'model': 'lab/org/n*', 'targets': ['claude/opus'] } "
    "]\n"
    "}");

} // namespace

class RoutingTableTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void resolvesNames_data()
    {
        QTest::addColumn<QByteArray>("asked");
        QTest::addColumn<QByteArrayList>("targets");
        QTest::newRow("route") << QByteArray("smart") << QByteArrayList{"claude/opus", "lab/m1"};
        QTest::newRow("provider/model") << QByteArray("lab/m1") << QByteArrayList{"lab/m1"};
        QTest::newRow("provider/unheard-of")
            << QByteArray("lab/new-model") << QByteArrayList{"lab/new-model"};
        QTest::newRow("model with a slash") << QByteArray("lab/org/deep") << QByteArrayList{"lab/org/deep"};
        QTest::newRow("bare id") << QByteArray("m1") << QByteArrayList{"lab/m1"};
        QTest::newRow("bare id with a slash") << QByteArray("org/deep") << QByteArrayList{"lab/org/deep"};
        QTest::newRow("route, tagged")
            << QByteArray("smart:latest") << QByteArrayList{"claude/opus", "lab/m1"};
        QTest::newRow("provider/model, tagged") << QByteArray("lab/m1:latest") << QByteArrayList{"lab/m1"};
        QTest::newRow("provider/unheard-of, tagged")
            << QByteArray("lab/new:latest") << QByteArrayList{"lab/new:latest"};
        QTest::newRow("through another route")
            << QByteArray("both") << QByteArrayList{"lab/shared", "claude/opus", "lab/m1"};
        QTest::newRow("pattern") << QByteArray("gpt-7-mini") << QByteArrayList{"lab/m1"};
        QTest::newRow("pattern over a named provider")
            << QByteArray("lab/gpt-7") << QByteArrayList{"lab/gpt-7"};
        QTest::newRow("pattern with a provider")
            << QByteArray("lab/org/new") << QByteArrayList{"claude/opus"};
        QTest::newRow("bare id, tagged") << QByteArray("m1:latest") << QByteArrayList{"lab/m1"};
    }
    void resolvesNames()
    {
        QFETCH(QByteArray, asked);
        QFETCH(QByteArrayList, targets);
        const auto table = build(kTwoLabs);
        QVERIFY2(table, table ? "" : table.error().message().constData());
        const auto plan = (*table)->resolve(asked);
        QVERIFY(plan.has_value());
        QByteArrayList got;
        for (const auto &target : plan->targets)
            got.append(target.provider->id + '/' + target.model);
        QCOMPARE(got, targets);
    }

    void saysWhatWouldWork_data()
    {
        QTest::addColumn<QByteArray>("asked");
        QTest::addColumn<QByteArray>("words");
        QTest::newRow("unknown") << QByteArray("gp-99") << QByteArray("smart, both, lab/m1");
        QTest::newRow("ambiguous") << QByteArray("shared") << QByteArray("lab/shared, claude/shared");
        QTest::newRow("no model") << QByteArray("lab/") << QByteArray("names a provider but no model");
        QTest::newRow("empty") << QByteArray("") << QByteArray("There is no route");
    }
    void saysWhatWouldWork()
    {
        QFETCH(QByteArray, asked);
        QFETCH(QByteArray, words);
        const auto plan = (*build(kTwoLabs))->resolve(asked);
        QVERIFY(!plan.has_value());
        QVERIFY(plan.error().failureClass == chat::FailureClass::ModelMissing);
        QVERIFY2(plan.error().message.contains(words), plan.error().message.constData());
    }

    void refusesWhatCannotWork_data()
    {
        QTest::addColumn<QByteArray>("json");
        QTest::addColumn<QByteArray>("words");
        QTest::newRow("no wire") << (quoted("{'providers':[{'id':'mine','base_url':'http://x'}]}"))
                                 << QByteArray("needs \"wire\"");
        QTest::newRow("no base url") << (quoted("{'providers':[{'id':'mine','wire':'openai-chat'}]}"))
                                     << QByteArray("needs \"base_url\"");
        QTest::newRow("missing region") << (quoted("{'providers':[{'id':'aws-bedrock'}]}"))
                                        << QByteArray("\"aws-bedrock\" needs \"params\": { \"region\"");
        QTest::newRow("missing region of one's own")
            << (quoted("{'providers':[{'id':'mine','wire':'bedrock','base_url':'http://x'}]}"))
            << QByteArray("\"region\"");
        QTest::newRow("unknown parameter")
            << (quoted("{'providers':[{'id':'openai','params':{'regoin':'eu'}}]}"))
            << QByteArray("organization, project, region");
        QTest::newRow("missing provider")
            << (quoted("{'routes':[{'model':'a',\n'targets':['nobody/x']}]}"))
            << QByteArray(
                   "line 2: route \"a\": the target \"nobody/x\" names the provider \"nobody\", which is not "
                   "configured; add { \"id\": \"nobody\" } to \"providers\"");
        QTest::newRow("missing model")
            << QByteArray(kTwoLabs).replace("claude/opus", "lab/m9")
            << QByteArray("line 6: route \"smart\": the target \"lab/m9\" names the model \"m9\", which is "
                          "not among "
                          "the models of \"lab\" (m1, shared, org/deep); name one of them, or add it to that "
                          "provider's \"models\"");
    }
    void refusesWhatCannotWork()
    {
        QFETCH(QByteArray, json);
        QFETCH(QByteArray, words);
        const auto table = build(json);
        QVERIFY(!table.has_value());
        QVERIFY2(table.error().message().contains(words), table.error().message().constData());
    }

    void ownProvidersAuthenticateAsTheirDialectDoes()
    {
        const auto table = build(kTwoLabs);
        QCOMPARE((*table)->provider("claude")->auth.header, QByteArray("x-api-key"));
        QCOMPARE((*table)->provider("lab")->auth.header, QByteArray("authorization"));
        QVERIFY((*table)->provider("lab")->local);
        QVERIFY(!(*table)->provider("claude")->local);
        const auto keys = (*table)->wantedKeys().value("claude");
        QCOMPARE(keys.size(), std::size_t(1));
        QCOMPARE(keys.front().name, QStringLiteral("CLAUDE_TEST_KEY"));
        QVERIFY((*table)->wantedKeys().value("lab").empty());
    }

    void addressesByParams()
    {
        const auto table = build(quoted(
            "{'providers':[{'id':'aws-bedrock','params':{'region':'eu-central-1'}},"
            "{'id':'azure-openai','params':{'resource':'lab'}},"
            "{'id':'openai','params':{'region':'eu'}},"
            "{'id':'stand-in','wire':'bedrock','base_url':'http://127.0.0.1:9','params':{'region':'r'}}]}"));
        QVERIFY2(table, table ? "" : table.error().message().constData());
        const auto bedrock = (*table)->provider("aws-bedrock");
        QCOMPARE(
            bedrock->baseUrl, QUrl(QStringLiteral("https://bedrock-runtime.eu-central-1.amazonaws.com")));
        QCOMPARE(bedrock->auth.region, QByteArray("eu-central-1"));
        QCOMPARE(
            (*table)->provider("azure-openai")->baseUrl,
            QUrl(QStringLiteral("https://lab.openai.azure.com/openai/v1")));
        QCOMPARE((*table)->provider("openai")->baseUrl, QUrl(QStringLiteral("https://eu.api.openai.com/v1")));
        const auto standIn = (*table)->provider("stand-in");
        QVERIFY(standIn->auth.scheme == providers::Authentication::Scheme::AwsSigV4);
        QCOMPARE(standIn->auth.region, QByteArray("r"));
    }

    void findsKeysOfSeveralVariables()
    {
        const QByteArray json = quoted("{'providers':[{'id':'aws-bedrock','params':{'region':'r'}}]}");
        qunsetenv("AWS_BEARER_TOKEN_BEDROCK");
        qunsetenv("AWS_SECRET_ACCESS_KEY");
        qputenv("AWS_ACCESS_KEY_ID", "AKIA");
        QCOMPARE((*build(json))->wantedKeys().value("aws-bedrock").size(), std::size_t(1)); // the keychain's
        qputenv("AWS_SECRET_ACCESS_KEY", "s");
        const auto keys = (*build(json))->wantedKeys().value("aws-bedrock");
        QCOMPARE(keys.size(), std::size_t(2));
        QCOMPARE(
            keys.back().name, QStringLiteral("AWS_ACCESS_KEY_ID:AWS_SECRET_ACCESS_KEY:AWS_SESSION_TOKEN"));
        qunsetenv("AWS_ACCESS_KEY_ID");
        qunsetenv("AWS_SECRET_ACCESS_KEY");
    }

    void switchedOffProvidersLeaveTheirRoutes()
    {
        QByteArray json = kTwoLabs;
        json.replace(quoted("'id': 'claude',"), quoted("'id': 'claude', 'enabled': false,"));
        const auto table = build(json);
        QVERIFY2(table, table ? "" : table.error().message().constData());
        const auto plan = (*table)->resolve("smart");
        QCOMPARE(plan->targets.size(), std::size_t(1));
        QCOMPARE(plan->targets.front().model, QByteArray("m1"));
    }
};

QTEST_GUILESS_MAIN(RoutingTableTest)
#include "RoutingTableTest.moc"
