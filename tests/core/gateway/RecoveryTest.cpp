// SPDX-License-Identifier: GPL-3.0-or-later
#include "gateway/ChatHandler.h"

#include "core/gateway/HandlerRig.h"

#include <QJsonArray>
#include <QTest>

using namespace fairlead;
using namespace fairlead::gateway;
using chat::ChatEvent;
using test::FakeAnswer;
using test::HandlerRig;
using test::quoted;

namespace {

using namespace std::chrono_literals;
using Role = metering::LedgerRecord::Role;
using Status = metering::LedgerRecord::Status;
using Pieces = std::vector<QByteArray>;

const char *const kConfig
    = "{'providers':["
      "{'id':'openai-chat','wire':'openai-chat','base_url':'http://openai-chat.test/v1','models':['m']},"
      "{'id':'openai-responses','wire':'openai-responses','base_url':'http://openai-responses.test/"
      "v1','models':['m']},"
      "{'id':'anthropic-lab','wire':'anthropic','base_url':'http://anthropic.test/v1','models':['m']},"
      "{'id':'gemini-lab','wire':'gemini','base_url':'http://gemini.test/v1beta','models':['m']},"
      "{'id':'ollama-lab','wire':'ollama','base_url':'http://ollama.test','models':['m']},"
      "{'id':'cohere-lab','wire':'cohere','base_url':'http://cohere.test/v2','models':['m']},"
      "{'id':'anthropic','base_url':'http://claude.test/v1'},"
      "{'id':'second','wire':'openai-chat','base_url':'http://second.test/v1','models':['m']}],"
      "'routes':[%1]}";

/// A dialect as a caller speaks it, and the provider of it in the config.
struct Dialect {
    const char *name;
    const char *provider;
    const char *path;
    const char *query;
    const char *body;
};

const Dialect kDialects[]{
    {"openai-chat", "openai-chat", "/v1/chat/completions", "",
     "{'model':'r','stream':true,'messages':[{'role':'user','content':'Hi'}]}"},
    {"openai-responses", "openai-responses", "/v1/responses", "", "{'model':'r','stream':true,'input':'Hi'}"},
    {"anthropic", "anthropic-lab", "/v1/messages", "",
     "{'model':'r','stream':true,'max_tokens':99,'messages':[{'role':'user','content':'Hi'}]}"},
    {"gemini", "gemini-lab", "/v1beta/models/r:streamGenerateContent", "alt=sse",
     "{'contents':[{'role':'user','parts':[{'text':'Hi'}]}]}"},
    {"ollama", "ollama-lab", "/api/chat", "", "{'model':'r','messages':[{'role':'user','content':'Hi'}]}"},
    {"cohere", "cohere-lab", "/v2/chat", "",
     "{'model':'r','stream':true,'messages':[{'role':'user','content':'Hi'}]}"},
};

const Dialect &dialectOf(const QByteArray &name)
{
    for (const Dialect &dialect : kDialects) {
        if (name == dialect.name)
            return dialect;
    }
    qFatal("no such dialect");
}

// Of the bytes after which an answer is cut.
constexpr qsizetype kStride = 17;

const Pieces kWords{"One", " two", " three", " \xc3\xa4", " five", " six"};

QByteArray joined(const Pieces &pieces)
{
    QByteArray text;
    for (const QByteArray &piece : pieces)
        text += piece;
    return text;
}

chat::Usage someUsage()
{
    chat::Usage usage;
    usage.set(chat::TokenKind::Input, 3);
    usage.set(chat::TokenKind::Output, 6);
    return usage;
}

/// What a provider of the dialect streams, one array for each event.
Pieces streamOf(const QByteArray &dialect, const std::vector<ChatEvent> &events, bool ends = true)
{
    wire::AnswerContext context;
    context.model = "m";
    context.fallbackId = "upstream-" + dialect;
    context.created = 7;
    context.includeUsage = true;
    const auto encoder = wire::findWire(dialect)->inbound->makeStreamEncoder(context);
    Pieces pieces;
    const auto add = [&](const QByteArray &bytes) {
        if (!bytes.isEmpty())
            pieces.push_back(bytes);
    };
    add(encoder->encode(chat::Started("resp_up", "m")));
    for (const ChatEvent &event : events)
        add(encoder->encode(event));
    if (ends) {
        add(encoder->encode(chat::Finished(chat::FinishReason::Stop)));
        add(encoder->encode(chat::UsageReport(someUsage())));
        add(encoder->finish());
    }
    return pieces;
}

std::vector<ChatEvent> speech(const Pieces &words)
{
    std::vector<ChatEvent> events;
    for (const QByteArray &word : words)
        events.emplace_back(chat::TextDelta(word));
    return events;
}

Pieces wholeStream(const QByteArray &dialect)
{
    return streamOf(dialect, speech(kWords));
}

/// The first words, and then nothing.
Pieces begunStream(const QByteArray &dialect, int words)
{
    return streamOf(dialect, speech(Pieces(kWords.begin(), kWords.begin() + words)), false);
}

} // namespace

class RecoveryTest : public QObject
{
    Q_OBJECT

    struct Rig : HandlerRig {
        explicit Rig(const QByteArray &targets, const QByteArray &more = "")
            : HandlerRig(quoted(kConfig).replace(
                "%1", quoted("{'model':'r','targets':[") + quoted(targets.constData()) + ']'
                          + quoted(more.constData()) + '}'))
        {
            failover.setPrices(services.prices);
            services.stalls = &stalls;
        }
        StallWatch stalls{clock};
        ChatHandler handler{services, access};

        std::shared_ptr<test::FakeExchange> ask(const Dialect &dialect)
        {
            http::Request request;
            request.method = "POST";
            request.path = dialect.path;
            request.query = dialect.query;
            request.headers.add("content-type", "application/json");
            request.body = quoted(dialect.body);
            auto exchange = std::make_shared<test::FakeExchange>(std::move(request));
            detach(handler.serve(exchange, *wire::findWire(dialect.name), "app"));
            return exchange;
        }
        /// Until the answer is there, with time passing.
        void settle(const std::shared_ptr<test::FakeExchange> &exchange, milliseconds most = 2min)
        {
            for (milliseconds passed{0}; !exchange->done && passed < most; passed += 100ms) {
                QCoreApplication::processEvents();
                clock.advance(100ms);
            }
            QCoreApplication::processEvents();
        }
        /// Every request that was sent is in the ledger, once.
        bool isAccountedFor() const
        {
            std::size_t booked = 0;
            for (const metering::LedgerRecord &row : rows())
                booked += row.attempts.size();
            return booked == transport.requests().size();
        }
        std::shared_ptr<test::FakeExchange> served(const Dialect &dialect)
        {
            auto exchange = ask(dialect);
            settle(exchange);
            return exchange;
        }
    };

    static chat::ChatAnswer read(const QByteArray &dialect, const QByteArray &bytes, int *starts = nullptr)
    {
        const auto decoder
            = wire::findWire(dialect)->upstream->makeStreamDecoder(wire::Quirks(), wire::DecodeMode::Full);
        std::vector<ChatEvent> events;
        decoder->feed(bytes, events);
        decoder->finish(events);
        chat::Accumulator accumulator;
        for (const ChatEvent &event : events) {
            if (starts && std::holds_alternative<chat::Started>(event))
                ++*starts;
            accumulator.add(event);
        }
        return accumulator.take();
    }

    static QByteArray targets(const QByteArray &first, const QByteArray &second)
    {
        return "'" + first + "/m','" + second + "/m'";
    }

private Q_SLOTS:
    void anAnswerGoesOnElsewhere_data()
    {
        QTest::addColumn<QByteArray>("caller");
        QTest::addColumn<QByteArray>("first");
        QTest::addColumn<int>("words");
        for (const Dialect &caller : kDialects) {
            for (const QByteArray &first :
                 {QByteArray(caller.name), QByteArray("openai-chat"), QByteArray("anthropic")}) {
                for (int words = 1; words <= static_cast<int>(kWords.size()); ++words)
                    QTest::addRow("%s from %s after %d words", caller.name, first.constData(), words)
                        << QByteArray(caller.name) << first << words;
            }
        }
    }
    void anAnswerGoesOnElsewhere()
    {
        QFETCH(QByteArray, caller);
        QFETCH(QByteArray, first);
        QFETCH(int, words);
        const Dialect &dialect = dialectOf(caller);
        Rig rig(targets(dialectOf(first).provider, "second"));
        Pieces begun = begunStream(first, words);
        begun.push_back(wholeStream(first).at(begun.size()).left(30)); // half an event is none
        rig.transport.expect("http://" + first + ".test", FakeAnswer::stream(begun).cut());
        rig.transport.expect("http://second.test", FakeAnswer::stream(wholeStream("openai-chat")));
        const auto exchange = rig.served(dialect);
        QVERIFY(exchange->done);
        QVERIFY(!exchange->wasCut);
        int starts = 0;
        const chat::ChatAnswer answer = read(caller, exchange->answer.body, &starts);
        QVERIFY2(!answer.failure, exchange->answer.body.constData());
        QCOMPARE(answer.choices.size(), std::size_t(1));
        QVERIFY2(answer.choices.front().text == joined(kWords), exchange->answer.body.constData());
        QVERIFY(answer.choices.front().finished.has_value());
        QCOMPARE(starts, 1);
        QCOMPARE(
            answer.usage.get(chat::TokenKind::Output),
            caller == "openai-chat" ? std::nullopt : std::optional<std::int64_t>(6));

        const auto &rows = rig.rows();
        QCOMPARE(rows.size(), std::size_t(2));
        QVERIFY(rows[0].role == Role::Broken);
        QCOMPARE(rows[0].parent, rows[1].id);
        QVERIFY(rows[0].usage.estimated || rows[0].usage.get(chat::TokenKind::Output).has_value());
        QVERIFY(rows[1].role == Role::Request);
        QVERIFY(rows[1].status == Status::Ok);
        QCOMPARE(rows[1].rescue, QByteArray("restart"));
        QCOMPARE(rows[1].attempts.size(), std::size_t(2));
        QCOMPARE(rows[1].provider, QByteArray("second"));
        QVERIFY(rig.isAccountedFor());
        QCOMPARE(rig.transport.open(), 0);
    }

    /// Address, key, model, format and headers of a request are all of one target, whoever was asked before.
    void aSwitchIsWhole()
    {
        Rig rig("'openai-chat/m','anthropic/claude-haiku-4-5','gemini-lab/m'");
        rig.transport.expect(FakeAnswer::stream(begunStream("openai-chat", 2)).cut());
        rig.transport.expect(FakeAnswer::stream(streamOf("anthropic", speech({" three"}), false)).cut());
        rig.transport.expect(FakeAnswer::stream(wholeStream("gemini")));
        const auto exchange = rig.served(kDialects[0]);
        QCOMPARE(read("openai-chat", exchange->answer.body).choices.front().text, joined(kWords));
        const auto &sent = rig.transport.requests();
        QCOMPARE(sent.size(), std::size_t(3));
        QCOMPARE(sent[0].url.host(), QStringLiteral("openai-chat.test"));
        QCOMPARE(sent[1].url.host(), QStringLiteral("claude.test"));
        QCOMPARE(sent[2].url.host(), QStringLiteral("gemini.test"));
        QVERIFY(sent[0].secretHeaders.contains("authorization"));
        QVERIFY(!sent[1].secretHeaders.contains("authorization"));
        QVERIFY(sent[1].secretHeaders.contains("x-api-key"));
        QVERIFY(!sent[2].secretHeaders.contains("x-api-key"));
        QVERIFY(sent[1].headers.contains("anthropic-version"));
        QVERIFY(!sent[0].headers.contains("anthropic-version"));
        QVERIFY(!sent[2].headers.contains("anthropic-version"));
        QCOMPARE(rig.sent(1).value(QLatin1String("model")).toString(), QStringLiteral("claude-haiku-4-5"));
        QVERIFY(rig.sent(2).contains(QLatin1String("contents")));
        QVERIFY(rig.isAccountedFor());
    }

    /// Whatever byte is the last: the whole answer, once, or an error behind what is true so far.
    void cutAnywhere_data()
    {
        QTest::addColumn<QByteArray>("caller");
        for (const Dialect &dialect : kDialects)
            QTest::newRow(dialect.name) << QByteArray(dialect.name);
    }
    void cutAnywhere()
    {
        QFETCH(QByteArray, caller);
        const Dialect &dialect = dialectOf(caller);
        const QByteArray whole = joined(wholeStream(caller));
        int failures = 0;
        for (qsizetype length = 1; length < whole.size(); length += kStride) {
            Rig rig(targets(dialect.provider, "second"));
            rig.transport.expect(FakeAnswer::stream({whole.left(length)}).cut());
            rig.transport.expect(FakeAnswer::stream(wholeStream("openai-chat")));
            const auto exchange = rig.served(dialect);
            QVERIFY(exchange->done);
            const chat::ChatAnswer answer = read(caller, exchange->answer.body);
            const QByteArray text = answer.choices.empty() ? QByteArray() : answer.choices.front().text;
            const bool failed = answer.failure || exchange->wasCut;
            failures += failed ? 1 : 0;
            const QByteArray story = "cut after " + whole.left(length) + "\n\n" + exchange->answer.body;
            QVERIFY2(failed ? joined(kWords).startsWith(text) : text == joined(kWords), story.constData());
            QVERIFY2(
                rig.rows().back().status == (failed ? Status::Incomplete : Status::Ok), story.constData());
            QVERIFY2(rig.isAccountedFor(), story.constData());
        }
        // A message of the Responses that has said in part that it is over cannot be taken up.
        QVERIFY2(failures == 0 || caller == "openai-responses", QByteArray::number(failures).constData());
    }

    void aDifferentAnswerIsNoContinuation()
    {
        for (const Dialect &dialect : kDialects) {
            Rig rig(targets(dialect.provider, "second"));
            rig.transport.expect(FakeAnswer::stream(begunStream(dialect.name, 3)).cut());
            rig.transport.expect(
                FakeAnswer::stream(streamOf("openai-chat", speech({"One", " more", " thing"}))));
            const auto exchange = rig.served(dialect);
            QVERIFY(exchange->done);
            const chat::ChatAnswer answer = read(dialect.name, exchange->answer.body);
            QVERIFY2(answer.failure || exchange->wasCut, dialect.name);
            QCOMPARE(answer.choices.front().text, QByteArray("One two three"));
            QVERIFY(rig.rows().back().status == Status::Incomplete);
            QCOMPARE(rig.transport.open(), 0);
        }
    }

    void aShorterAnswerIsNoContinuation()
    {
        Rig rig(targets("openai-chat", "second"));
        rig.transport.expect(FakeAnswer::stream(begunStream("openai-chat", 3)).cut());
        rig.transport.expect(FakeAnswer::stream(streamOf("openai-chat", speech({"One", " two"}))));
        const auto exchange = rig.served(kDialects[0]);
        QVERIFY(read("openai-chat", exchange->answer.body).failure.has_value());
    }

    void whatIsNoTextIsNotToldTwice_data()
    {
        QTest::addColumn<QByteArray>("told");
        QTest::newRow("a tool call") << QByteArray("call");
        QTest::newRow("inside a thought") << QByteArray("thought");
        QTest::newRow("a second choice") << QByteArray("choice");
    }
    void whatIsNoTextIsNotToldTwice()
    {
        QFETCH(QByteArray, told);
        std::vector<ChatEvent> events{chat::TextDelta("One")};
        if (told == "call")
            events.emplace_back(chat::ToolCallBegin(0, "call_1", "look"));
        else if (told == "thought")
            events = {chat::ReasoningDelta("Hm")};
        else
            events.emplace_back(chat::TextDelta("Uno", 1));
        Rig rig(targets("openai-chat", "second"));
        rig.transport.expect(FakeAnswer::stream(streamOf("openai-chat", events, false)).cut());
        const auto exchange = rig.served(kDialects[0]);
        QVERIFY(read("openai-chat", exchange->answer.body).failure.has_value());
        QCOMPARE(rig.transport.requests().size(), std::size_t(1));
        QCOMPARE(rig.rows().size(), std::size_t(1));
    }

    void aThoughtIsThoughtOnce()
    {
        for (const Dialect &dialect : kDialects) {
            Rig rig(targets(dialect.provider, "second"));
            std::vector<ChatEvent> events{chat::ReasoningDelta("Hm"), chat::TextDelta("One")};
            rig.transport.expect(FakeAnswer::stream(streamOf(dialect.name, events, false)).cut());
            std::vector<ChatEvent> again = speech(kWords);
            again.insert(again.begin(), chat::ReasoningDelta("Let me see"));
            rig.transport.expect(FakeAnswer::stream(streamOf("openai-chat", again)));
            const auto exchange = rig.served(dialect);
            const chat::ChatAnswer answer = read(dialect.name, exchange->answer.body);
            QVERIFY2(!answer.failure, exchange->answer.body.constData());
            QCOMPARE(answer.choices.front().text, joined(kWords));
            QVERIFY(!answer.choices.front().reasoningText().contains("see"));
        }
    }

    void itGoesOnMoreThanOnce()
    {
        Rig rig("'openai-chat/m','anthropic-lab/m','second/m'");
        rig.transport.expect(FakeAnswer::stream(begunStream("openai-chat", 2)).cut());
        rig.transport.expect(FakeAnswer::stream(begunStream("anthropic", 4)).cut());
        rig.transport.expect(FakeAnswer::stream(wholeStream("openai-chat")));
        const auto exchange = rig.served(kDialects[0]);
        const chat::ChatAnswer answer = read("openai-chat", exchange->answer.body);
        QVERIFY(!answer.failure);
        QCOMPARE(answer.choices.front().text, joined(kWords));
        QCOMPARE(rig.rows().size(), std::size_t(3));
    }

    void theOnlyTargetIsAskedOnceMore()
    {
        Rig rig("'openai-chat/m'", ",'recovery':'auto'");
        rig.transport.expect(FakeAnswer::stream(begunStream("openai-chat", 2)).cut());
        rig.transport.expect(FakeAnswer::stream(begunStream("openai-chat", 2)).cut());
        const auto exchange = rig.served(kDialects[0]);
        QVERIFY(read("openai-chat", exchange->answer.body).failure.has_value());
        QCOMPARE(rig.transport.requests().size(), std::size_t(2));
    }

    void aModelThatTakesItContinues()
    {
        for (const Dialect &dialect : kDialects) {
            Rig rig("'" + QByteArray(dialect.provider) + "/m','anthropic/claude-haiku-4-5'");
            rig.transport.expect(FakeAnswer::stream(begunStream(dialect.name, 4)).cut());
            rig.transport.expect(
                "claude.test", FakeAnswer::stream(streamOf("anthropic", speech({" five", " six"}))));
            const auto exchange = rig.served(dialect);
            const chat::ChatAnswer answer = read(dialect.name, exchange->answer.body);
            QVERIFY2(!answer.failure, exchange->answer.body.constData());
            QCOMPARE(answer.choices.front().text, joined(kWords));
            QCOMPARE(rig.rows().back().rescue, QByteArray("prefill"));
            const QJsonObject said = rig.sent(1).value(QLatin1String("messages")).toArray().last().toObject();
            QCOMPARE(said.value(QLatin1String("role")).toString(), QStringLiteral("assistant"));
            QVERIFY(QJsonDocument(said).toJson().contains("One two three \xc3\xa4"));
        }
    }

    void aModelThatRefusesAfterAllStartsAgain()
    {
        Rig rig("'openai-chat/m','anthropic/claude-haiku-4-5'");
        rig.transport.expect(FakeAnswer::stream(begunStream("openai-chat", 4)).cut());
        rig.transport.expect(FakeAnswer::json(
            quoted("{'type':'error','error':{'type':'invalid_request_error','message':'No prefill here.'}}"),
            400));
        rig.transport.expect(FakeAnswer::stream(wholeStream("anthropic")));
        const auto exchange = rig.served(kDialects[0]);
        const chat::ChatAnswer answer = read("openai-chat", exchange->answer.body);
        QVERIFY2(!answer.failure, exchange->answer.body.constData());
        QCOMPARE(answer.choices.front().text, joined(kWords));
        QCOMPARE(rig.rows().back().rescue, QByteArray("restart"));
        QCOMPARE(rig.sent(2).value(QLatin1String("messages")).toArray().size(), 1);
    }

    void aThinkingModelIsNotContinued()
    {
        Dialect thinking = kDialects[2];
        thinking.body = "{'model':'r','stream':true,'max_tokens':4000,'thinking':{'type':'enabled','budget_"
                        "tokens':2000},"
                        "'messages':[{'role':'user','content':'Hi'}]}";
        Rig rig("'anthropic-lab/m','anthropic/claude-haiku-4-5'");
        rig.transport.expect(FakeAnswer::stream(begunStream("anthropic", 4)).cut());
        rig.transport.expect(FakeAnswer::stream(wholeStream("anthropic")));
        const auto exchange = rig.served(thinking);
        QCOMPARE(read("anthropic", exchange->answer.body).choices.front().text, joined(kWords));
        QCOMPARE(rig.sent(1).value(QLatin1String("messages")).toArray().size(), 1);
    }

    void offIsOff()
    {
        Rig rig(targets("openai-chat", "second"), ",'recovery':'off'");
        rig.transport.expect(FakeAnswer::stream(begunStream("openai-chat", 2)).cut());
        const auto exchange = rig.served(kDialects[0]);
        QVERIFY(read("openai-chat", exchange->answer.body).failure.has_value());
        QCOMPARE(rig.transport.requests().size(), std::size_t(1));
    }

    void silenceIsABreak()
    {
        for (const Dialect &dialect : kDialects) {
            Rig rig(targets(dialect.provider, "second"));
            FakeAnswer stalls = FakeAnswer::stream(begunStream(dialect.name, 3));
            for (int i = 0; i < 40; ++i) // signs of life are no answer
                stalls.after(1s).chunk(": keep-alive\n\n");
            rig.transport.expect(stalls.hang());
            rig.transport.expect(FakeAnswer::stream(wholeStream("openai-chat")));
            const auto exchange = rig.ask(dialect);
            rig.settle(exchange, 15s);
            QVERIFY(!exchange->done);
            rig.settle(exchange, 8s);
            QVERIFY2(exchange->done, dialect.name);
            QCOMPARE(read(dialect.name, exchange->answer.body).choices.front().text, joined(kWords));
        }
    }

    void aSlowAnswerIsLeftAlone()
    {
        Rig rig(targets("openai-chat", "second"));
        FakeAnswer slow(200);
        slow.header("content-type", "text/event-stream");
        for (const QByteArray &piece : wholeStream("openai-chat"))
            slow.chunk(piece).after(15s);
        rig.transport.expect(slow);
        const auto exchange = rig.served(kDialects[0]);
        QCOMPARE(read("openai-chat", exchange->answer.body).choices.front().text, joined(kWords));
        QCOMPARE(rig.transport.requests().size(), std::size_t(1));
    }

    void aCompleteAnswerNeedNotEnd()
    {
        Rig rig("'openai-chat/m'");
        Pieces pieces = wholeStream("openai-chat");
        pieces.back().replace("data: [DONE]\n\n", "");
        rig.transport.expect(FakeAnswer::stream(pieces).hang());
        const auto exchange = rig.ask(kDialects[0]);
        rig.settle(exchange, 3s);
        QVERIFY(exchange->done);
        const chat::ChatAnswer answer = read("openai-chat", exchange->answer.body);
        QVERIFY(!answer.failure);
        QVERIFY(rig.rows().back().status == Status::Ok);
        QCOMPARE(rig.rows().back().usage.get(chat::TokenKind::Output), std::optional<std::int64_t>(6));
    }

    void heldUntilItIsWhole()
    {
        for (const Dialect &dialect : kDialects) {
            Rig rig(targets(dialect.provider, "second"), ",'recovery':'hold'");
            rig.transport.expect(FakeAnswer::stream(begunStream(dialect.name, 3)).cut());
            rig.transport.expect(
                FakeAnswer::stream(streamOf("openai-chat", speech({"Quite", " different"}))).after(30s));
            const auto exchange = rig.served(dialect);
            const chat::ChatAnswer answer = read(dialect.name, exchange->answer.body);
            QVERIFY2(!answer.failure, exchange->answer.body.constData());
            QCOMPARE(answer.choices.front().text, QByteArray("Quite different"));
            QCOMPARE(rig.rows().back().rescue, QByteArray("hold"));
        }
    }

    void heldInVain()
    {
        Rig rig(targets("openai-chat", "second"), ",'recovery':'hold'");
        rig.transport.expect(FakeAnswer::stream(begunStream("openai-chat", 3)).cut());
        rig.transport.expect(FakeAnswer::stream(begunStream("openai-chat", 3)).cut());
        const auto exchange = rig.served(kDialects[0]);
        QVERIFY(exchange->answer.status >= 500);
        QVERIFY(!exchange->error().isEmpty());
    }

    void theCallerLeaves()
    {
        Rig rig(targets("openai-chat", "second"));
        rig.transport.expect(FakeAnswer::stream(begunStream("openai-chat", 3)).hang());
        const auto exchange = rig.ask(kDialects[0]);
        QCoreApplication::processEvents();
        exchange->leave();
        QCoreApplication::processEvents();
        QCOMPARE(rig.transport.open(), 0);
        QCOMPARE(rig.transport.requests().size(), std::size_t(1));
        QVERIFY(rig.rows().back().status == Status::Cancelled);
    }
};

QTEST_GUILESS_MAIN(RecoveryTest)
#include "RecoveryTest.moc"
