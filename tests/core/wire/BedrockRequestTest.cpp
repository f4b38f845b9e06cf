// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/wire/UpstreamCases.h"
#include "wire/bedrock/BedrockUpstream.h"
#include "json/View.h"

#include <QUrl>

using namespace fairlead;
using namespace fairlead::chat;
using namespace fairlead::test;

using wire::Losses;
using wire::Quirks;

namespace {

using json::View;

const wire::BedrockUpstream kCodec;

/// A block of a recorded request as a part: what a caller of any dialect could have said. Nothing if it is
/// another kind.
std::optional<Part> partOf(View block)
{
    if (const auto words = block["text"].string())
        return text(*words);
    if (const View use = block["toolUse"]; use && !use["type"])
        return call(use["toolUseId"].stringOr({}), use["name"].stringOr({}), use["input"].rawCopy());
    if (const View given = block["toolResult"]; given && !given["type"]) {
        const View words = given["content"].at(0)["text"];
        if (words.isString() && given["content"].count() == 1)
            return result(given["toolUseId"].stringOr({}), words.stringOr({}));
    }
    if (const View image = block["image"]) {
        MediaPart part;
        part.mediaType = "image/" + image["format"].stringOr({});
        part.base64 = image["source"]["bytes"].stringOr({});
        return part;
    }
    if (const View document = block["document"]; document["source"]["bytes"]) {
        MediaPart part;
        part.kind = MediaPart::Kind::File;
        part.mediaType = "text/plain";
        part.name = document["name"].stringOr({});
        part.base64 = document["source"]["bytes"].stringOr({});
        return part;
    }
    if (const View sealed = block["reasoningContent"]["reasoningText"]) {
        ReasoningPart part;
        part.text = sealed["text"].stringOr({});
        part.signature = sealed["signature"].stringOr({});
        part.origin = "anthropic";
        return part;
    }
    return std::nullopt;
}

/// Adds the blocks as parts; a cache point marks the part before it. False if there is what others cannot
/// say.
bool addParts(View blocks, std::vector<Part> &parts)
{
    for (const View block : blocks.elements()) {
        if (block["cachePoint"] && !parts.empty()) {
            std::visit(
                [](auto &part) {
                    if constexpr (requires { part.cache; })
                        part.cache = CacheMark();
                },
                parts.back());
            continue;
        }
        auto part = partOf(block);
        if (!part)
            return false;
        parts.push_back(std::move(*part));
    }
    return true;
}

bool addTools(View config, ChatRequest &built)
{
    for (const View tool : config["tools"].elements()) {
        const View spec = tool["toolSpec"];
        if (tool["cachePoint"] && !built.tools.empty()) {
            built.tools.back().cache = CacheMark();
            continue;
        }
        if (!spec)
            return false;
        built.tools.push_back(function(spec["name"].stringOr({}), spec["inputSchema"]["json"].rawCopy()));
        built.tools.back().description = spec["description"].stringOr({});
    }
    const View choice = config["toolChoice"];
    if (choice) {
        built.toolChoice = ToolChoice();
        built.toolChoice->mode = choice["any"] ? ToolChoice::Mode::Required : ToolChoice::Mode::Auto;
    }
    return true;
}

void addSettings(View body, ChatRequest &built)
{
    const View inference = body["inferenceConfig"];
    built.maxOutputTokens = inference["maxTokens"].integer();
    built.temperature = inference["temperature"].rawCopy();
    built.topP = inference["topP"].rawCopy();
    const View fields = body["additionalModelRequestFields"];
    if (fields["thinking"] || fields["reasoning_effort"]) {
        Reasoning reasoning;
        reasoning.effort = fields["reasoning_effort"].stringOr({});
        reasoning.budgetTokens = fields["thinking"]["budget_tokens"].integer();
        reasoning.includeText
            = fields["thinking"]["type"].equals("adaptive") ? std::optional(true) : std::nullopt;
        built.reasoning = reasoning;
    }
    if (const View schema = body["outputConfig"]["textFormat"]["structure"]["jsonSchema"]) {
        ResponseFormat format;
        format.kind = ResponseFormat::Kind::JsonSchema;
        format.name = schema["name"].stringOr({});
        format.description = schema["description"].stringOr({});
        format.schema = schema["schema"].stringOr({});
        built.responseFormat = format;
    }
    if (const View guardrail = body["guardrailConfig"])
        built.extras.emplace_back("guardrailConfig", guardrail.rawCopy());
}

/// A recorded request as a caller of another dialect would have made it; nothing if it has what others have
/// no word for.
std::optional<ChatRequest> asChatRequest(View body, const QByteArray &model)
{
    ChatRequest built;
    built.model = model;
    std::vector<Part> system;
    if (!addParts(body["system"], system))
        return std::nullopt;
    if (!system.empty())
        built.messages.push_back(message(Role::System, std::move(system)));
    for (const View turn : body["messages"].elements()) {
        Message own = message(turn["role"].equals("assistant") ? Role::Assistant : Role::User, {});
        if (!addParts(turn["content"], own.parts))
            return std::nullopt;
        built.messages.push_back(std::move(own));
    }
    if (!addTools(body["toolConfig"], built))
        return std::nullopt;
    addSettings(body, built);
    return built;
}

/// Bodies written in one way: turns of one role joined, without what says nothing.
QJsonObject plain(QJsonObject body)
{
    for (const char *name : {"system", "inferenceConfig", "additionalModelRequestFields"}) {
        const QJsonValue value = body.value(QLatin1String(name));
        if (value.toObject().isEmpty() && value.toArray().isEmpty())
            body.remove(QLatin1String(name));
    }
    QJsonArray turns;
    for (const QJsonValue &value : body[QStringLiteral("messages")].toArray()) {
        QJsonObject turn = value.toObject();
        QJsonArray blocks;
        const bool sameRole
            = !turns.isEmpty() && turns.last()[QStringLiteral("role")] == turn[QStringLiteral("role")];
        if (sameRole)
            blocks = turns.last()[QStringLiteral("content")].toArray();
        for (const QJsonValue &each : turn[QStringLiteral("content")].toArray()) {
            QJsonObject block = each.toObject();
            if (block.value(QStringLiteral("text")).toString(QStringLiteral("?")).trimmed().isEmpty())
                continue;
            QJsonObject given = block.value(QStringLiteral("toolResult")).toObject();
            if (!given.isEmpty()) {
                given[QStringLiteral("status")] = QStringLiteral("success");
                block[QStringLiteral("toolResult")] = given;
            }
            blocks.append(block);
        }
        turn[QStringLiteral("content")] = blocks;
        if (sameRole)
            turns.removeLast();
        turns.append(turn);
    }
    body[QStringLiteral("messages")] = turns;
    return body;
}

ChatRequest
request(std::vector<Message> messages, const QByteArray &model = "anthropic.claude-sonnet-4-5-v1:0")
{
    ChatRequest built;
    built.model = model;
    built.messages = std::move(messages);
    return built;
}

ChatRequest hello(const QByteArray &model = "anthropic.claude-sonnet-4-5-v1:0")
{
    return request({message(Role::User, {text("Hi")})}, model);
}

/// The encoded body, or the error's message; the losses after it.
QByteArray encoded(const ChatRequest &request, const Quirks &quirks = Quirks())
{
    Losses losses;
    const auto call = kCodec.encodeRequest(request, quirks, losses);
    const QByteArray body = call ? call->body : "error: " + call.error().message();
    return losses.isEmpty() ? body : body + " with losses " + lossesOf(losses);
}

/// What the body of "Hi" has after its messages.
QByteArray rest(const ChatRequest &request, const Quirks &quirks = Quirks())
{
    const QByteArray body = encoded(request, quirks);
    const QByteArray head = js("{'messages':[{'role':'user','content':[{'text':'Hi'}]}],");
    return body.startsWith(head) ? body.mid(head.size()) : body;
}

QByteArray blocksOf(const Message &sent, const QByteArray &model = "anthropic.claude-sonnet-4-5-v1:0")
{
    QByteArray body = encoded(request({sent}, model));
    const QByteArray role = sent.role == Role::Assistant ? "assistant" : "user";
    const QByteArray head = js("{'messages':[{'role':'") + role + js("','content':[");
    if (!body.startsWith(head))
        return body;
    return body.mid(head.size()).replace(js("]}],'inferenceConfig':{}}"), "");
}

MediaPart media(MediaPart::Kind kind, const QByteArray &type, const QByteArray &base64)
{
    MediaPart part;
    part.kind = kind;
    part.mediaType = type;
    part.base64 = base64;
    return part;
}

ResponseFormat schemaFormat()
{
    ResponseFormat format;
    format.kind = ResponseFormat::Kind::JsonSchema;
    format.name = "City";
    format.schema = js("{'type': 'object','b':1.0}");
    return format;
}

} // namespace

class BedrockRequestTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void addressesTheModel()
    {
        Losses losses;
        ChatRequest asked = hello("us.anthropic.claude-sonnet-4-5-20250929-v1:0");
        auto call = kCodec.encodeRequest(asked, Quirks(), losses);
        QCOMPARE(call->method, QByteArray("POST"));
        QCOMPARE(call->path, QByteArray("/model/us.anthropic.claude-sonnet-4-5-20250929-v1%3A0/converse"));
        QCOMPARE(call->headers.value("content-type"), QByteArray("application/json"));
        asked.model = "arn:aws:bedrock:us-east-1:0:inference-profile/us.a-v1:0";
        asked.stream = true;
        call = kCodec.encodeRequest(asked, Quirks(), losses);
        QCOMPARE(
            call->path,
            QByteArray("/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A0%3Ainference-profile%2Fus.a-v1%3A0"
                       "/converse-stream"));
        QVERIFY(losses.isEmpty());
        wire::PassedRequest passed;
        passed.model = "a:0";
        passed.body = "{}";
        QCOMPARE(
            kCodec.passThroughCall(std::move(passed), Quirks()).path, QByteArray("/model/a%3A0/converse"));
    }

    void writesWhatWasRecorded()
    {
        int compared = 0;
        const QString folder = recordings() + QStringLiteral("/bedrock");
        for (const QString &file :
             QDir(folder).entryList({QStringLiteral("bedrock-converse.*.request.json")}, QDir::Files)) {
            const QByteArray body = fileBytes(folder + QLatin1Char('/') + file);
            QString metaName = file;
            metaName.replace(QStringLiteral(".request.json"), QStringLiteral(".meta.json"));
            const QJsonObject meta = objectOf(fileBytes(folder + QLatin1Char('/') + metaName));
            const QUrl url(meta[QStringLiteral("url")].toString());
            const QByteArray path = url.path(QUrl::FullyEncoded).toLatin1();
            const auto document = json::Document::parse(body);
            QVERIFY(document.has_value());
            auto asked
                = asChatRequest(document->root(), QByteArray::fromPercentEncoding(path.split('/').at(2)));
            if (!asked)
                continue;
            asked->stream = path.endsWith("-stream");
            Losses losses;
            const auto call = kCodec.encodeRequest(*asked, Quirks(), losses);
            QVERIFY2(call.has_value(), qPrintable(file));
            QCOMPARE(call->path, path);
            QJsonObject sent = plain(objectOf(call->body));
            QJsonObject expected = plain(objectOf(body));
            // The cap that a thinking budget needs is raised; and these take no temperature beside it.
            if (asked->reasoning && asked->reasoning->budgetTokens)
                sent.remove(QStringLiteral("inferenceConfig"));
            if (sent != expected)
                qWarning().noquote() << file << call->body;
            QCOMPARE(sent, expected);
            ++compared;
        }
        QVERIFY(compared == 0 || compared >= 25);
    }

    void writesContent_data()
    {
        QTest::addColumn<Part>("part");
        QTest::addColumn<QByteArray>("expected");
        using Kind = MediaPart::Kind;
        QTest::newRow("text") << Part(text("Hi")) << js("{'text':'Hi'}");
        QTest::newRow("picture") << Part(media(Kind::Image, "image/png", "aQ=="))
                                 << js("{'image':{'format':'png','source':{'bytes':'aQ=='}}}");
        QTest::newRow("picture without a type")
            << Part(media(Kind::Image, "", "/9j/4AAQ"))
            << js("{'image':{'format':'jpeg','source':{'bytes':'/9j/4AAQ'}}}");
        QTest::newRow("PDF") << Part(media(
            Kind::File, "application/pdf",
            "aQ==")) << js("{'document':{'format':'pdf','name':'Document 1','source':{'bytes':'aQ=='}}}");
        QTest::newRow("source code") << Part(media(
            Kind::File, "text/x-c++src; charset=utf-8",
            "aQ==")) << js("{'document':{'format':'txt','name':'Document 1','source':{'bytes':'aQ=='}}}");
        QTest::newRow("video") << Part(media(Kind::File, "video/mp4", "aQ=="))
                               << js("{'video':{'format':'mp4','source':{'bytes':'aQ=='}}}");
        QTest::newRow("audio") << Part(media(Kind::Audio, "audio/wav", "aQ=="))
                               << js("{'audio':{'format':'wav','source':{'bytes':'aQ=='}}}");
        MediaPart named = media(Kind::File, "application/pdf", "aQ==");
        named.name = "a/b_c (1).pdf";
        QTest::newRow("file name")
            << Part(named)
            << js("{'document':{'format':'pdf','name':'a b c (1)','source':{'bytes':'aQ=='}}}")
                   + " with losses renamed=messages[0].content[0].filename";
        MediaPart stored;
        stored.url = "s3://bucket/picture.png";
        QTest::newRow("stored")
            << Part(stored)
            << js("{'image':{'format':'png','source':{'s3Location':{'uri':'s3://bucket/picture.png'}}}}");
    }
    void writesContent()
    {
        QFETCH(Part, part);
        QFETCH(QByteArray, expected);
        QByteArray sent = blocksOf(message(Role::User, {part}));
        QCOMPARE(sent, expected);
    }

    void dropsWhatItCannotCarry_data()
    {
        QTest::addColumn<Part>("part");
        using Kind = MediaPart::Kind;
        MediaPart linked;
        linked.url = "https://example.org/a.png";
        QTest::newRow("URL") << Part(linked);
        MediaPart uploaded;
        uploaded.fileId = "file-1";
        QTest::newRow("file id") << Part(uploaded);
        QTest::newRow("unknown type") << Part(media(Kind::File, "application/zip", "aQ=="));
        QTest::newRow("nothing") << Part(MediaPart());
        UnknownPart unknown;
        unknown.type = "hologram";
        QTest::newRow("unknown kind") << Part(unknown);
        ReasoningPart reasoning;
        reasoning.text = "hm";
        QTest::newRow("unsigned reasoning") << Part(reasoning);
    }
    void dropsWhatItCannotCarry()
    {
        QFETCH(Part, part);
        QCOMPARE(
            blocksOf(message(Role::User, {text("Hi"), part})),
            js("{'text':'Hi'}") + " with losses dropped=messages[0].content[1]");
    }

    void arrangesTurns()
    {
        const QByteArray body = encoded(request({
            message(Role::System, {text("Be brief.")}),
            message(Role::User, {text("Compare")}),
            message(Role::Assistant, {text("  "), call("t:1", "a", "{\"x\": 1.0}"), call("t2", "b", "")}),
            message(Role::Tool, {result("t:1", "1")}),
            message(Role::Tool, {result("t2", "2")}),
            message(Role::User, {text("And?")}),
        }));
        QVERIFY(body.startsWith(js("{'messages':[{'role':'user','content':[{'text':'Compare'}]},"
                                   "{'role':'assistant','content':[{'toolUse':{'toolUseId':'t_1_")));
        QVERIFY(
            body.contains(js("'name':'a','input':{'x': 1.0}}},{'toolUse':{'toolUseId':'t2','name':'b',"
                             "'input':{}}}]},{'role':'user','content':[{'toolResult':{'toolUseId':'t_1_")));
        QVERIFY(
            body.contains(js("'content':[{'text':'1'}],'status':'success'}},{'toolResult':{'toolUseId':'t2',"
                             "'content':[{'text':'2'}],'status':'success'}},{'text':'And?'}]}],"
                             "'system':[{'text':'Be brief.'}],")));
        // A history with calls in it and no tools is refused: they are named again.
        QVERIFY(
            body.contains(js("'toolConfig':{'tools':[{'toolSpec':{'name':'a','inputSchema':{'json':{'type':"
                             "'object','properties':{}}}}},{'toolSpec':{'name':'b',")));
        QVERIFY(body.endsWith("with losses approximated=tools"));
    }

    void keepsIdsThatBedrockMade()
    {
        const ChatRequest asked = request(
            {message(Role::User, {text("Hi")}),
             message(Role::Assistant, {call("functions.get_time:0", "get_time", "{}")}),
             message(Role::Tool, {result("functions.get_time:0", "now")})},
            "moonshot.kimi-k2-thinking");
        QCOMPARE(encoded(asked).count("functions.get_time:0"), 2);
    }

    void marksPrefixes()
    {
        TextPart marked = text("Long");
        marked.cache = CacheMark();
        TextPart hour = marked;
        hour.cache->ttl = "1h";
        ToolResultPart inside = result("t", "1");
        std::get<TextPart>(inside.content.front()).cache = CacheMark();
        ChatRequest asked = request(
            {message(Role::System, {hour}), message(Role::User, {marked}),
             message(Role::Assistant, {call("t", "f", "{}")}), message(Role::Tool, {inside})});
        asked.tools = {function("f", "{}")};
        asked.tools.front().cache = CacheMark();
        const QByteArray point = js("{'cachePoint':{'type':'default'}}");
        const QByteArray body = encoded(asked);
        QVERIFY(body.contains(js("[{'text':'Long'},") + point + ']'));
        QVERIFY(body.contains(js("'status':'success'}},") + point + ']'));
        QVERIFY(body.contains(js("'system':[{'text':'Long'},{'cachePoint':{'type':'default','ttl':'1h'}}]")));
        QVERIFY(body.contains(js("'json':{}}}},") + point + "]}"));
        QVERIFY(!body.contains("losses"));

        asked.model = "amazon.nova-pro-v1:0";
        QVERIFY(encoded(asked).endsWith("with losses dropped=tools.f.cache_control"));
        asked.model = "meta.llama4-v1:0";
        const QByteArray plainBody = encoded(asked);
        QVERIFY(!plainBody.contains("cachePoint"));
        QCOMPARE(plainBody.count("cache_control"), 4);
    }

    void returnsSealedThinking()
    {
        ReasoningPart thought;
        thought.text = "hm";
        thought.signature = "c2ln";
        thought.origin = "anthropic";
        ReasoningPart hidden;
        hidden.redacted = "cmVk";
        hidden.origin = "anthropic";
        const Message turn = message(Role::Assistant, {thought, hidden, text("Hi")});
        QCOMPARE(
            blocksOf(turn), js("{'reasoningContent':{'reasoningText':{'text':'hm','signature':'c2ln'}}},"
                               "{'reasoningContent':{'redactedContent':'Y21Waw=='}},{'text':'Hi'}"));
        QCOMPARE(
            blocksOf(turn, "openai.gpt-oss-120b-1:0"),
            js("{'text':'Hi'}")
                + " with losses dropped=messages[0].content[0] dropped=messages[0].content[1]");
    }

    void offersTools()
    {
        ChatRequest asked = hello();
        asked.tools = {function("get time", js("{'type':'object','properties':{'b':{},'a':{'const':1.0}}}"))};
        asked.tools.front().description = "Tells";
        asked.tools.front().strict = true;
        QCOMPARE(
            rest(asked),
            js("'toolConfig':{'tools':[{'toolSpec':{'name':'flx-get-20time','description':'Tells',"
               "'inputSchema':{'json':{'type':'object','properties':{'b':{},'a':{'const':1.0}}}},"
               "'strict':true}}]},'inferenceConfig':{}}")
                + " with losses renamed=tools.get time");
        Tool builtIn;
        builtIn.kind = Tool::Kind::BuiltIn;
        builtIn.name = "web_search";
        asked.tools = {builtIn};
        QCOMPARE(rest(asked), js("'inferenceConfig':{}}") + " with losses dropped=tools.web_search");
    }

    void choosesTools_data()
    {
        QTest::addColumn<ToolChoice::Mode>("mode");
        QTest::addColumn<QByteArray>("expected");
        const QByteArray tools
            = js("'toolConfig':{'tools':[{'toolSpec':{'name':'f','inputSchema':{'json':{}}}}]");
        const QByteArray end = js("},'inferenceConfig':{}}");
        QTest::newRow("auto") << ToolChoice::Mode::Auto << tools + js(",'toolChoice':{'auto':{}}") + end;
        QTest::newRow("required") << ToolChoice::Mode::Required
                                  << tools + js(",'toolChoice':{'any':{}}") + end;
        QTest::newRow("named") << ToolChoice::Mode::Named
                               << tools + js(",'toolChoice':{'tool':{'name':'f'}}") + end;
        QTest::newRow("none") << ToolChoice::Mode::None << js("'inferenceConfig':{}}");
    }
    void choosesTools()
    {
        QFETCH(ToolChoice::Mode, mode);
        QFETCH(QByteArray, expected);
        ChatRequest asked = hello();
        asked.tools = {function("f", "{}")};
        asked.toolChoice = ToolChoice();
        asked.toolChoice->mode = mode;
        asked.toolChoice->name = "f";
        QCOMPARE(rest(asked), expected);
    }

    void keepsToolsAHistoryNeeds()
    {
        ChatRequest asked = request(
            {message(Role::User, {text("Hi")}), message(Role::Assistant, {call("t", "f", "{}")}),
             message(Role::Tool, {result("t", "1")})});
        asked.tools = {function("f", "{}")};
        asked.toolChoice = ToolChoice();
        asked.toolChoice->mode = ToolChoice::Mode::None;
        const QByteArray body = encoded(asked);
        QVERIFY(body.contains("toolConfig"));
        QVERIFY(!body.contains("toolChoice"));
        QVERIFY(body.endsWith("with losses approximated=tool_choice"));
    }

    void structuresOutput()
    {
        ChatRequest asked = hello();
        asked.responseFormat = schemaFormat();
        QCOMPARE(
            rest(asked),
            js("'inferenceConfig':{},'outputConfig':{'textFormat':{'type':'json_schema','structure':"
               "{'jsonSchema':{'schema':'{\\'type\\': \\'object\\',\\'b\\':1.0}','name':'City'}}}}}"));
        const QByteArray tool = js(
            "'toolConfig':{'tools':[{'toolSpec':{'name':'fairlead_structured_answer','description':'Give the "
            "answer by calling this tool, once.','inputSchema':{'json':{'type': 'object','b':1.0}}}}],"
            "'toolChoice':{'tool':{'name':'fairlead_structured_answer'}}},'inferenceConfig':{}}");
        const QByteArray loss = " with losses approximated=response_format";
        Quirks without;
        without.structuredOutput = false;
        QCOMPARE(rest(asked, without), tool + loss);
        asked.model = "amazon.nova-lite-v1:0";
        QCOMPARE(rest(asked), tool + loss);
        asked.tools = {function("f", "{}")};
        QVERIFY(rest(asked).contains(js("'toolChoice':{'any':{}}")));
        asked.tools.clear();
        asked.model = "amazon.titan-text-express-v1";
        QCOMPARE(rest(asked), js("'inferenceConfig':{}}") + " with losses dropped=response_format");
        asked.responseFormat->kind = ResponseFormat::Kind::JsonObject;
        QCOMPARE(rest(asked), js("'inferenceConfig':{}}") + " with losses dropped=response_format");
    }

    void thinksByFamily_data()
    {
        QTest::addColumn<QByteArray>("model");
        QTest::addColumn<QByteArray>("effort");
        QTest::addColumn<QByteArray>("expected");
        const auto row
            = [](const char *name, const char *model, const char *effort, const QByteArray &expected) {
                  QTest::newRow(name) << QByteArray(model) << QByteArray(effort) << expected;
              };
        row("budget", "us.anthropic.claude-3-7-sonnet-20250219-v1:0", "low",
            js("'inferenceConfig':{'maxTokens':10240},'additionalModelRequestFields':{'thinking':{'type':"
               "'enabled','budget_tokens':2048}}} with losses approximated=reasoning_effort"));
        row("adaptive", "us.anthropic.claude-sonnet-5", "high",
            js("'inferenceConfig':{},'additionalModelRequestFields':{'thinking':{'type':'adaptive','display':"
               "'summarized'},'output_config':{'effort':'high'}}}"));
        row("off", "us.anthropic.claude-sonnet-5", "none",
            js("'inferenceConfig':{},'additionalModelRequestFields':{'thinking':{'type':'disabled'}}}"));
        row("effort", "openai.gpt-oss-120b-1:0", "medium",
            js("'inferenceConfig':{},'additionalModelRequestFields':{'reasoning_effort':'medium'}}"));
        row("effort it lacks", "openai.gpt-oss-120b-1:0", "xhigh",
            js("'inferenceConfig':{},'additionalModelRequestFields':{'reasoning_effort':'high'}} with losses "
               "approximated=reasoning_effort"));
        row("never", "amazon.nova-lite-v1:0", "high",
            js("'inferenceConfig':{}} with losses dropped=reasoning_effort"));
        row("not anyway", "amazon.nova-lite-v1:0", "none", js("'inferenceConfig':{}}"));
    }
    void thinksByFamily()
    {
        QFETCH(QByteArray, model);
        QFETCH(QByteArray, effort);
        QFETCH(QByteArray, expected);
        ChatRequest asked = hello(model);
        asked.reasoning = Reasoning();
        asked.reasoning->effort = effort;
        QCOMPARE(rest(asked), expected);
    }

    void samples_data()
    {
        QTest::addColumn<QByteArray>("model");
        QTest::addColumn<QByteArray>("expected");
        QTest::newRow("Claude")
            << QByteArray("anthropic.claude-3-haiku-20240307-v1:0")
            << js("'inferenceConfig':{'maxTokens':9,'temperature':0.70,'stopSequences':['END']},"
                  "'additionalModelRequestFields':{'top_k':5}} with losses "
                  "approximated=stop dropped=top_p");
        QTest::newRow("Claude 5")
            << QByteArray("anthropic.claude-sonnet-5")
            << js("'inferenceConfig':{'maxTokens':9,'stopSequences':['END']}} with losses "
                  "dropped=top_k dropped=temperature dropped=top_p approximated=stop");
        QTest::newRow("Nova")
            << QByteArray("amazon.nova-micro-v1:0")
            << js("'inferenceConfig':{'maxTokens':9,'temperature':0.70,'topP':0.5,"
                  "'stopSequences':['END']},'additionalModelRequestFields':{'inferenceConfig':"
                  "{'topK':5}}} with losses approximated=stop");
        QTest::newRow("Llama") << QByteArray("meta.llama4-v1:0")
                               << js("'inferenceConfig':{'maxTokens':9,'temperature':0.70,'topP':0.5,"
                                     "'stopSequences':['END']}} with losses dropped=top_k approximated=stop");
    }
    void samples()
    {
        QFETCH(QByteArray, model);
        QFETCH(QByteArray, expected);
        ChatRequest asked = hello(model);
        asked.maxOutputTokens = 9;
        asked.temperature = "0.70";
        asked.topP = "0.5";
        asked.topK = "5";
        asked.stop = {"END", "\n"};
        QByteArray sent = rest(asked);
        QList<QByteArray> found = sent.mid(sent.indexOf("losses ") + 7).split(' ');
        QList<QByteArray> wanted = expected.mid(expected.indexOf("losses ") + 7).split(' ');
        std::sort(found.begin(), found.end());
        std::sort(wanted.begin(), wanted.end());
        QCOMPARE(found, wanted);
        QCOMPARE(sent.left(sent.indexOf(" with")), expected.left(expected.indexOf(" with")));
    }

    void capsTemperature()
    {
        ChatRequest asked = hello("amazon.nova-micro-v1:0");
        asked.temperature = "1.5";
        QCOMPARE(
            rest(asked), js("'inferenceConfig':{'temperature':1}} with losses approximated=temperature"));
    }

    void writesTierAndOwnFields()
    {
        ChatRequest asked = hello();
        asked.serviceTier = "flex";
        asked.extras
            = {{"guardrailConfig", js("{'guardrailIdentifier':'g', 'guardrailVersion':'1'}")},
               {"verbosity", "\"low\""}};
        QCOMPARE(
            rest(asked),
            js("'inferenceConfig':{},'serviceTier':{'type':'flex'},'guardrailConfig':"
               "{'guardrailIdentifier':'g', 'guardrailVersion':'1'}} with losses dropped=verbosity"));
        asked.extras.clear();
        asked.serviceTier = "turbo";
        QCOMPARE(rest(asked), js("'inferenceConfig':{}} with losses dropped=service_tier"));
        asked.serviceTier = "auto";
        QCOMPARE(rest(asked), js("'inferenceConfig':{}}"));
    }

    void reportsTheRest()
    {
        ChatRequest asked = hello();
        asked.n = 2;
        asked.seed = 1;
        asked.presencePenalty = "0.5";
        asked.frequencyPenalty = "0";
        asked.logprobs = true;
        asked.logitBias = js("{'1':1}");
        asked.metadata = js("{'a':'b'}");
        asked.user = "me";
        asked.tools = {function("f", "{}")};
        asked.parallelToolCalls = false;
        QVERIFY(rest(asked).endsWith("approximated=n dropped=seed dropped=presence_penalty dropped=logprobs "
                                     "dropped=parallel_tool_calls "
                                     "dropped=user dropped=logit_bias dropped=metadata"));
    }

    void refusesWhatCannotBeAsked()
    {
        QVERIFY(encoded(request({})).startsWith("error: messages"));
        ChatRequest asked = hello();
        asked.tools = {function(QByteArray(70, 'x'), "{}")};
        QVERIFY(encoded(asked).startsWith("error: tool name"));
        const QByteArray lone = encoded(request({message(Role::System, {text("Alone")})}));
        QVERIFY(lone.startsWith(js("{'messages':[{'role':'user','content':[{'text':'Alone'}]}]")));
        QVERIFY(lone.endsWith("approximated=messages"));
    }
};

QTEST_GUILESS_MAIN(BedrockRequestTest)
#include "BedrockRequestTest.moc"
