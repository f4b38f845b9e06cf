// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/wire/UpstreamCases.h"
#include "wire/openai_chat/OpenAiChatInbound.h"
#include "wire/openai_chat/OpenAiChatUpstream.h"
#include "wire/openai_chat/RequestFitter.h"
#include "wire/openai_chat/ThinkTags.h"

using namespace fairlead;
using namespace fairlead::chat;
using namespace fairlead::test;
using wire::Quirks;

namespace {

const wire::OpenAiChatInbound kInbound;
const wire::OpenAiChatUpstream kUpstream;

wire::InboundCall callOf(const QByteArray &fields, Headers headers = Headers())
{
    auto call = wire::InboundCall::parse(
        "/v1/chat/completions", {}, std::move(headers),
        js("{'model':'m','messages':[{'role':'user','content':'Hi'}]" + fields + '}'));
    Q_ASSERT(call);
    return std::move(*call);
}

wire::AnswerContext contextFor(const wire::InboundCall &call)
{
    wire::AnswerContext context;
    context.call = &call;
    context.model = "shown";
    context.fallbackId = "own";
    context.created = 7;
    return context;
}

/// The deltas of a stream for that caller, and the last finish reason.
QList<QByteArray> deltas(const wire::InboundCall &call, const std::vector<ChatEvent> &events)
{
    const auto encoder = kInbound.makeStreamEncoder(contextFor(call));
    QByteArray bytes;
    for (const ChatEvent &event : events)
        bytes += encoder->encode(event);
    bytes += encoder->finish();
    QList<QByteArray> found;
    for (const QByteArray &line : bytes.split('\n')) {
        if (!line.startsWith("data: {"))
            continue;
        const auto document = json::Document::parse(line.mid(6));
        const json::View choice = (*document)["choices"].at(0);
        if (choice["delta"].count() > 0 && !choice["delta"]["role"])
            found += choice["delta"].rawCopy();
        if (choice["finish_reason"])
            found += choice["finish_reason"].rawCopy();
        if ((*document)["usage"].exists())
            found += "usage " + (*document)["usage"]["prompt_tokens"].rawCopy();
    }
    return found;
}

ChatAnswer answerOf(const std::vector<ChatEvent> &events)
{
    return accumulated(events);
}

QByteArray messageOf(const wire::InboundCall &call, const std::vector<ChatEvent> &events)
{
    const QByteArray body = kInbound.encodeAnswer(answerOf(events), contextFor(call));
    const auto document = json::Document::parse(body);
    const json::View choice = (*document)["choices"].at(0);
    return choice["message"].rawCopy() + ' ' + choice["finish_reason"].rawCopy();
}

std::vector<ChatEvent> twoCalls()
{
    Usage usage;
    usage.set(TokenKind::Input, 5);
    std::vector<ChatEvent> events;
    events.emplace_back(ToolCallBegin(0, "c1", "shell"));
    events.emplace_back(ToolCallDelta(0, js("{'input':'ls ")));
    events.emplace_back(ToolCallDelta(0, js("-l\\n'}")));
    events.emplace_back(ToolCallBegin(1, "c2", "f"));
    events.emplace_back(ToolCallDelta(1, js("{'a':")));
    events.emplace_back(ToolCallDelta(1, "1}"));
    events.emplace_back(UsageReport(usage));
    events.emplace_back(Finished(FinishReason::ToolCalls));
    return events;
}

QByteArray fitted(const QByteArray &fields, const Quirks &quirks, QByteArray *losses = nullptr)
{
    const auto call = callOf(fields);
    const auto passed = kInbound.passThrough(call, "m", quirks);
    Q_ASSERT(passed && !passed->mustTranslate);
    if (losses)
        *losses = lossesOf(passed->losses);
    return passed->body;
}

QByteArray written(const QByteArray &fields, const Quirks &quirks, QByteArray *losses = nullptr)
{
    const auto request = kInbound.decodeRequest(callOf(fields));
    Q_ASSERT(request);
    wire::Losses lost;
    const auto call = kUpstream.encodeRequest(*request, quirks, lost);
    if (losses)
        *losses = lossesOf(lost);
    return call->body;
}

} // namespace

/// What single callers and providers of the family want, apart from all others.
class OpenAiChatFamilyTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void givesCustomToolsTheirText()
    {
        const auto call = callOf(",'tools':[{'type':'custom','custom':{'name':'shell'}},{'type':'function',"
                                 "'function':{'name':'f'}}]");
        QCOMPARE(
            deltas(call, twoCalls()),
            (QList<QByteArray>{
                js("{'tool_calls':[{'index':0,'id':'c1','type':'custom','custom':{'name':'shell','input':'ls "
                   "-l\\n'}}]}"),
                js("{'tool_calls':[{'index':1,'id':'c2','type':'function','function':{'name':'f','arguments':"
                   "''}}]}"),
                js("{'tool_calls':[{'index':1,'function':{'arguments':'{\\'a\\':'}}]}"),
                js("{'tool_calls':[{'index':1,'function':{'arguments':'1}'}}]}"), js("'tool_calls'")}));
        const QByteArray message = messageOf(call, twoCalls());
        QVERIFY(message.contains(js("'type':'custom','custom':{'name':'shell','input':'ls -l\\n'}")));
        QVERIFY(message.contains(js("'type':'function','function':{'name':'f','arguments':'{\\'a\\':1}'}")));
    }

    void callsFunctionsTheDeprecatedWay()
    {
        const auto call = callOf(",'functions':[{'name':'shell'}]");
        QCOMPARE(
            deltas(call, twoCalls()),
            (QList<QByteArray>{
                js("{'function_call':{'name':'shell','arguments':''}}"),
                js("{'function_call':{'arguments':'{\\'input\\':\\'ls '}}"),
                js("{'function_call':{'arguments':'-l\\\\n\\'}'}}"), js("'function_call'")}));
        const QByteArray message = messageOf(call, twoCalls());
        QVERIFY(message.contains(js("'function_call':{'name':'shell','arguments':")));
        QVERIFY(!message.contains("tool_calls"));
        QVERIFY(message.endsWith(js("'function_call'")));
    }

    void sendsMistralsClientWholeCallsAndUsage()
    {
        const auto call = callOf(
            ",'stream':true",
            Headers{{"user-agent", "mistral-client-typescript/speakeasy-sdk/typescript 2.7.0"}});
        QCOMPARE(
            deltas(call, twoCalls()),
            (QList<QByteArray>{
                js("{'tool_calls':[{'index':0,'id':'c1','type':'function','function':{'name':'shell','"
                   "arguments':"
                   "'{\\'input\\':\\'ls -l\\\\n\\'}'}}]}"),
                js("{'tool_calls':[{'index':1,'id':'c2','type':'function','function':{'name':'f','arguments':"
                   "'{\\'a\\':1}'}}]}"),
                js("'tool_calls'"), "usage 5"}));
        Quirks own;
        own.suitsMistralClient = true;
        QVERIFY(!kInbound.passThrough(call, "m", own)->mustTranslate);
        QVERIFY(kInbound.passThrough(call, "m", Quirks())->mustTranslate);
        const auto whole = callOf(",'stream':false", Headers{{"user-agent", "mistral-client-python/1.9.10"}});
        QVERIFY(!kInbound.passThrough(whole, "m", own)->mustTranslate);
        QVERIFY(kInbound.passThrough(whole, "m", Quirks())->mustTranslate);
    }

    void tellsMistralsClientRefusalsAsText()
    {
        const std::vector<ChatEvent> events{
            chat::Started("a", "m"), chat::RefusalDelta("I will not."),
            chat::Finished(chat::FinishReason::Stop)};
        const Headers headers{{"user-agent", "mistral-client-python/1.9.10"}};
        QCOMPARE(deltas(callOf(",'stream':true", headers), events).front(), js("{'content':'I will not.'}"));
        QVERIFY(
            messageOf(callOf({}, headers), events).contains(js("'content':'I will not.','refusal':null")));
        QVERIFY(messageOf(callOf({}), events).contains(js("'content':null,'refusal':'I will not.'")));
    }

    void carriesMedia()
    {
        const QByteArray body = js(
            "{'id':'a','model':'m','created':5,'choices':[{'index':0,'message':{'role':'assistant','content':"
            "null,"
            "'audio':{'id':'audio_1','data':'AAAA','transcript':'Hello','expires_at':9},'images':[{'type':"
            "'image_url','image_url':{'url':'data:image/png;base64,iVBORw0KGgo='}},{'type':'image_url',"
            "'image_url':{'url':'https://example.com/b.png'}}]},'finish_reason':'stop'}]}");
        const auto events = kUpstream.decodeAnswer(body, Quirks());
        const ChatAnswer answer = answerOf(events);
        QCOMPARE(answer.choices.front().media.size(), 3U);
        QCOMPARE(answer.choices.front().media[0].transcript, QByteArray("Hello"));
        QCOMPARE(answer.choices.front().media[1].media.mediaType, QByteArray("image/png"));
        const auto call = callOf({});
        QCOMPARE(
            messageOf(call, events),
            js("{'role':'assistant','content':null,'refusal':null,'audio':{'id':'audio_1','data':'AAAA',"
               "'transcript':'Hello'},'images':[{'type':'image_url','image_url':{'url':'data:image/"
               "png;base64,"
               "iVBORw0KGgo='}},{'type':'image_url','image_url':{'url':'https://example.com/b.png'}}]} "
               "'stop'"));
        QCOMPARE(
            deltas(call, events),
            (QList<QByteArray>{
                js("{'audio':{'id':'audio_1','data':'AAAA','transcript':'Hello'}}"),
                js("{'images':[{'type':'image_url','image_url':{'url':'data:image/"
                   "png;base64,iVBORw0KGgo='}}]}"),
                js("{'images':[{'type':'image_url','image_url':{'url':'https://example.com/b.png'}}]}"),
                js("'stop'")}));
    }

    void joinsFragmentsOfAudio()
    {
        const auto chunk = [](const QByteArray &delta, const QByteArray &finish) {
            return js("data: {'id':'a','choices':[{'index':0,'delta':" + delta + ",'finish_reason':" + finish
                      + "}]}")
                   + "\n\n";
        };
        const QByteArray bytes = chunk("{'role':'assistant','audio':{'id':'audio_1'}}", "null")
                                 + chunk("{'audio':{'transcript':'Hel'}}", "null")
                                 + chunk("{'audio':{'data':'AAAA'}}", "null")
                                 + chunk("{'audio':{'transcript':'lo'}}", "null")
                                 + chunk("{'audio':{'data':'BBBB'}}", "null") + chunk("{}", "'stop'");
        checkSplits(kUpstream, bytes);
        const ChatAnswer answer = accumulated(decodeAt(kUpstream, bytes, {}));
        QCOMPARE(answer.choices.front().media.size(), 1U);
        const MediaDelta &clip = answer.choices.front().media.front();
        QCOMPARE(clip.media.fileId, QByteArray("audio_1"));
        QCOMPARE(clip.media.base64, QByteArray("AAAABBBB"));
        QCOMPARE(clip.transcript, QByteArray("Hello"));
    }

    void joinsLogprobs()
    {
        Accumulator accumulator;
        const auto add = [&](const char *json, int choice) {
            LogprobsDelta delta;
            delta.choice = choice;
            delta.json = js(json);
            accumulator.add(delta);
        };
        add("{'content':[{'token':'a','logprob':-0.10}],'refusal':null}", 0);
        add("{'content':[{'token':'x','logprob':-1}],'refusal':null}", 1);
        add("{'content':[{'token':'b','logprob':-2.0},{'token':'c','logprob':-3}],'refusal':null}", 0);
        add("{'content':null,'refusal':[{'token':'d','logprob':-4}]}", 0);
        QCOMPARE(
            accumulator.answer().choices[0].logprobs, js("{'content':[{'token':'a','logprob':-0.10},{'token':"
                                                         "'b','logprob':-2.0},{'token':'c','logprob':-3}],"
                                                         "'refusal':[{'token':'d','logprob':-4}]}"));
        QCOMPARE(
            accumulator.answer().choices[1].logprobs,
            js("{'content':[{'token':'x','logprob':-1}],'refusal':null}"));
    }

    void takesThoughtsOutOfTags_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QByteArray>("reasoning");
        QTest::addColumn<QByteArray>("visible");
        const auto row = [](const char *name, const char *text, const char *reasoning, const char *visible) {
            QTest::newRow(name) << QByteArray(text) << QByteArray(reasoning) << QByteArray(visible);
        };
        row("both", "\n<think>\nHm <b>\n</think>\n\nYes.</think>", "\nHm <b>\n", "Yes.</think>");
        row("none", "Yes <think>x</think>", "", "Yes <think>x</think>");
        row("empty", "<think></think>Yes", "", "Yes");
        row("cut", "<think>Hm </thin", "Hm </thin", "");
        row("nearly", " <thinking>", "", " <thinking>");
        row("tag begun", "<thi", "", "<thi");
        row("nothing", "", "", "");
    }
    void takesThoughtsOutOfTags()
    {
        QFETCH(QByteArray, text);
        QFETCH(QByteArray, reasoning);
        QFETCH(QByteArray, visible);
        for (qsizetype at = 0; at <= text.size(); ++at) {
            wire::openai_chat::ThinkTags tags;
            QByteArray thought;
            QByteArray said;
            for (const auto &pieces : {tags.add(text.left(at)), tags.add(text.mid(at)), tags.rest()}) {
                thought += pieces.reasoning;
                said += pieces.text;
            }
            QCOMPARE(thought, reasoning);
            QCOMPARE(said, visible);
        }
    }

    void fitsRequests_data()
    {
        QTest::addColumn<QByteArray>("fields");
        QTest::addColumn<QByteArray>("expected");
        QTest::addColumn<QByteArray>("losses");
        const auto row = [](const char *name, const char *fields, const char *expected, const char *losses) {
            QTest::newRow(name) << QByteArray(fields) << js(expected) << QByteArray(losses);
        };
        row("nothing to do", ",'temperature':0.70", ",'temperature':0.70", "");
        row("cap", ",'max_completion_tokens':5,'z':1.0", ",'z':1.0,'max_tokens':5", "");
        row("both caps", ",'max_completion_tokens':5,'max_tokens':4", ",'max_tokens':5", "");
        row("seed", ",'seed':7", ",'random_seed':7", "");
        row("refused", ",'store':true,'stop':['a']", ",'stop':['a']", "dropped=store");
    }
    void fitsRequests()
    {
        QFETCH(QByteArray, fields);
        QFETCH(QByteArray, expected);
        QFETCH(QByteArray, losses);
        QByteArray lost;
        const QByteArray body = fitted(fields, mistral(), &lost);
        QCOMPARE(body, js("{'model':'m','messages':[{'role':'user','content':'Hi'}]") + expected + '}');
        QCOMPARE(lost, losses);
        // Translated it says the same.
        QByteArray again;
        const QJsonObject sent = objectOf(written(fields, mistral(), &again));
        QCOMPARE(sent, objectOf(body));
        QCOMPARE(again, losses);
    }

    void fitsMessages()
    {
        const QByteArray fields
            = ",'messages':[{'role':'developer','content':'D'},{'role':'user','content':[{'type':'text','"
              "text':'U'},"
              "{'type':'file','file':{'filename':'a.pdf','file_data':'data:application/"
              "pdf;base64,JVBERi0='}},{"
              "'type':'input_audio','input_audio':{'data':'UklGRg==','format':'wav'}}]},{'role':'assistant',"
              "'content':null,'tool_calls':[{'id':'call_Long-1','type':'function','function':{'name':'f',"
              "'arguments':'{}'}}]},{'role':'tool','tool_call_id':'call_Long-1','content':'T'}]";
        QByteArray lost;
        const QByteArray id = wire::openai_chat::shortToolId("call_Long-1");
        const QJsonObject expected = objectOf(js(
            "{'model':'m','messages':[{'role':'system','content':'D'},{'role':'user','content':[{'type':'"
            "text',"
            "'text':'U'},{'type':'document_url','document_url':'data:application/pdf;base64,JVBERi0=',"
            "'document_name':'a.pdf'},{'type':'input_audio','input_audio':'UklGRg=='}]},{'role':'assistant',"
            "'content':null,'tool_calls':[{'id':'"
            + id
            + "','type':'function','function':{'name':'f','arguments':'{}'}}]},{'role':'tool',"
              "'tool_call_id':'"
            + id + "','content':'T'}]}"));
        QCOMPARE(objectOf(fitted(fields, mistral(), &lost)), expected);
        QCOMPARE(lost, QByteArray("renamed=messages[0].role"));
        QCOMPARE(objectOf(written(fields, mistral())), expected);
    }

    void makesShortIds()
    {
        using wire::openai_chat::shortToolId;
        QCOMPARE(shortToolId("D681PevKs"), QByteArray("D681PevKs"));
        const QByteArray made = shortToolId("call_abc");
        QCOMPARE(made.size(), 9);
        QCOMPARE(shortToolId(made), made);
        QCOMPARE(shortToolId("call_abc"), made);
        QVERIFY(shortToolId("call_abd") != made);
        QCOMPARE(shortToolId({}).size(), 9);
    }

    void asksForReasoningAsTheProviderWants_data()
    {
        QTest::addColumn<QByteArray>("style");
        QTest::addColumn<QByteArray>("asked");
        QTest::addColumn<QByteArray>("sent");
        const auto row = [](const char *style, const char *asked, const char *sent) {
            QTest::newRow((QByteArray(style) + ' ' + asked).constData())
                << QByteArray(style) << QByteArray(asked) << js(sent);
        };
        const char *const high = "'reasoning_effort':'high'";
        const char *const none = "'reasoning_effort':'none'";
        const char *const budget = "'reasoning':{'max_tokens':900}";
        row("", high, "'reasoning_effort':'high'");
        row("", budget, "'reasoning_effort':'low'");
        row("reasoning", high, "'reasoning':{'effort':'high'}");
        row("reasoning", none, "'reasoning':{'enabled':false}");
        row("reasoning", budget, "'reasoning':{'max_tokens':900}");
        row("thinking", high, "'thinking':{'type':'enabled'},'reasoning_effort':'high'");
        row("thinking", none, "'thinking':{'type':'disabled'}");
        row("enable_thinking", high, "'enable_thinking':true");
        row("enable_thinking", budget, "'enable_thinking':true,'thinking_budget':900");
        row("enable_thinking", none, "'enable_thinking':false");
        row("none", high, "");
    }
    void asksForReasoningAsTheProviderWants()
    {
        QFETCH(QByteArray, style);
        QFETCH(QByteArray, asked);
        QFETCH(QByteArray, sent);
        Quirks quirks;
        quirks.reasoningRequest = style;
        const QByteArray body = written(',' + asked, quirks);
        const QByteArray start = js("{'model':'m','messages':[{'role':'user','content':'Hi'}]");
        QCOMPARE(body, start + (sent.isEmpty() ? QByteArray() : ',' + sent) + '}');
    }

    void keepsFieldsOfItsOwnDialectOnly()
    {
        const QByteArray fields
            = ",'prediction':{'type':'content','content':'x'},'web_search_options':{},'verbosity':'low',"
              "'prompt_cache_key':'k','modalities':['text','audio'],'audio':{'voice':'v','format':'mp3'}";
        QByteArray lost;
        QVERIFY(written(fields, Quirks(), &lost).contains(js(fields)));
        QCOMPARE(lost, QByteArray());
        auto request = kInbound.decodeRequest(callOf(fields));
        request->dialect = "other";
        wire::Losses losses;
        const auto call = kUpstream.encodeRequest(*request, Quirks(), losses);
        QVERIFY(!call->body.contains("verbosity"));
        QCOMPARE(
            lossesOf(losses),
            QByteArray(
                "dropped=prediction dropped=web_search_options dropped=verbosity dropped=prompt_cache_key "
                "dropped=modalities dropped=audio"));
    }

    void countsSkippedEvents()
    {
        const auto decoder = kUpstream.makeStreamDecoder(Quirks(), wire::DecodeMode::Full);
        std::vector<ChatEvent> events;
        decoder->feed(fileBytes(QStringLiteral(FAIRLEAD_TEST_DATA "/openai_chat/garbled-chunk.sse")), events);
        decoder->finish(events);
        QCOMPARE(decoder->skippedEvents(), 1);
        QVERIFY(!accumulated(events).failure);
    }

private:
    static Quirks mistral()
    {
        Quirks quirks;
        quirks.maxTokensField = "max_tokens";
        quirks.noDeveloperRole = true;
        quirks.seedField = "random_seed";
        quirks.refusedFields = {"store", "user"};
        quirks.shortToolIds = true;
        quirks.bareMedia = true;
        return quirks;
    }
};

QTEST_GUILESS_MAIN(OpenAiChatFamilyTest)
#include "OpenAiChatFamilyTest.moc"
