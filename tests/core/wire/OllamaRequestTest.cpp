// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/wire/UpstreamCases.h"
#include "wire/ollama/OllamaEmbedding.h"
#include "wire/ollama/OllamaInbound.h"
#include "wire/ollama/OllamaUpstream.h"

#include <QRandomGenerator>

using namespace fairlead;
using namespace fairlead::chat;
using namespace fairlead::test;
using wire::InboundCall;
using wire::Losses;
using wire::Quirks;
using wire::ollama::Endpoint;

namespace {

const wire::OllamaUpstream kUpstream;
const wire::OllamaInbound kChat(Endpoint::Chat);
const wire::OllamaInbound kGenerate(Endpoint::Generate);
const wire::OllamaEmbedding kEmbedding;

InboundCall called(const QByteArray &body, const QByteArray &path = "/api/chat")
{
    auto parsed = InboundCall::parse(path, {}, {}, body);
    if (!parsed)
        qFatal("%s", parsed.error().message().constData());
    return std::move(*parsed);
}

/// The request as /api/chat would be asked, with what was lost on the way.
QByteArray encoded(const ChatRequest &request)
{
    Losses losses;
    const auto call = kUpstream.encodeRequest(request, Quirks(), losses);
    if (!call)
        return "error: " + call.error().message();
    return losses.isEmpty() ? call->body : call->body + " with losses " + lossesOf(losses);
}

ChatRequest asked(std::vector<Message> messages)
{
    ChatRequest built;
    built.model = "m";
    built.dialect = "openai-chat";
    built.messages = std::move(messages);
    return built;
}

ChatRequest hello()
{
    return asked({message(Role::User, {text("Hi")})});
}

const QByteArray kHello = js("{'model':'m','messages':[{'role':'user','content':'Hi'}],");
const QByteArray kPlain = js("'options':{},'stream':false}");

/// A recorded request without what asks for nothing.
QJsonObject normal(const QByteArray &body)
{
    QJsonObject request = objectOf(body);
    for (const QString &key : request.keys()) {
        const QJsonValue value = request[key];
        const bool empty = value.isNull() || (value.isString() && value.toString().isEmpty())
                           || (value.isArray() && value.toArray().isEmpty())
                           || (value.isObject() && value.toObject().isEmpty());
        if (empty)
            request.remove(key);
    }
    QJsonArray messages = request[QStringLiteral("messages")].toArray();
    for (qsizetype i = 0; i < messages.size(); ++i) {
        QJsonObject message = messages[i].toObject();
        // Ids are ours; the recorded ones had none.
        message.remove(QStringLiteral("tool_call_id"));
        message.remove(QStringLiteral("tool_name"));
        QJsonArray calls = message[QStringLiteral("tool_calls")].toArray();
        for (qsizetype k = 0; k < calls.size(); ++k)
            calls[k] = QJsonObject{{QStringLiteral("function"), calls[k][QStringLiteral("function")]}};
        if (!calls.isEmpty())
            message[QStringLiteral("tool_calls")] = calls;
        messages[i] = message;
    }
    request[QStringLiteral("messages")] = messages;
    return request;
}

/// JSON with odd spacing and values, of which nothing is any business of ours.
QByteArray noise(QRandomGenerator &random, int depth = 0)
{
    static const QList<QByteArray> leaves{
        "1.0",
        "-0",
        "12345678901234567890",
        "1E+2",
        "null",
        " true",
        "\"\\u00e9\\ud83d\"",
        "\"\xF0\x9F\x99\x82\"",
        "\"model\"",
        "[]",
        "{ }"};
    if (depth > 2 || random.bounded(3) == 0)
        return leaves[random.bounded(static_cast<int>(leaves.size()))];
    const QByteArray gap(random.bounded(3), ' ');
    const QByteArray inner = noise(random, depth + 1);
    const QByteArray other = noise(random, depth + 1);
    if (random.bounded(2))
        return '[' + gap + inner + ",\n" + other + ']';
    return "{\"model\" :" + gap + inner + ",\"b\":" + other + '}';
}

} // namespace

class OllamaRequestTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void addressesTheApi()
    {
        Losses losses;
        ChatRequest plain = hello();
        const auto call = kUpstream.encodeRequest(plain, Quirks(), losses);
        QCOMPARE(call->path, QByteArray("/api/chat"));
        QCOMPARE(call->headers.value("accept"), QByteArray("application/json"));
        QCOMPARE(call->body, kHello + kPlain);
        plain.stream = true;
        const auto streamed = kUpstream.encodeRequest(plain, Quirks(), losses);
        QCOMPARE(streamed->headers.value("accept"), QByteArray("application/x-ndjson"));
        QCOMPARE(streamed->body, kHello + js("'options':{},'stream':true}"));
        wire::PassedRequest passed;
        passed.body = "{}";
        passed.callerPath = "/api/generate";
        QCOMPARE(kUpstream.passThroughCall(passed, Quirks()).path, QByteArray("/api/generate"));
    }

    void isRegistered()
    {
        const auto *row = wire::findWire("ollama");
        QVERIFY(row && row->upstream && row->inbound && row->embedding);
        const auto *generate = wire::findWire("ollama-generate");
        QVERIFY(generate && generate->inbound && !generate->upstream);
        QVERIFY(generate->passesThroughTo("ollama") && !generate->passesThroughTo("ollama-generate"));
        QVERIFY(row->passesThroughTo("ollama") && !row->passesThroughTo("openai-chat"));
        const auto names = wire::wireNames();
        QVERIFY(std::find(names.begin(), names.end(), "ollama") != names.end());
        QVERIFY(std::find(names.begin(), names.end(), "ollama-generate") == names.end());
    }

    void encodesEverySetting()
    {
        ChatRequest request = hello();
        request.temperature = "0.70";
        request.topP = "0.9";
        request.topK = "40";
        request.presencePenalty = "0.10";
        request.frequencyPenalty = "-1";
        request.maxOutputTokens = 99;
        request.stop = {"END"};
        request.seed = 7;
        request.logprobs = true;
        request.topLogprobs = 3;
        request.n = 2;
        request.user = "u";
        request.serviceTier = "flex";
        request.extras.emplace_back("store", "true");
        QCOMPARE(
            encoded(request),
            kHello
                + js("'options':{'num_predict':99,'temperature':0.70,'top_p':0.9,'top_k':40,"
                     "'presence_penalty':0.10,'frequency_penalty':-1,'seed':7,'stop':['END']},"
                     "'logprobs':true,'top_logprobs':3,'stream':false}")
                + " with losses dropped=store dropped=n dropped=user dropped=service_tier");
    }

    void keepsItsOwnSettings()
    {
        ChatRequest request = hello();
        request.dialect = "ollama";
        request.extras.emplace_back("keep_alive", "\"5m\"");
        request.extras.emplace_back("options.num_ctx", "8192");
        QCOMPARE(
            encoded(request), kHello + js("'options':{'num_ctx':8192},'keep_alive':'5m','stream':false}"));
    }

    void carriesAConversation()
    {
        MediaPart image;
        image.mediaType = "image/png";
        image.base64 = "iVBORw0KGgo=";
        MediaPart linked;
        linked.url = "https://example.org/a.png";
        MediaPart clip;
        clip.kind = MediaPart::Kind::Audio;
        clip.base64 = "AAAA";
        ReasoningPart thought;
        thought.text = "hm";
        ReasoningPart sealed = thought;
        sealed.signature = "s";
        sealed.origin = "anthropic";
        ToolCallPart broken = call("call_2", "g", "oops");
        ToolResultPart failed = result("call_2", "no");
        failed.isError = true;
        failed.content.emplace_back(image);
        QCOMPARE(
            encoded(asked({
                message(Role::Developer, {text("Be brief.")}),
                message(Role::User, {text("a"), text("b"), image, linked, clip}),
                message(
                    Role::Assistant,
                    {thought, sealed, text("c"), call("call_1", "f", "{\"z\": 1.0}"), broken}),
                message(Role::User, {result("call_1", "1"), failed, text("and?")}),
            })),
            js("{'model':'m','messages':[{'role':'system','content':'Be brief.'},"
               "{'role':'user','content':'a\\n\\nb','images':['iVBORw0KGgo=']},"
               "{'role':'assistant','content':'c','thinking':'hm','tool_calls':[{'id':'call_1','function':"
               "{'name':'f','arguments':{'z': 1.0}}},{'id':'call_2','function':{'name':'g','arguments':"
               "{'input':'oops'}}}]},{'role':'tool','content':'1','tool_name':'f','tool_call_id':'call_1'},"
               "{'role':'tool','content':'no','tool_name':'g','tool_call_id':'call_2','images':['iVBORw0KGgo="
               "']},"
               "{'role':'user','content':'and?'}],")
                + kPlain
                + " with losses dropped=messages[1].content[3] dropped=messages[1].content[4] "
                  "dropped=messages[2].reasoning approximated=messages[2].tool_calls.arguments "
                  "dropped=messages[3].is_error");
        QCOMPARE(encoded(asked({})), QByteArray("error: messages: at least one message is needed"));
    }

    void carriesTools_data()
    {
        QTest::addColumn<ToolChoice>("choice");
        QTest::addColumn<QByteArray>("tools");
        QTest::addColumn<QByteArray>("losses");
        const QByteArray f = js("{'type':'function','function':{'name':'f','description':'','parameters':"
                                "{'type':'object','properties':{'z':{},'a':{}}, 'x': 1.0}}}");
        const QByteArray g = js("{'type':'function','function':{'name':'g','description':'','parameters':"
                                "{'type':'object','properties':{}}}}");
        const QByteArray both = js("'tools':[") + f + ',' + g + "],";
        using Mode = ToolChoice::Mode;
        QTest::newRow("auto") << ToolChoice{Mode::Auto, {}} << both << QByteArray();
        QTest::newRow("none") << ToolChoice{Mode::None, {}} << QByteArray() << QByteArray();
        QTest::newRow("required") << ToolChoice{Mode::Required, {}} << both
                                  << QByteArray(" with losses dropped=tool_choice");
        QTest::newRow("named") << ToolChoice{Mode::Named, "g"} << js("'tools':[") + g + "],"
                               << QByteArray(" with losses approximated=tool_choice");
    }
    void carriesTools()
    {
        QFETCH(ToolChoice, choice);
        QFETCH(QByteArray, tools);
        QFETCH(QByteArray, losses);
        ChatRequest request = hello();
        request.tools = {
            function("f", js("{'type':'object','properties':{'z':{},'a':{}}, 'x': 1.0}")), function("g", "")};
        request.toolChoice = choice;
        QCOMPARE(encoded(request), kHello + tools + kPlain + losses);
    }

    void reportsForeignTools()
    {
        Tool custom = function("patch", "");
        custom.kind = Tool::Kind::Custom;
        Tool search;
        search.kind = Tool::Kind::BuiltIn;
        search.name = "web_search";
        ChatRequest request = hello();
        request.tools = {custom, search};
        request.parallelToolCalls = false;
        QCOMPARE(
            encoded(request),
            kHello
                + js("'tools':[{'type':'function','function':{'name':'patch','description':'','parameters':"
                     "{'type':'object','properties':{'input':{'type':'string'}},'required':['input']}}}],")
                + kPlain
                + " with losses dropped=parallel_tool_calls approximated=tools.patch "
                  "dropped=tools.web_search");
    }

    void carriesFormats()
    {
        const QByteArray schema
            = js("{ 'type':'object','properties':{'z':{'maximum':9007199254740993},'a':{}}}");
        ChatRequest request = hello();
        request.responseFormat = ResponseFormat{ResponseFormat::Kind::JsonSchema, "n", {}, schema, {}};
        QCOMPARE(encoded(request), kHello + "\"format\":" + schema + ',' + kPlain);
        request.responseFormat = ResponseFormat{ResponseFormat::Kind::JsonObject, {}, {}, {}, {}};
        QCOMPARE(encoded(request), kHello + js("'format':'json',") + kPlain);
        request.responseFormat = ResponseFormat();
        QCOMPARE(encoded(request), kHello + kPlain);
    }

    void tellsModelsToThink_data()
    {
        QTest::addColumn<Reasoning>("reasoning");
        QTest::addColumn<QByteArray>("expected");
        const auto row = [](const char *name, const Reasoning &reasoning, const char *think,
                            bool lossy = false) {
            QByteArray expected = kHello;
            if (*think)
                expected += "\"think\":" + QByteArray(think) + ',';
            expected += kPlain;
            if (lossy) {
                const char *const field
                    = reasoning.effort.isEmpty() ? "reasoning.budget_tokens" : "reasoning_effort";
                expected += QByteArray(" with losses ") + (*think ? "approximated=" : "dropped=") + field;
            }
            QTest::newRow(name) << reasoning << expected;
        };
        const auto effort = [](const char *word) {
            Reasoning reasoning;
            reasoning.effort = word;
            return reasoning;
        };
        const auto budget = [](std::int64_t tokens) {
            Reasoning reasoning;
            reasoning.budgetTokens = tokens;
            return reasoning;
        };
        row("nothing", Reasoning(), "");
        row("none", effort("none"), "false");
        row("minimal", effort("minimal"), "\"low\"", true);
        row("medium", effort("medium"), "\"medium\"");
        row("xhigh", effort("xhigh"), "\"high\"", true);
        row("max", effort("max"), "\"max\"");
        row("unheard of", effort("extreme"), "", true);
        row("no budget", budget(0), "false");
        row("the model decides", budget(-1), "true");
        row("a budget", budget(1024), "true", true);
        Reasoning shown;
        shown.includeText = true;
        row("shown", shown, "true");
    }
    void tellsModelsToThink()
    {
        QFETCH(Reasoning, reasoning);
        QFETCH(QByteArray, expected);
        ChatRequest request = hello();
        request.reasoning = reasoning;
        QCOMPARE(encoded(request), expected);
    }

    void returnsRecordedRequests()
    {
        int seen = 0;
        for (const Recording &recording : recordingsOf("ollama-chat", {".response.json", ".ndjson"})) {
            QString path = recording.path;
            path.replace(QStringLiteral(".response.json"), QStringLiteral(".request.json"));
            path.replace(QStringLiteral(".ndjson"), QStringLiteral(".request.json"));
            const QByteArray body = fileBytes(path);
            if (body.isEmpty())
                continue;
            const auto request = kChat.decodeRequest(called(body));
            QVERIFY2(request.has_value(), recording.name.constData());
            QCOMPARE(normal(encoded(*request)), normal(body));
            ++seen;
        }
        if (QFile::exists(recordings() + QStringLiteral("/INDEX.tsv")))
            QVERIFY(seen >= 10);
    }

    void readsRecordedPrompts()
    {
        for (const Recording &recording : recordingsOf("ollama-generate", {".response.json", ".ndjson"})) {
            QString path = recording.path;
            path.replace(QStringLiteral(".response.json"), QStringLiteral(".request.json"));
            path.replace(QStringLiteral(".ndjson"), QStringLiteral(".request.json"));
            const QByteArray body = fileBytes(path);
            const auto request = kGenerate.decodeRequest(called(body, "/api/generate"));
            QVERIFY2(request.has_value(), recording.name.constData());
            QVERIFY(request->extras.empty()); // all the empty fields ask for nothing
            QCOMPARE(request->stream, recording.path.endsWith(QStringLiteral(".ndjson")));
            QCOMPARE(request->messages.size(), std::size_t(1));
            QCOMPARE(
                std::get<TextPart>(request->messages[0].parts.at(0)).text,
                objectOf(body)[QStringLiteral("prompt")].toString().toUtf8());
        }
    }

    void readsEveryField()
    {
        const auto request = kChat.decodeRequest(called(js(
            "{'model':'m','messages':[{'role':'system','content':'s'},{'role':'user','content':'u','images':"
            "['iVBORw0KGgo=','data:image/"
            "gif;base64,R0lGOD']},{'role':'assistant','content':'','thinking':'t',"
            "'tool_calls':[{'function':{'name':'f','arguments':{'a': "
            "1}}},{'function':{'name':'g','arguments':"
            "{}}},{'id':'own','function':{'name':'f','arguments':{}}}]},"
            "{'role':'tool','content':'for g','tool_name':'g'},{'role':'tool','content':'for f'},"
            "{'role':'tool','content':'for own','tool_call_id':'own'}],"
            "'tools':[{'type':'function','function':{'name':'f','description':'d','parameters':{ 'z':1.0}}}],"
            "'format':{'type':'object'},'options':{'temperature':0.70,'top_p':0.9,'top_k':5,'seed':3,"
            "'num_predict':12,'stop':['x'],'num_ctx':4096,'presence_penalty':1,'frequency_penalty':2,"
            "'repeat_penalty':null},'think':'high','keep_alive':'5m','logprobs':true,'top_logprobs':2,"
            "'template':''}")));
        QVERIFY2(request.has_value(), request ? "" : request.error().message().constData());
        QVERIFY(request->stream);
        QCOMPARE(request->dialect, QByteArray("ollama"));
        QCOMPARE(request->temperature, QByteArray("0.70"));
        QCOMPARE(request->maxOutputTokens, std::optional<std::int64_t>(12));
        QCOMPARE(request->seed, std::optional<std::int64_t>(3));
        QCOMPARE(request->stop, std::vector<QByteArray>{"x"});
        QCOMPARE(request->reasoning->effort, QByteArray("high"));
        QCOMPARE(request->reasoning->includeText, std::optional<bool>(true));
        QCOMPARE(request->responseFormat->schema, js("{'type':'object'}"));
        QCOMPARE(request->tools.at(0).parameters, js("{ 'z':1.0}"));
        QCOMPARE(request->extras.size(), std::size_t(2));
        QCOMPARE(request->extras[0].first, QByteArray("options.num_ctx"));
        QCOMPARE(request->extras[1].first, QByteArray("keep_alive"));
        const auto &images = request->messages[1].parts;
        QCOMPARE(std::get<MediaPart>(images[1]).mediaType, QByteArray("image/png"));
        QCOMPARE(std::get<MediaPart>(images[2]).mediaType, QByteArray("image/gif"));
        QCOMPARE(std::get<MediaPart>(images[2]).base64, QByteArray("R0lGOD"));
        const auto &calls = request->messages[2].parts;
        QCOMPARE(std::get<ReasoningPart>(calls[0]).text, QByteArray("t"));
        QCOMPARE(std::get<ToolCallPart>(calls[1]).id, QByteArray("call_0"));
        QCOMPARE(std::get<ToolCallPart>(calls[1]).arguments, js("{'a': 1}"));
        const auto answered = [&](std::size_t index) {
            const auto &found = std::get<ToolResultPart>(request->messages[index].parts[0]);
            return found.callId + ' ' + found.toolName;
        };
        QCOMPARE(answered(3), QByteArray("call_1 g"));
        QCOMPARE(answered(4), QByteArray("call_0 f"));
        QCOMPARE(answered(5), QByteArray("own f"));
    }

    void readsPrompts()
    {
        const auto request = kGenerate.decodeRequest(called(
            js("{'model':'m','prompt':'p','system':'s','suffix':'after','images':['iVBORw0KGgo='],'raw':true,"
               "'template':'{{ .Prompt }}','context':[1],'think':false,'format':'json','stream':false}"),
            "/api/generate"));
        QVERIFY(request.has_value());
        QVERIFY(!request->stream);
        QCOMPARE(request->messages.size(), std::size_t(2));
        QCOMPARE(request->messages[1].parts.size(), std::size_t(2));
        QCOMPARE(request->reasoning->effort, QByteArray("none"));
        QVERIFY(request->responseFormat->kind == ResponseFormat::Kind::JsonObject);
        // What no chat has a word for is reported, not passed off as done.
        QVERIFY(encoded(*request).endsWith(
            " with losses dropped=suffix dropped=raw dropped=template dropped=context"));
    }

    void streamsUnlessTold()
    {
        const auto head = [](const char *stream) {
            return kChat.peek(called(js("{'model':'m','messages':[1]") + stream + '}'))->stream;
        };
        QVERIFY(head("") && head(",\"stream\":true") && head(",\"stream\":null"));
        QVERIFY(!head(",\"stream\":false"));
    }

    void refusesInWords_data()
    {
        QTest::addColumn<bool>("generate");
        QTest::addColumn<QByteArray>("body");
        QTest::addColumn<QByteArray>("said");
        const auto row = [](const char *body, const char *said, bool generate = false) {
            QTest::newRow(body) << generate << js(body) << QByteArray(said);
        };
        row("[]", "The request body must be a JSON object.");
        row("{'messages':[1]}", "model must be a non-empty string.");
        row("{'model':'m'}", "messages must be a non-empty array.");
        row("{'model':'m','messages':[]}", "messages must be a non-empty array.");
        row("{'model':'m','messages':[1],'stream':'yes'}", "stream must be true or false.");
        row("{'model':'m','messages':[{'role':'pirate'}]}",
            "messages[0].role must be one of system, user, assistant, tool.");
        row("{'model':'m','messages':[{'role':'user','content':7}]}",
            "messages[0].content must be a string.");
        row("{'model':'m','messages':[{'role':'user','images':[7]}]}",
            "messages[0].images[0] must be a non-empty string.");
        row("{'model':'m','messages':[{'role':'tool','content':'x'}]}",
            "messages[0] must be the result of a tool call that comes before it.");
        row("{'model':'m','messages':[{'role':'user'}],'options':7}", "options must be an object.");
        row("{'model':'m','messages':[{'role':'user'}],'options':{'seed':1.5}}",
            "options.seed must be an integer.");
        row("{'model':'m','messages':[{'role':'user'}],'format':'xml'}",
            "format must be \"json\" or a JSON schema.");
        row("{'model':'m','messages':[{'role':'user'}],'think':7}",
            "think must be true, false or a level such as \"high\".");
        row("{'model':'m','prompt':''}", "prompt must be a non-empty string.", true);
        row("{'model':'m','prompt':['a']}", "prompt must be a non-empty string.", true);
    }
    void refusesInWords()
    {
        QFETCH(bool, generate);
        QFETCH(QByteArray, body);
        QFETCH(QByteArray, said);
        const auto request = (generate ? kGenerate : kChat).decodeRequest(called(body));
        QVERIFY(!request.has_value());
        QCOMPARE(request.error().message(), said);
    }

    void passesThroughToTheByte()
    {
        QRandomGenerator random(20260101);
        for (int round = 0; round < 300; ++round) {
            const bool generate = random.bounded(2) == 0;
            QByteArray before = "{ \"noise\":" + noise(random) + ", \"model\" : ";
            QByteArray after = generate ? ",\"prompt\":\"p\",\"raw\":true" : ",\"messages\":[{\"model\":1}]";
            after += ",\"x\":" + noise(random) + "\n}";
            const QByteArray body = before + "\"asked\"" + after;
            const auto call = called(body, generate ? "/api/generate" : "/api/chat");
            const auto passed = (generate ? kGenerate : kChat).passThrough(call, "own:1b", Quirks());
            QVERIFY(passed.has_value());
            QCOMPARE(passed->body, before + "\"own:1b\"" + after);
            QCOMPARE((generate ? kGenerate : kChat).passThrough(call, "asked", Quirks())->body, body);
        }
    }

    void asksForEmbeddings()
    {
        const auto request = kEmbedding.decodeRequest(called(
            js("{'model':'e','input':['a','b'],'truncate':false,'dimensions':3,'keep_alive':'1m','options':{}"
               "}"),
            "/api/embed"));
        QVERIFY(request.has_value() && !request->single);
        Losses losses;
        auto call = kEmbedding.encodeRequest(*request, Quirks(), losses);
        QCOMPARE(call->path, QByteArray("/api/embed"));
        QCOMPARE(
            call->body,
            js("{'model':'e','input':['a','b'],'truncate':false,'dimensions':3,'keep_alive':'1m'}"));
        QVERIFY(losses.isEmpty());

        const auto old
            = kEmbedding.decodeRequest(called(js("{'model':'e','prompt':'a'}"), "/api/embeddings"));
        QVERIFY(old.has_value() && old->single);
        QCOMPARE(kEmbedding.encodeRequest(*old, Quirks(), losses)->body, js("{'model':'e','input':'a'}"));
        const auto passed = kEmbedding.passThrough(
            called(js("{'model':'e','prompt':'a'}"), "/api/embeddings"), "own", Quirks());
        QCOMPARE(passed->path, QByteArray("/api/embeddings"));
        QCOMPARE(passed->body, js("{'model':'own','prompt':'a'}"));

        EmbeddingRequest foreign = *request;
        foreign.dialect = "cohere";
        foreign.purpose = "search_query";
        foreign.title = "t";
        foreign.user = "u";
        QVERIFY(kEmbedding.encodeRequest(foreign, Quirks(), losses).has_value());
        QCOMPARE(
            lossesOf(losses), QByteArray("dropped=keep_alive dropped=input_type dropped=title dropped=user"));
        foreign.texts.clear();
        foreign.tokenLists = {"[1]"};
        QVERIFY(!kEmbedding.encodeRequest(foreign, Quirks(), losses));
        QVERIFY(!kEmbedding.decodeRequest(called("[]", "/api/embed")));
        QVERIFY(!kEmbedding.decodeRequest(called(js("{'model':'e','input':[]}"), "/api/embed")));
        QVERIFY(!kEmbedding.decodeRequest(called(js("{'model':'e','input':[1]}"), "/api/embed")));
    }

    void givesEmbeddings()
    {
        const auto answer = kEmbedding.decodeAnswer(
            js("{'model':'e','embeddings':[[1.0, -2e-3],[3]],'total_duration':5,'prompt_eval_count':7}"),
            Quirks());
        QVERIFY(answer.has_value());
        QCOMPARE(answer->usage.get(TokenKind::Input), std::optional<std::int64_t>(7));
        wire::AnswerContext context;
        context.model = "shown";
        QCOMPARE(
            kEmbedding.encodeAnswer(*answer, {}, context),
            js("{'model':'shown','embeddings':[[1.0, -2e-3],[3]],'total_duration':0,'load_duration':0,"
               "'prompt_eval_count':7}"));
        const InboundCall old = called(js("{'model':'e','prompt':'a'}"), "/api/embeddings");
        context.call = &old;
        QCOMPARE(kEmbedding.encodeAnswer(*answer, {}, context), js("{'embedding':[1.0, -2e-3]}"));

        QCOMPARE(
            kEmbedding.decodeAnswer(js("{'embedding':[4]}"), Quirks())->vectors.at(0).numbers,
            QByteArray("[4]"));
        QVERIFY(!kEmbedding.decodeAnswer("{}", Quirks()));
        QVERIFY(!kEmbedding.decodeAnswer("<html>", Quirks()));
        const auto failed = kEmbedding.decodeAnswer(js("{'error':'does not support embeddings'}"), Quirks());
        QCOMPARE(failed.error().message, QByteArray("does not support embeddings"));
    }

    void readsRecordedEmbeddings()
    {
        for (const Recording &recording : recordingsOf("ollama-embed", {".response.json"})) {
            const auto answer = kEmbedding.decodeAnswer(fileBytes(recording.path), Quirks());
            QVERIFY(answer.has_value());
            QVERIFY(answer->vectors.at(0).numbers.size() > 1000);
        }
    }
};

QTEST_GUILESS_MAIN(OllamaRequestTest)

#include "OllamaRequestTest.moc"
