// SPDX-License-Identifier: GPL-3.0-or-later
#include "gateway/EmbeddingHandler.h"

#include "core/gateway/HandlerRig.h"

#include <QJsonArray>
#include <QTest>

using namespace fairlead;
using namespace fairlead::gateway;
using test::FakeAnswer;
using test::HandlerRig;
using test::quoted;

namespace {

const char *const kConfig
    = "{'providers':["
      "{'id':'lab','wire':'openai-chat','base_url':'http://lab.test/v1','models':['e1']},"
      "{'id':'other','wire':'openai-chat','base_url':'http://other.test/v1','models':['e2']},"
      "{'id':'talker','wire':'anthropic','base_url':'http://talker.test','models':['c1']}],"
      "'routes':[{'model':'vectors','targets':['talker/c1','lab/e1','other/e2']}]}";

/// A dialect of its own, so that translation can be seen: lines in, comma separated numbers out.
class LineEmbeddings final : public wire::EmbeddingCodec
{
public:
    Result<chat::EmbeddingRequest> decodeRequest(const wire::InboundCall &call) const override
    {
        chat::EmbeddingRequest request;
        request.model = call.document["m"].stringOr({});
        request.base64 = call.document["b64"].booleanOr(false);
        request.dialect = "lines";
        request.purpose = call.document["input_type"].stringOr({});
        for (const json::View text : call.document["texts"].elements())
            request.texts.push_back(text.stringOr({}));
        return request;
    }
    QByteArray encodeAnswer(
        const chat::EmbeddingAnswer &answer, const chat::EmbeddingRequest &request,
        const wire::AnswerContext &context) const override
    {
        QByteArray text = context.model;
        for (const chat::EmbeddingVector &vector : answer.vectors)
            text += '|' + (request.base64 ? vector.base64 : vector.numbers);
        return text;
    }
    Result<wire::UpstreamCall>
    encodeRequest(const chat::EmbeddingRequest &, const wire::Quirks &, wire::Losses &) const override
    {
        return fail(ErrorKind::Invalid, "only inbound");
    }
    tl::expected<chat::EmbeddingAnswer, wire::Failure>
    decodeAnswer(QByteArrayView, const wire::Quirks &) const override
    {
        return tl::make_unexpected(wire::Failure(chat::FailureClass::Internal, 0, "only inbound"));
    }
};

FakeAnswer vectors(const char *data, const char *usage = "{'prompt_tokens':4,'total_tokens':4}")
{
    return FakeAnswer::json(
        quoted("{'object':'list','data':[") + quoted(data) + quoted("],'model':'e1','usage':") + quoted(usage)
        + '}');
}

} // namespace

class EmbeddingHandlerTest : public QObject
{
    Q_OBJECT

    struct Rig : HandlerRig {
        Rig()
            : HandlerRig(quoted(kConfig))
        { }
        EmbeddingHandler handler{services, access};
        LineEmbeddings lines;
        wire::Wire lineWire{
            .name = "lines", .inbound = wire::findWire("openai-chat")->inbound, .embedding = &lines};

        std::shared_ptr<test::FakeExchange> ask(const QByteArray &body)
        {
            auto exchange = post("/v1/embeddings", body);
            test::await(handler.serve(exchange, *wire::findWire("openai-chat"), "app"));
            return exchange;
        }
        std::shared_ptr<test::FakeExchange> askInLines(const QByteArray &body)
        {
            auto exchange = post("/lines", body);
            test::await(handler.serve(exchange, lineWire, "app"));
            return exchange;
        }
    };

private Q_SLOTS:
    void passesItsOwnDialectThrough()
    {
        Rig rig;
        const QByteArray body = quoted("{'input': ['a',  'b'], 'model':'lab/e1', 'novel': 1.0, "
                                       "'encoding_format':'base64'}");
        rig.transport.expect(
            vectors("{'index':0,'embedding':'AACAPw=='},{'index':1,'embedding':'AAAAQA=='}"));
        const auto exchange = rig.ask(body);
        QCOMPARE(exchange->answer.status, 200);
        QCOMPARE(
            rig.transport.requests().front().url.toString(), QStringLiteral("http://lab.test/v1/embeddings"));
        QByteArray expected = body;
        QCOMPARE(rig.transport.requests().front().body, expected.replace("lab/e1", "e1"));
        QCOMPARE(
            exchange->answer.body,
            quoted("{'object':'list','data':[{'index':0,'embedding':'AACAPw=='},{'index':1,'embedding':"
                   "'AAAAQA=='}],'model':'e1','usage':{'prompt_tokens':4,'total_tokens':4}}"));
        QCOMPARE(exchange->header("x-fairlead-provider"), QByteArray("lab"));
        QVERIFY(exchange->header("x-fairlead-losses").isEmpty());

        QCOMPARE(rig.rows().size(), std::size_t(1));
        const metering::LedgerRecord &row = rig.rows().front();
        QVERIFY(row.kind == metering::LedgerRecord::Kind::Embeddings);
        QVERIFY(row.status == metering::LedgerRecord::Status::Ok);
        QCOMPARE(row.usage.get(chat::TokenKind::Input), std::optional<std::int64_t>(4));
        QVERIFY(!row.usage.estimated);
        QCOMPARE(row.provider, QByteArray("lab"));
        QCOMPARE(row.app, QByteArray("app"));
    }

    void skipsTargetsWithoutEmbeddingsAndFailsOver()
    {
        Rig rig;
        rig.transport.expect("lab.test", FakeAnswer::json("{}", 503));
        rig.transport.expect("other.test", vectors("{'index':0,'embedding':[1]}"));
        const auto exchange = rig.ask(quoted("{'input':'a','model':'vectors'}"));
        QCOMPARE(exchange->answer.status, 200);
        QCOMPARE(exchange->header("x-fairlead-model"), QByteArray("e2"));
        QCOMPARE(exchange->header("x-fairlead-attempts"), QByteArray("2"));
        const auto &attempts = rig.rows().front().attempts;
        QCOMPARE(attempts.size(), std::size_t(3));
        QVERIFY(attempts[0].message.contains("cannot give embeddings"));
        QCOMPARE(attempts[1].failureClass, QByteArray("overloaded"));
    }

    void saysSoWhereNobodyCan()
    {
        Rig rig;
        const auto exchange = rig.ask(quoted("{'input':'a','model':'talker/c1'}"));
        QCOMPARE(exchange->answer.status, 400);
        QCOMPARE(
            exchange->error().value(QLatin1String("code")).toString(),
            QStringLiteral("unsupported_endpoint"));
        QVERIFY(rig.rows().front().status == metering::LedgerRecord::Status::Failed);
    }

    void translates_data()
    {
        QTest::addColumn<QByteArray>("more");
        QTest::addColumn<QByteArray>("data");
        QTest::addColumn<QByteArray>("expected");
        QTest::newRow("numbers stay as they were written")
            << QByteArray() << quoted("{'index':0,'embedding':[1.0,-2e0]}") << QByteArray("e1|[1.0,-2e0]");
        QTest::newRow("base64 becomes numbers")
            << QByteArray() << quoted("{'index':0,'embedding':'AACAPwAAAMA='}") << QByteArray("e1|[1,-2]");
        QTest::newRow("numbers become base64")
            << quoted(",'b64':true") << quoted("{'index':0,'embedding':[1,-2]}")
            << QByteArray("e1|AACAPwAAAMA=");
    }
    void translates()
    {
        QFETCH(QByteArray, more);
        QFETCH(QByteArray, data);
        QFETCH(QByteArray, expected);
        Rig rig;
        rig.transport.expect(vectors(data.constData()));
        const auto exchange
            = rig.askInLines(quoted("{'m':'lab/e1','texts':['x'],'input_type':'search_query'") + more + '}');
        QCOMPARE(exchange->answer.status, 200);
        QCOMPARE(exchange->answer.body, expected);
        QCOMPARE(rig.sent().value(QLatin1String("input")).toArray(), QJsonArray{QStringLiteral("x")});
        QCOMPARE(exchange->header("x-fairlead-losses"), QByteArray("dropped=input_type"));
        QCOMPARE(rig.rows().front().losses, QByteArray("dropped=input_type"));
    }

    void refusesAnswersThatAreNone_data()
    {
        QTest::addColumn<QByteArray>("data");
        QTest::newRow("too few") << QByteArray();
        QTest::newRow("too many") << quoted("{'embedding':[1]},{'embedding':[1]}");
        QTest::newRow("no vector") << quoted("{'embedding':null}");
        QTest::newRow("half a float") << quoted("{'embedding':'AACA'}");
        QTest::newRow("not base64") << quoted("{'embedding':'?!?!'}");
    }
    void refusesAnswersThatAreNone()
    {
        QFETCH(QByteArray, data);
        Rig rig;
        rig.transport.expect("lab.test", vectors(data.constData()));
        rig.transport.expect("other.test", vectors("{'index':0,'embedding':[1]}"));
        const auto exchange = rig.askInLines(quoted("{'m':'vectors','texts':['x']}"));
        QCOMPARE(exchange->answer.status, 200);
        QCOMPARE(rig.rows().front().attempts[1].failureClass, QByteArray("protocol"));
    }

    void estimatesWhatTheProviderDoesNotCount()
    {
        Rig rig;
        rig.transport.expect(vectors("{'index':0,'embedding':[1]}", "null"));
        (void)rig.ask(quoted("{'input':'one two three','model':'lab/e1'}"));
        const metering::LedgerRecord &row = rig.rows().front();
        QVERIFY(row.usage.estimated);
        QCOMPARE(row.usage.get(chat::TokenKind::Input), std::optional<std::int64_t>(3));
    }

    void tellsMistakesInTheDialect_data()
    {
        QTest::addColumn<QByteArray>("body");
        QTest::addColumn<int>("status");
        QTest::addColumn<QByteArray>("words");
        QTest::newRow("not JSON") << QByteArray("{") << 400 << QByteArray("JSON");
        QTest::newRow("no model") << quoted("{'input':'a'}") << 400 << QByteArray("model");
        QTest::newRow("no input") << quoted("{'model':'lab/e1'}") << 400 << QByteArray("input");
        QTest::newRow("mixed input") << quoted("{'model':'lab/e1','input':['a',[1]]}") << 400
                                     << QByteArray("input[1]");
        QTest::newRow("unknown model")
            << quoted("{'model':'nobody/x','input':'a'}") << 404 << QByteArray("nobody/x");
    }
    void tellsMistakesInTheDialect()
    {
        QFETCH(QByteArray, body);
        QFETCH(int, status);
        QFETCH(QByteArray, words);
        Rig rig;
        const auto exchange = rig.ask(body);
        QCOMPARE(exchange->answer.status, status);
        const QString message = exchange->error().value(QLatin1String("message")).toString();
        QVERIFY2(message.toUtf8().contains(words), qPrintable(message));
        QCOMPARE(rig.rows().size(), std::size_t(1));
        QCOMPARE(rig.rows().front().httpStatus, status);
        QVERIFY(rig.transport.requests().empty());
    }

    void theProvidersErrorGoesOn()
    {
        Rig rig;
        rig.transport.expect(
            FakeAnswer::json(
                quoted("{'error':{'message':'too fast','type':'requests','code':'rate_limit_exceeded'}}"),
                429)
                .header("retry-after", "30"));
        const auto exchange = rig.ask(quoted("{'input':'a','model':'lab/e1'}"));
        QCOMPARE(exchange->answer.status, 429);
        QCOMPARE(exchange->header("retry-after"), QByteArray("30"));
    }

    void keepsAppsToTheirModels()
    {
        Rig rig;
        AccessRules rules;
        rules.modelsByApp.insert("app", {"other/*"});
        rig.access = std::make_shared<LocalAccess>(rules);
        QCOMPARE(rig.ask(quoted("{'input':'a','model':'lab/e1'}"))->answer.status, 403);
    }
};

QTEST_GUILESS_MAIN(EmbeddingHandlerTest)
#include "EmbeddingHandlerTest.moc"
