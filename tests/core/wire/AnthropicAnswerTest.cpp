// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/wire/UpstreamCases.h"
#include "wire/SseReader.h"
#include "wire/anthropic/AnthropicInbound.h"
#include "wire/anthropic/AnthropicUpstream.h"
#include "wire/gemini/GeminiUpstream.h"
#include "wire/openai_chat/OpenAiChatUpstream.h"

using namespace fairlead;
using namespace fairlead::chat;
using namespace fairlead::test;

using wire::Quirks;

namespace {

const wire::AnthropicInbound kInbound;
const wire::AnthropicUpstream kAnthropic;
const wire::GeminiUpstream kGemini;
const wire::OpenAiChatUpstream kChat;

const wire::UpstreamCodec &codecOf(const QByteArray &dialect)
{
    static const QHash<QByteArray, const wire::UpstreamCodec *> kCodecs{
        {"anthropic", &kAnthropic}, {"gemini", &kGemini}, {"openai-chat", &kChat}};
    return *kCodecs[dialect];
}

wire::AnswerContext context()
{
    wire::AnswerContext made;
    made.model = "shown";
    made.fallbackId = "own";
    made.includeUsage = true;
    return made;
}

QByteArray encoded(const std::vector<ChatEvent> &events)
{
    const auto encoder = kInbound.makeStreamEncoder(context());
    QByteArray sse;
    for (const ChatEvent &event : events)
        sse += encoder->encode(event);
    return sse + encoder->finish();
}

struct Frame {
    QByteArray name;
    QJsonObject data;
};

std::vector<Frame> framesOf(const QByteArray &sse)
{
    std::vector<Frame> frames;
    wire::SseReader reader;
    const auto keep = [&](const wire::SseEvent &event) {
        frames.push_back({event.name.toByteArray(), objectOf(event.data.toByteArray())});
    };
    reader.feed(sse, keep);
    reader.finish(keep);
    return frames;
}

/// The grammar of Anthropic's streams as their clients rely on it; what is wrong, or nothing.
class Grammar
{
public:
    QByteArray check(const std::vector<Frame> &frames)
    {
        for (const Frame &frame : frames) {
            const QByteArray type = frame.data[QStringLiteral("type")].toString().toUtf8();
            if (type != frame.name)
                return "event: " + frame.name + " is not its data's type " + type;
            if (m_over)
                return type + " after the end";
            if (const QByteArray wrong = next(type, frame.data); !wrong.isEmpty())
                return wrong;
        }
        return m_over ? QByteArray() : QByteArray("no end");
    }

private:
    QByteArray next(const QByteArray &type, const QJsonObject &data)
    {
        const int index = data[QStringLiteral("index")].toInt(-1);
        if (type == "ping")
            return {};
        if (type == "error") {
            m_over = true;
            return data[QStringLiteral("error")][QStringLiteral("message")].isString() ? "" : "no message";
        }
        if ((type == "message_start") == m_started)
            return type + " out of place";
        if (type == "message_start") {
            m_started = true;
            return startIsWhole(data[QStringLiteral("message")].toObject());
        }
        if (m_ended)
            return endOf(type);
        if (type == "content_block_start") {
            if (!m_open.isEmpty() || index != m_blocks++)
                return "block " + QByteArray::number(index) + " starts out of place";
            m_open = data[QStringLiteral("content_block")][QStringLiteral("type")].toString();
            return {};
        }
        if (type == "message_delta") {
            m_ended = true;
            const bool whole = data[QStringLiteral("delta")][QStringLiteral("stop_reason")].isString()
                               && data[QStringLiteral("usage")][QStringLiteral("output_tokens")].isDouble();
            return m_open.isEmpty() && whole ? "" : "message_delta is incomplete or early";
        }
        if (m_open.isEmpty() || index != m_blocks - 1)
            return type + " for a block that is not open";
        if (type == "content_block_stop") {
            m_open.clear();
            return {};
        }
        return deltaFits(data[QStringLiteral("delta")][QStringLiteral("type")].toString());
    }

    QByteArray endOf(const QByteArray &type)
    {
        m_over = type == "message_stop";
        return m_over ? "" : type + " after message_delta";
    }

    static QByteArray startIsWhole(const QJsonObject &message)
    {
        const QJsonObject usage = message[QStringLiteral("usage")].toObject();
        const bool whole = message[QStringLiteral("id")].toString().startsWith(QStringLiteral("msg_"))
                           && message[QStringLiteral("role")] == QStringLiteral("assistant")
                           && message[QStringLiteral("model")] == QStringLiteral("shown")
                           && message[QStringLiteral("content")].isArray()
                           && usage[QStringLiteral("input_tokens")].isDouble()
                           && usage[QStringLiteral("output_tokens")].isDouble()
                           && usage.contains(QStringLiteral("cache_read_input_tokens"))
                           && usage.contains(QStringLiteral("cache_creation_input_tokens"));
        return whole ? "" : "message_start is incomplete";
    }

    QByteArray deltaFits(const QString &delta) const
    {
        static const QHash<QString, QStringList> kDeltas{
            {QStringLiteral("text"), {QStringLiteral("text_delta"), QStringLiteral("citations_delta")}},
            {QStringLiteral("thinking"),
             {QStringLiteral("thinking_delta"), QStringLiteral("signature_delta")}},
            {QStringLiteral("tool_use"), {QStringLiteral("input_json_delta")}},
        };
        return kDeltas[m_open].contains(delta) ? "" : (delta + QStringLiteral(" in ") + m_open).toUtf8();
    }

    QString m_open;
    int m_blocks = 0;
    bool m_started = false;
    bool m_ended = false;
    bool m_over = false;
};

/// Calls with their arguments in one spelling; none at all are {}.
QList<QByteArray> callsOf(const ChatAnswer &answer)
{
    QList<QByteArray> calls;
    for (const ToolCallPart &call : answer.choice()->toolCalls) {
        const QByteArray arguments = call.arguments.isEmpty() ? QByteArray("{}") : call.arguments;
        const QByteArray spelled = compactJson(arguments);
        calls += call.id + ' ' + call.name + ' ' + (spelled.isEmpty() ? arguments : spelled);
    }
    return calls;
}

std::int64_t freshInput(const Usage &usage)
{
    return usage.valueOrZero(TokenKind::Input) + usage.valueOrZero(TokenKind::AudioInput);
}

void compareMeaning(const ChatAnswer &got, const ChatAnswer &expected)
{
    static const ChatAnswer::Choice nothing;
    const ChatAnswer::Choice &want = expected.choice() ? *expected.choice() : nothing;
    QVERIFY(got.choice() && got.choice()->finished);
    QVERIFY(!got.failure);
    QCOMPARE(got.choice()->text, want.text);
    QCOMPARE(got.choice()->refusal, want.refusal);
    QCOMPARE(got.choice()->reasoningText(), want.reasoningText());
    if (expected.choice())
        QCOMPARE(callsOf(got), callsOf(expected));
    FinishReason reason = want.finished ? want.finished->reason : FinishReason::Stop;
    if (reason == FinishReason::Stop && !want.toolCalls.empty() && want.finished->native != "pause_turn")
        reason = FinishReason::ToolCalls;
    if (!want.refusal.isEmpty())
        reason = FinishReason::ContentFilter;
    QCOMPARE(got.choice()->finished->reason, reason);
    QCOMPARE(got.usage.totalInput(), expected.usage.totalInput());
    QCOMPARE(freshInput(got.usage), freshInput(expected.usage));
    QCOMPARE(got.usage.valueOrZero(TokenKind::CacheRead), expected.usage.valueOrZero(TokenKind::CacheRead));
    QCOMPARE(got.usage.totalOutput(), expected.usage.totalOutput());
    QCOMPARE(got.usage.get(TokenKind::Reasoning), expected.usage.get(TokenKind::Reasoning));
}

/// Every stream and whole answer we have of three dialects.
void addAnswers(const QByteArray &ending)
{
    QTest::addColumn<QString>("path");
    QTest::addColumn<QByteArray>("dialect");
    for (const QByteArray &dialect :
         {QByteArray("anthropic"), QByteArray("gemini"), QByteArray("openai-chat")}) {
        QString folder = QString::fromUtf8(dialect);
        const QDir own(QStringLiteral(FAIRLEAD_TEST_DATA "/") + folder.replace(u'-', u'_'));
        for (const QFileInfo &file : own.entryInfoList(QDir::Files, QDir::Name)) {
            if (file.fileName().toUtf8().endsWith(ending))
                QTest::newRow((dialect + ' ' + file.fileName().toUtf8()).constData())
                    << file.filePath() << dialect;
        }
        for (const Recording &recording : recordingsOf(dialect, {ending})) {
            if (recording.status == 200)
                QTest::newRow(recording.name.constData()) << recording.path << dialect;
        }
    }
}

QByteArray namesIn(const QByteArray &sse)
{
    QByteArray names;
    for (const Frame &frame : framesOf(sse)) {
        QString what = frame.data[QStringLiteral("content_block")][QStringLiteral("type")].toString();
        if (what.isEmpty())
            what = frame.data[QStringLiteral("delta")][QStringLiteral("type")].toString();
        names += frame.name + (what.isEmpty() ? "" : ':' + what.toUtf8()) + '\n';
    }
    return names;
}

QByteArray lines(std::initializer_list<const char *> names)
{
    QByteArray text;
    for (const char *name : names)
        text += QByteArray(name) + '\n';
    return text;
}

ReasoningSignature
signatureOf(int block, const QByteArray &signature, const QByteArray &redacted, const QByteArray &origin)
{
    ReasoningSignature made;
    made.block = block;
    made.signature = signature;
    made.redacted = redacted;
    made.origin = origin;
    made.id = origin == "openai-responses" ? "rs_1:x" : "";
    return made;
}

/// The message these events make, given back as history: what the provider will see again.
std::vector<Part> givenBack(const std::vector<ChatEvent> &events, bool whole)
{
    QJsonArray content;
    if (whole) {
        content = objectOf(kInbound.encodeAnswer(accumulated(events), context()))[QStringLiteral("content")]
                      .toArray();
    } else {
        for (const Frame &frame : framesOf(encoded(events))) {
            QJsonObject block = frame.data[QStringLiteral("content_block")].toObject();
            if (!block.isEmpty())
                content.append(block);
            const QJsonObject delta = frame.data[QStringLiteral("delta")].toObject();
            for (const char *name : {"text", "thinking", "signature"}) {
                if (frame.name != "content_block_delta" || !delta.contains(QLatin1String(name)))
                    continue;
                block = content.last().toObject();
                block[QLatin1String(name)]
                    = block[QLatin1String(name)].toString() + delta[QLatin1String(name)].toString();
                content.replace(content.size() - 1, block);
            }
        }
    }
    const QJsonObject message{
        {QStringLiteral("role"), QStringLiteral("assistant")}, {QStringLiteral("content"), content}};
    const QJsonObject body{
        {QStringLiteral("model"), QStringLiteral("m")}, {QStringLiteral("messages"), QJsonArray{message}}};
    const auto call = wire::InboundCall::parse("/v1/messages", "", Headers(), QJsonDocument(body).toJson());
    const auto request = kInbound.decodeRequest(*call);
    return request ? request->messages.at(0).parts : std::vector<Part>();
}

} // namespace

class AnthropicAnswerTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void retellsStreams_data() { addAnswers(".sse"); }
    void retellsStreams()
    {
        QFETCH(QString, path);
        QFETCH(QByteArray, dialect);
        const auto events = decodeAt(codecOf(dialect), fileBytes(path), {});
        const QByteArray sse = encoded(events);
        const std::vector<Frame> frames = framesOf(sse);
        const QByteArray wrong = Grammar().check(frames);
        QVERIFY2(wrong.isEmpty(), wrong.constData());
        const ChatAnswer expected = accumulated(events);
        const auto again = decodeAt(kAnthropic, sse, {});
        if (expected.failure) {
            QCOMPARE(frames.back().name, QByteArray("error"));
            QVERIFY(std::holds_alternative<Failed>(again.back()));
            return;
        }
        compareMeaning(accumulated(again), expected);
    }

    void retellsWholeAnswers_data() { addAnswers(".response.json"); }
    void retellsWholeAnswers()
    {
        QFETCH(QString, path);
        QFETCH(QByteArray, dialect);
        const ChatAnswer expected = accumulated(codecOf(dialect).decodeAnswer(fileBytes(path), Quirks()));
        if (expected.failure)
            return; // told as an error
        const QByteArray body = kInbound.encodeAnswer(expected, context());
        const QJsonObject message = objectOf(body);
        QCOMPARE(message[QStringLiteral("type")].toString(), QStringLiteral("message"));
        QCOMPARE(message[QStringLiteral("model")].toString(), QStringLiteral("shown"));
        QVERIFY(message[QStringLiteral("usage")][QStringLiteral("input_tokens")].isDouble());
        compareMeaning(accumulated(kAnthropic.decodeAnswer(body, Quirks())), expected);
    }

    void writesTheSequence()
    {
        Usage usage;
        usage.set(TokenKind::Input, 5);
        const QByteArray sse = encoded({
            Started("msg_1", "m"),
            ReasoningDelta("Hm"),
            signatureOf(0, "c2ln", "", "anthropic"),
            TextDelta("One moment."),
            ToolCallBegin(0, "toolu_1", "tide"),
            ToolCallDelta(0, "{\"a\":"),
            ToolCallDelta(0, "1}"),
            ToolCallBegin(1, "toolu_2", "wind"),
            Finished(FinishReason::ToolCalls, "tool_calls"),
            UsageReport(usage),
        });
        QCOMPARE(
            namesIn(sse),
            lines(
                {"message_start", "content_block_start:thinking", "ping",
                 "content_block_delta:thinking_delta", "content_block_delta:signature_delta",
                 "content_block_stop", "content_block_start:text", "content_block_delta:text_delta",
                 "content_block_stop", "content_block_start:tool_use", "content_block_delta:input_json_delta",
                 "content_block_delta:input_json_delta", "content_block_stop", "content_block_start:tool_use",
                 "content_block_stop", "message_delta", "message_stop"}));
        QVERIFY(sse.contains(
            "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":"
            "\"tool_use\",\"stop_sequence\":null,\"stop_details\":null},\"usage\":{\"input_tokens\":5,"));
    }

    void startsAtOnce()
    {
        const auto encoder = kInbound.makeStreamEncoder(context());
        QVERIFY(encoder->encode(Started("", "m")).startsWith("event: message_start\n"));
        QVERIFY(encoder->encode(Started("", "m")).isEmpty());
        QCOMPARE(encoder->keepAlive(), QByteArray("event: ping\ndata: {\"type\": \"ping\"}\n\n"));
        QVERIFY(!encoder->cutsBrokenStream());
    }

    void waitsForMixedCalls()
    {
        const std::vector<ChatEvent> events{
            Started("", "m"),           ToolCallBegin(0, "a", "f"),
            ToolCallBegin(1, "b", "g"), ToolCallDelta(0, "{\"x\":\"}"),
            ToolCallDelta(1, "{\"y\""), ToolCallDelta(0, "\\\"\"}"),
            ToolCallDelta(1, ":[1]}"),  Finished(FinishReason::ToolCalls),
        };
        const QByteArray sse = encoded(events);
        QCOMPARE(Grammar().check(framesOf(sse)), QByteArray());
        QCOMPARE(callsOf(accumulated(decodeAt(kAnthropic, sse, {}))), callsOf(accumulated(events)));

        // Behind the text that followed it a call can only be told to have no arguments.
        for (const bool hasArguments : {false, true}) {
            const QByteArray late = encoded(
                {Started("", "m"), ToolCallBegin(0, "a", "f"), TextDelta("x"),
                 ToolCallDelta(0, hasArguments ? "{\"y\":1}" : "{}"), TextDelta("z"),
                 Finished(FinishReason::ToolCalls)});
            QCOMPARE(Grammar().check(framesOf(late)), QByteArray());
            QCOMPARE(late.contains("event: error\n"), hasArguments);
            QCOMPARE(late.contains("\"z\""), !hasArguments);
        }
    }

    void holdsBackIncompleteCharacters()
    {
        const QByteArray sse = encoded({
            Started("", "m"),
            TextDelta("caf\xC3"),
            TextDelta("\xA9"),
            ToolCallBegin(0, "a", "f"),
            ToolCallDelta(0, "{\"x\":\"\xE2\x82"),
            ToolCallDelta(0, "\xAC\"}"),
            Finished(FinishReason::ToolCalls),
        });
        QVERIFY(!sse.contains("\xEF\xBF\xBD") && !sse.contains("\\ufffd"));
        const ChatAnswer answer = accumulated(decodeAt(kAnthropic, sse, {}));
        QCOMPARE(answer.choice()->text, QByteArray("caf\xC3\xA9"));
        QCOMPARE(answer.choice()->toolCalls[0].arguments, QByteArray("{\"x\":\"\xE2\x82\xAC\"}"));
    }

    void neverEndsABrokenStream()
    {
        const auto encoder = kInbound.makeStreamEncoder(context());
        QByteArray sse = encoder->encode(Started("", "m")) + encoder->encode(TextDelta("Par"));
        sse += encoder->encode(Failed(Failure(FailureClass::Overloaded, 529, "Overloaded")));
        sse += encoder->encode(TextDelta("is")) + encoder->encode(Finished(FinishReason::Stop));
        sse += encoder->finish();
        QCOMPARE(Grammar().check(framesOf(sse)), QByteArray());
        QVERIFY(
            sse.endsWith("event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\","
                         "\"message\":\"Overloaded\"},\"request_id\":null}\n\n"));
        QVERIFY(!sse.contains("message_stop"));
    }

    void saysWhyItStopped_data()
    {
        QTest::addColumn<int>("reason");
        QTest::addColumn<QByteArray>("native");
        QTest::addColumn<QByteArray>("sequence");
        QTest::addColumn<QByteArray>("expected");
        const auto row = [](const char *name, FinishReason reason, const char *native, const char *sequence,
                            const char *expected) {
            QTest::newRow(name) << int(reason) << QByteArray(native) << QByteArray(sequence)
                                << QByteArray(expected);
        };
        row("stop", FinishReason::Stop, "stop", "", "end_turn");
        row("sequence", FinishReason::Stop, "stop_sequence", "END", "stop_sequence");
        row("pause", FinishReason::Stop, "pause_turn", "", "pause_turn");
        row("length", FinishReason::Length, "length", "", "max_tokens");
        row("window", FinishReason::Length, "model_context_window_exceeded", "",
            "model_context_window_exceeded");
        row("filter", FinishReason::ContentFilter, "SAFETY", "", "refusal");
    }
    void saysWhyItStopped()
    {
        QFETCH(int, reason);
        QFETCH(QByteArray, native);
        QFETCH(QByteArray, sequence);
        Finished finished(FinishReason(reason), native);
        finished.stopSequence = sequence;
        const std::vector<ChatEvent> events{Started("", "m"), TextDelta("x"), finished};
        const QJsonObject whole = objectOf(kInbound.encodeAnswer(accumulated(events), context()));
        const std::vector<Frame> frames = framesOf(encoded(events));
        const QJsonObject delta = frames[frames.size() - 2].data[QStringLiteral("delta")].toObject();
        for (const QJsonObject &told : {whole, delta}) {
            QTEST(told[QStringLiteral("stop_reason")].toString().toUtf8(), "expected");
            QCOMPARE(told[QStringLiteral("stop_sequence")].toString().toUtf8(), sequence);
        }
    }

    void tellsRefusals()
    {
        const std::vector<ChatEvent> events{
            Started("", "m"), RefusalDelta("I "), RefusalDelta("will not."), Finished(FinishReason::Stop)};
        const QJsonObject whole = objectOf(kInbound.encodeAnswer(accumulated(events), context()));
        QCOMPARE(whole[QStringLiteral("stop_reason")].toString(), QStringLiteral("refusal"));
        QCOMPARE(
            whole[QStringLiteral("stop_details")][QStringLiteral("explanation")].toString(),
            QStringLiteral("I will not."));
        QVERIFY(whole[QStringLiteral("content")].toArray().isEmpty());
        QCOMPARE(accumulated(decodeAt(kAnthropic, encoded(events), {})).choice()->refusal, "I will not.");
    }

    void carriesForeignReasoningThereAndBack()
    {
        ToolCallBegin signedCall(0, "call_1", "tide");
        signedCall.signature = "AB:+/==";
        const std::vector<ChatEvent> events{
            Started("", "m"),
            ReasoningDelta("Let me see."),
            signatureOf(0, "", "gAAAA:1==", "openai-responses"),
            signatureOf(1, "EqQB", "", "gemini"),
            TextDelta("Yes."),
            signedCall,
            ToolCallDelta(0, "{}"),
            Finished(FinishReason::ToolCalls),
        };
        for (const bool whole : {true, false}) {
            QCOMPARE(Grammar().check(framesOf(encoded(events))), QByteArray());
            const std::vector<Part> parts = givenBack(events, whole);
            QCOMPARE(parts.size(), 4U);
            const auto &sealed = std::get<ReasoningPart>(parts[0]);
            QCOMPARE(sealed.text, QByteArray("Let me see."));
            QCOMPARE(sealed.redacted, QByteArray("gAAAA:1=="));
            QCOMPARE(sealed.origin, QByteArray("openai-responses"));
            QCOMPARE(sealed.id, QByteArray("rs_1:x"));
            QCOMPARE(std::get<ReasoningPart>(parts[1]).signature, QByteArray("EqQB"));
            QCOMPARE(std::get<ReasoningPart>(parts[1]).origin, QByteArray("gemini"));
            QCOMPARE(std::get<ToolCallPart>(parts[3]).signature, QByteArray("AB:+/=="));
        }
    }

    void carriesOwnThinkingThereAndBack()
    {
        const std::vector<ChatEvent> events{
            Started("", "m"),
            signatureOf(0, "c2ln", "", "anthropic"), // its words were omitted
            signatureOf(1, "", "cmVk", "anthropic"),
            ReasoningDelta("unsigned, of whomever"),
            TextDelta("Yes."),
            Finished(FinishReason::Stop),
        };
        const std::vector<Part> parts = givenBack(events, false);
        QCOMPARE(parts.size(), 4U);
        QCOMPARE(std::get<ReasoningPart>(parts[0]).signature, QByteArray("c2ln"));
        QCOMPARE(std::get<ReasoningPart>(parts[0]).origin, QByteArray("anthropic"));
        QCOMPARE(std::get<ReasoningPart>(parts[1]).redacted, QByteArray("cmVk"));
        QCOMPARE(std::get<ReasoningPart>(parts[2]).text, QByteArray("unsigned, of whomever"));
        QVERIFY(std::get<ReasoningPart>(parts[2]).origin.isEmpty());
        QVERIFY(std::get<ReasoningPart>(parts[2]).signature.isEmpty());
    }

    void citesSources()
    {
        Citation own;
        own.start = 0;
        own.end = 4;
        own.json = js("{'type':'char_location','cited_text':'x'}");
        Citation page;
        page.url = "https://example.com/";
        page.title = "Example";
        page.start = 8;
        page.end = 10;
        const std::vector<ChatEvent> events{
            Started("", "m"),
            TextDelta("Ebbe"),
            own,
            TextDelta(" and \xC3\xA9t\xC3\xA9."),
            page,
            Finished(FinishReason::Stop)};
        const QJsonArray blocks
            = objectOf(kInbound.encodeAnswer(accumulated(events), context()))[QStringLiteral("content")]
                  .toArray();
        QStringList texts;
        for (const QJsonValue &block : blocks)
            texts += block[QStringLiteral("text")].toString()
                     + QString::number(block[QStringLiteral("citations")].toArray().size());
        QCOMPARE(
            texts, (QStringList{
                       QStringLiteral("Ebbe1"), QStringLiteral(" and0"), QStringLiteral(" \u00E91"),
                       QStringLiteral("t\u00E9.0")}));
        const QByteArray sse = encoded(events);
        QCOMPARE(Grammar().check(framesOf(sse)), QByteArray());
        const ChatAnswer again = accumulated(decodeAt(kAnthropic, sse, {}));
        QCOMPARE(again.choice()->citations.size(), 2U);
        QCOMPARE(again.choice()->citations[0].json, own.json);
        QCOMPARE(again.choice()->citations[1].url, page.url);
        QCOMPARE(again.choice()->text, QByteArray("Ebbe and \xC3\xA9t\xC3\xA9."));
    }

    void wrapsFreeText()
    {
        ToolCallBegin custom(0, "a", "patch");
        custom.custom = true;
        const std::vector<ChatEvent> events{
            Started("", "m"), custom, ToolCallDelta(0, "*** Begin\n\""), ToolCallDelta(0, "x"),
            Finished(FinishReason::ToolCalls)};
        const ChatAnswer again = accumulated(decodeAt(kAnthropic, encoded(events), {}));
        QCOMPARE(
            compactJson(again.choice()->toolCalls[0].arguments),
            compactJson(
                QJsonDocument(QJsonObject{{QStringLiteral("input"), QStringLiteral("*** Begin\n\"x")}})
                    .toJson()));
        const QJsonObject whole = objectOf(kInbound.encodeAnswer(accumulated(events), context()));
        QCOMPARE(
            whole[QStringLiteral("content")][0][QStringLiteral("input")][QStringLiteral("input")].toString(),
            QStringLiteral("*** Begin\n\"x"));
    }

    void tellsTheFirstChoiceOnly()
    {
        const QByteArray sse = encoded(
            {Started("", "m"), TextDelta("a"), TextDelta("b", 1), ToolCallBegin(0, "x", "f", 1),
             Finished(FinishReason::Stop), Finished(FinishReason::Length, "", 1)});
        const ChatAnswer answer = accumulated(decodeAt(kAnthropic, sse, {}));
        QCOMPARE(answer.choice()->text, QByteArray("a"));
        QCOMPARE(answer.choice()->finished->reason, FinishReason::Stop);
        QVERIFY(answer.choice()->toolCalls.empty());
    }
};

QTEST_GUILESS_MAIN(AnthropicAnswerTest)
#include "AnthropicAnswerTest.moc"
