// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/wire/UpstreamCases.h"
#include "wire/anthropic/AnthropicUpstream.h"

using namespace fairlead;
using namespace fairlead::chat;
using namespace fairlead::test;

using wire::Quirks;

namespace {

const wire::AnthropicUpstream kCodec;

/// What an Anthropic message means, worked out with QJson and none of our code.
struct Meaning {
    QByteArray text;
    QByteArray thinking;
    QByteArray signatures;
    QList<QByteArray> calls; ///< "id name arguments"
    QJsonObject usage;
    QByteArray stop;
    QByteArray error;
    bool stopped = false;
};

void addBlock(const QJsonObject &block, Meaning &meaning)
{
    const QString type = block[QStringLiteral("type")].toString();
    const auto field = [&](const char *name) { return block[QLatin1String(name)].toString().toUtf8(); };
    meaning.text += type == QStringLiteral("text") ? field("text") : QByteArray();
    meaning.thinking += type == QStringLiteral("thinking") ? field("thinking") : QByteArray();
    meaning.signatures
        += field("signature") + (type == QStringLiteral("redacted_thinking") ? field("data") : "");
    if (type == QStringLiteral("tool_use")) {
        const QJsonDocument input(block[QStringLiteral("input")].toObject());
        meaning.calls += field("id") + ' ' + field("name") + ' ' + input.toJson(QJsonDocument::Compact);
    }
}

void addUsage(const QJsonObject &usage, Meaning &meaning)
{
    for (auto it = usage.begin(); it != usage.end(); ++it) {
        if (!it->isNull())
            meaning.usage[it.key()] = *it;
    }
}

/// Puts a stream's blocks together again as a whole message.
QJsonObject wholeMessage(const QByteArray &sse, Meaning &meaning)
{
    QJsonObject whole;
    QMap<int, QJsonObject> blocks;
    QMap<int, QByteArray> inputs;
    QJsonObject last;
    for (const QByteArray &line : QByteArray(sse).replace("\r", "").split('\n')) {
        if (!line.startsWith("data:"))
            continue;
        const QJsonObject event = objectOf(line.mid(5));
        const QString type = event[QStringLiteral("type")].toString();
        const int index = event[QStringLiteral("index")].toInt();
        if (type == QStringLiteral("message_start")) {
            const QJsonObject started = event[QStringLiteral("message")].toObject();
            if (whole.isEmpty())
                whole = started;
            addUsage(started[QStringLiteral("usage")].toObject(), meaning);
        } else if (type == QStringLiteral("content_block_start")) {
            blocks[index] = event[QStringLiteral("content_block")].toObject();
        } else if (type == QStringLiteral("content_block_delta")) {
            const QJsonObject delta = event[QStringLiteral("delta")].toObject();
            for (const char *field : {"text", "thinking", "signature"}) {
                const QLatin1String key(field);
                if (delta.contains(key))
                    blocks[index][key] = blocks[index][key].toString() + delta[key].toString();
            }
            inputs[index] += delta[QStringLiteral("partial_json")].toString().toUtf8();
            if (delta.contains(QStringLiteral("citation"))) {
                QJsonArray citations = blocks[index][QStringLiteral("citations")].toArray();
                citations.append(delta[QStringLiteral("citation")]);
                blocks[index][QStringLiteral("citations")] = citations;
            }
        } else if (type == QStringLiteral("message_delta")) {
            const QJsonObject delta = event[QStringLiteral("delta")].toObject();
            for (auto it = delta.begin(); it != delta.end(); ++it)
                whole[it.key()] = *it;
            addUsage(event[QStringLiteral("usage")].toObject(), meaning);
        } else if (type == QStringLiteral("message_stop")) {
            meaning.stopped = true;
        } else if (type == QStringLiteral("error")) {
            meaning.error = event[QStringLiteral("error")][QStringLiteral("type")].toString().toUtf8();
        }
    }
    QJsonArray content;
    for (auto it = blocks.begin(); it != blocks.end(); ++it) {
        if (!inputs[it.key()].isEmpty())
            (*it)[QStringLiteral("input")] = objectOf(inputs[it.key()]);
        addBlock(*it, meaning);
        content.append(*it);
    }
    whole[QStringLiteral("content")] = content;
    whole[QStringLiteral("usage")] = meaning.usage;
    meaning.stop = whole[QStringLiteral("stop_reason")].toString().toUtf8();
    return whole;
}

Meaning meaningOfMessage(const QJsonObject &whole)
{
    Meaning meaning;
    for (const QJsonValue &block : whole[QStringLiteral("content")].toArray())
        addBlock(block.toObject(), meaning);
    addUsage(whole[QStringLiteral("usage")].toObject(), meaning);
    meaning.stop = whole[QStringLiteral("stop_reason")].toString().toUtf8();
    return meaning;
}

void compareUsage(const Usage &usage, const QJsonObject &expected)
{
    const auto count = [&](const char *name) { return countIn(expected[QLatin1String(name)]); };
    const auto thinking
        = countIn(expected[QStringLiteral("output_tokens_details")][QStringLiteral("thinking_tokens")]);
    QCOMPARE(usage.get(TokenKind::Input), count("input_tokens"));
    QCOMPARE(usage.get(TokenKind::CacheRead), count("cache_read_input_tokens"));
    QCOMPARE(
        usage.valueOrZero(TokenKind::CacheWrite5m) + usage.valueOrZero(TokenKind::CacheWrite1h),
        count("cache_creation_input_tokens").value_or(0));
    QCOMPARE(
        usage.valueOrZero(TokenKind::CacheWrite1h),
        countIn(expected[QStringLiteral("cache_creation")][QStringLiteral("ephemeral_1h_input_tokens")])
            .value_or(0));
    QCOMPARE(usage.get(TokenKind::Reasoning), thinking);
    QCOMPARE(usage.totalOutput(), count("output_tokens").value_or(0));
    QCOMPARE(usage.serviceTier, expected[QStringLiteral("service_tier")].toString().toUtf8());
}

void compareAnswer(const ChatAnswer &answer, const Meaning &expected)
{
    static const QMap<QByteArray, FinishReason> kReasons{
        {"end_turn", FinishReason::Stop},      {"stop_sequence", FinishReason::Stop},
        {"pause_turn", FinishReason::Stop},    {"max_tokens", FinishReason::Length},
        {"tool_use", FinishReason::ToolCalls}, {"refusal", FinishReason::ContentFilter},
    };
    const ChatAnswer::Choice *choice = answer.choice();
    QVERIFY(choice);
    QVERIFY(!answer.failure);
    QCOMPARE(choice->text, expected.text);
    QCOMPARE(choice->reasoningText(), expected.thinking);
    QByteArray signatures;
    for (const ReasoningPart &part : choice->reasoning)
        signatures += part.signature + part.redacted;
    QCOMPARE(signatures, expected.signatures);
    QList<QByteArray> calls;
    for (const ToolCallPart &part : choice->toolCalls)
        calls += part.id + ' ' + part.name + ' ' + compactJson(part.arguments);
    QCOMPARE(calls, expected.calls);
    QVERIFY(choice->finished.has_value());
    QVERIFY2(kReasons.contains(expected.stop), expected.stop.constData());
    QCOMPARE(choice->finished->reason, kReasons[expected.stop]);
    QCOMPARE(choice->finished->native, expected.stop);
    compareUsage(answer.usage, expected.usage);
}

} // namespace

class AnthropicTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void readsStreams_data() { addRows("anthropic", "anthropic", {".sse"}); }
    void readsStreams()
    {
        QFETCH(QString, path);
        const QByteArray sse = fileBytes(path);
        Meaning expected;
        const QJsonObject whole = wholeMessage(sse, expected);
        const auto events = decodeAt(kCodec, sse, {});
        checkSplits(kCodec, sse);
        if (!expected.error.isEmpty()) {
            QCOMPARE(expected.error, QByteArray("overloaded_error"));
            QVERIFY(endsInFailure(events, FailureClass::Overloaded));
            return;
        }
        QVERIFY(expected.stopped);
        const ChatAnswer answer = accumulated(events);
        compareAnswer(answer, expected);
        QCOMPARE(answer.id, whole[QStringLiteral("id")].toString().toUtf8());
        QCOMPARE(answer.model, whole[QStringLiteral("model")].toString().toUtf8());

        // The same message whole means the same.
        const QByteArray body = QJsonDocument(whole).toJson();
        const ChatAnswer again = accumulated(kCodec.decodeAnswer(body, Quirks()));
        compareAnswer(again, expected);
        QVERIFY(again.usage == answer.usage);
        QCOMPARE(again.choice()->citations.size(), answer.choice()->citations.size());
        for (std::size_t i = 0; i < answer.choice()->citations.size(); ++i) {
            const Citation &citation = answer.choice()->citations[i];
            QCOMPARE(citation.start, again.choice()->citations[i].start);
            QCOMPARE(citation.end, again.choice()->citations[i].end);
            QVERIFY(citation.start < citation.end);
            QVERIFY(!citation.json.isEmpty());
        }
    }

    void failsWhenCut_data() { addRows("anthropic", "anthropic", {".sse"}); }
    void failsWhenCut()
    {
        QFETCH(QString, path);
        const QByteArray sse = fileBytes(path);
        if (sse.contains("event: error"))
            return;
        const qsizetype end = sse.indexOf("event: message_stop");
        QVERIFY(end > 0);
        const qsizetype step = std::max<qsizetype>(1, sse.count("\n\n") / 60);
        qsizetype boundary = 0;
        for (qsizetype at = 0; at >= 0 && at <= end; at = sse.indexOf("\n\n", at + 1)) {
            if (boundary++ % step == 0)
                QVERIFY(endsInFailure(decodeAt(kCodec, sse.left(at), {}), FailureClass::Protocol));
        }
        QVERIFY(endsInFailure(decodeAt(kCodec, sse.left(end), {}), FailureClass::Protocol));
    }

    /// Where a blank line got lost, an event goes by another's name.
    void readsTypesBeforeNames()
    {
        const QByteArray sse = js(
            "event: message_start\ndata: {'type':'message_start','message':{'id':'m','model':'c'}}\n\n"
            "event: content_block_start\n"
            "data: {'type':'content_block_start','index':0,'content_block':{'type':'text','text':'Hi'}}\n\n"
            "event: content_block_delta\nevent: content_block_delta\n"
            "data: {'type': 'message_delta','delta':{'stop_reason':'max_tokens'},"
            "'usage':{'output_tokens':7}}\n\n"
            "event: content_block_delta\ndata: {'type':'message_stop'}\n\n");
        for (const auto mode : {wire::DecodeMode::Full, wire::DecodeMode::Tap})
            QCOMPARE(
                linesOf(decodeAt(kCodec, sse, {}, mode)),
                QByteArray("Started m c 0 \nText[0] Hi\nUsage output=7 \nFinished[0] length max_tokens\n"));
    }

    void tapsStreams_data() { addRows("anthropic", "anthropic", {".sse"}); }
    void tapsStreams()
    {
        QFETCH(QString, path);
        const QByteArray sse = fileBytes(path);
        const ChatAnswer full = accumulated(decodeAt(kCodec, sse, {}));
        const auto events = decodeAt(kCodec, sse, {}, wire::DecodeMode::Tap);
        const ChatAnswer tapped = accumulated(events);
        const auto texts = std::count_if(events.begin(), events.end(), [](const ChatEvent &event) {
            return std::holds_alternative<TextDelta>(event);
        });
        QCOMPARE(texts > 0, full.choice() && !full.choice()->text.isEmpty());
        QVERIFY(texts <= 1);
        QCOMPARE(tapped.id, full.id);
        QVERIFY(tapped.usage == full.usage);
        QCOMPARE(tapped.failure.has_value(), full.failure.has_value());
        if (!full.failure)
            QCOMPARE(tapped.choice()->finished->reason, full.choice()->finished->reason);
    }

    void readsWholeAnswers_data() { addRows("anthropic", "anthropic", {".response.json"}); }
    void readsWholeAnswers()
    {
        QFETCH(QString, path);
        const QByteArray body = fileBytes(path);
        compareAnswer(accumulated(kCodec.decodeAnswer(body, Quirks())), meaningOfMessage(objectOf(body)));
    }

    void joinsHalvedCharacters()
    {
        const auto delta = [](const char *fields) {
            return js(
                "event: content_block_delta\ndata: {'type':'content_block_delta','index':0,'delta':{"
                + QByteArray(fields) + "}}\n\n");
        };
        const auto block = [](const char *content) {
            return js(
                "event: content_block_start\ndata: {'type':'content_block_start','index':0,'content_block':"
                + QByteArray(content) + "}\n\n");
        };
        const QByteArray stop
            = js("event: content_block_stop\ndata: {'type':'content_block_stop','index':0}\n\n");
        const QByteArray sse = block("{'type':'thinking','thinking':''}")
                               + delta("'type':'thinking_delta','thinking':'a\\ud83d'")
                               + delta("'type':'thinking_delta','thinking':'\\ude42'") + stop
                               + block("{'type':'text','text':''}")
                               + delta("'type':'text_delta','text':'\\ud83d'")
                               + delta("'type':'text_delta','text':'\\ude42b\\ud83d'") + stop
                               + js("event: message_stop\ndata: {'type':'message_stop'}\n\n");
        const ChatAnswer answer = accumulated(decodeAt(kCodec, sse, {}));
        QCOMPARE(answer.choice()->reasoningText(), QByteArray("a\xF0\x9F\x99\x82"));
        QCOMPARE(
            answer.choice()->text, QByteArray("\xF0\x9F\x99\x82"
                                              "b\xEF\xBF\xBD"));
    }

    void skipsGarbledEvents()
    {
        const QByteArray start = js("event: message_start\ndata: {'type':'message_start','message':{}}\n\n");
        const QByteArray garbled = "event: content_block_delta\ndata: {\"half\":\n\n";
        const QByteArray stop = js("event: message_stop\ndata: {'type':'message_stop'}\n\n");
        QVERIFY(!accumulated(decodeAt(kCodec, start + garbled + stop, {})).failure);
        const auto cut = decodeAt(kCodec, start + garbled, {});
        QVERIFY(endsInFailure(cut, FailureClass::Protocol));
        QVERIFY(std::get<Failed>(cut.back()).failure.message.contains("no valid JSON"));
    }

    void tellsExactly()
    {
        const QByteArray sse = fileBytes(QStringLiteral(FAIRLEAD_TEST_DATA "/anthropic/thinking-tools.sse"));
        const auto events = decodeAt(kCodec, sse, {});
        QCOMPARE(
            linesOf(events),
            QByteArray("Started msg_own2 claude-own 0 \n"
                       "Usage input=20 cache_read=0 cache_write_5m=0 \n"
                       "Usage input=21 cache_read=0 cache_write_5m=0 \n"
                       "Reasoning[0] 0 two calls\n"
                       "Signature[0] 0 c2ln   anthropic\n"
                       "Signature[0] 1  cmVk  anthropic\n"
                       "Text[0] See \n"
                       "Text[0] now: \n"
                       "Text[0] 18 °C\n"
                       "Citation[0] https://example.org/a A\n"
                       "Call[0] 0 toolu_1 get_time \n"
                       "Arguments[0] 0 {}\n"
                       "Call[0] 1 toolu_2 add \n"
                       "Arguments[0] 1 {\"b\": 1.0,\n"
                       "Arguments[0] 1  \"a\": 12345678901234567890}\n"
                       "Usage input=21 cache_read=0 cache_write_5m=0 output=30 \n"
                       "Usage input=21 cache_read=0 cache_write_5m=0 output=30 reasoning=18 \n"
                       "Finished[0] tool_calls tool_use\n"));
        const ChatAnswer answer = accumulated(events);
        const Citation &citation = answer.choice()->citations.at(0);
        QCOMPARE(citation.start, 9);
        QCOMPARE(citation.end, 14);

        const QByteArray refused = fileBytes(QStringLiteral(FAIRLEAD_TEST_DATA "/anthropic/refusal.sse"));
        QCOMPARE(
            linesOf(decodeAt(kCodec, refused, {})), QByteArray("Started msg_own3 claude-own 0 \n"
                                                               "Usage input=8 \n"
                                                               "Usage input=8 output=3 \n"
                                                               "Refusal[0] Not this.\n"
                                                               "Finished[0] content_filter refusal\n"));
        const QByteArray stopped = fileBytes(QStringLiteral(FAIRLEAD_TEST_DATA "/anthropic/text.sse"));
        QCOMPARE(
            accumulated(decodeAt(kCodec, stopped, {})).choice()->finished->stopSequence, QByteArray("END"));
    }

    void unwrapsTheAnswerTool()
    {
        const QByteArray body
            = js("{'type':'message','id':'m','model':'c','content':[{'type':'tool_use','id':'t',"
                 "'name':'fairlead_structured_answer','input':{'b':1.0,'a':2}}],"
                 "'stop_reason':'tool_use','usage':{'input_tokens':1,'output_tokens':2}}");
        const ChatAnswer answer = accumulated(kCodec.decodeAnswer(body, Quirks()));
        QCOMPARE(answer.choice()->text, QByteArray(js("{'b':1.0,'a':2}")));
        QVERIFY(answer.choice()->toolCalls.empty());
        QCOMPARE(answer.choice()->finished->reason, FinishReason::Stop);
    }

    void refusesWhatIsNoMessage_data()
    {
        QTest::addColumn<QByteArray>("body");
        QTest::addColumn<FailureClass>("failureClass");
        QTest::newRow("empty") << QByteArray() << FailureClass::Protocol;
        QTest::newRow("html") << QByteArray("<html>") << FailureClass::Protocol;
        QTest::newRow("other dialect") << QByteArray(js("{'choices':[]}")) << FailureClass::Protocol;
        QTest::newRow("error with 200")
            << QByteArray(js("{'type':'error','error':{'type':'rate_limit_error','message':'slow'}}"))
            << FailureClass::RateLimit;
    }
    void refusesWhatIsNoMessage()
    {
        QFETCH(QByteArray, body);
        QFETCH(FailureClass, failureClass);
        QVERIFY(endsInFailure(kCodec.decodeAnswer(body, Quirks()), failureClass));
        if (!body.contains("error"))
            QVERIFY(endsInFailure(decodeAt(kCodec, body, {}), FailureClass::Protocol));
    }

    void failsOnGarbageInTheStream()
    {
        const QByteArray sse = "event: message_start\ndata: {\"type\":\"message_start\",\n\ndata: {}\n\n";
        QVERIFY(endsInFailure(decodeAt(kCodec, sse, {}), FailureClass::Protocol));
        const QByteArray error
            = "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\","
              "\"message\":\"Overloaded\"}}\n\nevent: message_stop\ndata: {\"type\":\"message_stop\"}\n\n";
        QVERIFY(endsInFailure(decodeAt(kCodec, error, {}), FailureClass::Overloaded));
    }

    void classifiesErrors_data()
    {
        QTest::addColumn<int>("status");
        QTest::addColumn<QByteArray>("type");
        QTest::addColumn<QByteArray>("message");
        QTest::addColumn<FailureClass>("failureClass");
        const auto row = [](int status, const char *type, const char *message, FailureClass failureClass) {
            QTest::addRow("%d %s", status, message)
                << status << QByteArray(type) << QByteArray(message) << failureClass;
        };
        row(400, "invalid_request_error", "max_tokens: Field required", FailureClass::CallerFault);
        row(400, "invalid_request_error", "prompt is too long: 210000 tokens > 200000 maximum",
            FailureClass::ContextLength);
        row(400, "invalid_request_error", "Your credit balance is too low", FailureClass::Quota);
        row(401, "authentication_error", "invalid x-api-key", FailureClass::Credential);
        row(402, "billing_error", "no money", FailureClass::Quota);
        row(403, "permission_error", "no", FailureClass::Permission);
        row(404, "not_found_error", "model: claude-x", FailureClass::ModelMissing);
        row(413, "request_too_large", "Request exceeds the maximum size", FailureClass::CallerFault);
        row(429, "rate_limit_error", "slow down", FailureClass::RateLimit);
        row(500, "api_error", "Internal server error", FailureClass::Transient);
        row(504, "timeout_error", "took too long", FailureClass::Transient);
        row(529, "overloaded_error", "Overloaded", FailureClass::Overloaded);
    }
    void classifiesErrors()
    {
        QFETCH(int, status);
        QFETCH(QByteArray, type);
        QFETCH(QByteArray, message);
        QFETCH(FailureClass, failureClass);
        const QByteArray body
            = js("{'type':'error','error':{'type':'") + type + js("','message':'") + message + js("'}}");
        const Failure failure
            = kCodec.decodeError(status, {{"retry-after", "17"}, {"x-should-retry", "true"}}, body);
        QCOMPARE(failure.failureClass, failureClass);
        QCOMPARE(failure.status, status);
        QCOMPARE(failure.message, message);
        QCOMPARE(failure.type, type);
        QCOMPARE(failure.retryAfter, std::chrono::milliseconds(17'000));
        QCOMPARE(failure.shouldRetry, true);
    }

    void classifiesRecordedErrors()
    {
        static const QMap<int, FailureClass> kByStatus{
            {400, FailureClass::CallerFault},  {403, FailureClass::Permission},
            {404, FailureClass::ModelMissing}, {413, FailureClass::CallerFault},
            {429, FailureClass::RateLimit},    {500, FailureClass::Transient},
            {529, FailureClass::Overloaded},
        };
        for (const Recording &recording : recordingsOf("anthropic", {".response.json"})) {
            if (recording.status == 200)
                continue;
            const QByteArray body = fileBytes(recording.path);
            const Failure failure = kCodec.decodeError(recording.status, Headers(), body);
            QVERIFY2(kByStatus.value(recording.status) == failure.failureClass, recording.name.constData());
            QCOMPARE(
                failure.message,
                objectOf(body)[QStringLiteral("error")][QStringLiteral("message")].toString().toUtf8());
        }
    }

    void listsModels()
    {
        const auto ids = kCodec.decodeModels(
            js("{'data':[{'type':'model','id':'claude-a'},{'id':'claude-b'}],'has_more':false}"));
        QVERIFY(ids.has_value());
        QCOMPARE(*ids, (std::vector<QByteArray>{"claude-a", "claude-b"}));
        QCOMPARE(
            *kCodec.decodeModels(js("{'publisherModels':[{'name':'publishers/anthropic/models/claude-c'}]}")),
            (std::vector<QByteArray>{"claude-c"}));
        QVERIFY(!kCodec.decodeModels("{}").has_value());
        const wire::UpstreamCall call = kCodec.modelsCall();
        QCOMPARE(call.method, QByteArray("GET"));
        QCOMPARE(call.headers.value("anthropic-version"), QByteArray("2023-06-01"));
    }
};

QTEST_GUILESS_MAIN(AnthropicTest)
#include "AnthropicTest.moc"
