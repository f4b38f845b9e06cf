// SPDX-License-Identifier: GPL-3.0-or-later
#include "gateway/ChatHandler.h"

#include "core/gateway/HandlerRig.h"

#include <QTest>

using namespace fairlead;
using namespace fairlead::gateway;
using namespace std::chrono_literals;
using test::FakeAnswer;
using test::FakeExchange;
using test::HandlerRig;
using test::quoted;

namespace {

constexpr NanoUsd kDollar{1'000'000'000};

/// A priced model of a provider that is ours to script.
QByteArray config(const char *more)
{
    return quoted("{'providers':[{'id':'openai','base_url':'http://openai.test/v1'},"
                  "{'id':'lab','wire':'openai-chat','base_url':'http://lab.test/v1','models':['m1'],"
                  "'limits':{'concurrent':1}}],"
                  "'routes':[{'model':'smart','targets':['lab/m1','openai/gpt-5.6-sol']}],")
           + quoted(more) + '}';
}

QByteArray answerOf(qint64 input, qint64 output)
{
    return quoted("{'id':'a','object':'chat.completion','created':1,'model':'gpt-5.6-sol','choices':["
                  "{'index':0,'message':{'role':'assistant','content':'hi'},'finish_reason':'stop'}],"
                  "'usage':{'prompt_tokens':")
           + QByteArray::number(input) + quoted(",'completion_tokens':") + QByteArray::number(output) + "}}";
}

QByteArray question(const char *model = "openai/gpt-5.6-sol", const QByteArray &more = {})
{
    return quoted("{'model':'") + model + quoted("','messages':[{'role':'user','content':'Hi'}]") + more
           + '}';
}

struct Rig : HandlerRig {
    explicit Rig(const char *more)
        : HandlerRig(config(more))
    { }
    ChatHandler handler{services, access};

    std::shared_ptr<FakeExchange> begin(
        const QByteArray &body, const char *app = "app", const char *dialect = "openai-chat",
        const char *path = "/v1/chat/completions")
    {
        auto exchange = post(path, body);
        detach(handler.serve(exchange, *wire::findWire(dialect), app));
        return exchange;
    }
    std::shared_ptr<FakeExchange> ask(const QByteArray &body, const char *app = "app")
    {
        auto exchange = begin(body, app);
        if (!test::waitUntil([&] { return exchange->done; }))
            qFatal("no answer");
        return exchange;
    }
};

/// The error's words, wherever a dialect puts them.
QByteArray words(const FakeExchange &exchange)
{
    const QJsonObject json = exchange.json();
    const QJsonValue error = json.value(QLatin1String("error"));
    if (error.isString())
        return error.toString().toUtf8();
    const QJsonObject holder = error.isObject() ? error.toObject() : json;
    return holder.value(QLatin1String("message")).toString().toUtf8();
}

} // namespace

class GateTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void everyDialectSaysItInItsOwnShape_data()
    {
        QTest::addColumn<QByteArray>("dialect");
        QTest::addColumn<QByteArray>("path");
        QTest::addColumn<QByteArray>("body");
        const auto row = [](const char *dialect, const char *path, const char *body) {
            QTest::newRow(dialect) << QByteArray(dialect) << QByteArray(path) << quoted(body);
        };
        row("openai-chat", "/v1/chat/completions",
            "{'model':'openai/gpt-5.6-sol','messages':[{'role':'user','content':'Hi'}]}");
        row("openai-completions", "/v1/completions", "{'model':'openai/gpt-5.6-sol','prompt':'Hi'}");
        row("openai-responses", "/v1/responses", "{'model':'openai/gpt-5.6-sol','input':'Hi'}");
        row("anthropic", "/v1/messages",
            "{'model':'openai/gpt-5.6-sol','max_tokens':9,'messages':[{'role':'user','content':'Hi'}]}");
        row("gemini", "/v1beta/models/openai/gpt-5.6-sol:generateContent",
            "{'contents':[{'role':'user','parts':[{'text':'Hi'}]}]}");
        row("ollama", "/api/chat",
            "{'model':'openai/gpt-5.6-sol','stream':false,'messages':[{'role':'user','content':'Hi'}]}");
        row("cohere", "/v2/chat",
            "{'model':'openai/gpt-5.6-sol','messages':[{'role':'user','content':'Hi'}]}");
    }
    void everyDialectSaysItInItsOwnShape()
    {
        QFETCH(QByteArray, dialect);
        QFETCH(QByteArray, path);
        QFETCH(QByteArray, body);
        Rig rig("'apps':[{'name':'app','limits':{'requests_per_minute':1,'usd_per_day':'1'}}]");
        rig.transport.expect(FakeAnswer::json(answerOf(1'000'000, 100'000)));
        (void)rig.ask(question());
        QVERIFY(rig.rows().back().cost > kDollar);

        const auto spent = rig.begin(body, "app", dialect.constData(), path.constData());
        QVERIFY(spent->done);
        QCOMPARE(spent->answer.status, 402);
        QVERIFY2(
            words(*spent).startsWith("The app \"app\" may spend $1.00 a day"),
            spent->answer.body.constData());
        QCOMPARE(spent->header("x-should-retry"), QByteArray("false"));
        QVERIFY(spent->header("retry-after").isEmpty());

        rig.clock.setWall(rig.clock.wall() + 24h);
        const auto fast = rig.begin(body, "app", dialect.constData(), path.constData());
        QCOMPARE(fast->answer.status, 429);
        QVERIFY2(words(*fast).contains("1 requests a minute"), fast->answer.body.constData());
        const int seconds = fast->header("retry-after").toInt();
        QVERIFY(seconds > 55 && seconds <= 61);

        QCOMPARE(rig.rows().size(), std::size_t(3)); // both refusals have their rows
        QCOMPARE(rig.rows().back().httpStatus, 429);
        QVERIFY(rig.rows().back().attempts.empty());
        QCOMPARE(rig.transport.requests().size(), std::size_t(1));
    }

    void aThousandAtOnceExceedADollarByOneReservation()
    {
        constexpr int kRequests = 1000;
        constexpr int kOutput = 1000;
        Rig rig("'limits':{'usd_per_day':'1'}");
        for (int i = 0; i < kRequests; ++i)
            rig.transport.expect(FakeAnswer::json(answerOf(20, kOutput)).headAfter(milliseconds(10 + i % 7)));
        const QByteArray body
            = question("openai/gpt-5.6-sol", quoted(",'max_tokens':") + QByteArray::number(kOutput));
        std::vector<std::shared_ptr<FakeExchange>> exchanges;
        for (int i = 0; i < kRequests; ++i)
            exchanges.push_back(rig.begin(body));
        const auto states = rig.gate.budgets();
        const NanoUsd reserved = states.front().reserved;
        const int running = rig.transport.open();
        QVERIFY(running > 10 && running < kRequests);
        const NanoUsd one(reserved.nano() / running);
        QVERIFY(reserved < kDollar + one);
        rig.clock.advance(1s);

        NanoUsd spent;
        int served = 0;
        int told = 0;
        for (const auto &exchange : exchanges) {
            QVERIFY(exchange->done);
            served += exchange->answer.status == 200 ? 1 : 0;
            told += exchange->answer.status == 429 ? 1 : 0;
        }
        QCOMPARE(served, running);
        QCOMPARE(served + told, kRequests);
        // Until nothing is left, whoever was told to wait comes again.
        int last = 0;
        for (int i = 0; i < kRequests && last != 402; ++i) {
            const auto again = rig.begin(body);
            rig.clock.advance(1s);
            QVERIFY(again->done);
            last = again->answer.status;
            QVERIFY(last == 200 || last == 402);
        }
        QCOMPARE(last, 402);
        for (const auto &row : rig.rows())
            spent += row.cost.value_or(NanoUsd());
        QCOMPARE(spent, rig.gate.budgets().front().spent);
        QVERIFY(spent >= kDollar);
        QVERIFY(spent < kDollar + one);
        QCOMPARE(rig.gate.budgets().front().reserved, NanoUsd(0));
    }

    void runningStreamsFinish()
    {
        Rig rig("'limits':{'usd_per_day':'1'}");
        const QByteArray chunk = quoted("data: {'id':'a','object':'chat.completion.chunk','created':1,"
                                        "'model':'gpt-5.6-sol','choices':[{'index':0,'delta':{'content':'x'},"
                                        "'finish_reason':null}]}\n\n");
        const QByteArray end = quoted("data: {'id':'a','object':'chat.completion.chunk','created':1,"
                                      "'model':'gpt-5.6-sol','choices':[{'index':0,'delta':{},"
                                      "'finish_reason':'stop'}]}\n\ndata: [DONE]\n\n");
        FakeAnswer slow;
        slow.header("content-type", "text/event-stream").chunk(chunk).after(5s).chunk(chunk).chunk(end);
        rig.transport.expect(slow);
        rig.transport.expect(FakeAnswer::json(answerOf(1'000'000, 100'000)));
        const auto stream = rig.begin(question("openai/gpt-5.6-sol", quoted(",'stream':true,'max_tokens':10")));
        QVERIFY(stream->begun);
        (void)rig.ask(question("openai/gpt-5.6-sol", quoted(",'max_tokens':10")));
        QCOMPARE(rig.ask(question())->answer.status, 402);
        rig.gate.setRules([] {
            routing::GateRules paused;
            paused.pauses.push_back(routing::Pause{});
            return paused;
        }());
        QCOMPARE(rig.ask(question())->answer.status, 403);
        QVERIFY(!stream->done);
        rig.clock.advance(5s);
        QVERIFY(test::waitUntil([&] { return stream->done; }));
        QVERIFY(stream->answer.body.endsWith("data: [DONE]\n\n"));
        QVERIFY(!stream->wasCut);
    }

    void softLimitsAreAHeader()
    {
        Rig rig("'limits':{'concurrent':1,'hard':false},"
                "'apps':[{'name':'app','budget':{'usd':'1','per':'month'}}]");
        for (int i = 0; i < 2; ++i)
            rig.transport.expect(FakeAnswer::json(answerOf(1'000'000, 100'000)));
        const auto first = rig.ask(question());
        QCOMPARE(first->answer.status, 200);
        QVERIFY(first->header("x-fairlead-warnings").isEmpty());
        const auto second = rig.ask(question());
        QCOMPARE(second->answer.status, 200);
        QVERIFY2(
            second->header("x-fairlead-warnings").startsWith("The app \"app\" may spend $1.00 a month"),
            second->header("x-fairlead-warnings").constData());
    }

    void aFullTargetIsPassedOver()
    {
        Rig rig("'limits':{}");
        FakeAnswer slow = FakeAnswer::json(answerOf(1, 1)).headAfter(5s);
        rig.transport.expect("lab.test", slow);
        rig.transport.expect("openai.test", FakeAnswer::json(answerOf(1, 1)));
        const auto first = rig.begin(question("smart"));
        QVERIFY(!first->done);
        const auto second = rig.ask(question("smart"));
        QCOMPARE(second->answer.status, 200);
        QCOMPARE(second->header("x-fairlead-provider"), QByteArray("openai"));
        // Nowhere else to go.
        const auto third = rig.ask(question("lab/m1"));
        QCOMPARE(third->answer.status, 429);
        QVERIFY2(
            words(*third).contains("The provider \"lab\" may have 1 request running"),
            words(*third).constData());
        rig.clock.advance(5s);
        QVERIFY(test::waitUntil([&] { return first->done; }));
        QCOMPARE(first->header("x-fairlead-provider"), QByteArray("lab"));
        rig.transport.expect("lab.test", FakeAnswer::json(answerOf(1, 1)));
        QCOMPARE(rig.ask(question("lab/m1"))->header("x-fairlead-provider"), QByteArray("lab"));
    }

    void anAppThatRepeatsItselfIsPaused()
    {
        Rig rig("'runaway':{'same_calls':3}");
        std::vector<routing::Pause> pauses;
        rig.gate.setPaused([&](const routing::Pause &pause) { pauses.push_back(pause); });
        const auto looping = [](int times) {
            QByteArray body
                = quoted("{'model':'openai/gpt-5.6-sol','messages':[{'role':'user','content':'Go'}");
            for (int i = 0; i < times; ++i)
                body
                    += quoted(",{'role':'assistant','content':null,'tool_calls':[{'id':'1','type':'function',"
                              "'function':{'name':'read','arguments':'{}'}}]},"
                              "{'role':'tool','tool_call_id':'1','content':'no'}");
            return body + "]}";
        };
        for (int i = 0; i < 2; ++i)
            rig.transport.expect(FakeAnswer::json(answerOf(1, 1)));
        QCOMPARE(rig.ask(looping(2))->answer.status, 200);
        const auto stopped = rig.ask(looping(3));
        QCOMPARE(stopped->answer.status, 403);
        QCOMPARE(
            words(*stopped),
            QByteArray("The app \"app\" is paused: the tool \"read\" was called 3 times in a row with the "
                       "same arguments. To go on: fairleadctl resume app"));
        QCOMPARE(pauses.size(), std::size_t(1));
        QCOMPARE(rig.ask(question())->answer.status, 403);
        // Once resumed it gets as long again.
        routing::GateRules rules;
        rules.runaway.sameCalls = 3;
        rig.gate.setRules(rules);
        QCOMPARE(rig.ask(looping(5))->answer.status, 200);
        QCOMPARE(rig.ask(looping(6))->answer.status, 403);
    }
};

QTEST_GUILESS_MAIN(GateTest)
#include "GateTest.moc"
