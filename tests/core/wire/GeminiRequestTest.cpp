// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/wire/UpstreamCases.h"
#include "wire/gemini/GeminiUpstream.h"
#include "wire/gemini/Schema.h"
#include "json/View.h"

using namespace fairlead;
using namespace fairlead::chat;
using namespace fairlead::test;
using wire::Losses;
using wire::Quirks;

namespace {

const wire::GeminiUpstream kCodec;

using fairlead::json::View;

/// A member under its camelCase name or the snake_case one the API takes as well.
View either(View object, QByteArrayView camel, QByteArrayView snake)
{
    return object[camel].exists() ? object[camel] : object[snake];
}

/// A part of a recorded request as a caller of any dialect could have said it. Nothing if it is another kind.
std::optional<Part> partOf(View part, QList<QByteArray> &unanswered, int &made)
{
    if (part["text"].isString() && !part["thought"].booleanOr(false) && !part["thoughtSignature"].exists())
        return text(part["text"].stringOr({}));
    if (const View called = either(part, "functionCall", "function_call")) {
        const QByteArray id = called["id"].string().value_or("call_" + QByteArray::number(made++));
        ToolCallPart built = call(id, called["name"].stringOr({}), called["args"].rawCopy());
        built.signature = part["thoughtSignature"].stringOr({});
        unanswered += id;
        return built;
    }
    if (const View answered = either(part, "functionResponse", "function_response");
        answered && !unanswered.isEmpty())
        return result(unanswered.takeFirst(), answered["response"].rawCopy());
    if (const View data = part["inlineData"]) {
        MediaPart media;
        media.mediaType = data["mimeType"].stringOr({});
        media.base64 = data["data"].stringOr({});
        return media;
    }
    if (const View file = part["fileData"]; file && file["mimeType"].exists()) {
        MediaPart media;
        media.mediaType = file["mimeType"].stringOr({});
        media.url = file["fileUri"].stringOr({});
        return media;
    }
    return std::nullopt;
}

/// A recorded request as a Chat caller would have made it. Nothing if it has what Chat has no word for.
std::optional<ChatRequest> asChatRequest(View body)
{
    ChatRequest built;
    built.model = "gemini-2.5-flash";
    QList<QByteArray> unanswered;
    int made = 0;
    for (const View content : body["contents"].elements()) {
        const Role role = content["role"].equals("model") ? Role::Assistant : Role::User;
        Message own = message(role, {});
        for (const View part : content["parts"].elements()) {
            auto said = partOf(part, unanswered, made);
            if (!said)
                return std::nullopt;
            if (std::holds_alternative<ToolResultPart>(*said))
                built.messages.push_back(message(Role::Tool, {std::move(*said)}));
            else
                own.parts.push_back(std::move(*said));
        }
        if (!own.parts.empty())
            built.messages.push_back(std::move(own));
    }
    return built;
}

/// Contents written in one way: camelCase, without parts that say nothing.
QJsonArray contentsOf(const QByteArray &body)
{
    QByteArray camel = body;
    camel.replace("function_call", "functionCall").replace("function_response", "functionResponse");
    QJsonArray contents;
    for (const QJsonValue &content : objectOf(camel)[QStringLiteral("contents")].toArray()) {
        QJsonArray parts;
        for (const QJsonValue &part : content[QStringLiteral("parts")].toArray()) {
            if (part[QStringLiteral("text")].toString(QStringLiteral("?")).isEmpty())
                continue;
            parts.append(part);
        }
        contents.append(QJsonObject{
            {QStringLiteral("role"), content[QStringLiteral("role")]}, {QStringLiteral("parts"), parts}});
    }
    return contents;
}

ChatRequest request(std::vector<Message> messages)
{
    ChatRequest built;
    built.model = "gemini-2.5-flash";
    built.messages = std::move(messages);
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

const QByteArray kHello = js("'contents':[{'role':'user','parts':[{'text':'Hi'}]}]");
const QByteArray kPlain = js("'generationConfig':{}");

} // namespace

class GeminiRequestTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void addressesTheApi()
    {
        ChatRequest plain = request({message(Role::User, {text("Hi")})});
        plain.model = "models/a b/c";
        Losses losses;
        QCOMPARE(
            kCodec.encodeRequest(plain, Quirks(), losses)->path,
            QByteArray("/models/a%20b%2Fc:generateContent"));
        plain.stream = true;
        const auto call = kCodec.encodeRequest(plain, Quirks(), losses);
        QCOMPARE(call->path, QByteArray("/models/a%20b%2Fc:streamGenerateContent?alt=sse"));
        QCOMPARE(call->method, QByteArray("POST"));
        QCOMPARE(call->headers.value("content-type"), QByteArray("application/json"));
        wire::PassedRequest passed;
        passed.model = "m";
        passed.stream = true;
        QCOMPARE(
            kCodec.passThroughCall(std::move(passed), Quirks()).path,
            QByteArray("/models/m:streamGenerateContent?alt=sse"));
        const auto *row = wire::findWire("gemini");
        QVERIFY(row && row->upstream);
    }

    void encodesEveryNumber()
    {
        ChatRequest plain
            = request({message(Role::System, {text("Be brief.")}), message(Role::User, {text("Hi")})});
        plain.temperature = "1.70";
        plain.topP = "0.9";
        plain.topK = "40";
        plain.presencePenalty = "0.10";
        plain.frequencyPenalty = "-1";
        plain.n = 2;
        plain.maxOutputTokens = 99;
        plain.stop = {"END"};
        plain.seed = 7;
        plain.logprobs = true;
        plain.topLogprobs = 3;
        QCOMPARE(
            encoded(plain),
            js("{'systemInstruction':{'parts':[{'text':'Be brief.'}]},") + kHello
                + js(",'generationConfig':{'temperature':1.70,'topP':0.9,'topK':40,'presencePenalty':0.10,"
                     "'frequencyPenalty':-1,'candidateCount':2,'maxOutputTokens':99,'stopSequences':['END'],'"
                     "seed':7,"
                     "'responseLogprobs':true,'logprobs':3}}"));
    }

    void shapesContentsAsRecordedRequests()
    {
        int compared = 0;
        for (const Recording &recording :
             recordingsOf("gemini", {".response.json", ".sse", ".response.jsonarray.json"})) {
            const QString path = recording.path.section(QStringLiteral(".response"), 0, 0)
                                     .section(QStringLiteral(".sse"), 0, 0)
                                 + QStringLiteral(".request.json");
            const auto document = fairlead::json::Document::parse(fileBytes(path));
            const auto asked = document ? asChatRequest(document->root()) : std::nullopt;
            if (!asked || recording.status != 200)
                continue;
            Losses losses;
            QCOMPARE(
                QJsonDocument(contentsOf(encoded(*asked, losses))),
                QJsonDocument(contentsOf(document->text())));
            ++compared;
        }
        if (QFile::exists(recordings() + QStringLiteral("/INDEX.tsv")))
            QVERIFY2(compared >= 20, QByteArray::number(compared).constData());
    }

    void groupsToolResults()
    {
        ToolCallPart signedCall = call("own8id01", "add", "{\"b\": 1.0, \"a\": 12345678901234567890}");
        signedCall.signature = "c2ln";
        ToolResultPart failed = result("call_x_1", "boom");
        failed.isError = true;
        ChatRequest tools = request({
            message(Role::User, {text("go")}),
            message(Role::Assistant, {text(""), signedCall, call("call_x_1", "now", "")}),
            message(Role::Tool, {failed}),
            message(Role::Tool, {result("own8id01", "{\"sum\": 3}")}),
            message(Role::User, {text("and?")}),
        });
        QCOMPARE(
            encoded(tools),
            js("{'contents':[{'role':'user','parts':[{'text':'go'}]},{'role':'model','parts':["
               "{'functionCall':{'id':'own8id01','name':'add','args':{'b': 1.0, 'a': 12345678901234567890}},"
               "'thoughtSignature':'c2ln'},{'functionCall':{'name':'now','args':{}}}]},{'role':'user','parts'"
               ":["
               "{'functionResponse':{'id':'own8id01','name':'add','response':{'sum': 3}}},"
               "{'functionResponse':{'name':'now','response':{'error':'boom'}}}]},"
               "{'role':'user','parts':[{'text':'and?'}]}],")
                + kPlain + '}');
        tools.messages[2].parts = {result("nobody", "x")};
        Losses losses;
        QVERIFY(encoded(tools, losses).startsWith("error: messages[2].content[0]: no tool call"));
    }

    void signsForeignCallsWhereTheModelInsists()
    {
        ChatRequest tools = request({
            message(Role::User, {text("go")}),
            message(Role::Assistant, {call("call_1", "f", "{}"), call("call_2", "g", "{}")}),
            message(Role::Tool, {result("call_1", "1"), result("call_2", "text")}),
        });
        QVERIFY(!encoded(tools).contains("thoughtSignature"));
        tools.model = "gemini-3.5-flash";
        const QByteArray body = encoded(tools);
        QCOMPARE(body.count("skip_thought_signature_validator"), 1);
        QVERIFY(body.contains(js("{'functionCall':{'name':'f','args':{}},'thoughtSignature':'skip_thought")));
        QVERIFY(body.contains(js("'response':{'result':'text'}")));
    }

    void returnsItsOwnThoughts()
    {
        ReasoningPart thought;
        thought.text = "hm";
        thought.origin = "gemini";
        ReasoningPart seal;
        seal.signature = "c2ln";
        seal.origin = "gemini";
        ReasoningPart foreign;
        foreign.text = "x";
        foreign.signature = "y";
        foreign.origin = "anthropic";
        Losses losses;
        QCOMPARE(
            encoded(
                request(
                    {message(Role::User, {text("q")}),
                     message(Role::Assistant, {thought, seal, foreign, text("a"), text("b")}),
                     message(Role::Assistant, {}), message(Role::User, {text("r")}),
                     message(Role::Assistant, {seal}), message(Role::User, {text("s")})}),
                losses),
            js("{'contents':[{'role':'user','parts':[{'text':'q'}]},{'role':'model','parts':[{'text':'hm','"
               "thought':true},"
               "{'text':'a','thoughtSignature':'c2ln'},{'text':'b'}]},{'role':'user','parts':[{'text':'r'}]},"
               "{'role':'model','parts':[{'text':'','thoughtSignature':'c2ln'}]},{'role':'user','parts':[{'"
               "text':'s'}]}],")
                + kPlain + '}');
        QCOMPARE(lossesOf(losses), QByteArray("dropped=messages[1].content[2]"));
    }

    void keepsSchemasToTheByte()
    {
        const QByteArray schema = js(
            "{ 'type':'object', 'properties':{'z':{'maximum':9007199254740993},'a':{'multipleOf':1.0}}}");
        ChatRequest tools = request({message(Role::User, {text("Hi")})});
        tools.tools = {function("f", schema), function("g", "")};
        tools.toolChoice = ToolChoice{ToolChoice::Mode::Named, "f"};
        tools.responseFormat = ResponseFormat{ResponseFormat::Kind::JsonSchema, "n", {}, schema, {}};
        QCOMPARE(
            encoded(tools),
            '{' + kHello + js(",'tools':[{'functionDeclarations':[{'name':'f','parametersJsonSchema':")
                + schema
                + js("},{'name':'g'}]}],'toolConfig':{'functionCallingConfig':{'mode':'ANY','"
                     "allowedFunctionNames':['f']}},"
                     "'generationConfig':{'responseMimeType':'application/json','responseJsonSchema':")
                + schema + "}}");
        tools.tools = {function("f", js("{'$schema':'x','type':'object','a':1}"))};
        QVERIFY(encoded(tools).contains(js("'parametersJsonSchema':{'type':'object','a':1}")));
        tools.tools = {function("f", "[]")};
        Losses losses;
        QVERIFY(encoded(tools, losses).startsWith("error: tools.f: "));
    }

    void convertsSchemas_data()
    {
        QTest::addColumn<QByteArray>("schema");
        QTest::addColumn<QByteArray>("subset");
        QTest::addColumn<QByteArray>("lost");
        const auto row = [](const char *name, const char *schema, const char *subset, const char *lost = "") {
            QTest::newRow(name) << js(schema) << js(subset) << QByteArray(lost);
        };
        row("object",
            "{'$schema':'s','type':'object','properties':{'z':{'type':'string','format':'uri'},'a':{'type':"
            "'integer','minimum':1.0}},'required':['z'],'additionalProperties':false}",
            "{'type':'OBJECT','properties':{'z':{'type':'STRING'},'a':{'type':'INTEGER','minimum':1.0}},'"
            "required':['z']}");
        row("nullable", "{'type':['string','null'],'description':'d'}",
            "{'type':'STRING','description':'d','nullable':true}");
        row("union", "{'anyOf':[{'type':'null'},{'type':'array','items':{'type':'number'}}]}",
            "{'anyOf':[{'type':'ARRAY','items':{'type':'NUMBER'}}],'nullable':true}");
        row("const", "{'const':'x'}", "{'type':'STRING','enum':['x']}");
        row("enum of numbers", "{'type':'integer','enum':[1,2]}", "{'type':'INTEGER'}", "enum");
        row("reference",
            "{'type':'object','properties':{'a':{'$ref':'#/$defs/A'}},'$defs':{'A':{'type':'boolean'}}}",
            "{'type':'OBJECT','properties':{'a':{'type':'BOOLEAN'}}}");
        row("cycle",
            "{'$defs':{'N':{'type':'object','properties':{'next':{'$ref':'#/$defs/N'}}}},'$ref':'#/$defs/N'}",
            "{'type':'OBJECT','properties':{'next':{'type':'OBJECT'}}}");
        row("nowhere", "{'type':'object','properties':{'a':{'$ref':'https://example.org/x'}}}",
            "{'type':'OBJECT','properties':{'a':{'type':'OBJECT'}}}");
        row("not in the subset", "{'type':'number','exclusiveMinimum':0,'multipleOf':2}", "{'type':'NUMBER'}",
            "exclusiveMinimum multipleOf");
    }
    void convertsSchemas()
    {
        QFETCH(QByteArray, schema);
        QFETCH(QByteArray, subset);
        QFETCH(QByteArray, lost);
        QByteArray reported;
        const auto converted = wire::gemini::subsetSchema(schema, reported);
        QVERIFY(converted.has_value());
        QCOMPARE(*converted, subset);
        QCOMPARE(reported, lost);
        Quirks quirks;
        quirks.jsonSchema = false;
        ChatRequest tools = request({message(Role::User, {text("Hi")})});
        tools.tools = {function("f", schema)};
        Losses losses;
        QVERIFY(encoded(tools, losses, quirks).contains("\"parameters\":" + subset));
    }

    void boundsSchemasThatFanOut()
    {
        // Each level names the next one twice: 2^40 parts without a limit.
        QByteArray schema = js("{'$ref':'#/$defs/L0','$defs':{");
        for (int level = 0; level < 40; ++level) {
            const QByteArray next = js("{'$ref':'#/$defs/L") + QByteArray::number(level + 1) + "\"}";
            schema += "\"L" + QByteArray::number(level) + js("':{'type':'object','properties':{'a':") + next
                      + js(",'b':") + next + "}},";
        }
        schema += js("'L40':{'type':'string'}}}");
        QByteArray lost;
        const auto converted = wire::gemini::subsetSchema(schema, lost);
        QVERIFY(converted.has_value());
        QVERIFY(converted->size() < 1'000'000);
    }

    void carriesMedia()
    {
        MediaPart png;
        png.base64 = "iVBORw0KGgoAAAA=";
        MediaPart linked;
        linked.url = "https://example.org/a.JPG?x=1";
        MediaPart plainHttp;
        plainHttp.url = "http://example.org/a.png";
        MediaPart audio;
        audio.kind = MediaPart::Kind::Audio;
        audio.mediaType = "audio/wav";
        audio.base64 = "AAAA";
        MediaPart pdf;
        pdf.kind = MediaPart::Kind::File;
        pdf.base64 = "JVBERi0=";
        MediaPart stored;
        stored.kind = MediaPart::Kind::File;
        stored.fileId = "file-abc";
        Losses losses;
        QCOMPARE(
            encoded(request({message(Role::User, {png, linked, plainHttp, audio, pdf, stored})}), losses),
            js("{'contents':[{'role':'user','parts':[{'inlineData':{'mimeType':'image/"
               "png','data':'iVBORw0KGgoAAAA='}},"
               "{'fileData':{'mimeType':'image/jpeg','fileUri':'https://example.org/a.JPG?x=1'}},"
               "{'inlineData':{'mimeType':'audio/wav','data':'AAAA'}},"
               "{'inlineData':{'mimeType':'application/pdf','data':'JVBERi0='}}]}],")
                + kPlain + '}');
        QCOMPARE(
            lossesOf(losses), QByteArray("dropped=messages[0].content[2] dropped=messages[0].content[5]"));
    }

    void tellsModelsHowToThink_data()
    {
        QTest::addColumn<QByteArray>("model");
        QTest::addColumn<QByteArray>("effort");
        QTest::addColumn<QByteArray>("expected");
        QTest::addColumn<QByteArray>("losses");
        const auto row
            = [](const char *model, const char *effort, const char *expected, const char *losses = "") {
                  QTest::addRow("%s %s", model, effort)
                      << QByteArray(model) << QByteArray(effort) << js(expected) << QByteArray(losses);
              };
        const char *const approximated = "approximated=reasoning_effort";
        row("gemini-3.5-flash", "medium", "{'thinkingLevel':'medium','includeThoughts':true}");
        row("gemini-3.5-flash", "xhigh", "{'thinkingLevel':'high','includeThoughts':true}", approximated);
        row("gemini-3.5-flash", "none", "{'thinkingLevel':'minimal','includeThoughts':false}", approximated);
        row("gemini-3.1-pro-preview", "minimal", "{'thinkingLevel':'low','includeThoughts':true}",
            approximated);
        row("gemini-3-pro-preview", "medium", "{'thinkingLevel':'high','includeThoughts':true}",
            approximated);
        row("gemini-2.5-flash", "none", "{'thinkingBudget':0,'includeThoughts':false}");
        row("gemini-2.5-flash", "high", "{'thinkingBudget':24576,'includeThoughts':true}", approximated);
        row("gemini-2.5-pro", "none", "{'thinkingBudget':128,'includeThoughts':false}", approximated);
        row("gemini-2.0-flash", "high", "", "dropped=reasoning_effort");
    }
    void tellsModelsHowToThink()
    {
        QFETCH(QByteArray, model);
        QFETCH(QByteArray, effort);
        QFETCH(QByteArray, expected);
        QFETCH(QByteArray, losses);
        ChatRequest asked = request({message(Role::User, {text("Hi")})});
        asked.model = model;
        asked.reasoning = Reasoning{effort, {}, {}, {}};
        Losses reported;
        const auto document = fairlead::json::Document::parse(encoded(asked, reported));
        QVERIFY(document.has_value());
        QCOMPARE((*document)["generationConfig"]["thinkingConfig"].rawCopy(), expected);
        QCOMPARE(lossesOf(reported), losses);
    }

    void namesEveryLoss()
    {
        TextPart marked = text("Hi");
        marked.cache = CacheMark();
        ChatRequest rich = request({message(Role::User, {marked}), message(Role::System, {text("late")})});
        rich.user = "u";
        rich.seed = 1'000'000'000'000;
        rich.stop = {"1", "2", "3", "4", "5", "6"};
        rich.parallelToolCalls = false;
        rich.serviceTier = "scale";
        rich.logitBias = js("{'1':2}");
        rich.metadata = js("{'a':'b'}");
        rich.responseFormat = ResponseFormat{ResponseFormat::Kind::JsonObject, {}, {}, {}, {}};
        rich.extras = {{"store", "true"}};
        Tool foreign;
        foreign.kind = Tool::Kind::BuiltIn;
        foreign.name = "web_search";
        foreign.json = js("{'type':'web_search'}");
        rich.tools = {foreign, function("a.b", ""), function("7up", "")};
        Losses losses;
        QCOMPARE(
            encoded(rich, losses),
            js("{'systemInstruction':{'parts':[{'text':'late'}]},") + kHello
                + js(",'tools':[{'functionDeclarations':[{'name':'a.b'},{'name':'flx-7up'}]}],"
                     "'generationConfig':{'stopSequences':['1','2','3','4','5'],'responseMimeType':'"
                     "application/json'}}"));
        QCOMPARE(
            lossesOf(losses),
            QByteArray("dropped=messages[0].content[0].cache_control approximated=messages[1] "
                       "dropped=tools.web_search renamed=tools.7up "
                       "dropped=parallel_tool_calls approximated=stop dropped=seed dropped=service_tier "
                       "dropped=store "
                       "dropped=user dropped=logit_bias dropped=metadata"));
    }

    void offersGooglesOwnToolsForOthers()
    {
        ChatRequest plain = request({message(Role::User, {text("Hi")})});
        for (const char *name : {"web_search_20250305", "code_interpreter", "computer"}) {
            Tool tool;
            tool.kind = Tool::Kind::BuiltIn;
            tool.name = name;
            plain.tools.push_back(tool);
        }
        Losses losses;
        QCOMPARE(
            encoded(plain, losses),
            '{' + kHello + js(",'tools':[{'googleSearch':{}},{'codeExecution':{}}],") + kPlain + '}');
        QCOMPARE(
            lossesOf(losses), QByteArray("approximated=tools.web_search_20250305 "
                                         "approximated=tools.code_interpreter dropped=tools.computer"));
    }

    void returnsWhatIsItsOwn()
    {
        const UnknownPart code{"executableCode", js("{'executableCode':{'code':'1'}}")};
        ChatRequest own = request({message(Role::User, {text("Hi")}), message(Role::Assistant, {code})});
        Losses losses;
        QVERIFY(!encoded(own, losses).contains("executableCode"));
        QCOMPARE(lossesOf(losses), QByteArray("dropped=messages[1].content[0]"));
        own.dialect = "gemini";
        own.extras
            = {{"safetySettings", "[]"},
               {"generationConfig.responseModalities", js("['IMAGE']")},
               {"toolConfig.retrievalConfig", "{}"}};
        own.serviceTier = "default";
        Tool search;
        search.kind = Tool::Kind::BuiltIn;
        search.json = js("{'googleSearch':{}}");
        own.tools = {search};
        QCOMPARE(
            encoded(own), js("{'contents':[{'role':'user','parts':[{'text':'Hi'}]},{'role':'model','parts':[{"
                             "'executableCode':{'code':'1'}}]}],"
                             "'tools':[{'googleSearch':{}}],'toolConfig':{'retrievalConfig':{}},"
                             "'generationConfig':{'responseModalities':['IMAGE']},'serviceTier':'standard',"
                             "'safetySettings':[]}"));
    }
};

QTEST_GUILESS_MAIN(GeminiRequestTest)
#include "GeminiRequestTest.moc"
