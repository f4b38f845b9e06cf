// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/wire/UpstreamCases.h"
#include "wire/ToolMapping.h"
#include "wire/cohere/CohereInbound.h"
#include "wire/cohere/CohereUpstream.h"
#include "wire/openai_chat/OpenAiChatInbound.h"

using namespace fairlead;
using namespace fairlead::chat;
using namespace fairlead::test;
using wire::Quirks;

namespace {

const wire::CohereUpstream kUpstream;
const wire::CohereInbound kInbound;

wire::InboundCall callOf(const QByteArray &body)
{
    auto call = wire::InboundCall::parse("/v2/chat", {}, Headers(), body);
    Q_ASSERT(call);
    return std::move(*call);
}

/// A Chat request's body as Cohere is sent it, and what got lost.
struct Sent {
    QByteArray body;
    QByteArray losses;
};
Sent sent(const QByteArray &chatFields)
{
    const QByteArray body = js("{'model':'m','messages':[{'role':'user','content':'Hi'}]" + chatFields + '}');
    const auto request = wire::OpenAiChatInbound().decodeRequest(callOf(body));
    Q_ASSERT(request);
    wire::Losses losses;
    const auto call = kUpstream.encodeRequest(*request, Quirks(), losses);
    return {call ? call->body : call.error().message(), lossesOf(losses)};
}

ChatRequest read(const QByteArray &fields)
{
    auto request = kInbound.decodeRequest(
        callOf(js("{'model':'m','messages':[{'role':'user','content':'Hi'}]" + fields + '}')));
    Q_ASSERT(request);
    return std::move(*request);
}

} // namespace

class CohereRequestTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void writesFields_data()
    {
        QTest::addColumn<QByteArray>("fields");
        QTest::addColumn<QByteArray>("written");
        QTest::addColumn<QByteArray>("losses");
        const auto row = [](const char *name, const char *fields, const char *written, const char *losses) {
            QTest::newRow(name) << QByteArray(fields) << js(written) << QByteArray(losses);
        };
        row("nothing", "", "'stream':false", "");
        row("sampling", ",'temperature':0.70,'top_p':0.9,'top_k':5,'seed':7,'max_tokens':9",
            "'max_tokens':9,'temperature':0.70,'p':0.9,'k':5,'seed':7,'stream':false", "");
        row("beyond the ranges", ",'top_p':1,'presence_penalty':-0.5,'frequency_penalty':2",
            "'p':0.99,'presence_penalty':0,'frequency_penalty':1,'stream':false",
            "approximated=top_p approximated=presence_penalty approximated=frequency_penalty");
        row("stops", ",'stop':['a','b','c','d','e','f'],'stream':true",
            "'stop_sequences':['a','b','c','d','e'],'stream':true", "approximated=stop");
        row("json object", ",'response_format':{'type':'json_object'}",
            "'response_format':{'type':'json_object'},'stream':false", "");
        row("schema is the schema",
            ",'response_format':{'type':'json_schema','json_schema':{'name':'t','strict':true,'schema':"
            "{'$schema':'x','type':'object','properties':{'z':{'type':'number'},'a':{'const':1.0}}}}}",
            "'response_format':{'type':'json_object','json_schema':{'type':'object','properties':{'z':{'type'"
            ":"
            "'number'},'a':{'const':1.0}}}},'stream':false",
            "");
        row("no thinking", ",'reasoning_effort':'none'", "'thinking':{'type':'disabled'},'stream':false", "");
        row("effort", ",'reasoning_effort':'low'",
            "'thinking':{'type':'enabled','token_budget':2048},'stream':false",
            "approximated=reasoning_effort");
        row("budget", ",'reasoning':{'max_tokens':500}",
            "'thinking':{'type':'enabled','token_budget':500},'stream':false", "");
        row("one answer",
            ",'n':2,'logprobs':true,'top_logprobs':3,'user':'u','logit_bias':{'1':2},'store':true",
            "'logprobs':true,'stream':false",
            "dropped=store dropped=logit_bias dropped=n dropped=top_logprobs dropped=user");
    }
    void writesFields()
    {
        QFETCH(QByteArray, fields);
        QFETCH(QByteArray, written);
        QFETCH(QByteArray, losses);
        const Sent result = sent(fields);
        QCOMPARE(
            result.body, js("{'model':'m','messages':[{'role':'user','content':'Hi'}],") + written + '}');
        QCOMPARE(result.losses, losses);
    }

    void writesTools_data()
    {
        QTest::addColumn<QByteArray>("fields");
        QTest::addColumn<QByteArray>("written");
        QTest::addColumn<QByteArray>("losses");
        const auto row
            = [](const char *name, const QByteArray &fields, const char *written, const char *losses) {
                  QTest::newRow(name) << fields << js(written) << QByteArray(losses);
              };
        const QByteArray strict = "{'type':'function','function':{'name':'f','description':'d','strict':true,"
                                  "'parameters':{'type':'object','$schema':'s','properties':{}}}}";
        const QByteArray bare = "{'type':'function','function':{'name':'g-1'}}";
        row("strict, required", ",'tools':[" + strict + "],'tool_choice':'required'",
            "'tools':[{'type':'function','function':{'name':'f','description':'d','parameters':{'type':'"
            "object',"
            "'properties':{}}}}],'strict_tools':true,'tool_choice':'REQUIRED','stream':false",
            "");
        row("mixed, none", ",'tools':[" + strict + ',' + bare + "],'tool_choice':'none'",
            "'tools':[{'type':'function','function':{'name':'f','description':'d','parameters':{'type':'"
            "object',"
            "'properties':{}}}},{'type':'function','function':{'name':'flx_g_2D1','parameters':{'type':'"
            "object',"
            "'properties':{}}}}],'tool_choice':'NONE','stream':false",
            "renamed=tools.g-1 dropped=tools.strict");
        row("named",
            ",'tools':[" + strict + ',' + bare
                + "],'tool_choice':{'type':'function','function':{'name':"
                  "'g-1'}},'parallel_tool_calls':false",
            "'tools':[{'type':'function','function':{'name':'flx_g_2D1','parameters':{'type':'object',"
            "'properties':{}}}}],'tool_choice':'REQUIRED','stream':false",
            "renamed=tools.g-1 approximated=tool_choice dropped=parallel_tool_calls");
        row("custom", ",'tools':[{'type':'custom','custom':{'name':'sh'}},{'type':'web_search'}]",
            "'tools':[{'type':'function','function':{'name':'sh','parameters':{'type':'object','properties':"
            "{'input':{'type':'string'}},'required':['input']}}}],'stream':false",
            "dropped=tools.web_search approximated=tools.sh");
    }
    void writesTools() { writesFields(); }

    void namesToolsReversibly_data()
    {
        QTest::addColumn<QByteArray>("name");
        for (const char *name : {"plain", "with-dash", "1st", "mcp__x__y-z", "flx_x", "a.b", "größe"})
            QTest::newRow(name) << QByteArray(name);
    }
    void namesToolsReversibly()
    {
        QFETCH(QByteArray, name);
        wire::ToolNameRule rule;
        rule.escape = '_';
        rule.mayStartWithDigitOrDash = false;
        const auto outward = wire::outwardToolName(name, rule);
        QVERIFY(outward);
        QVERIFY(!outward->contains('-') && !outward->contains('.'));
        QCOMPARE(wire::callersToolName(*outward, '_'), name);
    }

    void writesConversations()
    {
        ChatRequest request;
        request.model = "m";
        ReasoningPart thought;
        thought.text = "I will look.";
        MediaPart image;
        image.mediaType = "image/png";
        image.base64 = "iVBORw0KGgo=";
        MediaPart file;
        file.kind = MediaPart::Kind::File;
        file.mediaType = "text/plain";
        file.base64 = QByteArray("notes").toBase64();
        MediaPart pdf;
        pdf.kind = MediaPart::Kind::File;
        pdf.mediaType = "application/pdf";
        pdf.base64 = "JVBERi0=";
        request.messages = {
            message(Role::Developer, {text("Be brief.")}),
            message(Role::User, {text("Look"), image, file, pdf}),
            message(Role::Assistant, {thought, call("c1", "f", "{\"a\":1.0}"), call("c2", "g", "")}),
            message(Role::User, {result("c1", "one"), result("c2", "two"), text("Go on")}),
            message(Role::Assistant, {thought, text("Done.")}),
        };
        wire::Losses losses;
        const auto sent = kUpstream.encodeRequest(request, Quirks(), losses);
        QVERIFY(sent);
        QCOMPARE(sent->path, QByteArray("/v2/chat"));
        QCOMPARE(
            sent->body,
            js("{'model':'m','messages':[{'role':'system','content':'Be brief.'},{'role':'user','content':[{"
               "'type':'text','text':'Look'},{'type':'image_url','image_url':{'url':'data:image/png;base64,"
               "iVBORw0KGgo='}},{'type':'text','text':'notes'}]},{'role':'assistant','tool_plan':'I will "
               "look.',"
               "'tool_calls':[{'id':'c1','type':'function','function':{'name':'f','arguments':'{\\'a\\':1.0}'"
               "}},"
               "{'id':'c2','type':'function','function':{'name':'g','arguments':'{}'}}]},{'role':'tool',"
               "'tool_call_id':'c1','content':'one'},{'role':'tool','tool_call_id':'c2','content':'two'},{'"
               "role':"
               "'user','content':'Go on'},{'role':'assistant','content':[{'type':'thinking','thinking':'I "
               "will "
               "look.'},{'type':'text','text':'Done.'}]}],'stream':false}"));
        QCOMPARE(
            lossesOf(losses),
            QByteArray(
                "renamed=messages[0].role approximated=messages[1].content dropped=messages[1].content"));
    }

    void readsConversations()
    {
        const auto request = kInbound.decodeRequest(callOf(js(
            "{'model':'m','messages':[{'role':'system','content':'S'},{'role':'user','content':[{'type':'"
            "text',"
            "'text':'U'},{'type':'image_url','image_url':{'url':'https://example.com/"
            "a.png','detail':'low'}}]},"
            "{'role':'assistant','tool_plan':'P','tool_calls':[{'id':'c1','type':'function','function':{'"
            "name':"
            "'f','arguments':'{}'}}]},{'role':'tool','tool_call_id':'c1','content':[{'type':'document','"
            "document':"
            "{'data':{'z':1,'a':2.0},'id':'d'}},{'type':'text','text':'T'}]},{'role':'assistant','content':[{"
            "'type':'thinking','thinking':'H'},{'type':'text','text':'A'}],'citations':[]}]}")));
        QVERIFY2(request, request ? "" : request.error().message().constData());
        QCOMPARE(request->messages.size(), 5U);
        const auto &image = std::get<MediaPart>(request->messages[1].parts[1]);
        QCOMPARE(image.url, QByteArray("https://example.com/a.png"));
        QCOMPARE(image.detail, QByteArray("low"));
        QCOMPARE(std::get<ReasoningPart>(request->messages[2].parts[0]).text, QByteArray("P"));
        const auto &result = std::get<ToolResultPart>(request->messages[3].parts[0]);
        QCOMPARE(result.toolName, QByteArray("f"));
        QCOMPARE(std::get<TextPart>(result.content[0]).text, js("{'z':1,'a':2.0}"));
        QCOMPARE(std::get<TextPart>(result.content[1]).text, QByteArray("T"));
        QCOMPARE(std::get<ReasoningPart>(request->messages[4].parts[0]).text, QByteArray("H"));
    }

    void readsFields()
    {
        const ChatRequest request = read(
            ",'stream':true,'p':0.9,'k':3,'temperature':0.30,'max_tokens':8,'seed':1,'stop_sequences':['x'],"
            "'logprobs':true,'strict_tools':true,'tools':[{'type':'function','function':{'name':'f','"
            "parameters':"
            "{'type':'object'}}}],'tool_choice':'REQUIRED','thinking':{'type':'enabled','token_budget':9},"
            "'response_format':{'type':'json_object','json_schema':{'b':1,'a':2}},'safety_mode':'OFF'");
        QVERIFY(request.stream);
        QCOMPARE(request.topP, QByteArray("0.9"));
        QCOMPARE(request.topK, QByteArray("3"));
        QCOMPARE(request.temperature, QByteArray("0.30"));
        QCOMPARE(request.maxOutputTokens, std::optional<std::int64_t>(8));
        QCOMPARE(request.stop, std::vector<QByteArray>{"x"});
        QCOMPARE(request.tools.front().strict, std::optional<bool>(true));
        QCOMPARE(request.toolChoice->mode, ToolChoice::Mode::Required);
        QCOMPARE(request.reasoning->budgetTokens, std::optional<std::int64_t>(9));
        QCOMPARE(request.responseFormat->kind, ResponseFormat::Kind::JsonSchema);
        QCOMPARE(request.responseFormat->schema, js("{'b':1,'a':2}"));
        QCOMPARE(request.extras.size(), 1U);
        QCOMPARE(request.extras.front().first, QByteArray("safety_mode"));
        QCOMPARE(
            read(",'thinking':{'type':'disabled'}").reasoning->budgetTokens, std::optional<std::int64_t>(0));
    }

    void putsDocumentsIntoTheConversation()
    {
        const ChatRequest request
            = read(",'documents':[{'id':'tides','data':{'port':'Brest','m':7.0}},'plain words']");
        const auto &parts = request.messages.back().parts;
        QCOMPARE(parts.size(), 3U);
        QCOMPARE(std::get<TextPart>(parts[0]).text, js("Document tides:\n{'port':'Brest','m':7.0}"));
        QCOMPARE(std::get<TextPart>(parts[1]).text, QByteArray("Document doc:1:\nplain words"));
        QCOMPARE(request.misfits.size(), 1U);
        QCOMPARE(request.misfits.front().field, QByteArray("documents"));
        QVERIFY(request.misfits.front().approximated);
    }

    void complains_data()
    {
        QTest::addColumn<QByteArray>("body");
        QTest::addColumn<QByteArray>("complaint");
        const auto row = [](const char *name, const char *body, const char *complaint) {
            QTest::newRow(name) << js(body) << QByteArray(complaint);
        };
        row("no object", "[]", "The request body must be a JSON object.");
        row("no model", "{'messages':[{'role':'user','content':'x'}]}", "model must be a non-empty string.");
        row("no messages", "{'model':'m'}", "messages must be a non-empty array.");
        row("role", "{'model':'m','messages':[{'role':'bot','content':'x'}]}",
            "messages[0].role must be one of system, user, assistant, tool.");
        row("choice", "{'model':'m','messages':[{'role':'user','content':'x'}],'tool_choice':'auto'}",
            "tool_choice must be REQUIRED or NONE.");
        row("format",
            "{'model':'m','messages':[{'role':'user','content':'x'}],'response_format':{'type':'xml'}}",
            "response_format.type must be text or json_object.");
        row("stops", "{'model':'m','messages':[{'role':'user','content':'x'}],'stop_sequences':[1]}",
            "stop_sequences[0] must be a string.");
    }
    void complains()
    {
        QFETCH(QByteArray, body);
        QFETCH(QByteArray, complaint);
        const auto request = kInbound.decodeRequest(callOf(body));
        QVERIFY(!request);
        QCOMPARE(request.error().message(), complaint);
    }

    void peeks()
    {
        const auto head = kInbound.peek(
            callOf(js("{'model':'x','messages':[{'role':'user','content':'y'}],'stream':true}")));
        QVERIFY(head && head->stream && head->includeUsage);
        QCOMPARE(head->model, QByteArray("x"));
        QVERIFY(!kInbound.peek(callOf(js("{'model':'','messages':[{}]}"))));
        QVERIFY(!kInbound.peek(callOf(js("{'model':'x','messages':[]}"))));
        QVERIFY(!kInbound.peek(callOf(js("{'model':'x','messages':[{}],'stream':'yes'}"))));
    }

    void passesBytesThrough()
    {
        const QByteArray body = js("{ 'messages' : [{'role':'user','content':'\\u00e9'}], "
                                   "'model':'route','z':1.50, 'stream':true }");
        const auto passed = kInbound.passThrough(callOf(body), "command-a", Quirks());
        QVERIFY(passed);
        QCOMPARE(passed->body, QByteArray(body).replace("\"route\"", "\"command-a\""));
        QVERIFY(!passed->usageForced);
        const auto same = kInbound.passThrough(callOf(body), "route", Quirks());
        QCOMPARE(same->body, body);
    }

    void readsEveryRecordedRequest_data()
    {
        QTest::addColumn<QString>("path");
        QTest::newRow("own") << QStringLiteral(FAIRLEAD_TEST_DATA "/cohere/full.request.json");
        for (const QByteArray &line : fileBytes(recordings() + QStringLiteral("/INDEX.tsv")).split('\n')) {
            const QList<QByteArray> columns = line.split('\t');
            if (columns.size() > 5 && columns[2] == "cohere-v2" && columns[5] == "request")
                QTest::newRow(columns[0].constData())
                    << recordings() + QLatin1Char('/') + QString::fromUtf8(columns[0]);
        }
    }
    void readsEveryRecordedRequest()
    {
        QFETCH(QString, path);
        const QByteArray body = fileBytes(path);
        const auto request = kInbound.decodeRequest(callOf(body));
        QVERIFY2(request, request ? "" : request.error().message().constData());
        // Written again it means the same to us.
        wire::Losses losses;
        const auto sent = kUpstream.encodeRequest(*request, Quirks(), losses);
        QVERIFY(sent);
        QVERIFY2(losses.isEmpty(), losses.header().constData());
        const auto again = kInbound.decodeRequest(callOf(sent->body));
        QVERIFY(again);
        wire::Losses none;
        QCOMPARE(kUpstream.encodeRequest(*again, Quirks(), none)->body, sent->body);
    }
};

QTEST_GUILESS_MAIN(CohereRequestTest)
#include "CohereRequestTest.moc"
