// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/anthropic/AnthropicInbound.h"
#include "core/wire/Recordings.h"
#include "core/wire/UpstreamCases.h"
#include "wire/CommonLosses.h"
#include "wire/anthropic/AnthropicTokenCount.h"
#include "wire/anthropic/AnthropicUpstream.h"
#include "wire/gemini/GeminiUpstream.h"
#include "wire/openai_chat/OpenAiChatUpstream.h"

#include <QRandomGenerator>

using namespace fairlead;
using namespace fairlead::chat;
using namespace fairlead::test;

using wire::InboundCall;
using wire::Losses;
using wire::Quirks;

namespace {

const wire::AnthropicInbound kInbound;
const wire::AnthropicUpstream kUpstream;
const wire::AnthropicTokenCount kCounting;

InboundCall callOf(const QByteArray &body, Headers headers = {})
{
    auto call = InboundCall::parse("/v1/messages", "beta=true", std::move(headers), body);
    Q_ASSERT(call);
    return *std::move(call);
}

ChatRequest decoded(const QByteArray &body)
{
    const auto request = kInbound.decodeRequest(callOf(body));
    if (!request)
        qFatal("%s", request.error().message().constData());
    return *request;
}

/// A request with these messages, and whatever else.
QByteArray asking(const QByteArray &messages, const QByteArray &more = {})
{
    return js("{'model':'m','max_tokens':9,'messages':[" + messages + "]" + more + '}');
}

QByteArray everything()
{
    return fileBytes(QStringLiteral(FAIRLEAD_TEST_DATA "/anthropic/everything.json"));
}

QJsonValue normal(const QJsonValue &value);

/// null, false and [] say nothing; a string is the same as one text block.
QJsonObject normalObject(const QJsonObject &object)
{
    QJsonObject out;
    for (auto member = object.begin(); member != object.end(); ++member) {
        const QJsonValue value = member.value();
        const bool silent
            = value.isNull() || value == QJsonValue(false) || (value.isArray() && value.toArray().isEmpty());
        if (silent)
            continue;
        const bool blocks
            = (member.key() == QStringLiteral("content")
               && (object.contains(QStringLiteral("role")) || object.contains(QStringLiteral("tool_use_id"))))
              || member.key() == QStringLiteral("system");
        if (blocks && value.isString()) {
            out[member.key()] = QJsonArray{QJsonObject{
                {QStringLiteral("type"), QStringLiteral("text")}, {QStringLiteral("text"), value}}};
        } else {
            out[member.key()] = normal(value);
        }
    }
    return out;
}

QJsonValue normal(const QJsonValue &value)
{
    if (value.isArray()) {
        QJsonArray out;
        for (const QJsonValue &element : value.toArray())
            out.append(normal(element));
        return out;
    }
    return value.isObject() ? QJsonValue(normalObject(value.toObject())) : value;
}

/// Known, wanted differences: other spellings of the same thing.
QJsonObject normalRequest(const QByteArray &json)
{
    QJsonObject request = normalObject(objectOf(json));
    if (const QJsonValue format = request.take(QStringLiteral("output_format")); format.isObject())
        request[QStringLiteral("output_config")] = QJsonObject{{QStringLiteral("format"), format}};
    return request;
}

Failure failureOf(FailureClass failureClass, int status, const QByteArray &message)
{
    return Failure(failureClass, status, message);
}

QByteArray randomJson(QRandomGenerator &random, int depth)
{
    static const QList<QByteArray> kLeaves{
        "null",        "true",    "-0",  "1E5", "12345678901234567890", "0.10", "\"\"", "\"\\u0041\"",
        "\"\\ud83d\"", "\"x y\"", "[ ]", "{ }", "\"caf\xC3\xA9\""};
    if (depth == 0 || random.bounded(3) == 0)
        return kLeaves[random.bounded(kLeaves.size())];
    const bool object = random.bounded(2) == 0;
    QByteArray text(object ? "{" : "[");
    const int count = random.bounded(4);
    for (int i = 0; i < count; ++i) {
        text += i > 0 ? (random.bounded(2) ? ", " : ",") : "";
        if (object)
            text += "\"k" + QByteArray::number(random.bounded(99)) + "\" :";
        text += randomJson(random, depth - 1);
    }
    return text + (object ? '}' : ']');
}

} // namespace

class AnthropicInboundTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void keepsTheMeaning_data() { addRecordings("anthropic", {"request.json"}); }
    void keepsTheMeaning()
    {
        QFETCH(QString, path);
        const QByteArray body = fileBytes(path);
        const auto request = kInbound.decodeRequest(callOf(body));
        QVERIFY2(request, request ? "" : request.error().message().constData());
        Losses losses;
        Quirks quirks;
        const bool budget = body.contains("budget_tokens");
        quirks.thinkingStyle = budget ? "budget" : "adaptive";
        const auto call = kUpstream.encodeRequest(*request, quirks, losses);
        QVERIFY2(call, call ? "" : call.error().message().constData());
        QJsonObject expected = normalRequest(body);
        QJsonObject got = normalRequest(call->body);
        if (lossesOf(losses).contains("reasoning_effort")) {
            got.remove(QStringLiteral("output_config")); // a level this model does not know
            expected.remove(QStringLiteral("output_config"));
        }
        if (got.contains(QStringLiteral("thinking")) || !losses.isEmpty()) {
            // What this model refuses together with thinking or with each other.
            for (const char *name : {"temperature", "top_p", "top_k"})
                expected.remove(QLatin1String(name));
            for (const char *name : {"temperature", "top_p", "top_k"})
                got.remove(QLatin1String(name));
        }
        QCOMPARE(QJsonDocument(got).toJson(), QJsonDocument(expected).toJson());
    }

    void readsEverything()
    {
        const ChatRequest request = decoded(everything());
        QCOMPARE(request.dialect, QByteArray("anthropic"));
        QCOMPARE(request.model, QByteArray("asked"));
        QCOMPARE(request.maxOutputTokens, std::optional<std::int64_t>(321));
        QVERIFY(request.stream && request.includeUsage);
        QCOMPARE(request.temperature, QByteArray("0.70"));
        QCOMPARE(request.topK, QByteArray("40"));
        QCOMPARE(request.stop, (std::vector<QByteArray>{"END", "STOP"}));
        QCOMPARE(request.serviceTier, QByteArray("default"));
        QCOMPARE(request.user, QByteArray("user-1"));
        QVERIFY(request.reasoning.has_value());
        QCOMPARE(request.reasoning->budgetTokens, std::optional<std::int64_t>(2048));
        QCOMPARE(request.reasoning->effort, QByteArray("high"));
        QCOMPARE(request.reasoning->includeText, std::optional<bool>(false));
        QCOMPARE(request.responseFormat->kind, ResponseFormat::Kind::JsonSchema);
        QVERIFY(
            request.responseFormat->schema.contains("{\"b\":{\"type\":\"number\",\"minimum\":-1.50},\"a\""));
        QCOMPARE(request.toolChoice->mode, ToolChoice::Mode::Named);
        QCOMPARE(request.toolChoice->name, QByteArray("tide"));
        QCOMPARE(request.parallelToolCalls, std::optional<bool>(false));

        QCOMPARE(request.tools.size(), 3U);
        QCOMPARE(request.tools[0].strict, std::optional<bool>(true));
        QVERIFY(request.tools[0].cache.has_value());
        QCOMPARE(request.tools[2].kind, Tool::Kind::BuiltIn);
        QCOMPARE(request.tools[2].name, QByteArray("web_search"));

        QList<QByteArray> extras;
        for (const auto &[name, value] : request.extras)
            extras += name;
        QCOMPARE(extras, (QList<QByteArray>{"context_management", "output_config.task_budget"}));
    }

    void readsEveryBlock()
    {
        const ChatRequest request = decoded(everything());
        QCOMPARE(request.messages.size(), 5U);
        const Message &system = request.messages[0];
        QCOMPARE(system.role, Role::System);
        QCOMPARE(system.place, QByteArray("system"));
        QVERIFY(std::holds_alternative<UnknownPart>(system.parts[0])); // the billing line
        QCOMPARE(std::get<TextPart>(system.parts[1]).cache->ttl, QByteArray("1h"));

        const std::vector<Part> &asked = request.messages[1].parts;
        QCOMPARE(asked.size(), 9U);
        const auto media = [&](std::size_t i) { return std::get<MediaPart>(asked[i]); };
        QCOMPARE(media(1).base64, QByteArray("iVBORw0KGgo="));
        QCOMPARE(media(1).mediaType, QByteArray("image/png"));
        QCOMPARE(media(2).url, QByteArray("https://example.com/a.jpg"));
        QCOMPARE(media(3).kind, MediaPart::Kind::File);
        QCOMPARE(media(3).name, QByteArray("Chart"));
        QCOMPARE(QByteArray::fromBase64(media(4).base64), QByteArray("Ebbe"));
        QCOMPARE(QByteArray::fromBase64(media(5).base64), QByteArray("one\ntwo"));
        QCOMPARE(media(6).url, QByteArray("https://example.com/a.pdf"));
        QCOMPARE(media(7).fileId, QByteArray("file_011"));
        QCOMPARE(
            std::get<TextPart>(asked[8]).text, QByteArray("Tides\nhttps://example.com/s\n\nTwice a day."));

        QCOMPARE(request.messages[2].role, Role::System);
        const std::vector<Part> &said = request.messages[3].parts;
        QCOMPARE(said.size(), 7U);
        QCOMPARE(std::get<ReasoningPart>(said[0]).signature, QByteArray("c2ln"));
        QCOMPARE(std::get<ReasoningPart>(said[0]).origin, QByteArray("anthropic"));
        QCOMPARE(std::get<ReasoningPart>(said[1]).redacted, QByteArray("cmVk"));
        QCOMPARE(std::get<UnknownPart>(said[2]).type, QByteArray("server_tool_use"));
        QCOMPARE(std::get<UnknownPart>(said[3]).type, QByteArray("web_search_tool_result"));
        QCOMPARE(std::get<ToolCallPart>(said[5]).arguments, QByteArray("{\"port\":\"Brest\",\"at\":1.50}"));

        const Message &results = request.messages[4];
        QCOMPARE(results.role, Role::User);
        const auto result = [&](std::size_t i) { return std::get<ToolResultPart>(results.parts[i]); };
        QCOMPARE(result(0).toolName, QByteArray("tide"));
        QCOMPARE(result(0).content.size(), 2U);
        QVERIFY(result(1).isError && result(1).cache);
        QCOMPARE(std::get<TextPart>(results.parts[2]).text, QByteArray("And now?"));
    }

    void namesWhatOthersCannotTake()
    {
        ChatRequest request = decoded(everything());
        const wire::OpenAiChatUpstream chat;
        Losses losses;
        QVERIFY(chat.encodeRequest(request, Quirks(), losses));
        wire::reportMisfits(request, "openai-chat", losses);
        const QByteArray lost = lossesOf(losses);
        for (const char *name :
             {"dropped=messages[0].content[3].citations",
              "approximated=messages[0].content[5].source.content", "approximated=messages[0].content[8]",
              "dropped=messages[2].content[4].citations", "dropped=tools[1].defer_loading",
              "dropped=tools[2]", "dropped=context_management", "dropped=output_config.task_budget",
              "dropped=top_k"})
            QVERIFY2(lost.contains(name), (lost + " lacks " + name).constData());
        QVERIFY2(!lost.contains("caller") && !lost.contains("eager"), lost.constData());
        Losses own;
        wire::reportMisfits(request, "anthropic", own);
        QVERIFY(own.isEmpty());
    }

    void reachesOtherDialects()
    {
        const ChatRequest request = decoded(everything());
        Losses losses;
        const auto chat = wire::OpenAiChatUpstream().encodeRequest(request, Quirks(), losses);
        QVERIFY(chat);
        const QJsonArray messages = objectOf(chat->body)[QStringLiteral("messages")].toArray();
        QStringList roles;
        for (const QJsonValue &message : messages)
            roles += message[QStringLiteral("role")].toString();
        QCOMPARE(roles.join(u' '), QStringLiteral("system user system assistant tool tool user"));
        QVERIFY(!chat->body.contains("billing"));
        QVERIFY(chat->body.contains("{\"type\":\"text\",\"text\":\"Ebbe\"}"));
        QVERIFY(chat->body.contains("\"minimum\":-1.50"));
        const auto gemini = wire::GeminiUpstream().encodeRequest(request, Quirks(), losses);
        QVERIFY2(gemini, gemini ? "" : gemini.error().message().constData());
        QVERIFY(gemini->body.contains("functionResponse"));
    }

    void goesBackWhole()
    {
        Headers headers{{"Anthropic-Version", "2026-10-21"}, {"anthropic-beta", "a,b"}, {"x-api-key", "k"}};
        const auto request = kInbound.decodeRequest(callOf(everything(), headers));
        QVERIFY(request);
        Losses losses;
        const auto call = kUpstream.encodeRequest(*request, Quirks(), losses);
        QVERIFY(call);
        QCOMPARE(call->headers.value("anthropic-version"), QByteArray("2026-10-21"));
        QCOMPARE(call->headers.value("anthropic-beta"), QByteArray("a,b"));
        QVERIFY(!call->headers.contains("x-api-key"));
        const QJsonObject got = normalRequest(call->body);
        const QJsonObject expected = normalRequest(everything());
        for (const char *name :
             {"system", "messages", "tools", "tool_choice", "metadata", "output_config", "context_management",
              "stop_sequences", "service_tier"}) {
            QJsonValue want = expected[QLatin1String(name)];
            QJsonValue have = got[QLatin1String(name)];
            if (QByteArrayView(name) == "output_config") {
                // the forced tool forbids thinking, and with it the effort
                QJsonObject config = want.toObject();
                config.remove(QStringLiteral("effort"));
                want = config;
            }
            if (QByteArrayView(name) == "messages")
                have = withoutCallers(have), want = withoutCallers(want);
            QCOMPARE(QJsonDocument(QJsonArray{have}).toJson(), QJsonDocument(QJsonArray{want}).toJson());
        }
    }

    void understandsThinking_data()
    {
        QTest::addColumn<QByteArray>("more");
        QTest::addColumn<QByteArray>("expected");
        QTest::newRow("unsaid") << QByteArray() << QByteArray("-");
        QTest::newRow("adaptive") << QByteArray(",'thinking':{'type':'adaptive','display':'updates'}")
                                  << QByteArray(" -1 shown");
        QTest::newRow("with effort") << QByteArray(
            ",'thinking':{'type':'adaptive'},'output_config':{'effort':'xhigh'}")
                                     << QByteArray("xhigh -1");
        QTest::newRow("budget") << QByteArray(",'thinking':{'type':'enabled','budget_tokens':1024}")
                                << QByteArray(" 1024");
        QTest::newRow("off") << QByteArray(",'thinking':{'type':'disabled'}") << QByteArray(" 0");
        QTest::newRow("to come") << QByteArray(",'thinking':{'type':'between_tools'}")
                                 << QByteArray("- thinking");
    }
    void understandsThinking()
    {
        QFETCH(QByteArray, more);
        QFETCH(QByteArray, expected);
        const ChatRequest request = decoded(asking("{'role':'user','content':'x'}", more));
        QByteArray told("-");
        if (request.reasoning) {
            told = request.reasoning->effort + ' '
                   + QByteArray::number(qint64(request.reasoning->budgetTokens.value_or(-9)));
            if (request.reasoning->includeText)
                told += *request.reasoning->includeText ? " shown" : " hidden";
        }
        for (const auto &[name, value] : request.extras)
            told += ' ' + name;
        QCOMPARE(told, expected);
    }

    void keepsUnknownThings()
    {
        const ChatRequest request = decoded(asking(
            "{'role':'user','content':[{'type':'hologram','x':1},{'type':'image','source':{'type':'beam'}}]}",
            ",'safeguards':[{'type':'t'}],'metadata':{'user_id':'{\\'device\\':1}','x':2}"
            ",'tool_choice':{'type':'oracle'},'cache_control':{'type':'ephemeral'}"));
        QCOMPARE(std::get<UnknownPart>(request.messages[0].parts[0]).type, QByteArray("hologram"));
        QCOMPARE(std::get<UnknownPart>(request.messages[0].parts[1]).type, QByteArray("image"));
        QVERIFY(request.user.isEmpty());
        QList<QByteArray> extras;
        for (const auto &[name, value] : request.extras)
            extras += name;
        QCOMPARE(
            extras, (QList<QByteArray>{
                        "safeguards", "metadata.user_id", "metadata.x", "tool_choice", "cache_control"}));
    }

    void saysWhatIsWrong_data()
    {
        QTest::addColumn<QByteArray>("body");
        QTest::addColumn<QByteArray>("words");
        const QByteArray user = "{'role':'user','content':'x'}";
        const auto row = [](const char *name, const QByteArray &body, const char *words) {
            QTest::newRow(name) << js(body) << QByteArray(words);
        };
        row("no object", "[]", "must be a JSON object");
        row("no model", "{'messages':[" + user + "]}", "model must be a non-empty string");
        row("no messages", "{'model':'m'}", "messages must be a non-empty array");
        row("empty messages", "{'model':'m','messages':[]}", "messages must be a non-empty array");
        row("role", asking("{'role':'tool','content':'x'}"), "messages[0].role must be one of");
        row("content", asking("{'role':'user','content':7}"), "messages[0].content must be a string or");
        row("no type", asking("{'role':'user','content':[{}]}"), "messages[0].content[0].type");
        row("tool use", asking("{'role':'assistant','content':[{'type':'tool_use','name':'n','input':{}}]}"),
            "messages[0].content[0].id");
        row("max_tokens", asking(user, ",'top_k':'x'"), "top_k must be a number");
        row("stop", asking(user, ",'stop_sequences':'x'"), "stop_sequences must be an array");
        row("tools", asking(user, ",'tools':[{'description':'x'}]"), "tools[0].name");
        row("choice", asking(user, ",'tool_choice':'auto'"), "tool_choice must be an object");
        row("thinking", asking(user, ",'thinking':true"), "thinking must be an object");
    }
    void saysWhatIsWrong()
    {
        QFETCH(QByteArray, body);
        QFETCH(QByteArray, words);
        const auto request = kInbound.decodeRequest(callOf(body));
        QVERIFY(!request);
        QVERIFY2(request.error().message().contains(words), request.error().message().constData());
    }

    void peeks()
    {
        const auto head = kInbound.peek(callOf(everything()));
        QVERIFY(head && head->stream && head->includeUsage);
        QCOMPARE(head->model, QByteArray("asked"));
        QVERIFY(!kInbound.peek(callOf(js("{'model':'m','messages':[],'stream':true}"))));
        QVERIFY(!kInbound.peek(callOf(js("{'model':'m','messages':[1],'stream':'yes'}"))));
        QVERIFY(!kInbound.peek(callOf(js("{'messages':[1]}"))));
    }

    void passesBytesThrough()
    {
        QRandomGenerator random(20260101);
        for (int round = 0; round < 400; ++round) {
            const QByteArray before = "{ \"a\":" + randomJson(random, 3) + " ,\"model\": ";
            const QByteArray after
                = "\t,\"messages\":[" + randomJson(random, 4) + "],\"z\":" + randomJson(random, 3) + "}\n";
            const auto passed
                = kInbound.passThrough(callOf(before + "\"asked\"" + after), "served", Quirks());
            QVERIFY(passed && !passed->usageForced);
            QCOMPARE(passed->body, before + "\"served\"" + after);
            const auto same = kInbound.passThrough(callOf(before + "\"asked\"" + after), "asked", Quirks());
            QCOMPARE(same->body, before + "\"asked\"" + after);
        }
    }

    void keepsForeignThinkingFromAnthropic()
    {
        const QByteArray own = "{'type':'thinking','thinking':'a','signature':'c2ln'}";
        const QByteArray foreign = "{'type':'thinking','thinking':'b','signature':'fairlead::signature::'}";
        const QByteArray sealed = "{'type':'redacted_thinking','data':'fairlead:gemini:call::AB=='}";
        const QByteArray cited
            = "{'type':'text','text':'t' , 'citations':[{'type':'web_search_result_location',"
              "'encrypted_index':'fairlead:'}]}";
        const QByteArray user = "{'role':'user', 'content':'fairlead: is a word'}";
        const auto passed = kInbound.passThrough(
            callOf(asking(
                user + ",{'role':'assistant','content':[" + own + ',' + foreign + ',' + sealed + ',' + cited
                + "]}," + user + ",{'role':'assistant','content':[" + sealed + "]}," + user)),
            "m", Quirks());
        QVERIFY(passed);
        QCOMPARE(
            passed->body, asking(
                              user + ",{'role':'assistant','content':[" + own
                              + ",{'type':'text','text':'t'}]}," + user + ',' + user));
    }

    void forwardsOptIns()
    {
        const Headers callers{
            {"Anthropic-Beta", "one"}, {"anthropic-beta", "two,three"}, {"anthropic-version", "2026-10-21"}};
        wire::PassedRequest request;
        request.body = "{}";
        request.callerHeaders = &callers;
        const auto call = kUpstream.passThroughCall(std::move(request), Quirks());
        QCOMPARE(call.headers.count("anthropic-beta"), 2);
        QCOMPARE(call.headers.value("anthropic-version"), QByteArray("2026-10-21"));
        const auto plain = kUpstream.passThroughCall(wire::PassedRequest(), Quirks());
        QCOMPARE(plain.headers.value("anthropic-version"), QByteArray("2023-06-01"));
        QVERIFY(!plain.headers.contains("anthropic-beta"));
    }

    void countsTokens_data() { addRecordings("anthropic-count", {"request.json"}); }
    void countsTokens()
    {
        QFETCH(QString, path);
        const QByteArray body = fileBytes(path);
        const auto request = kCounting.decodeRequest(callOf(body));
        QVERIFY(request);
        Losses losses;
        const auto call = kCounting.encodeRequest(*request, Quirks(), losses);
        QVERIFY(call);
        QCOMPARE(call->path, QByteArray("/v1/messages/count_tokens"));
        QCOMPARE(normalRequest(call->body), normalRequest(body));
    }

    void countsOnlyThePrompt()
    {
        Losses losses;
        const auto call = kCounting.encodeRequest(decoded(everything()), Quirks(), losses);
        QVERIFY(call);
        QCOMPARE(
            objectOf(call->body).keys().join(u' '),
            QStringLiteral("context_management messages model output_config system tool_choice tools"));
        QCOMPARE(*kCounting.decodeAnswer("{\"input_tokens\": 16}"), 16);
        QCOMPARE(kCounting.encodeAnswer(16), QByteArray("{\"input_tokens\":16}"));
        QVERIFY(!kCounting.decodeAnswer("{\"input_tokens\": \"16\"}"));
        QVERIFY(!kCounting.decodeAnswer("<html>"));
    }

    void writesErrors_data()
    {
        QTest::addColumn<int>("failureClass");
        QTest::addColumn<int>("from");
        QTest::addColumn<int>("status");
        QTest::addColumn<QByteArray>("type");
        const auto row
            = [](const char *name, FailureClass failureClass, int from, int status, const char *type) {
                  QTest::newRow(name) << int(failureClass) << from << status << QByteArray(type);
              };
        row("key", FailureClass::Credential, 400, 401, "authentication_error");
        row("permission", FailureClass::Permission, 403, 403, "permission_error");
        row("money", FailureClass::Quota, 429, 402, "billing_error");
        row("speed", FailureClass::RateLimit, 429, 429, "rate_limit_error");
        row("caller", FailureClass::CallerFault, 422, 400, "invalid_request_error");
        row("too large", FailureClass::CallerFault, 413, 413, "request_too_large");
        row("policy", FailureClass::ContentPolicy, 400, 400, "invalid_request_error");
        row("model", FailureClass::ModelMissing, 404, 404, "not_found_error");
        row("busy", FailureClass::Overloaded, 503, 529, "overloaded_error");
        row("server", FailureClass::Transient, 500, 500, "api_error");
        row("gateway", FailureClass::Transient, 504, 504, "timeout_error");
        row("odd", FailureClass::Transient, 520, 500, "api_error");
        row("connection", FailureClass::Connection, 0, 502, "api_error");
        row("patience", FailureClass::TimedOut, 0, 504, "timeout_error");
        row("garbage", FailureClass::Protocol, 0, 502, "api_error");
        row("left", FailureClass::Cancelled, 0, 499, "api_error");
        row("bug", FailureClass::Internal, 0, 500, "api_error");
    }
    void writesErrors()
    {
        QFETCH(int, failureClass);
        QFETCH(int, from);
        Failure failure = failureOf(FailureClass(failureClass), from, "What \"happened\".");
        failure.retryAfter = std::chrono::milliseconds(1500);
        failure.requestId = "req_1";
        const wire::EncodedError error = kInbound.encodeError(failure);
        QTEST(error.status, "status");
        QCOMPARE(error.headers.value("retry-after"), QByteArray("2"));
        QCOMPARE(error.headers.value("retry-after-ms"), QByteArray("1500"));
        QCOMPARE(error.headers.value("request-id"), QByteArray("req_1"));
        const QJsonObject body = objectOf(error.body);
        QCOMPARE(body[QStringLiteral("type")].toString(), QStringLiteral("error"));
        QCOMPARE(body[QStringLiteral("request_id")].toString(), QStringLiteral("req_1"));
        QTEST(body[QStringLiteral("error")][QStringLiteral("type")].toString().toUtf8(), "type");
        QCOMPARE(
            body[QStringLiteral("error")][QStringLiteral("message")].toString(),
            QStringLiteral("What \"happened\"."));
    }

    void keepsHeadersOnTheirLines()
    {
        Failure failure = failureOf(FailureClass::Transient, 500, "What happened.");
        failure.requestId = "req_1\nset-cookie: a=b";
        QVERIFY(!kInbound.encodeError(failure).headers.contains("request-id"));
    }

    void keepsTooLongRecognisable_data()
    {
        QTest::addColumn<QByteArray>("words");
        QTest::addColumn<QByteArray>("expected");
        const auto row = [](const char *name, const char *words, const char *expected) {
            QTest::newRow(name) << QByteArray(words) << QByteArray(expected);
        };
        row("own", "prompt is too long: 210000 tokens > 200000 maximum",
            "prompt is too long: 210000 tokens > 200000 maximum");
        row("openai",
            "This model's maximum context length is 128000 tokens. However, your messages resulted in 130123 "
            "tokens.",
            "prompt is too long: 130123 tokens > 128000 maximum. This model's");
        row("gemini",
            "The input token count (1,200,000) exceeds the maximum number of tokens allowed (1,048,576).",
            "prompt is too long: 1200000 tokens > 1048576 maximum. The input");
        row("no numbers", "Your input exceeds the context window of this model.",
            "prompt is too long: Your input exceeds");
    }
    void keepsTooLongRecognisable()
    {
        QFETCH(QByteArray, words);
        QFETCH(QByteArray, expected);
        const wire::EncodedError error
            = kInbound.encodeError(failureOf(FailureClass::ContextLength, 400, words));
        QCOMPARE(error.status, 400);
        const QByteArray message
            = objectOf(error.body)[QStringLiteral("error")][QStringLiteral("message")].toString().toUtf8();
        QVERIFY2(message.startsWith(expected), message.constData());
        QVERIFY(message.endsWith(words));
    }

    void tellsErrorsAsAnthropicDoes()
    {
        for (const Recording &recording : recordingsOf("anthropic", {".response.json"})) {
            if (recording.status < 400)
                continue;
            const QByteArray body = fileBytes(recording.path);
            const Failure failure = kUpstream.decodeError(recording.status, Headers(), body);
            const wire::EncodedError error = kInbound.encodeError(failure);
            QCOMPARE(error.status, recording.status);
            QJsonObject expected = objectOf(body);
            if (!expected.contains(QStringLiteral("request_id")))
                expected[QStringLiteral("request_id")] = QJsonValue::Null;
            QCOMPARE(objectOf(error.body), expected);
        }
    }

private:
    /// Calls the model made itself say so or do not; it is the same.
    static QJsonValue withoutCallers(const QJsonValue &messages)
    {
        QByteArray text = QJsonDocument(messages.toArray()).toJson(QJsonDocument::Compact);
        text.replace(",\"caller\":{\"type\":\"direct\"}", "");
        text.replace("\"caller\":{\"type\":\"direct\"},", "");
        return QJsonDocument::fromJson(text).array();
    }
};

QTEST_GUILESS_MAIN(AnthropicInboundTest)
#include "AnthropicInboundTest.moc"
