// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/openai_chat/OpenAiChatInbound.h"
#include "wire/openai_chat/OpenAiChatUpstream.h"

#include "core/wire/Recordings.h"
#include "core/wire/Shared.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTest>

using namespace fairlead;
using namespace fairlead::wire;

namespace {

const OpenAiChatInbound inbound;
const OpenAiChatUpstream upstream;

InboundCall call(const QByteArray &body)
{
    auto parsed = InboundCall::parse("/v1/chat/completions", {}, {}, body);
    if (!parsed)
        qFatal("%s", parsed.error().message().constData());
    return std::move(*parsed);
}

ChatRequest decode(const QByteArray &body)
{
    auto request = inbound.decodeRequest(call(body));
    if (!request)
        qFatal("%s", request.error().message().constData());
    return std::move(*request);
}

Quirks everything()
{
    Quirks quirks;
    quirks.cacheControl = true;
    return quirks;
}

QByteArray encode(const ChatRequest &request, const Quirks &quirks, Losses &losses)
{
    return upstream.encodeRequest(request, quirks, losses)->body;
}

/// What may differ between two spellings of the same request.
QJsonValue normal(const QJsonValue &value, const QString &key = {})
{
    if (value.isArray()) {
        QJsonArray array;
        for (const QJsonValue &element : value.toArray())
            array.append(normal(element));
        // One text part is the same as its text.
        if (key == QStringLiteral("content") && array.size() == 1 && array[0].toObject().keys().size() == 2
            && array[0][QStringLiteral("type")] == QStringLiteral("text"))
            return array[0][QStringLiteral("text")];
        return array;
    }
    if (!value.isObject())
        return value;
    QJsonObject object;
    const QJsonObject from = value.toObject();
    for (auto it = from.begin(); it != from.end(); ++it) {
        if (it.value().isNull() && it.key() != QStringLiteral("content"))
            continue;
        object[it.key()] = normal(it.value(), it.key());
    }
    return object;
}

/// Known, wanted differences: other spellings of the same thing.
QJsonObject normalRequest(const QByteArray &json)
{
    QJsonObject request = normal(QJsonDocument::fromJson(json).object()).toObject();
    for (const char *name : {"stream", "stream_options", "reasoning", "reasoning_effort"})
        request.remove(QLatin1String(name));
    if (request.contains(QStringLiteral("max_completion_tokens")))
        request[QStringLiteral("max_tokens")] = request.take(QStringLiteral("max_completion_tokens"));
    if (request[QStringLiteral("tool_choice")] == QStringLiteral("any"))
        request[QStringLiteral("tool_choice")] = QStringLiteral("required");
    if (request[QStringLiteral("tools")].toArray().isEmpty())
        request.remove(QStringLiteral("tools"));
    QJsonArray tools = request[QStringLiteral("tools")].toArray();
    for (qsizetype i = 0; i < tools.size(); ++i) {
        QJsonObject tool = tools[i].toObject();
        QJsonObject function = tool[QStringLiteral("function")].toObject();
        if (function.isEmpty())
            continue;
        tool[QStringLiteral("type")] = QStringLiteral("function");
        if (function[QStringLiteral("description")].toString().isEmpty())
            function.remove(QStringLiteral("description"));
        tool[QStringLiteral("function")] = function;
        tools[i] = tool;
    }
    if (!tools.isEmpty())
        request[QStringLiteral("tools")] = tools;
    QJsonArray messages = request[QStringLiteral("messages")].toArray();
    for (qsizetype i = 0; i < messages.size(); ++i) {
        QJsonObject message = messages[i].toObject();
        const QJsonValue content = message[QStringLiteral("content")];
        // No content, null, [] and "" are one: nothing was said.
        if (content.toString().isEmpty() && content.toArray().isEmpty())
            message[QStringLiteral("content")] = QString();
        QJsonArray calls;
        for (const QJsonValue &value : message.take(QStringLiteral("tool_calls")).toArray()) {
            QJsonObject call = value.toObject();
            call.remove(QStringLiteral("index")); // belongs to streams
            calls.append(call);
        }
        if (!calls.isEmpty())
            message[QStringLiteral("tool_calls")] = calls;
        QJsonArray parts = content.toArray();
        for (qsizetype k = 0; k < parts.size(); ++k) {
            QJsonObject part = parts[k].toObject();
            if (part.contains(QStringLiteral("prompt_cache_breakpoint"))) {
                part.remove(QStringLiteral("prompt_cache_breakpoint"));
                part[QStringLiteral("cache_control")]
                    = QJsonObject{{QStringLiteral("type"), QStringLiteral("ephemeral")}};
                parts[k] = part;
            }
        }
        if (!parts.isEmpty())
            message[QStringLiteral("content")] = parts;
        messages[i] = message;
    }
    request[QStringLiteral("messages")] = messages;
    return request;
}

} // namespace

class OpenAiChatRequestTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void keepsTheMeaning_data() { test::addRecordings("openai-chat", {"request.json"}); }
    void keepsTheMeaning();
    void readsEverything();
    void keepsBytesOfSchemasAndNumbers();
    void readsLegacyFunctions();
    void namesTheWrongField_data();
    void namesTheWrongField();
    void obeysQuirks();
    void reportsLosses();
    void writesToolResultsOfUserTurns();
    void showsImagesOfToolsAsTheUsers();
    void passesThrough_data();
    void passesThrough();
    void refusesToPassThrough();
    void listsModels();
};

void OpenAiChatRequestTest::keepsTheMeaning()
{
    QFETCH(QString, path);
    const QByteArray body = test::fileBytes(path);
    const ChatRequest request = decode(body);
    QVERIFY(!request.model.isEmpty());
    Losses losses;
    const QByteArray again = encode(request, everything(), losses);
    QCOMPARE(
        QJsonDocument(normalRequest(again)).toJson(QJsonDocument::Compact).constData(),
        QJsonDocument(normalRequest(body)).toJson(QJsonDocument::Compact).constData());
    QVERIFY2(losses.isEmpty(), losses.header().constData());
    for (const chat::Tool &tool : request.tools) {
        QVERIFY(tool.parameters.isEmpty() || body.contains(tool.parameters));
        QVERIFY(again.contains(tool.parameters));
    }
    if (request.responseFormat)
        QVERIFY(
            body.contains(request.responseFormat->schema) && again.contains(request.responseFormat->schema));
}

void OpenAiChatRequestTest::readsEverything()
{
    const QByteArray body
        = test::fileBytes(QStringLiteral(FAIRLEAD_TEST_DATA "/openai_chat/full.request.json"));
    const ChatRequest request = decode(body);
    QCOMPARE(request.dialect, QByteArray("openai-chat"));
    QCOMPARE(request.messages.size(), 6U);
    QCOMPARE(request.messages[0].role, chat::Role::Developer);
    const chat::Message &user = request.messages[1];
    QCOMPARE(user.name, QByteArray("ann"));
    QCOMPARE(user.parts.size(), 7U);
    const auto media = [&](std::size_t i) { return std::get<chat::MediaPart>(user.parts[i]); };
    QCOMPARE(media(1).mediaType, QByteArray("image/png"));
    QCOMPARE(media(1).base64, QByteArray("iVBORw0KGgo="));
    QCOMPARE(media(1).detail, QByteArray("low"));
    QCOMPARE(media(2).url, QByteArray("https://example.com/a.png"));
    QCOMPARE(media(3).kind, chat::MediaPart::Kind::Audio);
    QCOMPARE(media(3).mediaType, QByteArray("audio/wav"));
    QCOMPARE(media(4).name, QByteArray("a.pdf"));
    QCOMPARE(media(4).mediaType, QByteArray("application/pdf"));
    QCOMPARE(media(5).fileId, QByteArray("file-1"));
    QCOMPARE(media(6).url, QByteArray("https://example.com/a.pdf"));
    const chat::Message &assistant = request.messages[2];
    QCOMPARE(std::get<chat::ReasoningPart>(assistant.parts[0]).text, QByteArray("Tools."));
    QCOMPARE(std::get<chat::ToolCallPart>(assistant.parts[1]).arguments, QByteArray(R"({"b":1,"a":2})"));
    QVERIFY(std::get<chat::ToolCallPart>(assistant.parts[2]).custom);
    const auto &result = std::get<chat::ToolResultPart>(request.messages[3].parts[0]);
    QCOMPARE(result.toolName, QByteArray("weather"));
    QCOMPARE(result.content.size(), 2U);
    QCOMPARE(std::get<chat::ToolResultPart>(request.messages[4].parts[0]).toolName, QByteArray("shell"));
    QCOMPARE(request.temperature, QByteArray("0.70"));
    QCOMPARE(request.presencePenalty, QByteArray("1e-1"));
    QCOMPARE(request.seed, std::optional<std::int64_t>(9007199254740993));
    QCOMPARE(request.n, std::optional<std::int64_t>(2));
    QCOMPARE(request.stop.size(), 2U);
    QCOMPARE(request.topLogprobs, std::optional<std::int64_t>(3));
    QCOMPARE(request.maxOutputTokens, std::optional<std::int64_t>(100));
    QCOMPARE(request.tools.size(), 4U);
    QCOMPARE(request.tools[2].kind, chat::Tool::Kind::Custom);
    QCOMPARE(request.tools[3].kind, chat::Tool::Kind::BuiltIn);
    QCOMPARE(request.tools[3].json, QByteArray(R"({"type":"web_search","depth":2})"));
    QCOMPARE(request.toolChoice->mode, chat::ToolChoice::Mode::Named);
    QCOMPARE(request.toolChoice->name, QByteArray("shell"));
    QCOMPARE(request.parallelToolCalls, std::optional<bool>(false));
    QCOMPARE(request.responseFormat->kind, chat::ResponseFormat::Kind::JsonSchema);
    QCOMPARE(request.responseFormat->strict, std::optional<bool>(false));
    QCOMPARE(request.reasoning->effort, QByteArray("low"));
    QCOMPARE(request.user, QByteArray("u1"));
    QCOMPARE(request.serviceTier, QByteArray("flex"));
    QVERIFY(request.stream && request.includeUsage);
    QCOMPARE(request.extras.size(), 3U);
    QCOMPARE(request.extras[0].first, QByteArray("store"));
    QCOMPARE(request.extras[2].second, QByteArray(R"("low")"));

    const ChatRequest allowed = decode(
        R"({"model":"m","messages":[{"role":"user","content":"x"}],"max_completion_tokens":5,"max_tokens":9,
        "tool_choice":{"type":"allowed_tools","allowed_tools":{"mode":"auto","tools":[]}},"stop":"s","stream":null,
        "reasoning":{"effort":"high","max_tokens":2000,"exclude":true}})");
    QVERIFY(!allowed.toolChoice);
    QCOMPARE(allowed.extras[0].first, QByteArray("tool_choice"));
    QCOMPARE(allowed.maxOutputTokens, std::optional<std::int64_t>(5));
    QCOMPARE(allowed.stop, std::vector<QByteArray>{"s"});
    QCOMPARE(allowed.reasoning->budgetTokens, std::optional<std::int64_t>(2000));
    QCOMPARE(allowed.reasoning->includeText, std::optional<bool>(false));
}

void OpenAiChatRequestTest::keepsBytesOfSchemasAndNumbers()
{
    const QByteArray body
        = test::fileBytes(QStringLiteral(FAIRLEAD_TEST_DATA "/openai_chat/full.request.json"));
    Losses losses;
    const QByteArray again = encode(decode(body), everything(), losses);
    for (
        const char *piece :
        {R"("properties":{"z":{"type":"number","minimum":-9007199254740991,"maximum":1E5},"a":{"type":"string"}})",
         R"("schema":{"type":"object","properties":{"y":{"type":"integer"},"x":{"type":"integer"}}})",
         R"("temperature":0.70)", R"("top_p":1.0)", R"("presence_penalty":1e-1)",
         R"("seed":9007199254740993)", R"("logit_bias":{"50256":-100})", R"({"type":"web_search","depth":2})",
         R"("prediction":{"type":"content","content":"x"})", R"({\"b\":1,\"a\":2})"}) {
        QVERIFY2(body.contains(piece), piece);
        QVERIFY2(again.contains(piece), piece);
    }
    QVERIFY(again.indexOf("\"weather\",\"desc") < again.indexOf("\"bare\""));
}

void OpenAiChatRequestTest::readsLegacyFunctions()
{
    const ChatRequest request = decode(
        R"({"model":"m","functions":[{"name":"f","parameters":{"type":"object"}}],"function_call":{"name":"f"},"messages":[
        {"role":"user","content":"x"},{"role":"assistant","content":null,"function_call":{"name":"f","arguments":"{}"}},
        {"role":"function","name":"f","content":"done"}]})");
    QCOMPARE(request.tools.size(), 1U);
    QCOMPARE(request.toolChoice->name, QByteArray("f"));
    const auto &made = std::get<chat::ToolCallPart>(request.messages[1].parts[0]);
    const auto &result = std::get<chat::ToolResultPart>(request.messages[2].parts[0]);
    QVERIFY(!made.id.isEmpty());
    QCOMPARE(result.callId, made.id);
    QCOMPARE(result.toolName, QByteArray("f"));
}

void OpenAiChatRequestTest::namesTheWrongField_data()
{
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<QByteArray>("start");
    const auto row = [](const char *start, const char *body) {
        QTest::newRow(start) << QByteArray(body) << QByteArray(start);
    };
    row("The request body must be a JSON object", "[]");
    row("model must be", R"({"messages":[{"role":"user","content":"x"}]})");
    row("messages must be", R"({"model":"m"})");
    row("messages must be a non-empty", R"({"model":"m","messages":[]})");
    row("messages[0] must be an object", R"({"model":"m","messages":["x"]})");
    row("messages[0].role must be one of", R"({"model":"m","messages":[{"role":"robot","content":"x"}]})");
    row("messages[1].content must be",
        R"({"model":"m","messages":[{"role":"user","content":"x"},{"role":"user"}]})");
    row("messages[0].content must be an array", R"({"model":"m","messages":[{"role":"user","content":7}]})");
    row("messages[0].content[1].type must be",
        R"({"model":"m","messages":[{"role":"user","content":[{"type":"text","text":"x"},{"text":"x"}]}]})");
    row("messages[0].content[0].text must be",
        R"({"model":"m","messages":[{"role":"user","content":[{"type":"text"}]}]})");
    row("messages[0].content[0].image_url.url must be",
        R"({"model":"m","messages":[{"role":"user","content":[{"type":"image_url","image_url":{}}]}]})");
    row("messages[0].tool_call_id must be", R"({"model":"m","messages":[{"role":"tool","content":"x"}]})");
    row("messages[0].tool_calls[0].function must be",
        R"({"model":"m","messages":[{"role":"assistant","tool_calls":[{"id":"a"}]}]})");
    row("tools[0].function.name must be",
        R"({"model":"m","messages":[{"role":"user","content":"x"}],"tools":[{"type":"function","function":{}}]})");
    row("temperature must be a number",
        R"({"model":"m","messages":[{"role":"user","content":"x"}],"temperature":"hot"})");
    row("max_tokens must be an integer",
        R"({"model":"m","messages":[{"role":"user","content":"x"}],"max_tokens":1.5})");
    row("stop[1] must be a string",
        R"({"model":"m","messages":[{"role":"user","content":"x"}],"stop":["a",1]})");
    row("stream must be true or false",
        R"({"model":"m","messages":[{"role":"user","content":"x"}],"stream":"yes"})");
    row("response_format.type must be",
        R"({"model":"m","messages":[{"role":"user","content":"x"}],"response_format":{}})");
    row("tool_choice must be",
        R"({"model":"m","messages":[{"role":"user","content":"x"}],"tool_choice":"maybe"})");
}

void OpenAiChatRequestTest::namesTheWrongField()
{
    QFETCH(QByteArray, body);
    QFETCH(QByteArray, start);
    const auto request = inbound.decodeRequest(call(body));
    QVERIFY(!request);
    QVERIFY2(request.error().message().startsWith(start), request.error().message().constData());
    QCOMPARE(request.error().kind(), ErrorKind::Invalid);
}

void OpenAiChatRequestTest::obeysQuirks()
{
    const ChatRequest request = decode(
        R"({"model":"m","messages":[{"role":"developer","content":"x"}],"max_tokens":5,"stream":true})");
    Losses losses;
    Quirks quirks;
    QByteArray body = encode(request, quirks, losses);
    QVERIFY(body.contains(R"("max_tokens":5)"));
    QVERIFY(body.contains(R"("role":"developer")"));
    QVERIFY(body.contains(R"("stream":true,"stream_options":{"include_usage":true})"));
    QVERIFY(losses.isEmpty());
    quirks.maxTokensField = "max_completion_tokens";
    quirks.noDeveloperRole = true;
    quirks.noStreamOptions = true;
    body = encode(request, quirks, losses);
    QVERIFY(body.contains(R"("max_completion_tokens":5)"));
    QVERIFY(body.contains(R"("role":"system")"));
    QVERIFY(!body.contains("stream_options"));
    QCOMPARE(losses.header(), QByteArray("renamed=messages[0].role"));
}

void OpenAiChatRequestTest::reportsLosses()
{
    ChatRequest request = decode(
        R"({"model":"m","top_k":5,"context_management":{},"reasoning":{"max_tokens":3000},"messages":[
        {"role":"assistant","content":"x","reasoning_content":"r","prefix":true},
        {"role":"user","content":[{"type":"search_result","x":1},{"type":"text","text":"y","cache_control":{"type":"ephemeral"}}]}]})");
    Losses none;
    const QByteArray same = encode(request, everything(), none);
    QVERIFY(same.contains(R"("reasoning_content":"r")") && same.contains(R"("context_management":{})"));
    QVERIFY(
        same.contains("search_result") && same.contains(R"("top_k":5)") && same.contains("cache_control"));
    request.dialect = "anthropic";
    Losses losses;
    const QByteArray other = encode(request, Quirks(), losses);
    for (const char *gone :
         {"prefix", "reasoning_content", "context_management", "search_result", "top_k", "cache"})
        QVERIFY2(!other.contains(gone), gone);
    QVERIFY(other.contains(R"("reasoning_effort":"medium")"));
    const QByteArray header = losses.header();
    for (const char *named :
         {"dropped=top_k", "dropped=context_management", "approximated=reasoning.budget_tokens",
          "dropped=messages[0].reasoning", "dropped=messages[1].content.search_result",
          "dropped=messages[1].cache_control"})
        QVERIFY2(header.contains(named), header.constData());
    Quirks takesReasoning;
    takesReasoning.reasoningField = "reasoning_content";
    QVERIFY(encode(request, takesReasoning, losses).contains(R"("reasoning_content":"r")"));
}

/// As dialects send them that have no tool role.
void OpenAiChatRequestTest::writesToolResultsOfUserTurns()
{
    ChatRequest request;
    request.model = "m";
    chat::ToolResultPart first;
    first.callId = "a";
    first.content.emplace_back(chat::TextPart{"one", std::nullopt});
    chat::ToolResultPart second;
    second.callId = "b";
    chat::Message turn;
    turn.parts = {first, chat::TextPart{"and?", std::nullopt}, second};
    request.messages = {turn};
    Losses losses;
    QCOMPARE(
        encode(request, Quirks(), losses),
        QByteArray(R"({"model":"m","messages":[{"role":"tool","tool_call_id":"a","content":"one"},)"
                   R"({"role":"tool","tool_call_id":"b","content":""},{"role":"user","content":"and?"}]})"));
}

/// OpenAI takes images from users only.
void OpenAiChatRequestTest::showsImagesOfToolsAsTheUsers()
{
    chat::MediaPart image;
    image.mediaType = "image/png";
    image.base64 = "AA==";
    chat::ToolResultPart first;
    first.callId = "a";
    first.content = {chat::TextPart{"one", std::nullopt}, image};
    chat::ToolResultPart second;
    second.callId = "b";
    second.content.emplace_back(chat::TextPart{"two", std::nullopt});
    chat::Message results;
    results.role = chat::Role::Tool;
    results.parts = {first, second};
    chat::Message drawn;
    drawn.role = chat::Role::Assistant;
    drawn.parts = {chat::TextPart{"Here.", std::nullopt}, image};
    chat::Message question;
    question.parts = {chat::TextPart{"and?", std::nullopt}};
    ChatRequest request;
    request.model = "m";
    request.dialect = "anthropic";
    request.messages = {results, drawn, question};
    Losses losses;
    const QByteArray shown = R"({"type":"image_url","image_url":{"url":"data:image/png;base64,AA=="}})";
    QCOMPARE(
        encode(request, Quirks(), losses),
        R"({"model":"m","messages":[{"role":"tool","tool_call_id":"a","content":"one"},)"
        R"({"role":"tool","tool_call_id":"b","content":"two"},{"role":"user","content":[)"
            + shown + R"(]},{"role":"assistant","content":"Here."},{"role":"user","content":[)" + shown
            + R"(,{"type":"text","text":"and?"}]}]})");
    QCOMPARE(
        losses.header(), QByteArray("approximated=messages[0].content, approximated=messages[1].content"));
}

void OpenAiChatRequestTest::passesThrough_data()
{
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<bool>("noStreamOptions");
    QTest::addColumn<QByteArray>("expected");
    QTest::addColumn<bool>("usageForced");
    QTest::newRow("model only") << QByteArray(R"({ "x":1.0, "model" : "alias","messages":["é"] })") << false
                                << QByteArray(R"({ "x":1.0, "model" : "real","messages":["é"] })") << false;
    QTest::newRow("nothing") << QByteArray(R"({"model":"real","messages":[1]})") << false
                             << QByteArray(R"({"model":"real","messages":[1]})") << false;
    QTest::newRow("usage asked")
        << QByteArray(
               R"({"model":"real","messages":[1],"stream":true,"stream_options":{"include_usage":true}})")
        << false
        << QByteArray(
               R"({"model":"real","messages":[1],"stream":true,"stream_options":{"include_usage":true}})")
        << false;
    QTest::newRow("usage forced")
        << QByteArray(R"({"model":"real","messages":[1],"stream":true})") << false
        << QByteArray(
               R"({"model":"real","messages":[1],"stream":true,"stream_options":{"include_usage":true}})")
        << true;
    QTest::newRow("options there")
        << QByteArray(
               R"({"stream_options":{"include_obfuscation":false},"model":"a","messages":[1],"stream":true})")
        << false
        << QByteArray(
               R"({"stream_options":{"include_obfuscation":false,"include_usage":true},"model":"real","messages":[1],"stream":true})")
        << true;
    QTest::newRow("options null")
        << QByteArray(R"({"stream_options":null,"model":"real","messages":[1],"stream":true})") << false
        << QByteArray(
               R"({"stream_options":{"include_usage":true},"model":"real","messages":[1],"stream":true})")
        << true;
    QTest::newRow("provider knows none")
        << QByteArray(R"({"model":"real","messages":[1],"stream":true})") << true
        << QByteArray(R"({"model":"real","messages":[1],"stream":true})") << false;
    QTest::newRow("provider refuses them")
        << QByteArray(
               R"({"model":"real","stream_options":{"include_usage":true},"messages":[1],"stream":true})")
        << true << QByteArray(R"({"model":"real","messages":[1],"stream":true})") << false;
}

void OpenAiChatRequestTest::passesThrough()
{
    QFETCH(QByteArray, body);
    QFETCH(bool, noStreamOptions);
    QFETCH(QByteArray, expected);
    QFETCH(bool, usageForced);
    Quirks quirks;
    quirks.noStreamOptions = noStreamOptions;
    const auto result = inbound.passThrough(call(body), "real", quirks);
    QVERIFY(result);
    QCOMPARE(result->body, expected);
    QCOMPARE(result->usageForced, usageForced);
}

void OpenAiChatRequestTest::refusesToPassThrough()
{
    QVERIFY(!InboundCall::parse({}, {}, {}, "{\"model\":"));
    for (const char *body :
         {"[]", R"({"messages":[1]})", R"({"model":"","messages":[1]})", R"({"model":"m","messages":[]})",
          R"({"model":"m","messages":{}})", R"({"model":"m","messages":[1],"stream":1})"}) {
        QVERIFY2(!inbound.peek(call(body)), body);
        QVERIFY2(!inbound.passThrough(call(body), "x", Quirks()), body);
    }
    const auto head = inbound.peek(
        call(R"({"model":"m","messages":[1],"stream":true,"stream_options":{"include_usage":true}})"));
    QVERIFY(head && head->stream && head->includeUsage);
    QCOMPARE(head->model, QByteArray("m"));
}

void OpenAiChatRequestTest::listsModels()
{
    QCOMPARE(upstream.modelsCall().path, QByteArray("/models"));
    const std::vector<QByteArray> ids{"a", "b"};
    QCOMPARE(*upstream.decodeModels(R"({"object":"list","data":[{"id":"a"},{"id":"b"}]})"), ids);
    QCOMPARE(*upstream.decodeModels(R"([{"id":"a"},{"id":"b"}])"), ids);
    QCOMPARE(*upstream.decodeModels(R"({"models":[{"name":"a"},{"id":"b"}]})"), ids);
    QVERIFY(!upstream.decodeModels("<html>"));
    QVERIFY(!upstream.decodeModels("{}"));
}

QTEST_GUILESS_MAIN(OpenAiChatRequestTest)

#include "OpenAiChatRequestTest.moc"
