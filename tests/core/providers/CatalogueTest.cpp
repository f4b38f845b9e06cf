// SPDX-License-Identifier: GPL-3.0-or-later
#include "providers/ProviderSpec.h"

#include "chat/ChatAnswer.h"
#include "support/JsonSchema.h"
#include "wire/Codec.h"

#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QMap>
#include <QRegularExpression>
#include <QSet>
#include <QTest>

#include <algorithm>

using namespace fairlead;
using namespace fairlead::providers;

namespace {

// A whole file but for the members given, which come last.
QByteArray file(const QByteArray &members)
{
    return R"({"id":"lab","name":"Lab","kind":"host","wire":"openai-chat","base_url":"https://lab.example/v1","auth":"bearer")"
           + (members.isEmpty() ? QByteArray() : ',' + members) + '}';
}

const test::JsonSchema &schema()
{
    static const test::JsonSchema kept = [] {
        QFile file(QStringLiteral(":/fairlead/providers/schema.json"));
        if (!file.open(QIODevice::ReadOnly))
            qFatal("there is no schema");
        return test::JsonSchema(QJsonDocument::fromJson(file.readAll()).object());
    }();
    return kept;
}

/// Sets a field of an object by its dotted name.
void setField(QJsonObject &object, const QString &dotted, qint64 value)
{
    const QString name = dotted.section(u'.', 0, 0);
    const QString rest = dotted.section(u'.', 1);
    if (rest.isEmpty()) {
        object[name] = value;
        return;
    }
    QJsonObject inner = object[name].toObject();
    setField(inner, rest, value);
    object[name] = inner;
}

} // namespace

class CatalogueTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void everyFileIsWhole_data()
    {
        QTest::addColumn<QString>("path");
        const QDir folder(QStringLiteral(":/fairlead/providers"));
        for (const QString &name : folder.entryList({QStringLiteral("*.json")})) {
            if (name != QLatin1String("schema.json"))
                QTest::newRow(qPrintable(name)) << folder.filePath(name);
        }
    }
    void everyFileIsWhole()
    {
        QFETCH(QString, path);
        QFile in(path);
        QVERIFY(in.open(QIODevice::ReadOnly));
        const QByteArray text = in.readAll();
        const auto spec = Catalogue::parse(text);
        QVERIFY2(spec.has_value(), spec ? "" : spec.error().message().constData());
        QCOMPARE(spec->id + ".json", QFileInfo(path).fileName().toUtf8());

        const QSet<QByteArray> kinds{"vendor", "cloud", "host", "gateway", "plan", "local"};
        const QSet<QByteArray> wires{"openai-chat", "openai-responses", "anthropic",
                                     "gemini",      "cohere",           "bedrock"};
        QVERIFY2(kinds.contains(spec->kind), spec->kind.constData());
        QVERIFY2(wires.contains(spec->wire), spec->wire.constData());
        QCOMPARE(schema().problems(QJsonDocument::fromJson(text).object()), QStringList());
        QVERIFY(spec->local || spec->baseUrl.isEmpty() || spec->baseUrl.scheme() == QLatin1String("https"));
        QVERIFY(!spec->local || spec->baseUrl.host() == QLatin1String("127.0.0.1"));
        QVERIFY(!spec->baseUrl.path().endsWith(QLatin1Char('/')));
        QVERIFY(spec->kind != "local" || spec->priceProvider == "local");
        for (const QByteArray &variable : spec->environment)
            QVERIFY2(!variable.contains(' '), variable.constData());
    }

    void knowsThem_data()
    {
        QTest::addColumn<QByteArray>("wire");
        QTest::addColumn<QByteArray>("header");
        const auto row
            = [](const char *id, const char *wire = "openai-chat", const char *header = "authorization") {
                  QTest::newRow(id) << QByteArray(wire) << QByteArray(header);
              };
        row("openai");
        row("anthropic", "anthropic", "x-api-key");
        row("google", "gemini", "x-goog-api-key");
        row("azure-openai", "openai-chat", "api-key");
        row("portkey", "openai-chat", "x-portkey-api-key");
        row("cohere", "cohere");
        for (const char *id :
             {"litellm-proxy",
              "openrouter",
              "tokenmix",
              "deepseek",
              "alibaba",
              "mistral",
              "ai21",
              "xai",
              "groq",
              "together",
              "fireworks",
              "cerebras",
              "perplexity",
              "moonshotai",
              "zai",
              "minimax",
              "sambanova",
              "nebius",
              "novita",
              "deepinfra",
              "huggingface",
              "github-models",
              "vercel-ai-gateway",
              "nvidia-nim",
              "upstage",
              "meta",
              "siliconflow",
              "stepfun",
              "volcengine",
              "qianfan",
              "hunyuan",
              "baseten",
              "hyperbolic",
              "cloudflare-workers-ai",
              "databricks",
              "yandex"})
            row(id);
        for (const char *id : {"ollama", "lmstudio", "vllm", "llamacpp", "localai", "jan", "koboldcpp"})
            row(id, "openai-chat", "");
    }
    void knowsThem()
    {
        QFETCH(QByteArray, wire);
        QFETCH(QByteArray, header);
        const ProviderSpec *spec = Catalogue::builtIn().find(QTest::currentDataTag());
        QVERIFY(spec != nullptr);
        QCOMPARE(spec->wire, wire);
        QCOMPARE(spec->auth.header, header);
        QCOMPARE(spec->auth.needsKey(), !header.isEmpty());
        QVERIFY(!spec->auth.needsKey() || !spec->environment.empty());
    }

    void knowsManyAndEachOnce()
    {
        const auto &all = Catalogue::builtIn().all();
        QVERIFY(all.size() >= 200);
        QSet<QByteArray> ids;
        for (const ProviderSpec &spec : all)
            ids += spec.id;
        QCOMPARE(ids.size(), qsizetype(all.size()));
        for (const char *none : {"", "no-such-provider", "schema", "../models/openai", "openai.json"})
            QVERIFY2(Catalogue::builtIn().find(none) == nullptr, none);
    }

    void quirksReachTheCodecs()
    {
        const auto *xai = Catalogue::builtIn().find("xai");
        QVERIFY(xai->quirks.reasoningOutsideCompletion && xai->quirks.noDeveloperRole);
        const auto *deepseek = Catalogue::builtIn().find("deepseek");
        QCOMPARE(deepseek->quirks.reasoningField, QByteArray("reasoning_content"));
        QCOMPARE(deepseek->quirks.maxTokensField, QByteArray("max_tokens"));
        QVERIFY(Catalogue::builtIn().find("mistral")->quirks.noStreamOptions);
        QVERIFY(Catalogue::builtIn().find("openrouter")->quirks.cacheControl);
        QVERIFY(Catalogue::builtIn().find("anthropic")->quirks.defaultMaxTokens.has_value());
        const auto *openai = Catalogue::builtIn().find("openai");
        QCOMPARE(openai->quirks.maxTokensField, QByteArray("max_completion_tokens"));
        QVERIFY(!openai->quirks.noDeveloperRole && !openai->quirks.noStreamOptions);
    }

    /// A provider's map of its counts, and what its codec makes of just such counts, agree.
    void usageFieldsAreWhatTheCodecReads()
    {
        int maps = 0;
        for (const ProviderSpec &spec : Catalogue::builtIn().all()) {
            const wire::Wire *wire = wire::findWire(spec.wire);
            if (!spec.usageFields || !wire || !wire->upstream)
                continue;
            ++maps;
            // Parts are small against the wholes, so that no difference is clamped.
            QJsonObject counts;
            QMap<QByteArray, qint64> expected;
            qint64 part = 1;
            for (const auto &[kind, fields] : spec.usageFields->sums) {
                for (const QByteArray &field : fields) {
                    const bool whole = kind == "input" || kind == "output";
                    setField(counts, QString::fromUtf8(field), whole ? 1000 : ++part);
                }
            }
            for (const auto &[kind, fields] : spec.usageFields->sums) {
                for (const QByteArray &field : fields) {
                    QJsonValue value(counts);
                    for (const QString &name : QString::fromUtf8(field).split(u'.'))
                        value = value[name];
                    expected[kind] += value.toInteger();
                }
            }
            // Whoever counts reasoning beside the completion is read by the total.
            if (spec.quirks.reasoningOutsideCompletion)
                counts[QStringLiteral("total_tokens")] = expected["input"] + expected["output"];
            const QJsonObject answers{
                {QStringLiteral("choices"),
                 QJsonArray{QJsonObject{
                     {QStringLiteral("index"), 0},
                     {QStringLiteral("finish_reason"), QStringLiteral("stop")},
                     {QStringLiteral("message"),
                      QJsonObject{{QStringLiteral("content"), QStringLiteral("hi")}}}}}},
                {QStringLiteral("candidates"),
                 QJsonArray{QJsonObject{
                     {QStringLiteral("finishReason"), QStringLiteral("STOP")},
                     {QStringLiteral("content"),
                      QJsonObject{
                          {QStringLiteral("parts"),
                           QJsonArray{QJsonObject{{QStringLiteral("text"), QStringLiteral("hi")}}}}}}}}},
                {QStringLiteral("output"),
                 QJsonObject{
                     {QStringLiteral("message"), QJsonObject{{QStringLiteral("content"), QJsonArray()}}}}},
                {QStringLiteral("content"), QJsonArray()},
                {QStringLiteral("type"), QStringLiteral("message")},
                {QString::fromUtf8(spec.usageFields->root), counts}};
            chat::Accumulator answer;
            const QByteArray body = QJsonDocument(answers).toJson();
            for (const chat::ChatEvent &event : wire->upstream->decodeAnswer(body, spec.quirks))
                answer.add(event);
            const chat::Usage &usage = answer.answer().usage;
            if (expected.contains("cache_read"))
                QVERIFY2(
                    usage.valueOrZero(chat::TokenKind::CacheRead) == expected["cache_read"],
                    spec.id.constData());
            if (expected.contains("reasoning"))
                QVERIFY2(
                    usage.valueOrZero(chat::TokenKind::Reasoning) == expected["reasoning"],
                    spec.id.constData());
            if (usage.totalInput() != expected["input"] || usage.totalOutput() != expected["output"])
                qWarning() << spec.id << body << usage.totalInput() << usage.totalOutput();
            QCOMPARE(usage.totalInput(), expected["input"]);
            QCOMPARE(usage.totalOutput(), expected["output"]);
        }
        QVERIFY(maps >= 20);
    }

    void knowsForeignKeys_data()
    {
        QTest::addColumn<QByteArray>("provider");
        QTest::addColumn<QByteArray>("key");
        QTest::addColumn<QByteArray>("owner");
        const QByteArray letters(70, 'a');
        const auto row
            = [](const char *name, const char *provider, const QByteArray &key, const char *owner) {
                  QTest::newRow(name) << QByteArray(provider) << key << QByteArray(owner);
              };
        row("Anthropic's at OpenAI", "openai", "sk-ant-api03-" + letters, "anthropic");
        row("Google's at Anthropic", "anthropic", "AIza" + letters.left(35), "google");
        row("Groq's at xAI", "xai", "gsk_" + letters.left(52), "groq");
        row("OpenRouter's at OpenAI", "openai", "sk-or-v1-" + letters.left(64), "openrouter");
        row("Google's at Bedrock", "aws-bedrock", "AIza" + letters.left(35), "google");
        row("its own", "anthropic", "sk-ant-api03-" + letters, "");
        row("OpenAI's", "openai", "sk-proj-" + letters, "");
        row("its own, a new form", "groq", "gsk2-" + letters, "");
        row("anybody's", "groq", "sk-" + letters.left(32), "");
        row("nobody's", "openai", "hunter2", "");
        row("no pattern known", "tinfoil", "sk-ant-api03-" + letters, "");
        row("a server of one's own", "litellm-proxy", "sk-ant-api03-" + letters, "");
    }
    void knowsForeignKeys()
    {
        QFETCH(QByteArray, provider);
        QFETCH(QByteArray, key);
        QFETCH(QByteArray, owner);
        const Catalogue &catalogue = Catalogue::builtIn();
        ProviderSpec spec = *catalogue.find(provider);
        const auto owners = catalogue.ownersOfForeignKey(spec, key);
        QCOMPARE(owners.empty() ? QByteArray() : owners.front(), owner);
        spec.ownBaseUrl = true;
        QVERIFY(catalogue.ownersOfForeignKey(spec, key).empty());
    }

    void recognisesKeys_data()
    {
        QTest::addColumn<QByteArray>("key");
        QTest::addColumn<QByteArray>("providers");
        const QByteArray letters(70, 'a');
        QTest::newRow("Anthropic") << QByteArray("sk-ant-api03-" + letters) << QByteArray("anthropic");
        QTest::newRow("OpenRouter") << QByteArray("sk-or-v1-" + letters.left(64)) << QByteArray("openrouter");
        QTest::newRow("OpenAI project") << QByteArray("sk-proj-" + letters) << QByteArray("openai");
        QTest::newRow("Google") << QByteArray("AIza" + letters.left(35)) << QByteArray("google");
        QTest::newRow("Groq") << QByteArray("gsk_" + letters.left(52)) << QByteArray("groq");
        QTest::newRow("xAI") << QByteArray("xai-" + letters) << QByteArray("xai");
        QTest::newRow("TokenMix") << QByteArray("sk-tm-" + letters) << QByteArray("tokenmix");
        QTest::newRow("several") << QByteArray("sk-" + letters.left(32))
                                 << QByteArray("alibaba,alibaba-cn,deepseek,openai");
        QTest::newRow("letters tell nobody apart") << letters.left(32) << QByteArray();
        QTest::newRow("hex tells nobody apart") << letters.left(64) << QByteArray();
        QTest::newRow("empty") << QByteArray() << QByteArray();
        QTest::newRow("foreign") << QByteArray("hunter2") << QByteArray();
    }
    void recognisesKeys()
    {
        QFETCH(QByteArray, key);
        QFETCH(QByteArray, providers);
        QByteArray found;
        for (const QByteArray &id : Catalogue::builtIn().providersMatchingKey(key))
            found += (found.isEmpty() ? "" : ",") + id;
        QCOMPARE(found, providers);
    }

    void readsEveryMember()
    {
        QFile in(QStringLiteral(FAIRLEAD_TEST_DATA "/providers/every-member.json"));
        QVERIFY(in.open(QIODevice::ReadOnly));
        const auto spec = Catalogue::parse(in.readAll());
        QVERIFY2(spec.has_value(), spec ? "" : spec.error().message().constData());
        QCOMPARE(spec->baseUrl, QUrl(QStringLiteral("https://lab.example/v1")));
        QCOMPARE(spec->regions.size(), std::size_t(1));
        QCOMPARE(spec->environment.front(), QByteArray("LAB_KEY"));
        QVERIFY(spec->local && spec->http2);
        QCOMPARE(spec->headers.value("x-team"), QByteArray("a"));
        QCOMPARE(spec->priceProvider, QByteArray("openai"));
        QCOMPARE(spec->models.size(), std::size_t(2));
        QVERIFY(!spec->quirks.jsonSchema && !spec->quirks.structuredOutput);
        QCOMPARE(spec->quirks.thinkingStyle, QByteArray("level"));
        QCOMPARE(spec->quirks.defaultMaxTokens.value_or(0), 5);
        QCOMPARE(spec->quirks.anthropicVersion, QByteArray("lab-1"));
        QCOMPARE(spec->params.size(), std::size_t(2));
        QCOMPARE(spec->params[0].name, QByteArray("team"));
        QCOMPARE(spec->params[0].environment.front(), QByteArray("LAB_TEAM"));
        QVERIFY(!spec->params[0].optional && spec->params[1].optional);
        QCOMPARE(spec->params[1].fallback, QByteArray("b"));
        QCOMPARE(spec->paths.size(), std::size_t(2));
        QCOMPARE(spec->paths[1].toStream, QByteArray("/s/{model}"));
        QCOMPARE(spec->modelsUrl, QByteArray("https://lab.example/list"));
        QCOMPARE(spec->usageFields->sums.at(0).second.size(), std::size_t(2));
        QCOMPARE(spec->rateLimitHeaders.front(), QByteArray("x-left"));
        QCOMPARE(Catalogue::parse(file({}))->priceProvider, QByteArray("lab"));
    }

    // Escaped strings: moc of Qt 6.4 loses the class when raw ones hold a "//".
    void refusesBadFilesAndNamesTheKey_data()
    {
        QTest::addColumn<QByteArray>("json");
        QTest::addColumn<QByteArray>("says");
        const auto row = [](const char *name, const QByteArray &json, const char *says) {
            QTest::newRow(name) << json << QByteArray(says);
        };
        row("not JSON", "{", "");
        row("no object", "[]", "object");
        row("unknown key", file("\"wires\":\"x\""), "\"wires\"");
        row("unknown quirk", file("\"quirks\":{\"no_json\":true}"), "quirks: unknown key \"no_json\"");
        row("quirk of a wrong type", file("\"quirks\":{\"no_developer_role\":\"yes\"}"), "no_developer_role");
        row("quirks are no object", file("\"quirks\":true"), "quirks");
        row("no tokens", file("\"quirks\":{\"default_max_tokens\":0}"), "default_max_tokens");
        row("unknown authentication", file("\"auth\":\"magic\""), "magic");
        row("address of a file", file("\"keys_page\":\"file:///etc/passwd\""), "keys_page");
        row("password in an address", file("\"docs_page\":\"https://a:b@lab.example\""), "docs_page");
        row("bad region", file("\"regions\":{\"eu\":\"nowhere\"}"), "eu");
        row("bad pattern", file("\"key_pattern\":\"^(\""), "key_pattern");
        row("a parameter without a meaning", file("\"params\":{\"a\":1}"), "params: a");
        row("unknown key of a parameter", file("\"params\":{\"a\":{\"envs\":[]}}"), "envs");
        row("path is none", file("\"paths\":{\"/a\":\"b\"}"), "begins with /");
        row("path without a way", file("\"paths\":{\"/a\":{\"stream\":\"/b\"}}"), "\"to\"");
        row("counts without a root", file("\"usage_fields\":{\"input\":[\"a\"]}"), "root");
        row("bad list", file("\"models_url\":\"nowhere\""), "models_url");
        row("env is no array", file("\"env\":\"LAB_KEY\""), "env");
        row("empty name", file("\"name\":\"\""), "name");
        row("two base URLs", file("\"base_url_template\":\"https://{x}\""), "base_url");
        row("no base URL",
            "{\"id\":\"a\",\"name\":\"A\",\"kind\":\"host\",\"wire\":\"openai-chat\",\"auth\":\"none\"}",
            "base_url");
        row("no wire",
            "{\"id\":\"a\",\"name\":\"A\",\"kind\":\"host\",\"base_url\":\"https://"
            "a.example\",\"auth\":\"none\"}",
            "wire");
    }
    void refusesBadFilesAndNamesTheKey()
    {
        QFETCH(QByteArray, json);
        QFETCH(QByteArray, says);
        const auto spec = Catalogue::parse(json);
        QVERIFY(!spec.has_value());
        QCOMPARE(spec.error().kind(), ErrorKind::Invalid);
        QVERIFY2(spec.error().message().contains(says), spec.error().message().constData());
    }

    void authenticationByName()
    {
        QCOMPARE(Authentication::byName("bearer")->prefix, QByteArray("Bearer "));
        QCOMPARE(Authentication::byName("api-key-prefix")->prefix, QByteArray("Api-Key "));
        QVERIFY(Authentication::byName("x-api-key")->prefix.isEmpty());
        QVERIFY(!Authentication::byName("none")->needsKey());
        const auto aws = Authentication::byName("aws-sigv4");
        QVERIFY(aws->needsKey() && aws->scheme == Authentication::Scheme::AwsSigV4);
        QCOMPARE(aws->service, QByteArray("bedrock"));
        QVERIFY(
            Authentication::byName("google-service-account")->scheme
            == Authentication::Scheme::GoogleServiceAccount);
        const auto unknown = Authentication::byName("Bearer");
        QVERIFY(!unknown.has_value());
        QVERIFY(unknown.error().message().contains("bearer, x-api-key"));
    }
};

QTEST_GUILESS_MAIN(CatalogueTest)
#include "CatalogueTest.moc"
