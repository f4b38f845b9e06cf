// SPDX-License-Identifier: GPL-3.0-or-later
#include "gateway/OllamaHandlers.h"

#include "gateway/DialectTable.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTest>
#include <QVersionNumber>

using namespace fairlead;
using namespace fairlead::gateway;
using routing::RoutingTable;

namespace {

/// JSON with single quotes: moc 6.4 loses classes behind raw strings with quotes in them.
QByteArray quoted(const char *text)
{
    return QByteArray(text).replace('\'', '"');
}

const QByteArray kConfig = quoted(
    "{ 'providers': ["
    "{ 'id': 'demo-lab', 'wire': 'ollama', 'base_url': 'http://127.0.0.1:9000', 'models': ['m1:7b'] },"
    "{ 'id': 'openai', 'keys': [{ 'env': 'OPENAI_TEST_KEY' }], 'models': ['gpt-5.4', 'gpt-4'] }"
    "], 'routes': [ { 'model': 'smart', 'targets': ['openai/gpt-5.4', 'openai/gpt-4'] } ] }");

http::Request request(const QByteArray &method, const QByteArray &path, const QByteArray &body = {})
{
    http::Request made;
    made.method = method;
    made.path = path;
    made.body = quoted(body.constData());
    return made;
}

QJsonObject objectOf(const http::Response &response)
{
    return QJsonDocument::fromJson(response.body).object();
}

} // namespace

class OllamaHandlersTest : public QObject
{
    Q_OBJECT

    std::shared_ptr<const RoutingTable> m_routing;
    std::shared_ptr<const metering::PriceBook> m_prices;

    [[nodiscard]] OllamaHandlers handlers() const { return {*m_routing, *m_prices, 1767225600}; }
    [[nodiscard]] http::Response ask(const QByteArray &method, const char *path, const char *body = "") const
    {
        return handlers().answer(request(method, path, body));
    }

private Q_SLOTS:
    void initTestCase()
    {
        m_prices = metering::PriceBook::builtIn();
        const auto config = config::parseConfig(kConfig);
        QVERIFY2(config, config ? "" : config.error().message().constData());
        const auto routing = RoutingTable::build(*config, {}, m_prices);
        QVERIFY2(routing, routing ? "" : routing.error().message().constData());
        m_routing = *routing;
    }

    void hasEveryEndpoint_data()
    {
        QTest::addColumn<QByteArray>("method");
        QTest::addColumn<QByteArray>("path");
        QTest::addColumn<QByteArray>("wire");
        const auto row = [](const char *method, const char *path, const char *wire = "ollama") {
            QTest::addRow("%s %s", method, path)
                << QByteArray(method) << QByteArray(path) << QByteArray(wire);
        };
        row("POST", "/api/chat");
        row("POST", "/api/generate", "ollama-generate");
        row("GET", "/api/tags");
        row("HEAD", "/api/tags");
        row("GET", "/api/ps");
        row("GET", "/api/version");
        row("HEAD", "/api/version");
        row("POST", "/api/show");
        row("POST", "/api/pull");
        row("POST", "/api/embeddings", "ollama");
        row("POST", "/v1beta/openai/gpt-x:streamGenerateContent", "gemini");
        row("POST", "/v1beta/openai/embed-x:batchEmbedContents", "gemini");
        row("POST", "/v1/completions", "openai-completions");
        row("POST", "/completions", "openai-completions");
    }
    void hasEveryEndpoint()
    {
        QFETCH(QByteArray, method);
        QFETCH(QByteArray, path);
        QFETCH(QByteArray, wire);
        const Match match = findEndpoint(method, path);
        QVERIFY(match.endpoint);
        QVERIFY(match.endpoint->needsToken);
        QCOMPARE(match.wire.toByteArray(), wire);
    }

    void answersInTheDialectOfThePath()
    {
        QCOMPARE(findEndpoint("GET", "/api/chat").wire.toByteArray(), QByteArray("ollama"));
        QCOMPARE(findEndpoint("POST", "/api/tags").wire.toByteArray(), QByteArray("ollama"));
        QCOMPARE(findEndpoint("DELETE", "/api/delete").wire.toByteArray(), QByteArray("ollama"));
        QCOMPARE(findEndpoint("GET", "/v9/nothing").wire.toByteArray(), QByteArray("openai-chat"));
    }

    void listsModels()
    {
        const http::Response response = ask("GET", "/api/tags");
        QCOMPARE(response.status, 200);
        const QJsonArray models = objectOf(response)[QStringLiteral("models")].toArray();
        QStringList names;
        QStringList digests;
        for (const QJsonValue &model : models) {
            names += model[QStringLiteral("name")].toString();
            digests += model[QStringLiteral("digest")].toString();
            QCOMPARE(model[QStringLiteral("model")], model[QStringLiteral("name")]);
            QCOMPARE(model[QStringLiteral("modified_at")].toString(), QStringLiteral("2026-01-01T00:00:00Z"));
            QVERIFY(model[QStringLiteral("size")].isDouble());
            QVERIFY(model[QStringLiteral("details")][QStringLiteral("families")].isArray());
        }
        QCOMPARE(
            names, (QStringList{
                       QStringLiteral("smart"), QStringLiteral("demo-lab/m1:7b"),
                       QStringLiteral("openai/gpt-5.4"), QStringLiteral("openai/gpt-4")}));
        digests.removeDuplicates();
        QCOMPARE(digests.size(), names.size());
    }

    void showsModels_data()
    {
        QTest::addColumn<QByteArray>("body");
        QTest::addColumn<QStringList>("capabilities");
        QTest::addColumn<bool>("hasContext");
        const QString completion = QStringLiteral("completion");
        QTest::newRow("described")
            << QByteArray("{'model':'openai/gpt-5.4'}")
            << QStringList{completion, QStringLiteral("tools"), QStringLiteral("vision"), QStringLiteral("thinking")}
            << true;
        QTest::newRow("by its old name") << QByteArray("{'name':'openai/gpt-4:latest'}")
                                         << QStringList{completion, QStringLiteral("tools")} << true;
        QTest::newRow("what all targets can")
            << QByteArray("{'model':'smart'}") << QStringList{completion, QStringLiteral("tools")} << true;
        QTest::newRow("nobody knows")
            << QByteArray("{'model':'m1:7b'}") << QStringList{completion, QStringLiteral("tools")} << false;
    }
    void showsModels()
    {
        QFETCH(QByteArray, body);
        QFETCH(QStringList, capabilities);
        QFETCH(bool, hasContext);
        const http::Response response = ask("POST", "/api/show", body.constData());
        QCOMPARE(response.status, 200);
        const QJsonObject shown = objectOf(response);
        QStringList can;
        for (const QJsonValue &word : shown[QStringLiteral("capabilities")].toArray())
            can += word.toString();
        QCOMPARE(can, capabilities);
        const QJsonObject info = shown[QStringLiteral("model_info")].toObject();
        const QString key
            = info[QStringLiteral("general.architecture")].toString() + QStringLiteral(".context_length");
        QCOMPARE(info[key].toInt() > 1000, hasContext);
    }

    void refusesInOllamasWords_data()
    {
        QTest::addColumn<QByteArray>("path");
        QTest::addColumn<QByteArray>("body");
        QTest::addColumn<int>("status");
        QTest::addColumn<QString>("said");
        for (const char *path : {"/api/show", "/api/pull"}) {
            QTest::addRow("%s unknown", path) << QByteArray(path) << QByteArray("{'model':'nobody/x'}") << 404
                                              << QStringLiteral("model 'nobody/x' not found");
            QTest::addRow("%s no model", path)
                << QByteArray(path) << QByteArray("{}") << 400 << QStringLiteral("model is required");
            QTest::addRow("%s no JSON", path) << QByteArray(path) << QByteArray("{") << 400
                                              << QStringLiteral("The request body is not valid JSON");
        }
    }
    void refusesInOllamasWords()
    {
        QFETCH(QByteArray, path);
        QFETCH(QByteArray, body);
        QFETCH(int, status);
        QFETCH(QString, said);
        const http::Response response = ask("POST", path.constData(), body.constData());
        QCOMPARE(response.status, status);
        QVERIFY(objectOf(response)[QStringLiteral("error")].toString().startsWith(said));
    }

    void pullsWhatIsThere()
    {
        const http::Response whole = ask("POST", "/api/pull", "{'model':'smart','stream':false}");
        QCOMPARE(whole.body, quoted("{'status':'success'}"));
        const http::Response streamed = ask("POST", "/api/pull", "{'name':'smart'}");
        QCOMPARE(streamed.headers.value("content-type"), QByteArray("application/x-ndjson"));
        QVERIFY(streamed.body.endsWith(quoted("{'status':'success'}\n")));
    }

    void tellsItsVersion()
    {
        const QString version = objectOf(ask("GET", "/api/version"))[QStringLiteral("version")].toString();
        QVERIFY(QVersionNumber::fromString(version) >= QVersionNumber(0, 13, 4));
        QCOMPARE(ask("GET", "/api/ps").body, quoted("{'models':[]}"));
    }

    void loadsModelsWithoutWords_data()
    {
        QTest::addColumn<QByteArray>("path");
        QTest::addColumn<QByteArray>("body");
        QTest::addColumn<QByteArray>("answer");
        const QByteArray head = quoted("{'model':'smart','created_at':'2026-01-01T00:00:00Z',");
        const QByteArray message = quoted("'message':{'role':'assistant','content':''},");
        const auto done
            = [](const char *reason) { return quoted("'done':true,'done_reason':'") + reason + "\"}"; };
        QTest::newRow("chat") << QByteArray("/api/chat") << QByteArray("{'model':'smart'}")
                              << head + message + done("load");
        QTest::newRow("chat, emptied")
            << QByteArray("/api/chat") << QByteArray("{'model':'smart','messages':[],'keep_alive':0}")
            << head + message + done("unload");
        QTest::newRow("generate") << QByteArray("/api/generate")
                                  << QByteArray("{'model':'smart','prompt':''}")
                                  << head + quoted("'response':'',") + done("load");
        QTest::newRow("a chat") << QByteArray("/api/chat") << QByteArray("{'model':'smart','messages':[{}]}")
                                << QByteArray();
        QTest::newRow("messages that are a text")
            << QByteArray("/api/chat") << QByteArray("{'model':'smart','messages':'hi'}") << QByteArray();
        QTest::newRow("a prompt") << QByteArray("/api/generate")
                                  << QByteArray("{'model':'smart','prompt':'x'}") << QByteArray();
        QTest::newRow("no model") << QByteArray("/api/chat") << QByteArray("{}") << QByteArray();
        QTest::newRow("no JSON") << QByteArray("/api/chat") << QByteArray("{") << QByteArray();
        QTest::newRow("elsewhere") << QByteArray("/api/embed") << QByteArray("{'model':'smart'}")
                                   << QByteArray();
    }
    void loadsModelsWithoutWords()
    {
        QFETCH(QByteArray, path);
        QFETCH(QByteArray, body);
        QFETCH(QByteArray, answer);
        const auto response = handlers().loaded(request("POST", path, body));
        QCOMPARE(response ? response->body : QByteArray(), answer);
        const auto unknown = handlers().loaded(request("POST", "/api/chat", "{'model':'nobody/x'}"));
        QVERIFY(unknown);
        QCOMPARE(unknown->status, 404);
    }
};

QTEST_GUILESS_MAIN(OllamaHandlersTest)

#include "OllamaHandlersTest.moc"
