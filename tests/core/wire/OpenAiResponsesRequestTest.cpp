// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/wire/UpstreamCases.h"
#include "wire/CommonLosses.h"
#include "wire/openai_chat/OpenAiChatUpstream.h"
#include "wire/openai_responses/OpenAiResponsesCounting.h"
#include "wire/openai_responses/OpenAiResponsesInbound.h"
#include "wire/openai_responses/OpenAiResponsesUpstream.h"

Q_DECLARE_METATYPE(std::vector<fairlead::chat::Message>)
Q_DECLARE_METATYPE(fairlead::chat::ChatRequest)

using namespace fairlead;
using namespace fairlead::chat;
using namespace fairlead::test;
using wire::Losses;
using wire::Quirks;

namespace {

const wire::OpenAiResponsesUpstream kUpstream;
const wire::OpenAiResponsesInbound kInbound;
const wire::OpenAiResponsesCounting kCounting;

wire::InboundCall inboundCall(const QByteArray &body)
{
    auto call = wire::InboundCall::parse("/v1/responses", {}, Headers(), body);
    if (!call)
        qFatal("%s", call.error().message().constData());
    return std::move(*call);
}

/// The body our codec writes; what it lost in `lost`.
QByteArray written(const ChatRequest &request, QByteArray *lost = nullptr, const Quirks &quirks = Quirks())
{
    Losses losses;
    const auto call = kUpstream.encodeRequest(request, quirks, losses);
    if (!call)
        qFatal("%s", call.error().message().constData());
    if (lost)
        *lost = lossesOf(losses);
    return call->body;
}

ChatRequest hello(const QByteArray &dialect = "openai-chat")
{
    ChatRequest request;
    request.model = "m";
    request.dialect = dialect;
    request.messages.push_back(message(Role::User, {text("Hi")}));
    return request;
}

const char kHi[] = "{'type':'message','role':'user','content':[{'type':'input_text','text':'Hi'}]}";

ChatRequest decoded(const QByteArray &body)
{
    auto request = kInbound.decodeRequest(inboundCall(body));
    if (!request)
        qFatal("%s", request.error().message().constData());
    return std::move(*request);
}

/// A message in one line.
QByteArray describe(const Message &message)
{
    static constexpr const char *kRoles[] = {"system", "developer", "user", "assistant", "tool"};
    QByteArray line = kRoles[static_cast<int>(message.role)];
    for (const Part &part : message.parts) {
        line += std::visit(
            overloaded{
                [](const TextPart &p) { return " text:" + p.text + (p.cache ? "+cache" : ""); },
                [](const MediaPart &p) {
                    return " media:" + QByteArray::number(static_cast<int>(p.kind)) + ':' + p.mediaType + ':'
                           + p.url + p.base64 + p.fileId + ':' + p.name + ':' + p.detail;
                },
                [](const RefusalPart &p) { return " refusal:" + p.text; },
                [](const ReasoningPart &p) {
                    return " reasoning:" + p.text + ':' + p.signature + ':' + p.redacted + ':' + p.id + ':'
                           + p.origin;
                },
                [](const ToolCallPart &p) {
                    return (p.custom ? " custom:" : " call:") + p.id + ':' + p.name + ':' + p.arguments + ':'
                           + p.signature;
                },
                [](const ToolResultPart &p) {
                    QByteArray words = " result:" + p.callId + ':' + p.toolName + ':';
                    for (const auto &content : p.content) {
                        const auto *said = std::get_if<TextPart>(&content);
                        words += said ? said->text : "<" + std::get<MediaPart>(content).mediaType + ">";
                    }
                    return words;
                },
                [](const UnknownPart &p) { return " unknown:" + p.type; },
            },
            part);
    }
    return line;
}

QByteArray describe(const ChatRequest &request)
{
    QByteArray lines;
    for (const Message &message : request.messages)
        lines += describe(message) + '\n';
    return lines;
}

} // namespace

class OpenAiResponsesRequestTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void writesAPlainRequest()
    {
        const ChatRequest request = hello();
        Losses losses;
        const auto call = kUpstream.encodeRequest(request, Quirks(), losses);
        QVERIFY(call.has_value());
        QCOMPARE(call->method, QByteArray("POST"));
        QCOMPARE(call->path, QByteArray("/responses"));
        QCOMPARE(call->headers.value("accept"), QByteArray("application/json"));
        QCOMPARE(call->body, js("{'model':'m','input':[") + js(kHi) + js("],'store':false}"));
        QVERIFY(losses.isEmpty());
    }

    void writesMessages_data()
    {
        QTest::addColumn<std::vector<Message>>("messages");
        QTest::addColumn<QByteArray>("input");
        QTest::addColumn<QByteArray>("lost");
        const auto row
            = [](const char *name, std::vector<Message> messages, const char *input, const char *lost = "") {
                  QTest::newRow(name) << std::move(messages) << js(input) << QByteArray(lost);
              };
        row("roles", {message(Role::System, {text("a")}), message(Role::Developer, {text("b")})},
            "{'type':'message','role':'system','content':[{'type':'input_text','text':'a'}]},"
            "{'type':'message','role':'developer','content':[{'type':'input_text','text':'b'}]}");
        RefusalPart no{"no"};
        row("assistant", {message(Role::Assistant, {text("a"), no})},
            "{'type':'message','role':'assistant','content':[{'type':'output_text','text':'a'},"
            "{'type':'refusal','refusal':'no'}]}");
        row("calls",
            {message(Role::Assistant, {text("a"), call("c1", "f", "{}"), call("c2", "g", "")}),
             message(Role::Tool, {result("c1", "one")}), message(Role::Tool, {result("c2", "")})},
            "{'type':'message','role':'assistant','content':[{'type':'output_text','text':'a'}]},"
            "{'type':'function_call','call_id':'c1','name':'f','arguments':'{}'},"
            "{'type':'function_call','call_id':'c2','name':'g','arguments':''},"
            "{'type':'function_call_output','call_id':'c1','output':'one'},"
            "{'type':'function_call_output','call_id':'c2','output':''}");
        ToolCallPart custom = call("c1", "patch", "*** Begin");
        custom.custom = true;
        row("custom", {message(Role::Assistant, {custom}), message(Role::Tool, {result("c1", "ok")})},
            "{'type':'custom_tool_call','call_id':'c1','name':'patch','input':'*** Begin'},"
            "{'type':'custom_tool_call_output','call_id':'c1','output':'ok'}");
        row("results in a user turn", {message(Role::User, {text("more"), result("c1", "one")})},
            "{'type':'function_call_output','call_id':'c1','output':'one'},"
            "{'type':'message','role':'user','content':[{'type':'input_text','text':'more'}]}");
        MediaPart image;
        image.mediaType = "image/png";
        image.base64 = "aGk=";
        MediaPart linked;
        linked.url = "https://e.org/a.png";
        linked.detail = "low";
        row("images", {message(Role::User, {image, linked})},
            "{'type':'message','role':'user','content':["
            "{'type':'input_image','image_url':'data:image/png;base64,aGk=','detail':'auto'},"
            "{'type':'input_image','image_url':'https://e.org/a.png','detail':'low'}]}");
        MediaPart file;
        file.kind = MediaPart::Kind::File;
        file.mediaType = "application/pdf";
        file.base64 = "aGk=";
        MediaPart known = file;
        known.base64.clear();
        known.fileId = "file-1";
        MediaPart far = file;
        far.base64.clear();
        far.url = "https://e.org/a.pdf";
        row("files", {message(Role::User, {file, known, far})},
            "{'type':'message','role':'user','content':["
            "{'type':'input_file','filename':'file.pdf','file_data':'data:application/pdf;base64,aGk='},"
            "{'type':'input_file','file_id':'file-1'},{'type':'input_file','file_url':'https://e.org/"
            "a.pdf'}]}");
        MediaPart audio;
        audio.kind = MediaPart::Kind::Audio;
        audio.mediaType = "audio/mpeg";
        audio.base64 = "aGk=";
        row("audio", {message(Role::User, {audio})},
            "{'type':'message','role':'user','content':["
            "{'type':'input_audio','input_audio':{'data':'aGk=','format':'mp3'}}]}");
        ToolResultPart pictured = result("c1", "see");
        pictured.content.emplace_back(image);
        pictured.isError = true;
        row("image in a result", {message(Role::Tool, {pictured})},
            "{'type':'function_call_output','call_id':'c1','output':[{'type':'input_text','text':'see'},"
            "{'type':'input_image','image_url':'data:image/png;base64,aGk=','detail':'auto'}]}",
            "dropped=messages[0].is_error");
        ReasoningPart own;
        own.text = "plan";
        own.redacted = "gAAA";
        own.id = "rs_1";
        own.origin = "openai-responses";
        row("own reasoning", {message(Role::Assistant, {own, call("c1", "f", "{}")})},
            "{'type':'reasoning','id':'rs_1','summary':[{'type':'summary_text','text':'plan'}],"
            "'encrypted_content':'gAAA'},{'type':'function_call','call_id':'c1','name':'f','arguments':'{}'"
            "}");
        row("reasoning without what follows", {message(Role::Assistant, {text("a"), own})},
            "{'type':'message','role':'assistant','content':[{'type':'output_text','text':'a'}]}",
            "dropped=messages[0].reasoning");
        ReasoningPart foreign;
        foreign.text = "plan";
        foreign.signature = "sig";
        foreign.origin = "anthropic";
        row("foreign reasoning", {message(Role::Assistant, {foreign, text("a")})},
            "{'type':'message','role':'assistant','content':[{'type':'output_text','text':'a'}]}",
            "dropped=messages[0].reasoning");
        Message named = message(Role::User, {text("Hi")});
        named.name = "bob";
        TextPart marked = text("a");
        marked.cache.emplace();
        UnknownPart odd{"video", js("{'type':'video'}")};
        row("losses", {named, message(Role::User, {marked, odd})},
            "{'type':'message','role':'user','content':[{'type':'input_text','text':'Hi'}]},"
            "{'type':'message','role':'user','content':[{'type':'input_text','text':'a'}]}",
            "dropped=messages[0].name dropped=messages[1].cache_control dropped=messages[1].content.video");
    }
    void writesMessages()
    {
        QFETCH(std::vector<Message>, messages);
        QFETCH(QByteArray, input);
        QFETCH(QByteArray, lost);
        ChatRequest request = hello();
        request.messages = messages;
        QByteArray losses;
        const QByteArray body = written(request, &losses);
        const QByteArray start = js("{'model':'m','input':[");
        QVERIFY2(body.startsWith(start + input + ']'), body.constData());
        QCOMPARE(losses, lost);
        QVERIFY(!objectOf(body).isEmpty());
    }

    void sendsReasoningBackInTheOpen()
    {
        ReasoningPart open;
        open.text = "plan";
        ChatRequest request = hello();
        request.messages.push_back(message(Role::Assistant, {open, text("a")}));
        Quirks quirks;
        quirks.reasoningField = "reasoning_content";
        QVERIFY(written(request, nullptr, quirks)
                    .contains(js("{'type':'reasoning','summary':[],"
                                 "'content':[{'type':'reasoning_text','text':'plan'}]},")));
    }

    void writesSettings_data()
    {
        QTest::addColumn<ChatRequest>("request");
        QTest::addColumn<QByteArray>("rest");
        QTest::addColumn<QByteArray>("lost");
        const auto row = [](const char *name, auto change, const char *rest, const char *lost = "") {
            ChatRequest request = hello();
            change(request);
            QTest::newRow(name) << request << js(rest) << QByteArray(lost);
        };
        row(
            "numbers keep their text",
            [](ChatRequest &r) {
                r.temperature = "0.70";
                r.topP = "1E0";
                r.maxOutputTokens = 100;
            },
            "'max_output_tokens':100,'temperature':0.70,'top_p':1E0,'store':false}");
        row(
            "fewest tokens", [](ChatRequest &r) { r.maxOutputTokens = 5; },
            "'max_output_tokens':16,'store':false}", "approximated=max_tokens");
        row(
            "effort",
            [](ChatRequest &r) {
                r.reasoning.emplace();
                r.reasoning->effort = "low";
                r.reasoning->includeText = true;
            },
            "'reasoning':{'effort':'low','summary':'auto'},'store':false,"
            "'include':['reasoning.encrypted_content']}");
        row(
            "no effort",
            [](ChatRequest &r) {
                r.reasoning.emplace();
                r.reasoning->effort = "none";
            },
            "'reasoning':{'effort':'none'},'store':false}");
        row(
            "budget",
            [](ChatRequest &r) {
                r.reasoning.emplace();
                r.reasoning->budgetTokens = 4000;
            },
            "'reasoning':{'effort':'medium'},'store':false,'include':['reasoning.encrypted_content']}",
            "approximated=reasoning.budget_tokens");
        row(
            "a model that reasons", [](ChatRequest &r) { r.model = "openai/gpt-5.6-sol"; },
            "'store':false,'include':['reasoning.encrypted_content']}");
        row(
            "a model that does not", [](ChatRequest &r) { r.model = "gpt-5-chat-latest"; }, "'store':false}");
        row(
            "logprobs", [](ChatRequest &r) { r.topLogprobs = 2; },
            "'top_logprobs':2,'store':false,'include':['message.output_text.logprobs']}");
        row(
            "formats",
            [](ChatRequest &r) {
                r.responseFormat.emplace();
                r.responseFormat->kind = ResponseFormat::Kind::JsonSchema;
                r.responseFormat->name = "city";
                r.responseFormat->schema = js("{'b':1.0,'a':[]}");
                r.responseFormat->strict = true;
                r.extras.emplace_back("verbosity", js("'low'"));
            },
            "'text':{'format':{'type':'json_schema','name':'city','schema':{'b':1.0,'a':[]},'strict':true},"
            "'verbosity':'low'},'store':false}");
        row(
            "JSON",
            [](ChatRequest &r) {
                r.responseFormat.emplace();
                r.responseFormat->kind = ResponseFormat::Kind::JsonObject;
            },
            "'text':{'format':{'type':'json_object'}},'store':false}");
        row(
            "tools",
            [](ChatRequest &r) {
                r.tools.push_back(function("f", js("{'type':'object','z':1,'a':2}")));
                r.tools.push_back(function("g", {}));
                r.tools.back().strict = true;
                Tool custom;
                custom.kind = Tool::Kind::Custom;
                custom.name = "patch";
                custom.json = js("{'type':'custom','custom':{'name':'patch','format':{'type':'grammar',"
                                 "'grammar':{'syntax':'lark','definition':'x'}}}}");
                r.tools.push_back(custom);
                Tool search;
                search.kind = Tool::Kind::BuiltIn;
                search.json = js("{'type':'web_search'}");
                r.tools.push_back(search);
                r.toolChoice.emplace();
                r.toolChoice->mode = ToolChoice::Mode::Named;
                r.toolChoice->name = "patch";
                r.parallelToolCalls = false;
            },
            "'tools':[{'type':'function','name':'f','parameters':{'type':'object','z':1,'a':2},'strict':"
            "false},"
            "{'type':'function','name':'g','parameters':{'type':'object','properties':{}},'strict':true},"
            "{'type':'custom','name':'patch','format':{'type':'grammar','syntax':'lark','definition':'x'}}],"
            "'tool_choice':{'type':'custom','name':'patch'},'parallel_tool_calls':false,'store':false}",
            "dropped=tools[3]");
        row(
            "what both dialects have",
            [](ChatRequest &r) {
                r.user = "u";
                r.serviceTier = "flex";
                r.metadata = js("{'k':'v'}");
                r.stream = true;
                r.extras.emplace_back("prompt_cache_key", js("'p'"));
                r.extras.emplace_back("prediction", "{}");
            },
            "'store':false,'user':'u','service_tier':'flex','metadata':{'k':'v'},'stream':true,"
            "'prompt_cache_key':'p'}",
            "dropped=prediction");
        row(
            "what this one lacks",
            [](ChatRequest &r) {
                r.topK = "4";
                r.presencePenalty = "0";
                r.frequencyPenalty = "0.5";
                r.logitBias = js("{'1':2}");
                r.seed = 7;
                r.stop = {"END"};
                r.n = 2;
            },
            "'store':false}",
            "dropped=top_k dropped=frequency_penalty dropped=logit_bias dropped=seed dropped=stop "
            "approximated=n");
    }
    void writesSettings()
    {
        QFETCH(ChatRequest, request);
        QFETCH(QByteArray, rest);
        QFETCH(QByteArray, lost);
        QByteArray losses;
        const QByteArray body = written(request, &losses);
        const QByteArray start = js("{'model':'") + request.model + js("','input':[") + js(kHi) + "],";
        QCOMPARE(body, start + rest);
        QCOMPARE(losses, lost);
    }

    void renamesDevelopers()
    {
        ChatRequest request = hello();
        request.messages = {message(Role::Developer, {text("b")})};
        Quirks quirks;
        quirks.noDeveloperRole = true;
        QByteArray losses;
        QVERIFY(written(request, &losses, quirks).contains(js("'role':'system'")));
        QCOMPARE(losses, QByteArray("renamed=messages[0].role"));
    }

    void writesBackWhatItReads_data()
    {
        QTest::addColumn<QString>("path");
        for (const char *own : {"codex.request.json", "plain.request.json"})
            QTest::newRow(own) << QStringLiteral(FAIRLEAD_TEST_DATA "/openai_responses/")
                                      + QLatin1String(own);
        for (const QByteArray &line : fileBytes(recordings() + QStringLiteral("/INDEX.tsv")).split('\n')) {
            const QList<QByteArray> columns = line.split('\t');
            if (columns.size() > 5 && columns[2] == "openai-responses" && columns[5] == "request")
                QTest::newRow(columns[0].constData())
                    << recordings() + QLatin1Char('/') + QString::fromUtf8(columns[0]);
        }
    }
    void writesBackWhatItReads()
    {
        QFETCH(QString, path);
        const QByteArray body = fileBytes(path);
        QVERIFY(!body.isEmpty());
        QJsonObject original = objectOf(body);
        original.remove(QStringLiteral("previous_response_id"));
        original.remove(QStringLiteral("background"));
        const ChatRequest first = decoded(QJsonDocument(original).toJson());
        QCOMPARE(first.model, original[QStringLiteral("model")].toString().toUtf8());
        QCOMPARE(first.stream, original[QStringLiteral("stream")].toBool());
        // Through our own writer and back nothing changes that another dialect would have been told.
        Quirks quirks;
        quirks.reasoningField = "reasoning_content";
        const ChatRequest second = decoded(written(first, nullptr, quirks));
        // But for the marks of caching, and the usual detail of images being said.
        QCOMPARE(
            describe(second).replace(":auto", ":"),
            describe(first).replace("+cache", "").replace(":auto", ":"));
        QCOMPARE(second.tools.size(), first.tools.size());
        for (std::size_t i = 0; i < first.tools.size(); ++i)
            QCOMPARE(compactJson(second.tools[i].json), compactJson(first.tools[i].json));
        QCOMPARE(second.maxOutputTokens, first.maxOutputTokens);
        QCOMPARE(second.temperature, first.temperature);
        QCOMPARE(second.responseFormat.has_value(), first.responseFormat.has_value());
        if (first.responseFormat)
            QCOMPARE(compactJson(second.responseFormat->schema), compactJson(first.responseFormat->schema));
        QCOMPARE(
            second.reasoning ? second.reasoning->effort : QByteArray(),
            first.reasoning ? first.reasoning->effort : QByteArray());
        const auto sorted = [](std::vector<std::pair<QByteArray, RawJson>> extras) {
            std::sort(extras.begin(), extras.end());
            return extras;
        };
        QCOMPARE(sorted(second.extras), sorted(first.extras));
    }

    void readsInput_data()
    {
        QTest::addColumn<QByteArray>("input");
        QTest::addColumn<QByteArray>("messages");
        const auto row = [](const char *name, const char *input, const char *messages) {
            QTest::newRow(name) << js(input) << QByteArray(messages);
        };
        row("string", "'Hi'", "user text:Hi\n");
        row("easy messages",
            "[{'role':'developer','content':'d'},{'role':'user','content':'Hi'},"
            "{'role':'assistant','content':'yes'},{'role':'system','content':'s'}]",
            "developer text:d\nuser text:Hi\nassistant text:yes\nsystem text:s\n");
        row("parts",
            "[{'type':'message','role':'user','content':[{'type':'input_text','text':'a',"
            "'prompt_cache_breakpoint':{'mode':'explicit'}},"
            "{'type':'input_image','image_url':'data:image/png;base64,aGk=','detail':'high'},"
            "{'type':'input_image','file_id':'file-9'},"
            "{'type':'input_file','filename':'a.pdf','file_data':'data:application/pdf;base64,aGk='},"
            "{'type':'input_file','file_url':'https://e.org/b.pdf'},"
            "{'type':'input_audio','input_audio':{'data':'aGk=','format':'wav'}},{'type':'input_video'}]}]",
            "user text:a+cache media:0:image/png:aGk=::high media:0::file-9:: "
            "media:1:application/pdf:aGk=:a.pdf: media:1::https://e.org/b.pdf:: media:2:audio/wav:aGk=:: "
            "unknown:input_video\n");
        row("one turn of the model is one message",
            "[{'type':'reasoning','id':'rs_1','summary':[{'type':'summary_text','text':'a'},"
            "{'type':'summary_text','text':'b'}],'encrypted_content':'gAAA'},"
            "{'type':'message','role':'assistant','id':'msg_1','content':[{'type':'output_text','text':'t'},"
            "{'type':'refusal','refusal':'no'}]},"
            "{'type':'function_call','id':'fc_1','call_id':'c1','name':'f','arguments':'{}'},"
            "{'type':'custom_tool_call','call_id':'c2','name':'patch','input':'***'},"
            "{'type':'function_call_output','call_id':'c1','output':'one'},"
            "{'type':'custom_tool_call_output','call_id':'c2','output':[{'type':'input_text','text':'two'},"
            "{'type':'input_image','image_url':'data:image/png;base64,aGk='}]}]",
            "assistant reasoning:a\n\nb::gAAA:rs_1:openai-responses text:t refusal:no call:c1:f:{}: "
            "custom:c2:patch:***:\ntool result:c1:f:one\ntool result:c2:patch:two<image/png>\n");
        row("what codex leaves of reasoning",
            "[{'type':'reasoning','summary':[],'content':null,'encrypted_content':null},"
            "{'role':'assistant','content':'t'}]",
            "assistant text:t\n");
        row("open reasoning",
            "[{'type':'reasoning','id':'r','summary':[],'content':[{'type':'reasoning_text','text':'p'}],"
            "'encrypted_content':null},{'role':'assistant','content':'t'}]",
            "assistant reasoning:p:::r:openai-responses text:t\n");
        row("what others sealed",
            "[{'type':'reasoning','id':'rs_x','summary':[{'type':'summary_text','text':'p'}],"
            "'encrypted_content':'fairlead:1:signature:anthropic:Eq:B=='},"
            "{'type':'reasoning','id':'rs_y','summary':[],"
            "'encrypted_content':'fairlead:1:redacted:anthropic:Rd=='},"
            "{'type':'reasoning','id':'rs_z','summary':[],'encrypted_content':'fairlead:1:call::Sg=='},"
            "{'type':'function_call','call_id':'c1','name':'f','arguments':'{}'},"
            "{'type':'function_call','call_id':'c2','name':'f','arguments':'{}'}]",
            "assistant reasoning:p:Eq:B==::rs_x:anthropic reasoning:::Rd==:rs_y:anthropic call:c1:f:{}:Sg== "
            "call:c2:f:{}:\n");
        row("namespaces",
            "[{'type':'function_call','call_id':'c1','namespace':'mcp__docs','name':'find','arguments':'{}'},"
            "{'type':'function_call_output','call_id':'c1','output':'x'}]",
            "assistant call:c1:mcp__docs__find:{}:\ntool result:c1:mcp__docs__find:x\n");
        row("tools among the items",
            "[{'type':'additional_tools','role':'developer','tools':[{'type':'function','name':'f'}]},"
            "{'role':'user','content':'Hi'}]",
            "user text:Hi\n");
    }
    void readsInput()
    {
        QFETCH(QByteArray, input);
        QFETCH(QByteArray, messages);
        QCOMPARE(describe(decoded(js("{'model':'m','input':") + input + '}')), messages);
    }

    void reportsItemsThatOthersCannotRead()
    {
        const ChatRequest request = decoded(
            js("{'model':'m','input':[{'role':'user','content':'Hi'},{'type':'function_call','call_id':'c1',"
               "'name':'f','arguments':'{}'},{'type':'function_call_output','call_id':'c1','output':'x'},"
               "{'type':'web_search_call','id':'ws_1'},{'type':'compaction','encrypted_content':'x'}]}"));
        QCOMPARE(request.messages.size(), std::size_t(3));
        Losses losses;
        wire::reportMisfits(request, "openai-chat", losses);
        QCOMPARE(lossesOf(losses), QByteArray("dropped=input[3] dropped=input[4]"));
    }

    void readsInstructionsFirst()
    {
        QCOMPARE(
            describe(decoded(js("{'input':'Hi','instructions':'Be kind.','model':'m'}"))),
            QByteArray("system text:Be kind.\nuser text:Hi\n"));
    }

    void readsEverySetting()
    {
        const ChatRequest request = decoded(
            js("{'model':'m','input':'Hi','stream':true,'temperature':0.70,'top_p':1e0,"
               "'max_output_tokens':99,'top_logprobs':3,'include':['message.output_text.logprobs',"
               "'reasoning.encrypted_content'],'parallel_tool_calls':false,'user':'u','service_tier':'flex',"
               "'metadata':{'k':'v'},'store':false,'truncation':'auto','prompt_cache_key':'p',"
               "'text':{'format':{'type':'json_schema','name':'n','schema':{'b':1.0},'strict':true},"
               "'verbosity':'low'},'reasoning':{'effort':'high','summary':'concise','context':'all_turns'},"
               "'client_metadata':{},'conversation':null,'background':false}"));
        QVERIFY(request.stream && request.includeUsage && request.logprobs.value_or(false));
        QCOMPARE(request.temperature, QByteArray("0.70"));
        QCOMPARE(request.topP, QByteArray("1e0"));
        QCOMPARE(request.maxOutputTokens.value_or(0), std::int64_t(99));
        QCOMPARE(request.topLogprobs.value_or(0), std::int64_t(3));
        QCOMPARE(request.parallelToolCalls, std::optional(false));
        QCOMPARE(request.user, QByteArray("u"));
        QCOMPARE(request.serviceTier, QByteArray("flex"));
        QCOMPARE(request.metadata, js("{'k':'v'}"));
        QCOMPARE(request.responseFormat->schema, js("{'b':1.0}"));
        QCOMPARE(request.responseFormat->strict, std::optional(true));
        QCOMPARE(request.reasoning->effort, QByteArray("high"));
        QCOMPARE(request.reasoning->summary, QByteArray("concise"));
        QByteArray kept;
        for (const auto &[name, value] : request.extras)
            kept += name + '=' + value + ' ';
        QCOMPARE(
            kept, js("truncation='auto' prompt_cache_key='p' text.verbosity='low' "
                     "reasoning.context='all_turns' client_metadata={} "));
    }

    void flattensTools()
    {
        const QByteArray longName(60, 'n');
        const ChatRequest request = decoded(
            js("{'model':'m','input':[{'type':'additional_tools','tools':[{'type':'namespace','name':'late',"
               "'tools':[{'type':'custom','name':'exec','format':{'type':'text'}}]}]},"
               "{'role':'user','content':'Hi'}],'tools':["
               "{'type':'function','name':'f','description':'d','parameters':{'z':1,'a':2},'strict':true},"
               "{'type':'function','name':'bare','parameters':null},"
               "{'type':'namespace','name':'mcp__docs__','description':'x','tools':["
               "{'type':'function','name':'find','parameters':{}},{'type':'function','name':'")
            + longName
            + js("'}]},{'type':'web_search'},{'type':'tool_search','execution':'client'}],"
                 "'tool_choice':{'type':'function','name':'find'}}"));
        QByteArray names;
        for (const Tool &tool : request.tools)
            names += QByteArray::number(static_cast<int>(tool.kind)) + tool.name + ' ';
        const QByteArray cut = request.tools.at(3).name;
        QCOMPARE(cut.size(), 64);
        QVERIFY(cut.startsWith("mcp__docs__nnnn"));
        QCOMPARE(names, "0f 0bare 0mcp__docs__find 0" + cut + " 2web_search 2tool_search 1late__exec ");
        QCOMPARE(request.tools.at(0).parameters, js("{'z':1,'a':2}"));
        QVERIFY(request.tools.at(1).parameters.isEmpty());
        QCOMPARE(request.toolChoice->name, QByteArray("mcp__docs__find"));
    }

    void offersOnlyAllowedTools()
    {
        const ChatRequest request = decoded(
            js("{'model':'m','input':'Hi','tools':[{'type':'function','name':'a'},{'type':'function',"
               "'name':'b'}],'tool_choice':{'type':'allowed_tools','mode':'required',"
               "'tools':[{'type':'function','name':'b'}]}}"));
        QCOMPARE(request.tools.size(), std::size_t(1));
        QCOMPARE(request.tools.front().name, QByteArray("b"));
        QCOMPARE(request.toolChoice->mode, ToolChoice::Mode::Required);
    }

    void givesCustomToolsToChatAsFunctions()
    {
        ChatRequest request
            = decoded(js("{'model':'m','input':[{'role':'user','content':'Hi'},"
                         "{'type':'custom_tool_call','call_id':'c1','name':'patch','input':'***'},"
                         "{'type':'custom_tool_call_output','call_id':'c1','output':'ok'}],"
                         "'tools':[{'type':'custom','name':'patch'},{'type':'web_search'}],"
                         "'tool_choice':{'type':'custom','name':'patch'}}"));
        Losses losses;
        const auto call = wire::OpenAiChatUpstream().encodeRequest(request, Quirks(), losses);
        QVERIFY(call->body.contains(
            js("'tools':[{'type':'function','function':{'name':'patch','parameters':{'type':'object',"
               "'properties':{'input':{'type':'string'}},'required':['input']}}}],"
               "'tool_choice':{'type':'function','function':{'name':'patch'}}")));
        QVERIFY(call->body.contains("\"arguments\":\"{\\\"input\\\":\\\"***\\\"}\""));
        QCOMPARE(lossesOf(losses), QByteArray("approximated=tools[0] dropped=tools[1]"));
    }

    void refusesWhatIsWrong_data()
    {
        QTest::addColumn<QByteArray>("body");
        QTest::addColumn<QByteArray>("complaint");
        const auto row = [](const char *body, const char *complaint) {
            QTest::newRow(complaint) << js(body) << QByteArray(complaint);
        };
        row("[]", "The request body must be a JSON object.");
        row("{'input':'Hi'}", "model must be a non-empty string.");
        row("{'model':'m'}", "input must be a string or an array of items.");
        row("{'model':'m','input':[7]}", "input[0] must be an object.");
        row("{'model':'m','input':[{'role':'robot','content':'x'}]}",
            "input[0].role must be one of user, assistant, system, developer.");
        row("{'model':'m','input':[{'role':'user'}]}",
            "input[0].content must be a string or an array of content parts.");
        row("{'model':'m','input':[{'role':'user','content':[{'type':'input_text'}]}]}",
            "input[0].content[0].text must be a string.");
        row("{'model':'m','input':[{'type':'function_call','name':'f'}]}",
            "input[0].call_id must be a non-empty string.");
        row("{'model':'m','input':[{'type':'item_reference','id':'msg_1'}]}",
            "input[0] must be the item itself: the item this refers to is not known here.");
        row("{'model':'m','input':[{'type':'compaction_trigger'}]}",
            "input[0] must be sent to a model whose provider speaks the Responses API: no other can "
            "compact.");
        row("{'model':'m','input':'x','previous_response_id':'resp_1'}",
            "previous_response_id must be left out for this model: only a provider that speaks the Responses "
            "API knows it.");
        row("{'model':'m','input':'x','background':true}",
            "background must be left out for this model: only a provider that speaks the Responses API knows "
            "it.");
        row("{'model':'m','input':'x','tools':{}}", "tools must be an array.");
        row("{'model':'m','input':'x','tools':[{'type':'function'}]}",
            "tools[0].name must be a non-empty string.");
        row("{'model':'m','input':'x','tools':[{'type':'namespace','name':'s','tools':[{'type':'function'}]}]"
            "}",
            "tools[0].tools[0].name must be a non-empty string.");
        row("{'model':'m','input':'x','tool_choice':7}",
            "tool_choice must be none, auto, required or an object that names a tool.");
        row("{'model':'m','input':'x','text':{'format':{'type':'json_schema','name':'n'}}}",
            "text.format.schema must be a JSON Schema.");
        row("{'model':'m','input':'x','temperature':'hot'}", "temperature must be a number.");
    }
    void refusesWhatIsWrong()
    {
        QFETCH(QByteArray, body);
        QFETCH(QByteArray, complaint);
        const auto request = kInbound.decodeRequest(inboundCall(body));
        QVERIFY(!request.has_value());
        QCOMPARE(request.error().message(), complaint);
    }

    void peeks()
    {
        const auto head = kInbound.peek(inboundCall(js("{'input':'x','stream':true,'model':'route'}")));
        QVERIFY(head.has_value());
        QCOMPARE(head->model, QByteArray("route"));
        QVERIFY(head->stream && head->includeUsage);
        QVERIFY(!kInbound.peek(inboundCall(js("{'model':7}"))).has_value());
        QVERIFY(!kInbound.peek(inboundCall(js("{'model':'m','stream':'yes'}"))).has_value());
        QVERIFY(!kInbound.peek(inboundCall("7")).has_value());
    }

    void passesThrough_data() { writesBackWhatItReads_data(); }
    void passesThrough()
    {
        QFETCH(QString, path);
        const QByteArray body = fileBytes(path);
        const wire::InboundCall call = inboundCall(body);
        const QByteArray asked = kInbound.peek(call)->model;
        // Untouched where the name stays, and only the name elsewhere.
        QCOMPARE(kInbound.passThrough(call, asked, Quirks())->body, body);
        const auto renamed = kInbound.passThrough(call, "another", Quirks());
        QVERIFY(!renamed->usageForced);
        const wire::InboundCall again = inboundCall(renamed->body);
        QCOMPARE(kInbound.passThrough(again, asked, Quirks())->body, body);
    }

    void keepsForeignSealsAtHome()
    {
        const QByteArray body
            = js("{'input':[ {'role':'user','content':'Hi'}, {'type':'reasoning','summary':[],"
                 "'encrypted_content':'fairlead:1:signature:anthropic:x'},{'role':'user',"
                 "'content':'Ho'}],'model':'m'}");
        QCOMPARE(
            kInbound.passThrough(inboundCall(body), "m", Quirks())->body,
            js("{'input':[{'role':'user','content':'Hi'},{'role':'user','content':'Ho'}],'model':'m'}"));
    }

    void passesTheDialectsOwnOptIns()
    {
        const Headers caller{{"OpenAI-Beta", "responses=experimental"}, {"cookie", "no"}};
        wire::PassedRequest passed;
        passed.stream = true;
        passed.callerHeaders = &caller;
        const auto call = kUpstream.passThroughCall(passed, Quirks());
        QCOMPARE(call.headers.value("openai-beta"), QByteArray("responses=experimental"));
        QCOMPARE(call.headers.value("accept"), QByteArray("text/event-stream"));
        QVERIFY(!call.headers.contains("cookie"));
    }

    void countsTokens()
    {
        const auto request = kCounting.decodeRequest(
            inboundCall(js("{'model':'m','input':'Hi','instructions':'Be kind.','stream':true,"
                           "'tools':[{'type':'function','name':'f','parameters':{}}]}")));
        QVERIFY(request.has_value());
        QCOMPARE(kCounting.encodeAnswer(18), js("{'object':'response.input_tokens','input_tokens':18}"));
        Losses losses;
        const auto call = kCounting.encodeRequest(*request, Quirks(), losses);
        QCOMPARE(call->path, QByteArray("/responses/input_tokens"));
        QCOMPARE(
            call->body,
            js("{'model':'m','input':[{'type':'message','role':'system','content':[{'type':'input_text',"
               "'text':'Be kind.'}]},")
                + js(kHi) + js("],'tools':[{'type':'function','name':'f','parameters':{}}]}"));
        QCOMPARE(*kCounting.decodeAnswer(js("{'input_tokens': 18, 'object': 'response.input_tokens'}")), 18);
        QVERIFY(!kCounting.decodeAnswer("{}").has_value());
        QVERIFY(!kCounting.decodeAnswer("<html>").has_value());
        QVERIFY(!kCounting.decodeAnswer(js("{'input_tokens':-1}")).has_value());
    }
};

QTEST_GUILESS_MAIN(OpenAiResponsesRequestTest)
#include "OpenAiResponsesRequestTest.moc"
