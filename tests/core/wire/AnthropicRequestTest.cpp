// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/wire/UpstreamCases.h"
#include "wire/anthropic/AnthropicTokenCount.h"
#include "wire/anthropic/AnthropicUpstream.h"
#include "json/View.h"

using namespace fairlead;
using namespace fairlead::chat;
using namespace fairlead::test;

using wire::Losses;
using wire::Quirks;

namespace {

const wire::AnthropicUpstream kCodec;

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

class AnthropicRequestTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    // Vertex AI: https://docs.anthropic.com/en/api/claude-on-vertex-ai
    void putsTheVersionIntoTheBody()
    {
        Quirks vertex;
        vertex.anthropicVersion = "vertex-2023-10-16";
        Losses losses;
        const auto call = kCodec.encodeRequest(request({message(Role::User, {text("Hi")})}), vertex, losses);
        QVERIFY(!call->headers.contains("anthropic-version"));
        QCOMPARE(
            call->body, js("{'max_tokens':100,'messages':[{'role':'user','content':'Hi'}],"
                           "'anthropic_version':'vertex-2023-10-16'}"));
        wire::PassedRequest passed;
        passed.model = "claude-x";
        passed.body = js("{'model':'claude-x', 'stream':true, 'future': 1.0}");
        const wire::UpstreamCall through = kCodec.passThroughCall(std::move(passed), vertex);
        QVERIFY(!through.headers.contains("anthropic-version"));
        QCOMPARE(
            compactJson(through.body),
            compactJson(js("{'stream':true,'future':1.0,'anthropic_version':'vertex-2023-10-16'}")));
        const wire::AnthropicTokenCount counting;
        const auto count
            = counting.encodeRequest(request({message(Role::User, {text("Hi")})}), vertex, losses);
        QVERIFY(count->body.startsWith(js("{'model':'claude-sonnet-4-5',")));
        QVERIFY(count->body.contains("vertex-2023-10-16"));
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

QTEST_GUILESS_MAIN(AnthropicRequestTest)
#include "AnthropicRequestTest.moc"
