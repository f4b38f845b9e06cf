// SPDX-License-Identifier: GPL-3.0-or-later
#include "gateway/ModelLists.h"

#include "config/Config.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTest>

using namespace fairlead;
using namespace fairlead::gateway;

namespace {

QByteArray js(const char *text)
{
    return QByteArray(text).replace('\'', '"');
}

http::Request request(const QByteArray &path, const QByteArray &query = {}, Headers headers = {})
{
    http::Request made;
    made.method = "GET";
    made.path = path;
    made.query = query;
    made.headers = std::move(headers);
    return made;
}

QStringList names(const QJsonObject &list, const char *array, const char *field)
{
    QStringList found;
    for (const QJsonValue &entry : list.value(QLatin1String(array)).toArray())
        found += entry.toObject().value(QLatin1String(field)).toString();
    return found;
}

} // namespace

class ModelListsTest : public QObject
{
    Q_OBJECT

    std::shared_ptr<const metering::PriceBook> m_prices;
    std::shared_ptr<const routing::RoutingTable> m_table;

    [[nodiscard]] ModelLists lists() const
    {
        return ModelLists(*m_table, *m_prices, 1780000000, [](QByteArrayView model) {
            return model != QByteArrayView("lab/secret");
        });
    }
    [[nodiscard]] QJsonObject list(ModelListStyle style, const QByteArray &query = {}) const
    {
        return QJsonDocument::fromJson(lists().list(style, query).body).object();
    }

private Q_SLOTS:
    void initTestCase()
    {
        auto prices = metering::PriceBook::parse(js(
            "{'provider':'lab','models':{"
            "'deep':{'name':'Deep Thought','status':'active','context':200000,'max_output':64000,"
            "'caps':['reasoning','tools']},"
            "'vec':{'name':'Vec','kind':'embedding','status':'active'}}}"));
        QVERIFY2(prices.has_value(), prices ? "" : prices.error().message().constData());
        m_prices = std::move(*prices);
        const auto config = config::parseConfig(
            js("{'providers':[{'id':'lab','wire':'openai-chat','base_url':'http://lab.test/v1',"
               "'models':['deep','vec','org/own','secret']}],"
               "'routes':[{'model':'smart','targets':['lab/deep']}]}"));
        QVERIFY(config.has_value());
        auto table = routing::RoutingTable::build(*config, {}, m_prices);
        QVERIFY(table.has_value());
        m_table = std::move(*table);
    }

    void theStyleIsInTheRequest_data()
    {
        QTest::addColumn<QByteArray>("path");
        QTest::addColumn<QByteArray>("query");
        QTest::addColumn<QByteArray>("header");
        QTest::addColumn<int>("style");
        const QByteArray path("/v1/models");
        const int openAi = int(ModelListStyle::OpenAi);
        const int anthropic = int(ModelListStyle::Anthropic);
        const int gemini = int(ModelListStyle::Gemini);
        QTest::newRow("plain") << path << QByteArray() << QByteArray("authorization") << openAi;
        QTest::newRow("version") << path << QByteArray() << QByteArray("Anthropic-Version") << anthropic;
        QTest::newRow("x-api-key alone") << path << QByteArray() << QByteArray("x-api-key") << openAi;
        QTest::newRow("Google's key") << path << QByteArray() << QByteArray("x-goog-api-key") << gemini;
        QTest::newRow("key in the query") << path << QByteArray("pageSize=2&key=") << QByteArray("x") << gemini;
        QTest::newRow("no key at all") << path << QByteArray("monkey=1") << QByteArray("x") << openAi;
        QTest::newRow("Google's path") << QByteArray("/v1beta/models") << QByteArray() << QByteArray("x") << gemini;
    }
    void theStyleIsInTheRequest()
    {
        QFETCH(QByteArray, path);
        QFETCH(QByteArray, query);
        QFETCH(QByteArray, header);
        QFETCH(int, style);
        QCOMPARE(int(modelListStyle(request(path, query, Headers{{header, ""}}))), style);
    }

    void openAisShape()
    {
        const QJsonObject all = list(ModelListStyle::OpenAi);
        QCOMPARE(all.value(QLatin1String("object")).toString(), QStringLiteral("list"));
        const QStringList expected{
            QStringLiteral("smart"), QStringLiteral("lab/deep"), QStringLiteral("lab/vec"),
            QStringLiteral("lab/org/own")};
        QCOMPARE(names(all, "data", "id"), expected); // what the caller may not use is not there
        const QJsonObject first = all.value(QLatin1String("data")).toArray().first().toObject();
        QCOMPARE(
            QJsonDocument(first).toJson(QJsonDocument::Compact),
            js("{'created':1780000000,'id':'smart','object':'model','owned_by':'fairlead'}"));
    }

    void anthropicsShape()
    {
        const QJsonObject all = list(ModelListStyle::Anthropic);
        QCOMPARE(all.value(QLatin1String("has_more")).toBool(true), false);
        QCOMPARE(all.value(QLatin1String("first_id")).toString(), QStringLiteral("smart"));
        QCOMPARE(all.value(QLatin1String("last_id")).toString(), QStringLiteral("lab/org/own"));
        const QJsonArray data = all.value(QLatin1String("data")).toArray();
        const QJsonObject smart = data.first().toObject();
        QCOMPARE(smart.value(QLatin1String("type")).toString(), QStringLiteral("model"));
        QCOMPARE(smart.value(QLatin1String("display_name")).toString(), QStringLiteral("Deep Thought"));
        QCOMPARE(smart.value(QLatin1String("max_input_tokens")).toInt(), 200000);
        QCOMPARE(smart.value(QLatin1String("max_tokens")).toInt(), 64000);
        QVERIFY(smart.value(QLatin1String("created_at")).toString().endsWith(QLatin1Char('Z')));
        // Not known is null, never 0.
        QVERIFY(data.last().toObject().value(QLatin1String("max_tokens")).isNull());
    }

    void anthropicsPages_data()
    {
        QTest::addColumn<QByteArray>("query");
        QTest::addColumn<QString>("ids");
        QTest::addColumn<bool>("more");
        QTest::newRow("first") << QByteArray("limit=2") << QStringLiteral("smart lab/deep") << true;
        QTest::newRow("next") << QByteArray("limit=2&after_id=lab%2Fdeep")
                              << QStringLiteral("lab/vec lab/org/own") << false;
        QTest::newRow("before") << QByteArray("limit=1&before_id=lab/vec") << QStringLiteral("lab/deep") << true;
        QTest::newRow("before all") << QByteArray("before_id=smart") << QString() << false;
        QTest::newRow("after all") << QByteArray("after_id=lab/org/own") << QString() << false;
        QTest::newRow("after nobody") << QByteArray("after_id=x") << QString() << false;
        QTest::newRow("no number") << QByteArray("limit=-3")
                                   << QStringLiteral("smart lab/deep lab/vec lab/org/own") << false;
    }
    void anthropicsPages()
    {
        QFETCH(QByteArray, query);
        QFETCH(QString, ids);
        QFETCH(bool, more);
        const QJsonObject page = list(ModelListStyle::Anthropic, query);
        QCOMPARE(names(page, "data", "id").join(QLatin1Char(' ')), ids);
        QCOMPARE(page.value(QLatin1String("has_more")).toBool(), more);
        QCOMPARE(page.value(QLatin1String("first_id")).isNull(), ids.isEmpty());
    }

    void geminisShape()
    {
        const QJsonArray models = list(ModelListStyle::Gemini).value(QLatin1String("models")).toArray();
        QCOMPARE(models.size(), 4);
        const QJsonObject deep = models.at(1).toObject();
        QCOMPARE(deep.value(QLatin1String("name")).toString(), QStringLiteral("models/lab/deep"));
        QCOMPARE(deep.value(QLatin1String("inputTokenLimit")).toInt(), 200000);
        QCOMPARE(deep.value(QLatin1String("outputTokenLimit")).toInt(), 64000);
        QVERIFY(deep.value(QLatin1String("thinking")).toBool());
        QCOMPARE(
            deep.value(QLatin1String("supportedGenerationMethods")).toArray().first().toString(),
            QStringLiteral("generateContent"));
        const QJsonObject vec = models.at(2).toObject();
        QCOMPARE(
            vec.value(QLatin1String("supportedGenerationMethods")).toArray().first().toString(),
            QStringLiteral("embedContent"));
        QVERIFY(!vec.contains(QLatin1String("inputTokenLimit")));
    }

    void geminisPages()
    {
        QStringList seen;
        QByteArray token;
        int pages = 0;
        do {
            const QJsonObject page = list(ModelListStyle::Gemini, "pageSize=3&pageToken=" + token);
            seen += names(page, "models", "name");
            token = page.value(QLatin1String("nextPageToken")).toString().toUtf8();
            ++pages;
        } while (!token.isEmpty() && pages < 5);
        QCOMPARE(pages, 2);
        QCOMPARE(seen.size(), 4);
        QCOMPARE(list(ModelListStyle::Gemini, "pageToken=99").value(QLatin1String("models")).toArray().size(), 0);
        QCOMPARE(list(ModelListStyle::Gemini, "pageToken=junk").value(QLatin1String("models")).toArray().size(), 4);
    }

    void oneModel()
    {
        const auto found = lists().one(ModelListStyle::Gemini, "lab/org/own");
        QVERIFY(found.has_value());
        QVERIFY(found->body.contains("models/lab/org/own"));
        QVERIFY(lists().one(ModelListStyle::OpenAi, "smart")->body.contains(js("'owned_by':'fairlead'")));
        const auto missing = lists().one(ModelListStyle::OpenAi, "nobody");
        QVERIFY(!missing.has_value());
        QCOMPARE(missing.error().status, 404);
    }
};

QTEST_GUILESS_MAIN(ModelListsTest)
#include "ModelListsTest.moc"
