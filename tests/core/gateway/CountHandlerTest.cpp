// SPDX-License-Identifier: GPL-3.0-or-later
#include "gateway/CountHandler.h"

#include "core/gateway/HandlerRig.h"
#include "metering/TokenEstimate.h"

#include <QTest>

using namespace fairlead;
using namespace fairlead::gateway;
using test::FakeAnswer;
using test::HandlerRig;
using test::quoted;

namespace {

const char *const kConfig
    = "{'providers':["
      "{'id':'counts','wire':'anthropic','base_url':'http://counts.test','models':['c1']},"
      "{'id':'mute','wire':'openai-chat','base_url':'http://mute.test/v1','models':['m1']}],"
      "'routes':[{'model':'both','targets':['counts/c1','mute/m1']}]}";

/// Counts in words of its own; what the real dialects' codecs do is their rooms' test.
class WordCount final : public wire::TokenCountCodec
{
public:
    Result<chat::ChatRequest> decodeRequest(const wire::InboundCall &call) const override
    {
        chat::ChatRequest request;
        request.model = call.document["model"].stringOr({});
        if (request.model.isEmpty())
            return fail(ErrorKind::Invalid, "model must be a non-empty string.");
        chat::Message message;
        chat::TextPart part;
        part.text = call.document["text"].stringOr({});
        message.parts.emplace_back(part);
        request.messages.push_back(std::move(message));
        return request;
    }
    QByteArray encodeAnswer(std::int64_t inputTokens) const override
    {
        return "tokens:" + QByteArray::number(qint64(inputTokens));
    }
    Result<wire::UpstreamCall>
    encodeRequest(const chat::ChatRequest &request, const wire::Quirks &, wire::Losses &) const override
    {
        wire::UpstreamCall call;
        call.path = "/count";
        call.body = request.model;
        return call;
    }
    Result<std::int64_t> decodeAnswer(QByteArrayView body) const override
    {
        bool isNumber = false;
        const qint64 count = body.toByteArray().toLongLong(&isNumber);
        if (!isNumber)
            return fail(ErrorKind::Protocol, "no number");
        return count;
    }
};

} // namespace

class CountHandlerTest : public QObject
{
    Q_OBJECT

    struct Rig : HandlerRig {
        Rig()
            : HandlerRig(quoted(kConfig))
        { }
        CountHandler handler{services, access};
        WordCount words;
        wire::Wire dialect{
            .name = "words", .inbound = wire::findWire("openai-chat")->inbound, .counting = &words};

        std::shared_ptr<test::FakeExchange> start(const QByteArray &body)
        {
            auto exchange = post("/count", body);
            detach(handler.serve(exchange, dialect, "app"));
            return exchange;
        }
        std::shared_ptr<test::FakeExchange> ask(const QByteArray &body)
        {
            auto exchange = start(body);
            if (!test::waitUntil([&] { return exchange->done; }))
                qFatal("no answer");
            return exchange;
        }
    };

private Q_SLOTS:
    void estimatesWhereTheTargetCannotCount()
    {
        Rig rig;
        const auto exchange = rig.ask(quoted("{'model':'mute/m1','text':'one two three'}"));
        QCOMPARE(exchange->answer.status, 200);
        QCOMPARE(exchange->answer.body, QByteArray("tokens:10"));
        QCOMPARE(exchange->header("x-fairlead-losses"), QByteArray("approximated=input_tokens"));
        QVERIFY(rig.transport.requests().empty());

        const metering::LedgerRecord &row = rig.rows().front();
        QVERIFY(row.kind == metering::LedgerRecord::Kind::TokenCount);
        QVERIFY(row.status == metering::LedgerRecord::Status::Ok);
        QCOMPARE(row.losses, QByteArray("approximated=input_tokens"));
        QVERIFY(row.usage.isEmpty()); // nothing was run
        QCOMPARE(row.bookedCost(), std::optional(NanoUsd(0)));
    }

    void asksTheTargetItself()
    {
        Rig rig;
        rig.transport.expect(FakeAnswer::json(quoted("{'input_tokens': 1581}")));
        const auto exchange = rig.ask(quoted("{'model':'both','text':'one two three'}"));
        QCOMPARE(exchange->answer.status, 200);
        QCOMPARE(exchange->answer.body, QByteArray("tokens:1581"));
        QVERIFY(!exchange->header("x-fairlead-losses").contains("input_tokens"));
        QCOMPARE(exchange->header("x-fairlead-provider"), QByteArray("counts"));
        QCOMPARE(
            rig.transport.requests().front().url.toString(),
            QStringLiteral("http://counts.test/v1/messages/count_tokens"));
        QCOMPARE(rig.sent().value(QLatin1String("model")).toString(), QStringLiteral("c1"));
        const metering::LedgerRecord &row = rig.rows().front();
        QCOMPARE(row.provider, QByteArray("counts"));
        QVERIFY(row.usage.isEmpty());
        QCOMPARE(row.bookedCost(), std::optional(NanoUsd(0)));
    }

    void passesItsOwnDialectThrough()
    {
        Rig rig;
        rig.transport.expect(FakeAnswer::json(quoted("{'input_tokens':7}")));
        const QByteArray body
            = quoted("{'novel': 1.0, 'model':'both', 'messages':[{'role':'user','content':'Hi'}]}");
        auto exchange = HandlerRig::post("/v1/messages/count_tokens", body);
        test::await(rig.handler.serve(exchange, *wire::findWire("anthropic"), "app"));
        QCOMPARE(exchange->answer.status, 200);
        QCOMPARE(exchange->json().value(QLatin1String("input_tokens")).toInt(), 7);
        QByteArray expected = body;
        QCOMPARE(rig.transport.requests().front().body, expected.replace("both", "c1"));
    }

    void aFailureBecomesAnEstimate_data()
    {
        QTest::addColumn<int>("status");
        QTest::addColumn<QByteArray>("body");
        QTest::newRow("down") << 503 << QByteArray("{}");
        QTest::newRow("too fast") << 429 << QByteArray("{}");
        QTest::newRow("bad key") << 401 << QByteArray("{}");
        QTest::newRow("not there") << 404 << QByteArray("<html>");
        QTest::newRow("no count") << 200 << quoted("{'tokens':'many'}");
    }
    void aFailureBecomesAnEstimate()
    {
        QFETCH(int, status);
        QFETCH(QByteArray, body);
        Rig rig;
        rig.transport.expect(FakeAnswer::json(body, status));
        const auto exchange = rig.ask(quoted("{'model':'both','text':'one two three'}"));
        QCOMPARE(exchange->answer.status, 200);
        QCOMPARE(exchange->answer.body, QByteArray("tokens:10"));
        QCOMPARE(exchange->header("x-fairlead-losses"), QByteArray("approximated=input_tokens"));
        QCOMPARE(rig.transport.requests().size(), std::size_t(1)); // at once, of nobody else
        QCOMPARE(rig.rows().front().attempts.size(), std::size_t(1));
    }

    void refusesWhatNoChatWouldBe_data()
    {
        QTest::addColumn<QByteArray>("body");
        QTest::addColumn<int>("status");
        QTest::newRow("not JSON") << QByteArray("[") << 400;
        QTest::newRow("no model") << QByteArray("{}") << 400;
        QTest::newRow("unknown model") << quoted("{'model':'nobody/x'}") << 404;
    }
    void refusesWhatNoChatWouldBe()
    {
        QFETCH(QByteArray, body);
        QFETCH(int, status);
        Rig rig;
        QCOMPARE(rig.ask(body)->answer.status, status);
        QCOMPARE(rig.rows().size(), std::size_t(1));
    }

    void twentyFiveAtOnce()
    {
        Rig rig;
        std::vector<std::shared_ptr<test::FakeExchange>> exchanges;
        for (int i = 0; i < 25; ++i)
            exchanges.push_back(rig.start(quoted("{'model':'mute/m1','text':'foo'}")));
        for (const auto &exchange : exchanges)
            QVERIFY(test::waitUntil([&] { return exchange->done && exchange->answer.status == 200; }));
        QCOMPARE(rig.rows().size(), std::size_t(25));
    }
};

QTEST_GUILESS_MAIN(CountHandlerTest)
#include "CountHandlerTest.moc"
