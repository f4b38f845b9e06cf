// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/wire/EventStreamFrames.h"
#include "core/wire/UpstreamCases.h"
#include "wire/bedrock/BedrockTokenCount.h"
#include "wire/bedrock/BedrockUpstream.h"

using namespace fairlead;
using namespace fairlead::chat;
using namespace fairlead::test;

using wire::Quirks;

namespace {

const wire::BedrockUpstream kCodec;

/// What a Converse answer means, worked out with QJson and none of our code.
struct Meaning {
    QByteArray text;
    QByteArray thinking;
    QByteArray seals;
    QList<QByteArray> calls; ///< "id name arguments"
    qsizetype citations = 0;
    QJsonObject usage;
    QByteArray stop;
};

QByteArray textIn(const QJsonValue &object, const char *name)
{
    return object[QLatin1String(name)].toString().toUtf8();
}

void addReasoning(const QJsonValue &content, Meaning &meaning)
{
    meaning.thinking += textIn(content, "text");
    meaning.seals
        += textIn(content, "signature") + QByteArray::fromBase64(textIn(content, "redactedContent"));
}

void addBlock(const QJsonObject &block, Meaning &meaning)
{
    meaning.text += textIn(block, "text");
    const QJsonValue reasoning = block[QStringLiteral("reasoningContent")];
    const QJsonValue sealed = reasoning[QStringLiteral("reasoningText")];
    addReasoning(sealed.isObject() ? sealed : reasoning, meaning);
    const QJsonValue cited = block[QStringLiteral("citationsContent")];
    for (const QJsonValue &part : cited[QStringLiteral("content")].toArray())
        meaning.text += textIn(part, "text");
    meaning.citations += cited[QStringLiteral("citations")].toArray().size();
    const QJsonValue call = block[QStringLiteral("toolUse")];
    if (call.isObject() && textIn(call, "type") != "server_tool_use") {
        const QJsonDocument input(call[QStringLiteral("input")].toObject());
        meaning.calls += textIn(call, "toolUseId") + ' ' + textIn(call, "name") + ' '
                         + input.toJson(QJsonDocument::Compact);
    }
}

Meaning meaningOfAnswer(const QJsonObject &whole)
{
    Meaning meaning;
    const QJsonValue message = whole[QStringLiteral("output")][QStringLiteral("message")];
    for (const QJsonValue &block : message[QStringLiteral("content")].toArray())
        addBlock(block.toObject(), meaning);
    meaning.usage = whole[QStringLiteral("usage")].toObject();
    meaning.stop = textIn(whole, "stopReason");
    return meaning;
}

/// The meaning of a stream, of its decoded form beside it: one object of headers and payload a line.
Meaning meaningOfStream(const QByteArray &lines)
{
    Meaning meaning;
    QMap<int, QByteArray> names;
    QMap<int, QByteArray> inputs;
    for (const QByteArray &line : lines.split('\n')) {
        const QJsonValue payload = objectOf(line)[QStringLiteral("payload")];
        const int index = payload[QStringLiteral("contentBlockIndex")].toInt();
        const QJsonValue start = payload[QStringLiteral("start")][QStringLiteral("toolUse")];
        if (start.isObject() && textIn(start, "type") != "server_tool_use")
            names[index] = textIn(start, "toolUseId") + ' ' + textIn(start, "name");
        const QJsonValue delta = payload[QStringLiteral("delta")];
        meaning.text += textIn(delta, "text");
        addReasoning(delta[QStringLiteral("reasoningContent")], meaning);
        meaning.citations += delta[QStringLiteral("citation")].isObject() ? 1 : 0;
        inputs[index] += textIn(delta[QStringLiteral("toolUse")], "input");
        meaning.stop += textIn(payload, "stopReason");
        if (payload[QStringLiteral("usage")].isObject())
            meaning.usage = payload[QStringLiteral("usage")].toObject();
    }
    for (auto name = names.cbegin(); name != names.cend(); ++name) {
        const QByteArray input = inputs[name.key()];
        meaning.calls += name.value() + ' ' + (input.isEmpty() ? QByteArray("{}") : compactJson(input));
    }
    return meaning;
}

void compareUsage(const Usage &usage, const QJsonObject &expected)
{
    const auto count = [&](const char *name) { return countIn(expected[QLatin1String(name)]); };
    QCOMPARE(usage.get(TokenKind::Input), count("inputTokens"));
    QCOMPARE(usage.get(TokenKind::CacheRead), count("cacheReadInputTokens"));
    QCOMPARE(usage.get(TokenKind::Output), count("outputTokens"));
    QCOMPARE(
        usage.valueOrZero(TokenKind::CacheWrite5m) + usage.valueOrZero(TokenKind::CacheWrite1h),
        count("cacheWriteInputTokens").value_or(0));
    QCOMPARE(usage.totalInput() + usage.totalOutput(), count("totalTokens").value_or(0));
}

void compareAnswer(const ChatAnswer &answer, const Meaning &expected)
{
    static const QMap<QByteArray, FinishReason> kReasons{
        {"end_turn", FinishReason::Stop},
        {"tool_use", FinishReason::ToolCalls},
        {"max_tokens", FinishReason::Length},
        {"guardrail_intervened", FinishReason::ContentFilter},
    };
    const ChatAnswer::Choice *choice = answer.choice();
    QVERIFY(choice);
    QVERIFY(!answer.failure);
    QCOMPARE(choice->text, expected.text);
    QCOMPARE(choice->reasoningText(), expected.thinking);
    QByteArray seals;
    for (const ReasoningPart &part : choice->reasoning)
        seals += part.signature + part.redacted;
    QCOMPARE(seals, expected.seals);
    QList<QByteArray> calls;
    for (const ToolCallPart &part : choice->toolCalls)
        calls += part.id + ' ' + part.name + ' ' + compactJson(part.arguments);
    QCOMPARE(calls, expected.calls);
    QCOMPARE(qsizetype(choice->citations.size()), expected.citations);
    for (const Citation &citation : choice->citations)
        QVERIFY(citation.start >= 0 && citation.start < citation.end && !citation.json.isEmpty());
    QVERIFY(choice->finished.has_value());
    QVERIFY2(kReasons.contains(expected.stop), expected.stop.constData());
    QCOMPARE(choice->finished->reason, kReasons[expected.stop]);
    QCOMPARE(choice->finished->native, expected.stop);
    compareUsage(answer.usage, expected.usage);
}

/// Where a message ends and the next begins.
std::vector<qsizetype> boundaries(const QByteArray &bytes)
{
    std::vector<qsizetype> found;
    for (qsizetype at = 0; at < bytes.size();) {
        at += qFromBigEndian<quint32>(bytes.constData() + at);
        found.push_back(at);
    }
    return found;
}

QByteArray decodedForm(QString path)
{
    return fileBytes(path.replace(QStringLiteral(".eventstream"), QStringLiteral(".decoded.jsonl")));
}

} // namespace

class BedrockTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void readsStreams_data() { addRows("bedrock", "bedrock-converse", {".eventstream"}); }
    void readsStreams()
    {
        QFETCH(QString, path);
        const QByteArray bytes = fileBytes(path);
        const QByteArray decoded = decodedForm(path);
        const auto events = decodeAt(kCodec, bytes, {});
        checkSplits(kCodec, bytes);
        if (decoded.isEmpty()) { // the one that ends in an exception
            QVERIFY(path.contains(QStringLiteral("throttling")));
            QVERIFY(endsInFailure(events, FailureClass::RateLimit));
            const Failure failure = *accumulated(events).failure;
            QCOMPARE(failure.status, 429);
            QVERIFY(failure.message.contains("Too many tokens"));
            QCOMPARE(accumulated(events).choice()->text, QByteArray("Par"));
            return;
        }
        compareAnswer(accumulated(events), meaningOfStream(decoded));
        QVERIFY(std::holds_alternative<Started>(events.front()));
        QVERIFY(std::holds_alternative<Finished>(events.back()));
    }

    void failsWhenCut_data() { addRows("bedrock", "bedrock-converse", {".eventstream"}); }
    void failsWhenCut()
    {
        QFETCH(QString, path);
        const QByteArray bytes = fileBytes(path);
        if (decodedForm(path).isEmpty())
            return;
        const std::vector<qsizetype> ends = boundaries(bytes);
        const std::size_t step = std::max<std::size_t>(1, ends.size() / 60);
        for (std::size_t i = 0; i + 2 < ends.size(); i += step) {
            QVERIFY(endsInFailure(decodeAt(kCodec, bytes.left(ends[i]), {}), FailureClass::Protocol));
            QVERIFY(endsInFailure(decodeAt(kCodec, bytes.left(ends[i] + 7), {}), FailureClass::Protocol));
        }
        // Whole but for the counts.
        const auto uncounted = decodeAt(kCodec, bytes.left(ends[ends.size() - 2]), {});
        QVERIFY(std::holds_alternative<Finished>(uncounted.back()));
        QVERIFY(accumulated(uncounted).usage.isEmpty());
        // The counts half.
        QVERIFY(endsInFailure(decodeAt(kCodec, bytes.chopped(1), {}), FailureClass::Protocol));
    }

    void failsOnAFlippedBit_data() { addRows("bedrock", "bedrock-converse", {".eventstream"}); }
    void failsOnAFlippedBit()
    {
        QFETCH(QString, path);
        const QByteArray bytes = fileBytes(path);
        if (decodedForm(path).isEmpty())
            return;
        const qsizetype step = std::max<qsizetype>(1, bytes.size() / 60);
        for (qsizetype at = 0; at < bytes.size(); at += step) {
            QByteArray damaged = bytes;
            damaged[at] = static_cast<char>(damaged[at] ^ 1);
            const auto events = decodeAt(kCodec, damaged, {});
            QVERIFY(endsInFailure(events, FailureClass::Protocol));
            QVERIFY(accumulated(events).failure->message.contains("checksum"));
        }
    }

    void readsWholeAnswers_data() { addRows("bedrock", "bedrock-converse", {".response.json"}); }
    void readsWholeAnswers()
    {
        QFETCH(QString, path);
        const QByteArray body = fileBytes(path);
        compareAnswer(accumulated(kCodec.decodeAnswer(body, Quirks())), meaningOfAnswer(objectOf(body)));
    }

    void tellsExactly()
    {
        const QByteArray bytes = fileBytes(QStringLiteral(FAIRLEAD_TEST_DATA "/bedrock/tools.eventstream"));
        const auto events = decodeAt(kCodec, bytes, {});
        QCOMPARE(
            linesOf(events),
            QByteArray("Started   0 \n"
                       "Reasoning[0] 0 two \n"
                       "Reasoning[0] 0 calls\n"
                       "Signature[0] 0 c2ln   anthropic\n"
                       "Signature[0] 1  cmVk  anthropic\n"
                       "Text[0] Seen: \n"
                       "Text[0] 18 °C\n"
                       "Citation[0] https://example.org/a notes\n"
                       "Call[0] 0 tooluse_1 get_time \n"
                       "Arguments[0] 0 {}\n"
                       "Call[0] 1 tooluse_2 add \n"
                       "Arguments[0] 1 {\"b\": 1.0,\n"
                       "Arguments[0] 1  \"a\": 12345678901234567890}\n"
                       "Usage input=20 cache_read=1000 cache_write_5m=100 cache_write_1h=600 output=30 flex\n"
                       "Finished[0] tool_calls tool_use\n"));
        const Citation citation = accumulated(events).choice()->citations.at(0);
        QCOMPARE(citation.start, 6);
        QCOMPARE(citation.end, 11);
        const QByteArray whole
            = fileBytes(QStringLiteral(FAIRLEAD_TEST_DATA "/bedrock/answer.response.json"));
        const ChatAnswer answer = accumulated(kCodec.decodeAnswer(whole, Quirks()));
        QCOMPARE(answer.choice()->toolCalls.at(0).arguments, js("{'b': 1.0,'a':12345678901234567890}"));
    }

    void unwrapsTheAnswerTool()
    {
        const QByteArray start = js("{'contentBlockIndex':0,'start':{'toolUse':{'toolUseId':'t','name':"
                                    "'fairlead_structured_answer'}}}");
        const QByteArray bytes
            = eventFrame("messageStart", "{}") + eventFrame("contentBlockStart", start)
              + eventFrame(
                  "contentBlockDelta",
                  js("{'contentBlockIndex':0,'delta':{'toolUse':{'input':'{\\\"a\\\":1}'}}}"))
              + eventFrame("contentBlockStop", js("{'contentBlockIndex':0}"))
              + eventFrame("messageStop", js("{'stopReason':'tool_use'}"))
              + eventFrame("metadata", js("{'usage':{'inputTokens':1,'outputTokens':2}}"));
        const ChatAnswer answer = accumulated(decodeAt(kCodec, bytes, {}));
        QCOMPARE(answer.choice()->text, js("{'a':1}"));
        QVERIFY(answer.choice()->toolCalls.empty());
        QCOMPARE(answer.choice()->finished->reason, FinishReason::Stop);
    }

    void readsPictures()
    {
        const QByteArray bytes
            = eventFrame("messageStart", "{}")
              + eventFrame(
                  "contentBlockStart", js("{'contentBlockIndex':0,'start':{'image':{'format':'png'}}}"))
              + eventFrame(
                  "contentBlockDelta",
                  js("{'contentBlockIndex':0,'delta':{'image':{'source':{'bytes':'aQ=='}}}}"))
              + eventFrame("contentBlockStop", js("{'contentBlockIndex':0}"))
              + eventFrame("messageStop", js("{'stopReason':'end_turn'}")) + eventFrame("metadata", "{}");
        const ChatAnswer streamed = accumulated(decodeAt(kCodec, bytes, {}));
        const ChatAnswer whole = accumulated(kCodec.decodeAnswer(
            js("{'output':{'message':{'content':[{'image':{'format':'png','source':{'bytes':'aQ=='}}}]}},"
               "'stopReason':'end_turn'}"),
            Quirks()));
        for (const ChatAnswer &answer : {streamed, whole}) {
            QCOMPARE(answer.choice()->media.size(), std::size_t(1));
            QCOMPARE(answer.choice()->media.front().media.mediaType, QByteArray("image/png"));
            QCOMPARE(answer.choice()->media.front().media.base64, QByteArray("aQ=="));
        }
    }

    void namesWhatBrokeAStream_data()
    {
        QTest::addColumn<QByteArray>("frame");
        QTest::addColumn<FailureClass>("failureClass");
        QTest::addColumn<int>("status");
        const auto row = [](const char *type, FailureClass failureClass, int status) {
            QTest::newRow(type) << exceptionFrame(type, js("{'message':'words'}")) << failureClass << status;
        };
        row("internalServerException", FailureClass::Transient, 500);
        row("modelStreamErrorException", FailureClass::Transient, 424);
        row("modelTimeoutException", FailureClass::Transient, 408);
        row("serviceUnavailableException", FailureClass::Overloaded, 503);
        row("throttlingException", FailureClass::RateLimit, 429);
        row("validationException", FailureClass::CallerFault, 400);
        QTest::newRow("too long") << exceptionFrame(
            "validationException", js("{'message':'Input is too long for requested model.'}"))
                                  << FailureClass::ContextLength << 400;
        QTest::newRow("error") << rawFrame(
            textHeader(":error-code", "internalServerException") + textHeader(":error-message", "words")
                + textHeader(":message-type", "error"),
            {}) << FailureClass::Transient
                               << 500;
        QTest::newRow("one to come") << exceptionFrame("newException", js("{'message':'words'}"))
                                     << FailureClass::Transient << 0;
    }
    void namesWhatBrokeAStream()
    {
        QFETCH(QByteArray, frame);
        QFETCH(FailureClass, failureClass);
        QFETCH(int, status);
        const auto events = decodeAt(kCodec, eventFrame("messageStart", "{}") + frame, {});
        QVERIFY(endsInFailure(events, failureClass));
        const Failure failure = *accumulated(events).failure;
        QCOMPARE(failure.status, status);
        QVERIFY(!failure.message.isEmpty());
    }

    void failsOnGarbage()
    {
        QVERIFY(endsInFailure(decodeAt(kCodec, "data: {}\n\n data: {}\n\n", {}), FailureClass::Protocol));
        QVERIFY(endsInFailure(decodeAt(kCodec, eventFrame("messageStart", "{"), {}), FailureClass::Protocol));
        QVERIFY(endsInFailure(decodeAt(kCodec, {}, {}), FailureClass::Protocol));
        for (const QByteArray &body :
             {QByteArray(), QByteArray("<html>"), QByteArray("{}"), QByteArray("[]")})
            QVERIFY(endsInFailure(kCodec.decodeAnswer(body, Quirks()), FailureClass::Protocol));
        QVERIFY(endsInFailure(
            kCodec.decodeAnswer(
                js("{'__type':'com.amazon.coral.service#ThrottlingException','message':'slow'}"), Quirks()),
            FailureClass::RateLimit));
    }

    void classifiesErrors_data()
    {
        QTest::addColumn<int>("status");
        QTest::addColumn<QByteArray>("type");
        QTest::addColumn<QByteArray>("message");
        QTest::addColumn<FailureClass>("failureClass");
        const auto row = [](int status, const char *type, const char *message, FailureClass failureClass) {
            QTest::addRow("%d %s %s", status, type, message)
                << status << QByteArray(type) << QByteArray(message) << failureClass;
        };
        row(400, "ValidationException", "The provided model identifier is invalid.",
            FailureClass::ModelMissing);
        row(400, "ValidationException:http://internal.amazon.com/coral/com.amazon.bedrock/",
            "Malformed input request", FailureClass::CallerFault);
        row(400, "ValidationException", "Input is too long for requested model.",
            FailureClass::ContextLength);
        row(400, "ValidationException",
            "Input Tokens Exceeded: Number of input tokens exceeds maximum length.",
            FailureClass::ContextLength);
        row(400, "ServiceQuotaExceededException", "quota", FailureClass::Quota);
        row(403, "AccessDeniedException", "You don't have access to the model with the specified model ID.",
            FailureClass::Permission);
        row(403, "UnrecognizedClientException", "The security token included in the request is invalid.",
            FailureClass::Credential);
        row(403, "ExpiredTokenException", "The security token included in the request is expired",
            FailureClass::Credential);
        row(403, "InvalidSignatureException", "The request signature we calculated does not match",
            FailureClass::Credential);
        row(404, "ResourceNotFoundException", "Model not found", FailureClass::ModelMissing);
        row(408, "ModelTimeoutException", "took too long", FailureClass::Transient);
        row(424, "ModelErrorException", "failed", FailureClass::Transient);
        row(429, "ThrottlingException:http://internal.amazon.com/coral/", "Too many requests",
            FailureClass::RateLimit);
        row(429, "ModelNotReadyException", "not ready", FailureClass::Overloaded);
        row(500, "InternalServerException", "oops", FailureClass::Transient);
        row(503, "ServiceUnavailableException", "busy", FailureClass::Overloaded);
        row(503, "", "busy", FailureClass::Overloaded);
    }
    void classifiesErrors()
    {
        QFETCH(int, status);
        QFETCH(QByteArray, type);
        QFETCH(QByteArray, message);
        QFETCH(FailureClass, failureClass);
        Headers headers;
        if (!type.isEmpty())
            headers.add("x-amzn-errortype", type);
        for (const char *key : {"message", "Message"}) {
            const Failure failure
                = kCodec.decodeError(status, headers, "{\"" + QByteArray(key) + "\":\"" + message + "\"}");
            QCOMPARE(failure.failureClass, failureClass);
            QCOMPARE(failure.status, status);
            QCOMPARE(failure.message, message);
            QCOMPARE(failure.type, type.left(type.indexOf(':') < 0 ? type.size() : type.indexOf(':')));
        }
    }

    void classifiesRecordedErrors()
    {
        static const QMap<int, FailureClass> kByStatus{
            {400, FailureClass::ModelMissing},
            {403, FailureClass::Permission},
            {429, FailureClass::RateLimit},
            {503, FailureClass::Overloaded},
        };
        for (const Recording &recording : recordingsOf("bedrock-converse", {".response.json"})) {
            if (recording.status == 200)
                continue;
            QString metaPath = recording.path;
            metaPath.replace(QStringLiteral(".response.json"), QStringLiteral(".meta.json"));
            const QJsonValue meta = objectOf(fileBytes(metaPath));
            Headers headers;
            headers.add(
                "x-amzn-errortype", textIn(meta[QStringLiteral("response_headers")], "x-amzn-errortype"));
            const Failure failure = kCodec.decodeError(recording.status, headers, fileBytes(recording.path));
            QVERIFY2(kByStatus.value(recording.status) == failure.failureClass, recording.name.constData());
            QVERIFY(!failure.message.isEmpty());
        }
    }

    void listsModels()
    {
        const auto ids = kCodec.decodeModels(
            js("{'modelSummaries':[{'modelId':'a.b-v1:0','modelName':'B'},{'modelName':'none'}]}"));
        QVERIFY(ids.has_value());
        QCOMPARE(*ids, (std::vector<QByteArray>{"a.b-v1:0"}));
        QCOMPARE(
            *kCodec.decodeModels(js("{'inferenceProfileSummaries':[{'inferenceProfileId':'eu.a.b-v1:0'}]}")),
            (std::vector<QByteArray>{"eu.a.b-v1:0"}));
        QVERIFY(!kCodec.decodeModels("{}").has_value());
        QVERIFY(!kCodec.decodeModels("<html>").has_value());
    }

    void countsTokens()
    {
        const wire::BedrockTokenCount codec;
        ChatRequest request;
        request.model = "us.anthropic.claude-sonnet-4-20250514-v1:0";
        TextPart marked = text("The quick brown fox jumps over the lazydog.");
        marked.cache = CacheMark();
        request.messages.push_back(message(Role::User, {marked, text("What was next?")}));
        request.temperature = "0.5";
        wire::Losses losses;
        const auto call = codec.encodeRequest(request, Quirks(), losses);
        QVERIFY(call.has_value());
        QCOMPARE(call->path, QByteArray("/model/anthropic.claude-sonnet-4-20250514-v1%3A0/count-tokens"));
        QCOMPARE(
            call->body,
            js("{'input':{'converse':{'messages':[{'role':'user','content':[{'text':'The quick brown fox "
               "jumps "
               "over the lazydog.'},{'cachePoint':{'type':'default'}},{'text':'What was next?'}]}]}}}"));
        QCOMPARE(codec.decodeAnswer(js("{'inputTokens': 23}")).value_or(0), 23);
        QVERIFY(!codec.decodeAnswer("{}").has_value());
        QVERIFY(!codec.decodeAnswer("nothing").has_value());
        QVERIFY(!codec.encodeRequest(ChatRequest(), Quirks(), losses).has_value());
    }
};

QTEST_GUILESS_MAIN(BedrockTest)
#include "BedrockTest.moc"
