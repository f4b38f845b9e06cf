// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/wire/UpstreamCases.h"
#include "wire/anthropic/AnthropicUpstream.h"
#include "json/View.h"

using namespace fairlead;
using namespace fairlead::chat;
using namespace fairlead::test;

using wire::Losses;
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

QByteArray rawOf(fairlead::json::View value)
{
    return value.exists() ? value.rawCopy() : QByteArray();
}

/// A block of a recorded request as a part: what a caller of any dialect could have said. Nothing if it is
/// another kind.
std::optional<Part> partOf(fairlead::json::View block)
{
    const QByteArray type = block["type"].stringOr({});
    if (type == "text")
        return text(block["text"].stringOr({}));
    if (type == "tool_use")
        return call(block["id"].stringOr({}), block["name"].stringOr({}), rawOf(block["input"]));
    if (type == "tool_result" && block["content"].isString())
        return result(block["tool_use_id"].stringOr({}), block["content"].stringOr({}));
    if (type == "image" && block["source"]["type"].equals("base64")) {
        MediaPart image;
        image.mediaType = block["source"]["media_type"].stringOr({});
        image.base64 = block["source"]["data"].stringOr({});
        return image;
    }
    return std::nullopt;
}

/// A recorded request as a Chat caller would have made it: each tool result in a message of its own. Nothing
/// if it has what Chat has no word for.
std::optional<ChatRequest> asChatRequest(fairlead::json::View body)
{
    ChatRequest built;
    built.model = body["model"].stringOr({});
    built.maxOutputTokens = body["max_tokens"].integer();
    if (body["system"].isString())
        built.messages.push_back(message(Role::System, {text(body["system"].stringOr({}))}));
    else if (body["system"].exists())
        return std::nullopt;
    for (const fairlead::json::View turn : body["messages"].elements()) {
        const Role role = turn["role"].equals("assistant") ? Role::Assistant : Role::User;
        if (turn["content"].isString())
            built.messages.push_back(message(role, {text(turn["content"].stringOr({}))}));
        Message own = message(role, {});
        for (const fairlead::json::View block : turn["content"].elements()) {
            auto part = partOf(block);
            if (!part || block["cache_control"].exists())
                return std::nullopt;
            if (std::holds_alternative<ToolResultPart>(*part))
                built.messages.push_back(message(Role::Tool, {std::move(*part)}));
            else
                own.parts.push_back(std::move(*part));
        }
        if (!own.parts.empty())
            built.messages.push_back(std::move(own));
    }
    for (const fairlead::json::View tool : body["tools"].elements()) {
        if (!tool["input_schema"].exists())
            return std::nullopt;
        built.tools.push_back(function(tool["name"].stringOr({}), rawOf(tool["input_schema"])));
    }
    return built;
}

/// Turns written in one way: content always as blocks, without what says nothing.
QJsonArray turnsOf(const QJsonObject &body)
{
    QJsonArray turns;
    for (const QJsonValue &turn : body[QStringLiteral("messages")].toArray()) {
        QJsonArray blocks = turn[QStringLiteral("content")].toArray();
        if (turn[QStringLiteral("content")].isString()) {
            const QString words = turn[QStringLiteral("content")].toString();
            blocks = {QJsonObject{
                {QStringLiteral("type"), QStringLiteral("text")}, {QStringLiteral("text"), words}}};
        }
        QJsonArray telling;
        for (const QJsonValue &value : std::as_const(blocks)) {
            QJsonObject block = value.toObject();
            if (block[QStringLiteral("text")].toString(QStringLiteral("?")).trimmed().isEmpty())
                continue;
            block.remove(QStringLiteral("caller"));
            if (!block[QStringLiteral("is_error")].toBool())
                block.remove(QStringLiteral("is_error"));
            telling.append(block);
        }
        turns.append(QJsonObject{
            {QStringLiteral("role"), turn[QStringLiteral("role")]}, {QStringLiteral("content"), telling}});
    }
    return turns;
}

ChatRequest request(std::vector<Message> messages)
{
    ChatRequest built;
    built.model = "claude-sonnet-4-5";
    built.messages = std::move(messages);
    built.maxOutputTokens = 100;
    return built;
}

/// The encoded body, or the error's message.
QByteArray encoded(const ChatRequest &request, Losses &losses, const Quirks &quirks = Quirks())
{
    const auto call = kCodec.encodeRequest(request, quirks, losses);
    return call ? call->body : "error: " + call.error().message();
}

QByteArray encoded(const ChatRequest &request)
{
    Losses losses;
    const QByteArray body = encoded(request, losses);
    return losses.isEmpty() ? body : body + " with losses " + lossesOf(losses);
}

const QByteArray kHead = js("{'model':'claude-sonnet-4-5','max_tokens':100,");
const QByteArray kHello = js("'messages':[{'role':'user','content':'Hi'}]");

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
        QVERIFY(!kCodec.decodeModels("{}").has_value());
        const wire::UpstreamCall call = kCodec.modelsCall();
        QCOMPARE(call.method, QByteArray("GET"));
        QCOMPARE(call.headers.value("anthropic-version"), QByteArray("2023-06-01"));
    }

    void addressesTheApi()
    {
        Losses losses;
        const auto call
            = kCodec.encodeRequest(request({message(Role::User, {text("Hi")})}), Quirks(), losses);
        QVERIFY(call.has_value());
        QCOMPARE(call->method, QByteArray("POST"));
        QCOMPARE(call->path, QByteArray("/v1/messages"));
        QCOMPARE(call->headers.value("anthropic-version"), QByteArray("2023-06-01"));
        QCOMPARE(call->headers.value("content-type"), QByteArray("application/json"));
        const auto *row = wire::findWire("anthropic");
        QVERIFY(row && row->upstream);
    }

    void encodesText()
    {
        ChatRequest plain
            = request({message(Role::System, {text("Be brief.")}), message(Role::User, {text("Hi")})});
        plain.stream = true;
        plain.temperature = "0.70";
        plain.topK = "40";
        plain.stop = {"END"};
        plain.user = "u1";
        plain.serviceTier = "default";
        QCOMPARE(
            encoded(plain),
            kHead + js("'system':'Be brief.',") + kHello
                + js(",'temperature':0.70,'top_k':40,'stop_sequences':['END'],'metadata':{'user_id':'u1'},")
                + js("'service_tier':'standard_only','stream':true}"));
    }

    void choosesMaxTokens()
    {
        ChatRequest plain = request({message(Role::User, {text("Hi")})});
        plain.maxOutputTokens.reset();
        Losses losses;
        QCOMPARE(objectOf(encoded(plain, losses))[QStringLiteral("max_tokens")].toInt(), 8192);
        QCOMPARE(lossesOf(losses), QByteArray("approximated=max_tokens"));
        Quirks quirks;
        quirks.defaultMaxTokens = 1234;
        QCOMPARE(objectOf(encoded(plain, losses, quirks))[QStringLiteral("max_tokens")].toInt(), 1234);
        plain.model = "claude-3-haiku-20240307";
        QCOMPARE(objectOf(encoded(plain, losses))[QStringLiteral("max_tokens")].toInt(), 4096);
    }

    void shapesTurnsAsRecordedRequests()
    {
        int compared = 0;
        for (const Recording &recording : recordingsOf("anthropic", {".response.json", ".sse"})) {
            QString path = recording.path;
            path.replace(QStringLiteral(".response.json"), QStringLiteral(".request.json"))
                .replace(QStringLiteral(".sse"), QStringLiteral(".request.json"));
            const auto document = fairlead::json::Document::parse(fileBytes(path));
            const auto asked = document ? asChatRequest(document->root()) : std::nullopt;
            if (!asked || recording.status != 200)
                continue;
            Losses losses;
            const QJsonObject ours = objectOf(encoded(*asked, losses));
            const QJsonObject theirs = objectOf(document->text());
            QVERIFY2(turnsOf(ours) == turnsOf(theirs), recording.name.constData());
            for (const char *field : {"model", "max_tokens", "system"})
                QVERIFY2(
                    ours[QLatin1String(field)] == theirs[QLatin1String(field)], recording.name.constData());
            const QJsonArray tools = theirs[QStringLiteral("tools")].toArray();
            for (qsizetype i = 0; i < tools.size(); ++i) {
                const QJsonValue schema = ours[QStringLiteral("tools")][i][QStringLiteral("input_schema")];
                QVERIFY2(schema == tools[i][QStringLiteral("input_schema")], recording.name.constData());
            }
            ++compared;
        }
        if (QFile::exists(recordings() + QStringLiteral("/INDEX.tsv")))
            QVERIFY2(compared >= 20, QByteArray::number(compared).constData());
    }

    void gathersSystemAndTurns()
    {
        TextPart marked = text("Long prefix.");
        marked.cache = CacheMark{"1h"};
        Losses losses;
        const QByteArray body = encoded(
            request({
                message(Role::System, {marked}),
                message(Role::User, {text("a")}),
                message(Role::Developer, {text("later")}),
                message(Role::User, {text(""), text("b"), text(" \n")}),
                message(Role::Assistant, {text("c")}),
                message(Role::Assistant, {text("d")}),
            }),
            losses);
        QCOMPARE(
            body,
            kHead
                + js("'system':[{'type':'text','text':'Long "
                     "prefix.','cache_control':{'type':'ephemeral','ttl':'1h'}},")
                + js("{'type':'text','text':'later'}],'messages':[{'role':'user','content':[{'type':'text',"
                     "'text':'a'},")
                + js(
                    "{'type':'text','text':'b'}]},{'role':'assistant','content':[{'type':'text','text':'c'},")
                + js("{'type':'text','text':'d'}]}]}"));
        QCOMPARE(lossesOf(losses), QByteArray("approximated=messages[2]"));
    }

    void speaksForALoneSystemPrompt()
    {
        Losses losses;
        QCOMPARE(encoded(request({message(Role::System, {text("Hi")})}), losses), kHead + kHello + '}');
        QCOMPARE(lossesOf(losses), QByteArray("approximated=messages"));
        QVERIFY(encoded(request({}), losses).startsWith("error: messages"));
    }

    void groupsToolResults()
    {
        ToolResultPart failed = result("call.2", "boom");
        failed.isError = true;
        ChatRequest tools = request({
            message(Role::User, {text("go")}),
            message(
                Role::Assistant,
                {text(""), call("call_1", "add", "{\"b\": 1.0, \"a\": 12345678901234567890}"),
                 call("call.2", "now", ""), call("call_3", "odd", "[1]"), call("call_4", "cut", "{\"a\":")}),
            message(Role::Tool, {result("call_1", "3")}),
            message(Role::User, {text("and?")}),
            message(Role::Tool, {failed}),
        });
        Losses losses;
        QCOMPARE(
            encoded(tools, losses),
            kHead + js("'messages':[{'role':'user','content':'go'},{'role':'assistant','content':[")
                + js("{'type':'tool_use','id':'call_1','name':'add','input':{'b': 1.0, 'a': "
                     "12345678901234567890}},")
                + js("{'type':'tool_use','id':'call_2_d2206981','name':'now','input':{}},")
                + js("{'type':'tool_use','id':'call_3','name':'odd','input':{'input':'[1]'}},")
                + js("{'type':'tool_use','id':'call_4','name':'cut','input':{'input':'{\\'a\\':'}}]},")
                + js("{'role':'user','content':[{'type':'tool_result','tool_use_id':'call_1','content':'3'},")
                + js("{'type':'tool_result','tool_use_id':'call_2_d2206981','content':'boom','is_error':"
                     "true},")
                + js("{'type':'text','text':'and?'}]}]}"));
        QCOMPARE(
            lossesOf(losses), QByteArray("approximated=messages[1].content[3].arguments "
                                         "approximated=messages[1].content[4].arguments"));
    }

    void keepsSchemasToTheByte()
    {
        const QByteArray schema
            = "{ \"type\":\"object\", "
              "\"properties\":{\"z\":{\"maximum\":9007199254740993},\"a\":{\"multipleOf\":1.0}}}";
        ChatRequest tools = request({message(Role::User, {text("Hi")})});
        tools.tools = {function("f", schema), function("g", "")};
        tools.tools[0].description = "d";
        tools.tools[0].strict = true;
        tools.tools[1].cache = CacheMark();
        tools.toolChoice = ToolChoice{ToolChoice::Mode::Named, "f"};
        tools.parallelToolCalls = false;
        QCOMPARE(
            encoded(tools),
            kHead + kHello + js(",'tools':[{'name':'f','description':'d','input_schema':") + schema
                + js(",'strict':true},{'name':'g','input_schema':{'type':'object','properties':{}},")
                + js("'cache_control':{'type':'ephemeral'}}],")
                + js("'tool_choice':{'type':'tool','name':'f','disable_parallel_tool_use':true}}"));
    }

    void mapsToolChoice_data()
    {
        QTest::addColumn<ToolChoice::Mode>("mode");
        QTest::addColumn<QByteArray>("expected");
        QTest::newRow("auto") << ToolChoice::Mode::Auto << QByteArray(js("{'type':'auto'}"));
        QTest::newRow("none") << ToolChoice::Mode::None << QByteArray(js("{'type':'none'}"));
        QTest::newRow("required") << ToolChoice::Mode::Required << QByteArray(js("{'type':'any'}"));
    }
    void mapsToolChoice()
    {
        QFETCH(ToolChoice::Mode, mode);
        QFETCH(QByteArray, expected);
        ChatRequest tools = request({message(Role::User, {text("Hi")})});
        tools.toolChoice = ToolChoice{mode, {}};
        QVERIFY(!encoded(tools).contains("tool_choice"));
        tools.tools = {function("f", "{}")};
        QVERIFY(encoded(tools).contains("\"tool_choice\":" + expected));
    }

    void spellsForeignToolNames()
    {
        ChatRequest tools = request({message(Role::User, {text("Hi")})});
        tools.tools = {function("ns.do-it", "{}"), function("flx-a", "{}")};
        Losses losses;
        const QByteArray body = encoded(tools, losses);
        QVERIFY2(body.contains(js("'name':'flx-ns-2Edo--it'")), body.constData());
        QVERIFY2(body.contains(js("'name':'flx-flx--a'")), body.constData());
        QCOMPARE(lossesOf(losses), QByteArray("renamed=tools.ns.do-it renamed=tools.flx-a"));
        const QByteArray answer
            = js("{'type':'message','content':[{'type':'tool_use','id':'t','name':'flx-ns-2Edo--it',"
                 "'input':{}},{'type':'tool_use','id':'u','name':'flx-flx--a','input':{}}],"
                 "'stop_reason':'tool_use'}");
        const ChatAnswer decoded = accumulated(kCodec.decodeAnswer(answer, Quirks()));
        QCOMPARE(decoded.choice()->toolCalls[0].name, QByteArray("ns.do-it"));
        QCOMPARE(decoded.choice()->toolCalls[1].name, QByteArray("flx-a"));
        tools.tools = {function(QByteArray(70, 'x'), "{}")};
        QVERIFY(encoded(tools, losses).startsWith("error: tool name"));
    }

    void carriesMedia()
    {
        MediaPart png;
        png.base64 = "iVBORw0KGgoAAAA=";
        MediaPart linked;
        linked.url = "https://example.org/a.jpg";
        linked.detail = "high";
        MediaPart pdf;
        pdf.kind = MediaPart::Kind::File;
        pdf.mediaType = "application/pdf";
        pdf.base64 = "JVBERi0=";
        pdf.name = "a.pdf";
        MediaPart notes;
        notes.kind = MediaPart::Kind::File;
        notes.mediaType = "text/markdown";
        notes.base64 = "aGk=";
        MediaPart audio;
        audio.kind = MediaPart::Kind::Audio;
        audio.base64 = "AAAA";
        Losses losses;
        QCOMPARE(
            encoded(request({message(Role::User, {png, linked, pdf, notes, audio})}), losses),
            kHead + js("'messages':[{'role':'user','content':[")
                + js("{'type':'image','source':{'type':'base64','media_type':'image/"
                     "png','data':'iVBORw0KGgoAAAA='}},")
                + js("{'type':'image','source':{'type':'url','url':'https://example.org/a.jpg'}},")
                + js("{'type':'document','source':{'type':'base64','media_type':'application/"
                     "pdf','data':'JVBERi0='},'title':'a.pdf'},")
                + js("{'type':'document','source':{'type':'text','media_type':'text/"
                     "plain','data':'hi'}}]}]}"));
        QCOMPARE(
            lossesOf(losses),
            QByteArray("dropped=messages[0].content[4] dropped=messages[0].content[1].detail"));
    }

    void returnsItsOwnThinking()
    {
        ReasoningPart own;
        own.text = "hm";
        own.signature = "c2ln";
        own.origin = "anthropic";
        ReasoningPart hidden;
        hidden.redacted = "cmVk";
        hidden.origin = "anthropic";
        ReasoningPart foreign;
        foreign.text = "x";
        foreign.signature = "y";
        foreign.origin = "gemini";
        Losses losses;
        QCOMPARE(
            encoded(
                request(
                    {message(Role::User, {text("q")}),
                     message(Role::Assistant, {own, hidden, foreign, text("a")}),
                     message(Role::User, {text("Hi")})}),
                losses),
            kHead + js("'messages':[{'role':'user','content':'q'},{'role':'assistant','content':[")
                + js("{'type':'thinking','thinking':'hm','signature':'c2ln'},{'type':'redacted_thinking','"
                     "data':'cmVk'},")
                + js("{'type':'text','text':'a'}]},{'role':'user','content':'Hi'}]}"));
        QCOMPARE(lossesOf(losses), QByteArray("dropped=messages[1].content[2]"));
    }

    void structuresOutput()
    {
        ChatRequest asked = request({message(Role::User, {text("Hi")})});
        asked.responseFormat
            = ResponseFormat{ResponseFormat::Kind::JsonSchema, "n", {}, js("{'z':1.0,'a':2}"), true};
        QCOMPARE(
            encoded(asked),
            kHead + kHello
                + js(",'output_config':{'format':{'type':'json_schema','schema':{'z':1.0,'a':2}}}}"));
        Quirks quirks;
        quirks.structuredOutput = false;
        Losses losses;
        QCOMPARE(
            encoded(asked, losses, quirks),
            kHead + kHello + js(",'tools':[{'name':'fairlead_structured_answer','description':")
                + js("'Give the answer by calling this tool, once.','input_schema':{'z':1.0,'a':2}}],")
                + js("'tool_choice':{'type':'tool','name':'fairlead_structured_answer'}}"));
        QCOMPARE(lossesOf(losses), QByteArray("approximated=response_format"));
        asked.responseFormat = ResponseFormat{ResponseFormat::Kind::JsonObject, {}, {}, {}, {}};
        Losses dropped;
        QCOMPARE(encoded(asked, dropped), kHead + kHello + '}');
        QCOMPARE(lossesOf(dropped), QByteArray("dropped=response_format"));
    }

    void plansThinking_data()
    {
        QTest::addColumn<QByteArray>("model");
        QTest::addColumn<QByteArray>("effort");
        QTest::addColumn<qint64>("maxTokens");
        QTest::addColumn<QByteArray>("expected");
        QTest::addColumn<QByteArray>("losses");
        const auto row = [](const char *model, const char *effort, qint64 most, const QByteArray &expected,
                            const char *losses) {
            QTest::addRow("%s %s %lld", model, effort, most)
                << QByteArray(model) << QByteArray(effort) << most << expected << QByteArray(losses);
        };
        row("claude-sonnet-4-5", "high", 64000, js("{'type':'enabled','budget_tokens':16384}"),
            "approximated=reasoning_effort");
        row("claude-sonnet-4-5", "low", 2000, js("{'type':'enabled','budget_tokens':1999}"),
            "approximated=reasoning_effort");
        row("claude-sonnet-4-5", "minimal", 4096, js("{'type':'enabled','budget_tokens':1024}"),
            "approximated=reasoning_effort");
        row("claude-sonnet-4-5", "low", 1024, "", "dropped=reasoning_effort");
        row("claude-sonnet-4-5", "none", 4096, "", "");
        row("claude-opus-4-6", "medium", 4096,
            js("{'type':'adaptive','display':'summarized'} {'effort':'medium'}"), "");
        row("claude-opus-4-6", "xhigh", 4096,
            js("{'type':'adaptive','display':'summarized'} {'effort':'high'}"),
            "approximated=reasoning_effort");
        row("claude-opus-5", "xhigh", 4096,
            js("{'type':'adaptive','display':'summarized'} {'effort':'xhigh'}"), "");
        row("claude-opus-5", "none", 4096, js("{'type':'disabled'}"), "");
        row("claude-3-5-haiku-latest", "high", 4096, "", "dropped=reasoning_effort");
    }
    void plansThinking()
    {
        QFETCH(QByteArray, model);
        QFETCH(QByteArray, effort);
        QFETCH(qint64, maxTokens);
        QFETCH(QByteArray, expected);
        QFETCH(QByteArray, losses);
        ChatRequest asked = request({message(Role::User, {text("Hi")})});
        asked.model = model;
        asked.maxOutputTokens = maxTokens;
        asked.reasoning = Reasoning{effort, {}, {}, {}};
        Losses reported;
        const auto document = fairlead::json::Document::parse(encoded(asked, reported));
        QVERIFY(document.has_value());
        QByteArray said = (*document)["thinking"].rawCopy();
        if ((*document)["output_config"].exists())
            said += ' ' + (*document)["output_config"].rawCopy();
        QCOMPARE(said, expected);
        QCOMPARE(lossesOf(reported), losses);
    }

    void thinksWithinLimits()
    {
        ChatRequest asked = request({message(Role::User, {text("Hi")})});
        asked.maxOutputTokens.reset();
        asked.model = "claude-opus-4-1";
        asked.reasoning = Reasoning{"max", {}, {}, {}};
        asked.temperature = "0.5";
        asked.topK = "3";
        Losses losses;
        const QJsonObject body = objectOf(encoded(asked, losses));
        QCOMPARE(body[QStringLiteral("max_tokens")].toInt(), 32000);
        QCOMPARE(body[QStringLiteral("thinking")][QStringLiteral("budget_tokens")].toInt(), 24576);
        QVERIFY(!body.contains(QStringLiteral("temperature")));
        QVERIFY(!body.contains(QStringLiteral("top_k")));
        QCOMPARE(
            lossesOf(losses),
            QByteArray(
                "approximated=max_tokens approximated=reasoning_effort dropped=temperature dropped=top_k"));

        // A forced tool, and a tool loop whose thinking did not come along, go before the wish to think.
        asked.tools = {function("f", "{}")};
        asked.toolChoice = ToolChoice{ToolChoice::Mode::Required, {}};
        QVERIFY(!encoded(asked).contains("\"thinking\""));
        asked.toolChoice.reset();
        QVERIFY(encoded(asked).contains("\"thinking\""));
        asked.messages.push_back(message(Role::Assistant, {call("c", "f", "{}")}));
        asked.messages.push_back(message(Role::Tool, {result("c", "1")}));
        QVERIFY(!encoded(asked).contains("\"thinking\""));
        asked.model = "claude-opus-4-6";
        QVERIFY(encoded(asked).contains("\"thinking\""));
    }

    void clampsSampling()
    {
        ChatRequest hot = request({message(Role::User, {text("Hi")})});
        hot.temperature = "1.7";
        hot.topP = "0.9";
        Losses losses;
        QCOMPARE(encoded(hot, losses), kHead + kHello + js(",'temperature':1}"));
        QCOMPARE(lossesOf(losses), QByteArray("approximated=temperature dropped=top_p"));
        hot.temperature.clear();
        QCOMPARE(encoded(hot), kHead + kHello + js(",'top_p':0.9}"));
        hot.model = "claude-opus-4-8";
        Losses refused;
        QVERIFY(!encoded(hot, refused).contains("top_p"));
        QCOMPARE(lossesOf(refused), QByteArray("dropped=top_p"));
    }

    void namesEveryLoss()
    {
        ChatRequest rich = request({message(Role::User, {text("Hi"), UnknownPart{"odd", "{}"}})});
        rich.messages[0].name = "ann";
        rich.n = 2;
        rich.seed = 7;
        rich.presencePenalty = "0.5";
        rich.frequencyPenalty = "0.0";
        rich.logprobs = true;
        rich.logitBias = js("{'1':2}");
        rich.metadata = js("{'a':'b'}");
        rich.serviceTier = "flex";
        rich.stop = {"\n"};
        rich.extras = {{"store", "true"}};
        Tool search;
        search.kind = Tool::Kind::BuiltIn;
        search.json = js("{'type':'web_search'}");
        rich.tools = {search};
        Losses losses;
        QCOMPARE(encoded(rich, losses), kHead + kHello + '}');
        QCOMPARE(
            lossesOf(losses),
            QByteArray(
                "dropped=messages[0].name dropped=messages[0].content[1] dropped=tools.built-in dropped=stop "
                "dropped=service_tier dropped=store approximated=n dropped=seed dropped=presence_penalty "
                "dropped=logprobs dropped=logit_bias dropped=metadata"));
    }

    void returnsWhatIsItsOwn()
    {
        ChatRequest own = request({message(
            Role::User, {text("Hi"), UnknownPart{"search_result", js("{'type':'search_result'}")}})});
        own.dialect = "anthropic";
        own.extras = {{"context_management", js("{'edits':[]}")}};
        Tool search;
        search.kind = Tool::Kind::BuiltIn;
        search.json = js("{'type':'web_search_20250305','name':'web_search'}");
        own.tools = {search};
        QCOMPARE(
            encoded(own), kHead
                              + js("'messages':[{'role':'user','content':[{'type':'text','text':'Hi'},{'type'"
                                   ":'search_result'}]}],"
                                   "'tools':[{'type':'web_search_20250305','name':'web_search'}],'context_"
                                   "management':{'edits':[]}}"));
    }

    void customToolsTakeOneString()
    {
        ChatRequest asked = request({message(Role::User, {text("Hi")})});
        Tool patch = function("patch", "");
        patch.kind = Tool::Kind::Custom;
        asked.tools = {patch};
        ToolCallPart made = call("c", "patch", "raw \"text\"");
        made.custom = true;
        asked.messages.push_back(message(Role::Assistant, {made}));
        Losses losses;
        const QByteArray body = encoded(asked, losses);
        QVERIFY(body.contains(js("'input_schema':{'type':'object','properties':{'input':{'type':'string'}},"
                                 "'required':['input']}")));
        QVERIFY(body.contains(js("'input':{'input':'raw \\'text\\''}")));
        QCOMPARE(lossesOf(losses), QByteArray("approximated=tools.patch"));
    }
};

QTEST_GUILESS_MAIN(AnthropicTest)
#include "AnthropicTest.moc"
