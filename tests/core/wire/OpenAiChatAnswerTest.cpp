// SPDX-License-Identifier: GPL-3.0-or-later
#include "chat/ChatAnswer.h"
#include "wire/openai_chat/OpenAiChatInbound.h"
#include "wire/openai_chat/OpenAiChatUpstream.h"
#include "wire/openai_chat/UsageChunkFilter.h"
#include "wire/openai_chat/UsageReader.h"

#include "core/wire/Describe.h"
#include "core/wire/Recordings.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QRandomGenerator>
#include <QTest>

using namespace fairlead;
using namespace fairlead::wire;

namespace {

using Events = std::vector<ChatEvent>;

const OpenAiChatUpstream upstream;
const OpenAiChatInbound inbound;

ChatAnswer added(const Events &events)
{
    chat::Accumulator accumulator;
    for (const ChatEvent &event : events)
        accumulator.add(event);
    return accumulator.take();
}

AnswerContext context(bool includeUsage = false)
{
    AnswerContext made;
    made.model = "shown";
    made.fallbackId = "own";
    made.created = 7;
    made.includeUsage = includeUsage;
    return made;
}

QList<QByteArray>
stream(const QByteArray &bytes, const Quirks &quirks = {}, DecodeMode mode = DecodeMode::Full)
{
    Events events;
    const auto decoder = upstream.makeStreamDecoder(quirks, mode);
    decoder->feed(bytes, events);
    decoder->finish(events);
    QList<QByteArray> lines;
    for (const ChatEvent &event : events)
        lines.append(test::describe(event));
    return lines;
}

QByteArray own(const char *file)
{
    return test::fileBytes(QStringLiteral(FAIRLEAD_TEST_DATA "/openai_chat/") + QLatin1String(file));
}

QByteArray chunk(const char *choice)
{
    return QByteArray(R"(data: {"id":"a","created":5,"model":"m","choices":[)") + choice + "]}\n\n";
}

QJsonObject objectIn(const QByteArray &text)
{
    return QJsonDocument::fromJson(text).object();
}

} // namespace

class OpenAiChatAnswerTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void readsStreams_data();
    void readsStreams();
    void joinsHalvedCharacters();
    void readsWholeAnswers_data() { test::addRecordings("openai-chat", {"response.json"}); }
    void readsWholeAnswers();
    void settlesUsage_data();
    void settlesUsage();
    void readsDollarsExactly_data();
    void readsDollarsExactly();
    void writesStreamGrammar();
    void writesFailuresIntoStreams();
    void holdsBackIncompleteCharacters();
    void writesWholeAnswers();
    void writesErrors_data();
    void writesErrors();
    void filtersUsageChunks();
};

void OpenAiChatAnswerTest::readsStreams_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QList<QByteArray>>("expected");
    using Lines = QList<QByteArray>;

    QTest::newRow("text") << own("text.sse")
                          << Lines{
                                 "Started chatcmpl-test1 gpt-test 1767225600 ",
                                 "Text[0] Grüße",
                                 "Text[0] , \"Welt\" \\ \xF0\x9F\x98\x80\n",
                                 "Text[0] !",
                                 "Text[0] error",
                                 "Usage input=4 cache_read=16 output=7 reasoning=0 ",
                                 "Finished[0] stop stop"};
    QTest::newRow("parallel tools") << own("parallel-tools.sse")
                                    << Lines{
                                           "Started chatcmpl-test1 gpt-test 1767225600 ",
                                           "Call[0] 0 call_a weather ",
                                           "Arguments[0] 0 {\"city\":",
                                           "Arguments[0] 0 \"Oslo\"}",
                                           "Call[0] 1 call_b time ",
                                           "Arguments[0] 1 {}",
                                           "Usage input=5 output=9 ",
                                           "Finished[0] tool_calls tool_calls"};
    QTest::newRow("thinking in the content") << own("thinking-array.sse")
                                             << Lines{
                                                    "Started chatcmpl-test1 gpt-test 1767225600 ",
                                                    "Reasoning[0] 0 Hm",
                                                    "Reasoning[0] 0 .",
                                                    "Text[0] Yes",
                                                    "Text[0] .",
                                                    "Text[0]  Sure",
                                                    "Usage input=5 output=9 ",
                                                    "Finished[0] stop stop"};
    QTest::newRow("reasoning outside")
        << own("reasoning-outside.sse")
        << Lines{
               "Started chatcmpl-test1 gpt-test 1767225600 ",
               "Reasoning[0] 0 Let",
               "Reasoning[0] 0  me",
               "Reasoning[0] 0  think",
               "Text[0] 4",
               "Text[0] 2",
               "Text[0] !",
               "Usage input=10 cache_read=2 output=3 reasoning=30 $0.000146626 ",
               "Finished[0] stop stop"};
    QTest::newRow("router") << own("router.sse")
                            << Lines{
                                   "Started chatcmpl-test1 gpt-test 1767225600 ",
                                   "Reasoning[0] 0 Why",
                                   "Reasoning[0] 0  not",
                                   "Reasoning[0] 0 ?",
                                   "Signature[0] 0 c2ln   anthropic",
                                   "Text[0] Ok",
                                   "Citation[0] https://example.com/ Example",
                                   "Usage input=43 output=36 $0.00007159 ",
                                   "Finished[0] stop stop"};
    QTest::newRow("azure") << own("azure-prelude.sse")
                           << Lines{
                                  "Started chatcmpl-test1 gpt-test 1767225600 ", "Text[0] a", "Text[0] b",
                                  "Finished[0] stop stop"};
    QTest::newRow("two choices") << own("two-choices.sse")
                                 << Lines{
                                        "Started chatcmpl-test1 gpt-test 1767225600 ",
                                        "Text[0] a",
                                        "Text[1] x",
                                        "Text[0] b",
                                        "Text[1] y",
                                        "Finished[0] stop stop",
                                        "Finished[1] length length"};
    QTest::newRow("refusal")
        << own("refusal-logprobs.sse")
        << Lines{
               "Started chatcmpl-test1 gpt-test 1767225600 ",
               R"(Logprobs[0] {"content":null,"refusal":[{"token":"No","logprob":-0.0}]})", "Refusal[0] No",
               "Refusal[0] .", "Finished[0] stop stop"};
    QTest::newRow("error") << own("error.sse")
                           << Lines{
                                  "Started chatcmpl-test1 gpt-test 1767225600 ", "Text[0] Par",
                                  "Failed transient 0 The server broke down."};
    QTest::newRow("no [DONE]") << own("no-done.sse")
                               << Lines{
                                      "Started chatcmpl-test1 gpt-test 1767225600 ", "Text[0] a", "Text[0] b",
                                      "Finished[0] stop stop"};
    QTest::newRow("garbled chunk") << own("garbled-chunk.sse")
                                   << Lines{
                                          "Started chatcmpl-test1 gpt-test 1767225600 ", "Text[0] a",
                                          "Text[0] b", "Finished[0] stop stop"};

    QTest::newRow("error as first event")
        << QByteArray("data: {\"error\":{\"message\":\"slow down\",\"code\":429}}\n\n")
        << Lines{"Failed rate_limit 429 slow down"};
    QTest::newRow("named error event")
        << QByteArray("event: error\ndata: {\"message\":\"x\",\"status_code\":503}\n\n")
        << Lines{"Failed overloaded 503 x"};
    QTest::newRow("json instead of a stream")
        << own("error-in-200-body.response.json") << Lines{"Failed content_policy 0 filtered"};
    QTest::newRow("whole answer instead of a stream")
        << own("text.response.json")
        << Lines{
               "Started chatcmpl-test1 gpt-test 1767225600 fp_1", "Usage input=20 output=7 default",
               "Text[0] Hello", "Finished[0] stop stop"};
    QTest::newRow("web page")
        << QByteArray("\r\n<html><title>Sign in</title></html>")
        << Lines{"Failed protocol 0 The provider answered HTTP 200 with a web page instead of "
                 "JSON: Sign in"};
    QTest::newRow("nothing")
        << QByteArray()
        << Lines{"Failed protocol 0 The provider's answer was cut: the connection ended before the "
                 "answer did."};
    QTest::newRow("only [DONE]") << QByteArray("data: [DONE]\n\n")
                                 << Lines{"Failed protocol 0 The provider's answer holds no choices."};
    QTest::newRow("garbled and cut")
        << QByteArray("data: {\"cho\n\n")
        << Lines{"Failed protocol 0 The provider's answer was cut, and part of it was not "
                 "valid JSON."};
    QTest::newRow("finish says error")
        << chunk(R"({"delta":{"content":"a"},"finish_reason":"error"})")
        << Lines{
               "Started a m 5 ", "Text[0] a",
               "Failed transient 0 The provider ended the answer with the finish "
               "reason \"error\"."};
    QTest::newRow("calls of one index")
        << chunk(
               R"({"delta":{"tool_calls":[{"index":0,"id":"x","function":{"name":"f","arguments":"{}"}}]}})")
               + chunk(
                   R"({"delta":{"tool_calls":[{"index":0,"id":"y","function":{"name":"g","arguments":"{}"}}]},"finish_reason":"stop"})")
        << Lines{"Started a m 5 ", "Call[0] 0 x f ",    "Arguments[0] 0 {}",
                 "Call[0] 1 y g ", "Arguments[0] 1 {}", "Finished[0] tool_calls stop"};
    QTest::newRow("calls without id and index")
        << chunk(R"({"delta":{"tool_calls":[{"function":{"name":"f","arguments":"{}"}}]}})")
               + chunk(
                   R"({"delta":{"tool_calls":[{"function":{"name":"g","arguments":null}}]},"finish_reason":"stop"})")
        << Lines{"Started a m 5 ",          "Call[0] 0 call_a_0_0 f ", "Arguments[0] 0 {}",
                 "Call[0] 1 call_a_0_1 g ", "Arguments[0] 1 {}",       "Finished[0] tool_calls stop"};
    QTest::newRow("name after the arguments")
        << chunk(R"({"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{"}}]}})")
               + chunk(
                   R"({"delta":{"tool_calls":[{"index":0,"id":"x","function":{"name":"f","arguments":"}"}}]},"finish_reason":"stop"})")
        << Lines{
               "Started a m 5 ", "Call[0] 0 x f ", "Arguments[0] 0 {", "Arguments[0] 0 }",
               "Finished[0] tool_calls stop"};
    QTest::newRow("custom and legacy calls")
        << chunk(
               R"({"delta":{"tool_calls":[{"index":0,"id":"x","type":"custom","custom":{"name":"sh","input":"ls"}}]}})")
               + chunk(
                   R"({"index":1,"delta":{"function_call":{"name":"f","arguments":"{}"}},"finish_reason":"function_call"})")
               + "data: [DONE]\n\n"
        << Lines{
               "Started a m 5 ",
               "Call[0] 0 x sh custom ",
               "Arguments[0] 0 ls",
               "Call[1] 0 call_a_1_0 f ",
               "Arguments[1] 0 {}",
               "Finished[0] tool_calls ",
               "Finished[1] tool_calls function_call"};
    QTest::newRow("line ends within a text")
        << chunk(R"({"delta":{"content":"a"}})").repeated(3)
               + chunk("{\"delta\":{\"content\":\"b\n\ndata: [DONE]\n\n\"}}")
               + chunk(R"({"delta":{},"finish_reason":"length"})")
        << Lines{"Started a m 5 ", "Text[0] a", "Text[0] a", "Text[0] a", "Finished[0] stop "};
    QTest::newRow("groq usage") << QByteArray(
        "data: "
        "{\"id\":\"chatcmpl-12\",\"choices\":[{\"delta\":{\"content\":\"a\"},\"finish_reason\":\"stop\"}],"
        "\"x_groq\":{\"usage\":{\"prompt_tokens\":2,\"completion_tokens\":3,\"total_tokens\":5}}}\n\n")
                                << Lines{
                                       "Started   0 ", "Usage input=2 output=3 ", "Text[0] a",
                                       "Finished[0] stop stop"};
}

void OpenAiChatAnswerTest::readsStreams()
{
    QFETCH(QByteArray, bytes);
    QFETCH(QList<QByteArray>, expected);
    QCOMPARE(stream(bytes), expected);
    // A tap sees the same but for how text is cut; events that are not text are exact.
    const auto isText
        = [](const QByteArray &line) { return line.startsWith("Text") || line.startsWith("Reasoning"); };
    QList<QByteArray> tapped = stream(bytes, {}, DecodeMode::Tap);
    tapped.removeIf(isText);
    expected.removeIf(isText);
    QCOMPARE(tapped, expected);
}

void OpenAiChatAnswerTest::joinsHalvedCharacters()
{
    const QByteArray half
        = chunk(R"({"delta":{"content":"a\ud83d"}})") + chunk(R"({"delta":{"content":""}})");
    const char *const second = R"({"delta":{"content":"\uDE00b"},"finish_reason":"stop"})";
    QCOMPARE(
        stream(half + chunk(second)), (QList<QByteArray>{
                                          "Started a m 5 ", "Text[0] a",
                                          "Text[0] \xF0\x9F\x98\x80"
                                          "b",
                                          "Finished[0] stop stop"}));
    // Its second half never comes.
    QCOMPARE(
        stream(half + "data: [DONE]\n\n"),
        (QList<QByteArray>{"Started a m 5 ", "Text[0] a", "Text[0] \xEF\xBF\xBD", "Finished[0] stop "}));
    // A backslash and letters are no escape.
    const char *const text = R"({"delta":{"content":"\\ud83d"},"finish_reason":"stop"})";
    QCOMPARE(
        stream(chunk(text)),
        (QList<QByteArray>{"Started a m 5 ", "Text[0] \\ud83d", "Finished[0] stop stop"}));
}

void OpenAiChatAnswerTest::readsWholeAnswers()
{
    QFETCH(QString, path);
    QFETCH(QString, name);
    const QByteArray body = test::fileBytes(path);
    Quirks quirks;
    quirks.reasoningOutsideCompletion
        = name.startsWith(QStringLiteral("xai/")) || name.startsWith(QStringLiteral("google/"));
    const QJsonObject raw = objectIn(body);
    if (!raw.contains(QStringLiteral("choices"))) {
        const Events events = upstream.decodeAnswer(body, quirks);
        QCOMPARE(events.size(), 1U);
        QVERIFY(std::holds_alternative<chat::Failed>(events.front()));
        return;
    }
    const ChatAnswer answer = added(upstream.decodeAnswer(body, quirks));
    QVERIFY(!answer.failure);
    const QJsonArray choices = raw[QStringLiteral("choices")].toArray();
    QCOMPARE(qsizetype(answer.choices.size()), choices.size());
    for (const QJsonValue &choice : choices) {
        const ChatAnswer::Choice *read = answer.choice(choice[QStringLiteral("index")].toInt());
        const QJsonValue message = choice[QStringLiteral("message")];
        QVERIFY(read && read->finished);
        if (message[QStringLiteral("content")].isString())
            QCOMPARE(read->text, message[QStringLiteral("content")].toString().toUtf8());
        const QJsonArray calls = message[QStringLiteral("tool_calls")].toArray();
        QCOMPARE(qsizetype(read->toolCalls.size()), calls.size());
        QCOMPARE(
            read->finished->reason == chat::FinishReason::ToolCalls,
            !calls.isEmpty() && read->finished->native != "length");
        for (qsizetype i = 0; i < calls.size(); ++i) {
            const QJsonValue function = calls[i][QStringLiteral("function")];
            const chat::ToolCallPart &call = read->toolCalls[std::size_t(i)];
            QCOMPARE(call.name, function[QStringLiteral("name")].toString().toUtf8());
            const QByteArray arguments = function[QStringLiteral("arguments")].toString().toUtf8();
            QCOMPARE(call.arguments, arguments.isEmpty() ? QByteArray("{}") : arguments);
        }
        for (const char *field : {"reasoning_content", "reasoning"}) {
            const QByteArray said = message[QLatin1String(field)].toString().toUtf8();
            if (!said.isEmpty())
                QCOMPARE(read->reasoningText(), said);
        }
    }
    const qint64 total = raw[QStringLiteral("usage")][QStringLiteral("total_tokens")].toInteger();
    QCOMPARE(answer.usage.totalInput() + answer.usage.totalOutput(), total);
    // And back again.
    const ChatAnswer again = added(upstream.decodeAnswer(inbound.encodeAnswer(answer, context()), Quirks()));
    QCOMPARE(again.choices.size(), answer.choices.size());
    for (std::size_t i = 0; i < answer.choices.size(); ++i)
        QCOMPARE(test::describe(again.choices[i]), test::describe(answer.choices[i]));
    chat::Usage usage = answer.usage;
    usage.reportedCost.reset();
    QCOMPARE(test::describe(again.usage), test::describe(usage));
}

void OpenAiChatAnswerTest::settlesUsage_data()
{
    QTest::addColumn<QByteArray>("usage");
    QTest::addColumn<bool>("outside");
    QTest::addColumn<QByteArray>("expected");
    const auto row = [](const char *name, const char *usage, bool outside, const char *expected) {
        QTest::newRow(name) << QByteArray(usage) << outside << QByteArray(expected);
    };
    row("empty", "{}", false, "");
    row("deepseek",
        R"({"prompt_tokens":10,"completion_tokens":4,"total_tokens":14,"prompt_cache_hit_tokens":8,"prompt_cache_miss_tokens":2})",
        false, "input=2 cache_read=8 output=4 ");
    row("cache written",
        R"({"prompt_tokens":10,"completion_tokens":4,"prompt_tokens_details":{"cached_tokens":3,"cache_write_tokens":5}})",
        false, "input=2 cache_read=3 cache_write_5m=5 output=4 ");
    row("mistral", R"({"prompt_tokens":10,"completion_tokens":4,"num_cached_tokens":8})", false,
        "input=2 cache_read=8 output=4 ");
    row("audio",
        R"({"prompt_tokens":10,"completion_tokens":9,"prompt_tokens_details":{"audio_tokens":6},"completion_tokens_details":{"audio_tokens":7}})",
        false, "input=4 audio_input=6 output=2 audio_output=7 ");
    row("outside by arithmetic",
        R"({"prompt_tokens":10,"completion_tokens":4,"total_tokens":34,"completion_tokens_details":{"reasoning_tokens":20}})",
        false, "input=10 output=4 reasoning=20 ");
    row("outside by quirk", R"({"prompt_tokens":35,"completion_tokens":12,"total_tokens":109})", true,
        "input=35 output=12 reasoning=62 ");
    row("more reasoning than completion",
        R"({"prompt_tokens":43,"completion_tokens":10,"total_tokens":53,"completion_tokens_details":{"reasoning_tokens":11}})",
        false, "input=43 output=0 reasoning=10 ");
    row("more cached than prompt",
        R"({"prompt_tokens":7,"completion_tokens":4,"prompt_tokens_details":{"cached_tokens":163}})", false,
        "input=7 cache_read=163 output=4 ");
    row("parts overlap",
        R"({"prompt_tokens":20,"completion_tokens":4,"prompt_tokens_details":{"cached_tokens":19,"audio_tokens":2},"completion_tokens_details":{"reasoning_tokens":3,"audio_tokens":4}})",
        false, "input=0 cache_read=19 audio_input=1 output=0 reasoning=3 audio_output=1 ");
    row("nonsense", R"({"prompt_tokens":-1,"completion_tokens":"4","total_tokens":1e300})", false, "");
    row("itemised cost", R"({"prompt_tokens":1,"completion_tokens":2,"cost":{"total_cost":0.005}})", false,
        "input=1 output=2 $0.005 ");
}

void OpenAiChatAnswerTest::settlesUsage()
{
    QFETCH(QByteArray, usage);
    QFETCH(bool, outside);
    QFETCH(QByteArray, expected);
    Quirks quirks;
    quirks.reasoningOutsideCompletion = outside;
    const auto document = json::Document::parse(usage);
    QVERIFY(document);
    QCOMPARE(test::describe(openai_chat::readUsage(document->root(), quirks)), expected);
}

void OpenAiChatAnswerTest::readsDollarsExactly_data()
{
    QTest::addColumn<QByteArray>("number");
    QTest::addColumn<qint64>("nano");
    const auto row
        = [](const char *number, qint64 nano) { QTest::newRow(number) << QByteArray(number) << nano; };
    row("0", 0);
    row("2", 2'000'000'000);
    row("0.00007159", 71'590);
    row("7.159e-05", 71'590);
    row("7.159E-5", 71'590);
    row("1.5e+1", 15'000'000'000);
    row("0.0000000004", 0);
    row("0.0000000005", 1);
    row("0.00000000149", 1);
    row("1.0430000000000001e-05", 10'430);
    row("0.30000000000000004", 300'000'000);
    row("123456789012345678901234567890", -1);
    row("1e400", -1);
    row("1e-400", 0);
    row("-1", -1);
}

void OpenAiChatAnswerTest::readsDollarsExactly()
{
    QFETCH(QByteArray, number);
    QFETCH(qint64, nano);
    QCOMPARE(openai_chat::dollars(number).value_or(NanoUsd(-1)).nano(), nano);
}

void OpenAiChatAnswerTest::writesStreamGrammar()
{
    const auto encoder = inbound.makeStreamEncoder(context(true));
    const QByteArray head
        = R"(data: {"id":"abc","object":"chat.completion.chunk","created":9,"model":"shown","system_fingerprint":"fp","choices":[)";
    const auto expected = [&](const char *index, const char *delta, const char *finish = "null") {
        return head + "{\"index\":" + index + ",\"delta\":" + delta
               + ",\"logprobs\":null,\"finish_reason\":" + finish + "}],\"usage\":null}\n\n";
    };
    const char *const role = R"({"role":"assistant","content":"","refusal":null})";
    chat::Started started("abc", "theirs");
    started.created = 9;
    started.fingerprint = "fp";
    QCOMPARE(encoder->encode(started), QByteArray());
    const char *const reasoning = R"({"reasoning_content":"Hm"})";
    QCOMPARE(encoder->encode(chat::ReasoningDelta("Hm")), expected("0", role) + expected("0", reasoning));
    chat::ReasoningSignature signature;
    signature.signature = "c2ln";
    signature.origin = "anthropic";
    const char *const details
        = R"({"reasoning_details":[{"type":"reasoning.text","signature":"c2ln","format":"anthropic-claude-v1","index":0}]})";
    QCOMPARE(encoder->encode(signature), expected("0", details));
    const char *const content = R"({"content":"a\"\n"})";
    QCOMPARE(encoder->encode(chat::TextDelta("a\"\n")), expected("0", content));
    QCOMPARE(encoder->encode(chat::TextDelta("")), QByteArray());
    const char *const header
        = R"({"tool_calls":[{"index":0,"id":"call_a","type":"function","function":{"name":"f","arguments":""}}]})";
    QCOMPARE(encoder->encode(chat::ToolCallBegin(0, "call_a", "f")), expected("0", header));
    const char *const fragment = R"({"tool_calls":[{"index":0,"function":{"arguments":"{}"}}]})";
    QCOMPARE(encoder->encode(chat::ToolCallDelta(0, "{}")), expected("0", fragment));
    const char *const refusal = R"({"refusal":"No"})";
    QCOMPARE(encoder->encode(chat::RefusalDelta("No", 1)), expected("1", role) + expected("1", refusal));
    chat::LogprobsDelta logprobs;
    logprobs.choice = 1;
    logprobs.json = R"({"content":[]})";
    QCOMPARE(encoder->encode(logprobs), QByteArray());
    const char *const withLogprobs = R"({"content":"x"},"logprobs":{"content":[]},)";
    QVERIFY(encoder->encode(chat::TextDelta("x", 1)).contains(withLogprobs));
    chat::Usage usage;
    usage.set(chat::TokenKind::Input, 4);
    usage.set(chat::TokenKind::CacheRead, 6);
    usage.set(chat::TokenKind::Output, 1);
    usage.set(chat::TokenKind::Reasoning, 2);
    QCOMPARE(encoder->encode(chat::UsageReport(usage)), QByteArray());
    QCOMPARE(
        encoder->encode(chat::Finished(chat::FinishReason::ToolCalls, "stop")),
        expected("0", "{}", "\"tool_calls\""));
    QCOMPARE(
        encoder->encode(chat::Finished(chat::FinishReason::Stop, "stop", 2)),
        expected("2", role) + expected("2", "{}", "\"stop\""));
    const char *const usageChunk
        = R"(],"usage":{"prompt_tokens":10,"completion_tokens":3,"total_tokens":13,"prompt_tokens_details":{"cached_tokens":6},"completion_tokens_details":{"reasoning_tokens":2}}})";
    QCOMPARE(encoder->finish(), head + usageChunk + "\n\ndata: [DONE]\n\n");

    const auto unasked = inbound.makeStreamEncoder(context());
    QByteArray plain = unasked->encode(chat::TextDelta("a"));
    plain += unasked->encode(chat::UsageReport(usage));
    plain += unasked->encode(chat::Finished(chat::FinishReason::Stop));
    plain += unasked->finish();
    QVERIFY(!plain.contains("usage"));
    const char *const ownId = R"("id":"chatcmpl-own")";
    const char *const ownTime = R"("created":7)";
    QVERIFY(plain.contains(ownId) && plain.contains(ownTime));
    QCOMPARE(unasked->keepAlive(), QByteArray(": keep-alive\n\n"));
}

void OpenAiChatAnswerTest::writesFailuresIntoStreams()
{
    const auto encoder = inbound.makeStreamEncoder(context(true));
    QVERIFY(!encoder->encode(chat::TextDelta("a")).isEmpty());
    chat::Failure failure(chat::FailureClass::Overloaded, 503, "busy");
    QCOMPARE(
        encoder->encode(chat::Failed(failure)),
        QByteArray("data: {\"error\":{\"message\":\"busy\",\"type\":\"server_error\",\"param\":null,\"code\":"
                   "\"overloaded\"}}\n\n"));
    QCOMPARE(encoder->encode(chat::Finished(chat::FinishReason::Stop)), QByteArray());
    QCOMPARE(encoder->finish(), QByteArray("data: [DONE]\n\n"));
}

void OpenAiChatAnswerTest::holdsBackIncompleteCharacters()
{
    const QByteArray text = "a\xC3\xA9\xE4\xB8\x96\xF0\x9F\x98\x80z";
    for (qsizetype at = 0; at <= text.size(); ++at) {
        const auto encoder = inbound.makeStreamEncoder(context());
        QByteArray bytes = encoder->encode(chat::TextDelta(text.left(at)));
        bytes += encoder->encode(chat::TextDelta(text.mid(at)));
        bytes += encoder->encode(chat::Finished(chat::FinishReason::Stop));
        bytes += encoder->finish();
        QVERIFY(!bytes.contains("\xEF\xBF\xBD") && !bytes.contains("\\ufffd"));
        QVERIFY(stream(bytes).contains("Finished[0] stop stop"));
        QByteArray said;
        for (const QByteArray &line : stream(bytes))
            said += line.startsWith("Text") ? line.mid(8) : QByteArray();
        QCOMPARE(said, text);
    }
    const auto encoder = inbound.makeStreamEncoder(context());
    QVERIFY(encoder->encode(chat::TextDelta("\xF0\x9F")).isEmpty());
    QVERIFY(encoder->encode(chat::Finished(chat::FinishReason::Stop)).contains("\"content\":\"\xEF\xBF\xBD"));
}

void OpenAiChatAnswerTest::writesWholeAnswers()
{
    ChatAnswer answer;
    ChatAnswer::Choice choice;
    chat::ToolCallPart call;
    call.id = "call_a";
    call.name = "f";
    call.arguments = R"({"n":1.0})";
    choice.toolCalls = {call};
    choice.reasoning.resize(1);
    choice.reasoning[0].text = "Hm";
    choice.finished = chat::Finished(chat::FinishReason::ToolCalls);
    choice.citations.resize(1);
    choice.citations[0].url = "https://example.com/";
    answer.choices = {choice};
    const char *const expected
        = R"({"id":"chatcmpl-own","object":"chat.completion","created":7,"model":"shown","choices":[{"index":0,)"
          R"("message":{"role":"assistant","content":null,"refusal":null,"reasoning_content":"Hm","tool_calls":[{"id":"call_a",)"
          R"("type":"function","function":{"name":"f","arguments":"{\"n\":1.0}"}}],"annotations":[{"type":"url_citation",)"
          R"("url_citation":{"url":"https://example.com/","title":"","start_index":0,"end_index":0}}]},"logprobs":null,)"
          R"("finish_reason":"tool_calls"}]})";
    QCOMPARE(inbound.encodeAnswer(answer, context()), QByteArray(expected));
}

void OpenAiChatAnswerTest::writesErrors_data()
{
    using C = chat::FailureClass;
    QTest::addColumn<int>("failureClass");
    QTest::addColumn<int>("upstreamStatus");
    QTest::addColumn<int>("status");
    QTest::addColumn<QByteArray>("type");
    QTest::addColumn<QByteArray>("code");
    const auto row = [](const char *name, C c, int from, int to, const char *type, const char *code) {
        QTest::newRow(name) << int(c) << from << to << QByteArray(type) << QByteArray(code);
    };
    row("credential", C::Credential, 400, 401, "authentication_error", "invalid_api_key");
    row("permission", C::Permission, 403, 403, "permission_error", "permission_denied");
    row("quota", C::Quota, 402, 429, "insufficient_quota", "insufficient_quota");
    row("rate limit", C::RateLimit, 429, 429, "rate_limit_error", "rate_limit_exceeded");
    row("caller fault", C::CallerFault, 422, 400, "invalid_request_error", "own_code");
    row("too large", C::CallerFault, 413, 413, "invalid_request_error", "own_code");
    row("context", C::ContextLength, 413, 400, "invalid_request_error", "context_length_exceeded");
    row("policy", C::ContentPolicy, 403, 400, "invalid_request_error", "content_filter");
    row("model", C::ModelMissing, 400, 404, "invalid_request_error", "model_not_found");
    row("overloaded", C::Overloaded, 529, 503, "server_error", "overloaded");
    row("transient 500", C::Transient, 500, 500, "server_error", "upstream_error");
    row("transient 520", C::Transient, 520, 502, "server_error", "upstream_error");
    row("transient in a stream", C::Transient, 0, 502, "server_error", "upstream_error");
    row("connection", C::Connection, 0, 502, "server_error", "connection_error");
    row("timed out", C::TimedOut, 0, 504, "server_error", "timeout");
    row("protocol", C::Protocol, 200, 502, "server_error", "upstream_error");
    row("cancelled", C::Cancelled, 0, 499, "request_cancelled", "request_cancelled");
    row("internal", C::Internal, 0, 500, "server_error", "internal_error");
}

void OpenAiChatAnswerTest::writesErrors()
{
    QFETCH(int, failureClass);
    QFETCH(int, upstreamStatus);
    QFETCH(int, status);
    QFETCH(QByteArray, type);
    QFETCH(QByteArray, code);
    Failure failure(chat::FailureClass(failureClass), upstreamStatus, "says \"why\"");
    failure.code = "own_code";
    failure.param = "messages";
    failure.retryAfter = std::chrono::milliseconds(1500);
    const EncodedError error = inbound.encodeError(failure);
    QCOMPARE(error.status, status);
    const char *const start = R"({"error":{"message":"says \"why\"","type":")";
    const char *const middle = R"(","param":"messages","code":")";
    const char *const end = R"("}})";
    QCOMPARE(error.body, QByteArray(start + type + middle + code + end));
    QCOMPARE(error.headers.value("retry-after"), QByteArray("2"));
    QCOMPARE(error.headers.value("retry-after-ms"), QByteArray("1500"));
    QCOMPARE(
        error.headers.value("x-should-retry"),
        failure.failureClass == chat::FailureClass::Quota ? QByteArray("false") : QByteArray());
    failure.code = "400";
    failure.param.clear();
    failure.shouldRetry = false;
    QCOMPARE(inbound.encodeError(failure).headers.value("x-should-retry"), QByteArray("false"));
    if (failure.failureClass == chat::FailureClass::CallerFault)
        QVERIFY(inbound.encodeError(failure).body.endsWith("\"param\":null,\"code\":null}}"));
}

void OpenAiChatAnswerTest::filtersUsageChunks()
{
    const QByteArray before
        = "data: {\"choices\":[{\"delta\":{\"content\":\"\\\"choices\\\":[]\"}}],\"usage\":null}\n\n";
    const QByteArray spaced = "data: {\"usage\": {\"prompt_tokens\": 1}, \"choices\": [ ]}\r\n\r\n";
    const QByteArray usage = "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":1}}\n\n";
    const QByteArray prelude = "data: {\"choices\":[],\"prompt_filter_results\":[]}\n\n: hello\n\n";
    const QByteArray done = "data: [DONE]\n\n";
    const QByteArray all = prelude + before + spaced + before + usage + done;
    const QByteArray expected = prelude + before + before + done;
    for (qsizetype at = 0; at <= all.size(); ++at) {
        openai_chat::UsageChunkFilter filter;
        QByteArray out = filter.feed(all.left(at));
        out += filter.feed(all.mid(at));
        out += filter.finish();
        QCOMPARE(out, expected);
    }
    openai_chat::UsageChunkFilter slow;
    QByteArray out;
    for (const char byte : all)
        out += slow.feed(QByteArray(1, byte));
    QCOMPARE(out + slow.finish(), expected);

    openai_chat::UsageChunkFilter shared;
    const QByteArray untouched = before + done;
    QVERIFY(shared.feed(untouched).constData() == untouched.constData());
    openai_chat::UsageChunkFilter cut;
    QCOMPARE(cut.feed("data: {\"choi"), QByteArray());
    QCOMPARE(cut.finish(), QByteArray("data: {\"choi"));
    openai_chat::UsageChunkFilter unended;
    QCOMPARE(unended.feed(usage.chopped(2)), QByteArray());
    QCOMPARE(unended.finish(), QByteArray());
    openai_chat::UsageChunkFilter carriage;
    QByteArray cr = before + usage + done;
    cr.replace('\n', '\r');
    QByteArray crExpected = before + done;
    crExpected.replace('\n', '\r');
    out = carriage.feed(cr);
    out += carriage.finish();
    QCOMPARE(out, crExpected);
}

QTEST_GUILESS_MAIN(OpenAiChatAnswerTest)

#include "OpenAiChatAnswerTest.moc"
