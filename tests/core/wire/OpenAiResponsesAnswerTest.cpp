// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/wire/UpstreamCases.h"
#include "wire/openai_responses/OpenAiResponsesInbound.h"
#include "wire/openai_responses/OpenAiResponsesUpstream.h"

Q_DECLARE_METATYPE(fairlead::chat::Failure)

using namespace fairlead;
using namespace fairlead::chat;
using namespace fairlead::test;
using wire::Quirks;

namespace {

const wire::OpenAiResponsesInbound kInbound;
const wire::OpenAiResponsesUpstream kUpstream;

QByteArray value(const QJsonObject &object, const char *name)
{
    return object[QLatin1String(name)].toString().toUtf8();
}

wire::AnswerContext context(const wire::InboundCall *call = nullptr)
{
    wire::AnswerContext made;
    made.call = call;
    made.model = "route/model";
    made.fallbackId = "req_own1";
    made.created = 1767225600;
    made.includeUsage = true;
    return made;
}

/// A stream of events in our dialect.
QByteArray streamed(const std::vector<ChatEvent> &events, const wire::InboundCall *call = nullptr)
{
    const auto encoder = kInbound.makeStreamEncoder(context(call));
    QByteArray bytes;
    for (const ChatEvent &event : events)
        bytes += encoder->encode(event);
    return bytes + encoder->finish();
}

QByteArray whole(const std::vector<ChatEvent> &events, const wire::InboundCall *call = nullptr)
{
    return kInbound.encodeAnswer(accumulated(events), context(call));
}

std::vector<QJsonObject> eventsIn(const QByteArray &stream)
{
    std::vector<QJsonObject> events;
    for (const QByteArray &frame : QByteArray(stream).split('\n')) {
        if (frame.startsWith("data: "))
            events.push_back(objectOf(frame.mid(6)));
    }
    return events;
}

/// Checks a stream as the strictest client would: names, numbers, ids, who opens and closes what, and that
/// every "done" says what its deltas said. Gives the first complaint, or nothing.
class Grammar
{
public:
    QByteArray check(const QByteArray &stream)
    {
        const QList<QByteArray> lines = stream.split('\n');
        qint64 number = 0;
        for (qsizetype i = 0; i < lines.size(); ++i) {
            if (!lines[i].startsWith("data: "))
                continue;
            const QJsonObject event = objectOf(lines[i].mid(6));
            m_type = value(event, "type");
            if (i == 0 || lines[i - 1] != "event: " + m_type)
                complain("no event line of its name");
            if (event[QStringLiteral("sequence_number")].toInteger(-1) != number++)
                complain("wrong sequence_number");
            if (m_ended)
                complain("after the end");
            read(event);
        }
        if (!m_ended)
            complain("no end");
        return m_complaint;
    }

private:
    struct Item {
        QByteArray id;
        QByteArray type;
        bool done = false;
        QMap<int, QByteArray> texts; ///< of open parts
        QMap<int, QByteArray> doneTexts;
        QByteArray arguments;
        QJsonObject json;
    };

    void complain(const char *what)
    {
        if (m_complaint.isEmpty())
            m_complaint = m_type + ": " + what;
    }

    void read(const QJsonObject &event)
    {
        if (!event.contains(QStringLiteral("output_index"))) {
            readResponse(event);
            return;
        }
        const qsizetype place = event[QStringLiteral("output_index")].toInt(-1);
        if (m_type == "response.output_item.added") {
            const QJsonObject json = event[QStringLiteral("item")].toObject();
            if (place != m_items.size())
                complain("not the next place");
            Item item;
            item.id = value(json, "id");
            item.type = value(json, "type");
            m_items.append(item);
            checkId(item);
            return;
        }
        if (place < 0 || place >= m_items.size() || m_items[place].done) {
            complain("no such open item");
            return;
        }
        Item &item = m_items[place];
        if (m_type == "response.output_item.done") {
            item.done = true;
            item.json = event[QStringLiteral("item")].toObject();
            if (value(item.json, "id") != item.id || value(item.json, "type") != item.type)
                complain("not the item that was added");
            if (!item.texts.isEmpty())
                complain("an open part");
            if (value(item.json, item.type == "custom_tool_call" ? "input" : "arguments") != item.arguments)
                complain("other arguments than the deltas");
            return;
        }
        if (value(event, "item_id") != item.id)
            complain("another item_id");
        readInItem(event, item);
    }

    void readInItem(const QJsonObject &event, Item &item)
    {
        const int part = event
                             [m_type.contains("summary") ? QStringLiteral("summary_index")
                                                         : QStringLiteral("content_index")]
                                 .toInt(-1);
        if (m_type.endsWith("part.added")) {
            if (part != item.texts.size() + item.doneTexts.size())
                complain("not the next part");
            item.texts[part] = QByteArray();
        } else if (m_type.endsWith("arguments.delta") || m_type.endsWith("input.delta")) {
            item.arguments += value(event, "delta");
        } else if (m_type.endsWith("arguments.done") || m_type.endsWith("input.done")) {
            if (value(event, m_type.endsWith("input.done") ? "input" : "arguments") != item.arguments)
                complain("other arguments than the deltas");
        } else if (m_type == "response.output_text.annotation.added") {
            if (!item.texts.contains(part))
                complain("no such part");
        } else if (m_type.endsWith(".delta")) {
            if (!item.texts.contains(part))
                complain("no such part");
            item.texts[part] += value(event, "delta");
        } else if (m_type.endsWith("part.done")) {
            const QJsonObject json = event[QStringLiteral("part")].toObject();
            if (value(json, "text") + value(json, "refusal") != item.texts.value(part))
                complain("other text than the deltas");
            item.doneTexts[part] = item.texts.take(part);
        } else if (m_type.endsWith(".done")) {
            if (value(event, "text") + value(event, "refusal") != item.texts.value(part))
                complain("other text than the deltas");
        } else if (!m_type.startsWith("response.image_generation_call.")) {
            complain("unknown");
        }
    }

    void readResponse(const QJsonObject &event)
    {
        if (m_type == "error")
            return;
        const QJsonObject response = event[QStringLiteral("response")].toObject();
        if (m_id.isEmpty())
            m_id = value(response, "id");
        if (value(response, "id") != m_id || !m_id.startsWith("resp_"))
            complain("another id");
        if (value(response, "object") != "response" || value(response, "model") != "route/model")
            complain("not a response of this model");
        if (m_type == "response.created" || m_type == "response.in_progress") {
            if (value(response, "status") != "in_progress" || !m_items.isEmpty())
                complain("too late");
            return;
        }
        m_ended = true;
        const QByteArray status = m_type.mid(9);
        if (value(response, "status") != status)
            complain("another status");
        const QJsonArray output = response[QStringLiteral("output")].toArray();
        if (status == "failed")
            return;
        if (output.size() != m_items.size())
            complain("other items than the stream");
        for (qsizetype i = 0; i < qMin(output.size(), m_items.size()); ++i) {
            if (output[i].toObject() != m_items[i].json || !m_items[i].done)
                complain("an item that is not as it was done");
        }
    }

    void checkId(const Item &item)
    {
        static const QMap<QByteArray, QByteArray> prefixes{
            {"message", "msg_"},
            {"reasoning", "rs_"},
            {"function_call", "fc_"},
            {"custom_tool_call", "ctc_"},
            {"image_generation_call", "ig_"}};
        if (!prefixes.contains(item.type) || !item.id.startsWith(prefixes.value(item.type)))
            complain("an id of another kind");
        for (qsizetype i = 0; i + 1 < m_items.size(); ++i) {
            if (m_items[i].id == item.id)
                complain("an id used before");
        }
    }

    QByteArray m_complaint;
    QByteArray m_type;
    QByteArray m_id;
    QList<Item> m_items;
    bool m_ended = false;
};

/// What every client of any dialect must get alike.
QByteArray meaning(const ChatAnswer &answer)
{
    const ChatAnswer::Choice *choice = answer.choice();
    if (answer.failure || !choice)
        return "failed";
    QByteArray text = "text " + choice->text + "\nrefusal " + choice->refusal + "\nreasoning ";
    for (const ReasoningPart &part : choice->reasoning)
        text += part.text;
    for (const ToolCallPart &call : choice->toolCalls)
        text += "\ncall " + call.id + ' ' + call.name + ' '
                + (call.arguments.trimmed().isEmpty() ? QByteArray("{}") : call.arguments);
    for (const Citation &citation : choice->citations) {
        if (!citation.url.isEmpty())
            text += "\ncitation " + citation.url + ' ' + citation.title;
    }
    qsizetype images = 0;
    for (const MediaDelta &media : choice->media)
        images += media.media.kind == MediaPart::Kind::Image && !media.media.base64.isEmpty() ? 1 : 0;
    const FinishReason reason = choice->finished ? choice->finished->reason : FinishReason::Error;
    text += "\nimages " + QByteArray::number(images) + "\nfinish " + finishReasonName(reason);
    text += "\nusage " + QByteArray::number(qint64(answer.usage.totalInput())) + ' '
            + QByteArray::number(qint64(answer.usage.totalOutput())) + ' '
            + QByteArray::number(qint64(answer.usage.valueOrZero(TokenKind::CacheRead))) + ' '
            + QByteArray::number(qint64(answer.usage.valueOrZero(TokenKind::Reasoning)));
    return text;
}

std::vector<ChatEvent> calls()
{
    std::vector<ChatEvent> events{Started("chatcmpl-1", "up")};
    ToolCallBegin custom(1, "call_b", "patch");
    events.emplace_back(ToolCallBegin(0, "call_a", "mcp__docs__find"));
    events.emplace_back(ToolCallDelta(0, js("{'q':")));
    events.emplace_back(ToolCallDelta(0, js("1}")));
    events.emplace_back(custom);
    events.emplace_back(ToolCallDelta(1, js("{'input':'***")));
    events.emplace_back(ToolCallDelta(1, js(" End'}")));
    events.emplace_back(Finished(FinishReason::ToolCalls, "tool_calls"));
    return events;
}

} // namespace

class OpenAiResponsesAnswerTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void tellsEveryAnswer_data()
    {
        QTest::addColumn<QString>("path");
        QTest::addColumn<QByteArray>("wire");
        struct Family {
            QByteArray wire;
            QByteArray folder;
        };
        for (const Family &family :
             {Family{"openai-chat", "openai_chat"}, Family{"anthropic", "anthropic"},
              Family{"gemini", "gemini"}, Family{"openai-responses", "openai_responses"}}) {
            const QDir own(QStringLiteral(FAIRLEAD_TEST_DATA "/") + QString::fromUtf8(family.folder));
            for (const QFileInfo &file : own.entryInfoList(QDir::Files, QDir::Name)) {
                const QString name = file.fileName();
                if (name.endsWith(QStringLiteral(".sse")) || name.endsWith(QStringLiteral(".response.json")))
                    QTest::newRow(qPrintable(QString::fromUtf8(family.folder) + QLatin1Char('/') + name))
                        << file.filePath() << family.wire;
            }
            for (const Recording &recording : recordingsOf(family.wire, {".sse", ".response.json"})) {
                if (recording.status == 200)
                    QTest::newRow(recording.name.constData()) << recording.path << family.wire;
            }
        }
    }
    void tellsEveryAnswer()
    {
        QFETCH(QString, path);
        QFETCH(QByteArray, wire);
        const wire::UpstreamCodec &upstream = *wire::findWire(wire)->upstream;
        const QByteArray bytes = fileBytes(path);
        const std::vector<ChatEvent> events = path.endsWith(QStringLiteral(".sse"))
                                                  ? decodeAt(upstream, bytes, {})
                                                  : upstream.decodeAnswer(bytes, Quirks());
        ChatAnswer answer = accumulated(events);
        if (const ChatAnswer::Choice *first = answer.choice();
            first && first->finished && (first->finished->reason == FinishReason::Error))
            return; // told as a failure; the failures have tests of their own

        const QByteArray stream = streamed(events);
        QCOMPARE(Grammar().check(stream), QByteArray());
        const ChatAnswer again = accumulated(decodeAt(kUpstream, stream, {}));
        QCOMPARE(meaning(again), meaning(answer));
        if (answer.failure)
            return;
        const ChatAnswer fromWhole = accumulated(kUpstream.decodeAnswer(whole(events), Quirks()));
        QCOMPARE(meaning(fromWhole), meaning(answer));
    }

    void tellsTheFullSequence()
    {
        ReasoningDelta thought("Plan");
        ReasoningSignature signature;
        signature.signature = "sig";
        signature.origin = "anthropic";
        Usage usage;
        usage.set(TokenKind::Input, 5);
        usage.set(TokenKind::Output, 7);
        usage.set(TokenKind::Reasoning, 2);
        const QByteArray stream = streamed(
            {Started("msg_up", "up"), thought, signature, TextDelta("Hi "), TextDelta("there"),
             UsageReport(usage), Finished(FinishReason::Stop, "end_turn")});
        QByteArray types;
        for (const QJsonObject &event : eventsIn(stream))
            types += value(event, "type").mid(9) + '\n';
        QCOMPARE(
            types, QByteArray("created\nin_progress\noutput_item.added\nreasoning_summary_part.added\n"
                              "reasoning_summary_text.delta\nreasoning_summary_text.done\n"
                              "reasoning_summary_part.done\noutput_item.done\noutput_item.added\n"
                              "content_part.added\noutput_text.delta\noutput_text.delta\noutput_text.done\n"
                              "content_part.done\noutput_item.done\ncompleted\n"));
        const auto events = eventsIn(stream);
        const QJsonObject response = events.back()[QStringLiteral("response")].toObject();
        QCOMPARE(value(response, "id"), QByteArray("resp_own1"));
        const QJsonArray output = response[QStringLiteral("output")].toArray();
        QCOMPARE(value(output[0].toObject(), "id"), QByteArray("rs_own1_0"));
        QCOMPARE(
            value(output[0].toObject(), "encrypted_content"),
            QByteArray("fairlead:1:signature:anthropic:sig"));
        QCOMPARE(value(output[1].toObject(), "id"), QByteArray("msg_own1_1"));
        QCOMPARE(
            QJsonDocument(response[QStringLiteral("usage")].toObject()).toJson(QJsonDocument::Compact),
            js("{'input_tokens':5,'input_tokens_details':{'cached_tokens':0},'output_tokens':9,"
               "'output_tokens_details':{'reasoning_tokens':2},'total_tokens':14}"));
    }

    void writesEventsExactly()
    {
        const auto encoder = kInbound.makeStreamEncoder(context());
        const QByteArray begun = encoder->encode(Started());
        QVERIFY(begun.startsWith(
            js("event: response.created\ndata: {'type':'response.created','sequence_number':0,'response':"
               "{'id':'resp_own1','object':'response','created_at':1767225600,'status':'in_progress',")));
        QCOMPARE(
            encoder->encode(TextDelta("é")),
            js("event: response.output_item.added\ndata: {'type':'response.output_item.added',"
               "'sequence_number':2,'output_index':0,'item':{'id':'msg_own1_0','type':'message',"
               "'status':'in_progress','content':[],'role':'assistant'}}\n\n"
               "event: response.content_part.added\ndata: {'type':'response.content_part.added',"
               "'sequence_number':3,'item_id':'msg_own1_0','output_index':0,'content_index':0,"
               "'part':{'type':'output_text','annotations':[],'logprobs':[],'text':''}}\n\n"
               "event: response.output_text.delta\ndata: {'type':'response.output_text.delta',"
               "'sequence_number':4,'item_id':'msg_own1_0','output_index':0,'content_index':0,"
               "'delta':'é','logprobs':[]}\n\n"));
        QCOMPARE(encoder->keepAlive(), QByteArray(": keep-alive\n\n"));
        QCOMPARE(kInbound.streamContentType(context()), QByteArray("text/event-stream; charset=utf-8"));
    }

    void holdsHalvesBack()
    {
        const QByteArray smile = "🙂";
        for (qsizetype cut = 1; cut < smile.size(); ++cut) {
            const QByteArray stream = streamed(
                {Started(), TextDelta("a" + smile.left(cut)), TextDelta(smile.mid(cut)),
                 ReasoningDelta(smile.left(cut)), ReasoningDelta(smile.mid(cut)), ToolCallBegin(0, "c", "f"),
                 ToolCallDelta(0, "\"" + smile.left(cut)), ToolCallDelta(0, smile.mid(cut) + '"'),
                 Finished(FinishReason::Stop)});
            QCOMPARE(Grammar().check(stream), QByteArray());
            QVERIFY(!stream.contains("\xEF\xBF\xBD"));
            QCOMPARE(accumulated(decodeAt(kUpstream, stream, {})).choice()->text, "a" + smile);
        }
        const QByteArray broken = streamed({TextDelta(smile.left(2)), Finished(FinishReason::Stop)});
        QCOMPARE(Grammar().check(broken), QByteArray());
        QVERIFY(broken.contains("\xEF\xBF\xBD"));
    }

    void givesToolsTheirNamesBack()
    {
        const auto call = wire::InboundCall::parse(
            {}, {}, {},
            js("{'model':'m','input':'x','tools':[{'type':'namespace','name':'mcp__docs','tools':["
               "{'type':'function','name':'find'}]},{'type':'custom','name':'patch'}]}"));
        const QByteArray stream = streamed(calls(), &*call);
        QCOMPARE(Grammar().check(stream), QByteArray());
        const QByteArray output
            = js("'output':[{'id':'fc_own1_0','type':'function_call','status':'completed','arguments':'{\\'"
                 "q\\':1}',"
                 "'call_id':'call_a','name':'find','namespace':'mcp__docs'},{'id':'ctc_own1_1',"
                 "'type':'custom_tool_call','status':'completed','input':'*** End','call_id':'call_b',"
                 "'name':'patch'}]");
        QVERIFY2(stream.contains(output), stream.constData());
        QVERIFY(stream.contains("event: response.custom_tool_call_input.delta"));
        QVERIFY(whole(calls(), &*call).contains(output));
        // Without a declaration the name is what the model said.
        QVERIFY(streamed(calls()).contains(js("'name':'mcp__docs__find'}")));
    }

    void streamsTheProvidersOwnCustomCalls()
    {
        ToolCallBegin begin(0, "call_a", "patch");
        begin.custom = true;
        const QByteArray stream = streamed(
            {begin, ToolCallDelta(0, "a"), ToolCallDelta(0, "b"), Finished(FinishReason::ToolCalls)});
        QCOMPARE(Grammar().check(stream), QByteArray());
        QCOMPARE(stream.count("event: response.custom_tool_call_input.delta"), 2);
        QVERIFY(stream.contains(js("'input':'ab','call_id':'call_a'")));
    }

    void toldInTurnsCallsStayWhole()
    {
        const QByteArray stream = streamed(
            {ToolCallBegin(0, "a", "f"), ToolCallDelta(0, js("{'x'")), ToolCallBegin(1, "b", "g"),
             ToolCallDelta(1, "{}"), ToolCallDelta(0, ":1}"), ToolCallBegin(2, "c", "h"),
             Finished(FinishReason::ToolCalls)});
        QCOMPARE(Grammar().check(stream), QByteArray());
        const ChatAnswer answer = accumulated(decodeAt(kUpstream, stream, {}));
        QCOMPARE(answer.choice()->toolCalls.at(0).arguments, js("{'x':1}"));
        QCOMPARE(answer.choice()->toolCalls.at(2).arguments, QByteArray("{}"));
    }

    void carriesSignaturesThere()
    {
        ToolCallBegin signedCall(0, "a", "f");
        signedCall.signature = "Sg==";
        ReasoningSignature redacted;
        redacted.redacted = "Rd==";
        redacted.origin = "anthropic";
        ReasoningSignature own;
        own.block = 1;
        own.redacted = "gAAA";
        own.origin = "openai-responses";
        const QByteArray stream = streamed({redacted, own, signedCall, Finished(FinishReason::ToolCalls)});
        QCOMPARE(Grammar().check(stream), QByteArray());
        const auto events = eventsIn(stream);
        const QJsonArray output
            = events.back()[QStringLiteral("response")][QStringLiteral("output")].toArray();
        QCOMPARE(output.size(), 4);
        QCOMPARE(
            value(output[0].toObject(), "encrypted_content"),
            QByteArray("fairlead:1:redacted:anthropic:Rd=="));
        QCOMPARE(value(output[1].toObject(), "encrypted_content"), QByteArray("gAAA"));
        QCOMPARE(value(output[2].toObject(), "encrypted_content"), QByteArray("fairlead:1:call::Sg=="));

        // And home again, as a client returns it.
        const QJsonObject next{
            {QStringLiteral("model"), QStringLiteral("m")}, {QStringLiteral("input"), output}};
        const auto call = wire::InboundCall::parse({}, {}, {}, QJsonDocument(next).toJson());
        const auto request = kInbound.decodeRequest(*call);
        QVERIFY(request.has_value());
        const std::vector<Part> &parts = request->messages.at(0).parts;
        QCOMPARE(parts.size(), std::size_t(3));
        QCOMPARE(std::get<ReasoningPart>(parts[0]).redacted, QByteArray("Rd=="));
        QCOMPARE(std::get<ReasoningPart>(parts[0]).origin, QByteArray("anthropic"));
        QCOMPARE(std::get<ReasoningPart>(parts[1]).origin, QByteArray("openai-responses"));
        QCOMPARE(std::get<ToolCallPart>(parts[2]).signature, QByteArray("Sg=="));
    }

    void echoesTheRequest()
    {
        const auto call = wire::InboundCall::parse(
            {}, {}, {},
            js("{'model':'m','input':'x','instructions':'Be kind.','temperature':0.70,'top_p':null,"
               "'tools':[{'type':'function','name':'f','parameters':{'z':1,'a':2.0}}],'tool_choice':'"
               "required',"
               "'text':{'verbosity':'low'},'metadata':{'k':'v'},'store':false,'previous_response_id':'resp_9'"
               "}"));
        const QByteArray answer = whole({Started(), Finished(FinishReason::Stop)}, &*call);
        QCOMPARE(
            answer,
            js("{'id':'resp_own1','object':'response','created_at':1767225600,'status':'completed',"
               "'background':false,'error':null,'incomplete_details':null,'instructions':'Be kind.',"
               "'max_output_tokens':null,'max_tool_calls':null,'model':'route/model','output':[],"
               "'parallel_tool_calls':true,'previous_response_id':'resp_9','prompt_cache_key':null,"
               "'reasoning':{'effort':null,'summary':null},'safety_identifier':null,'service_tier':'auto',"
               "'store':false,'temperature':0.70,'text':{'format':{'type':'text'},'verbosity':'low'},"
               "'tool_choice':'required','tools':[{'type':'function','name':'f','parameters':{'z':1,'a':2.0}}"
               "],"
               "'top_logprobs':0,'top_p':1.0,'truncation':'disabled','usage':null,'user':null,"
               "'metadata':{'k':'v'}}"));
    }

    void keepsAnIdOfItsOwnKind()
    {
        QVERIFY(streamed({Started("resp_up", "m"), Finished(FinishReason::Stop)}).contains("\"resp_up\""));
    }

    void endsIncomplete_data()
    {
        QTest::addColumn<int>("reason");
        QTest::addColumn<QByteArray>("why");
        QTest::newRow("length") << int(FinishReason::Length) << QByteArray("max_output_tokens");
        QTest::newRow("filter") << int(FinishReason::ContentFilter) << QByteArray("content_filter");
    }
    void endsIncomplete()
    {
        QFETCH(int, reason);
        QFETCH(QByteArray, why);
        const QByteArray stream
            = streamed({TextDelta("Half"), Finished(static_cast<FinishReason>(reason), "native")});
        QCOMPARE(Grammar().check(stream), QByteArray());
        QVERIFY(stream.contains("event: response.incomplete"));
        QVERIFY(!stream.contains("response.completed"));
        QVERIFY(stream.contains(js("'incomplete_details':{'reason':'") + why + js("'}")));
        QVERIFY(stream.contains(js("'type':'message','status':'incomplete'")));
    }

    void neverEndsABrokenStreamAsIfWhole_data()
    {
        QTest::addColumn<int>("failureClass");
        QTest::addColumn<QByteArray>("code");
        const auto row = [](const char *code, FailureClass failureClass) {
            QTest::newRow(failureClassName(failureClass).constData())
                << static_cast<int>(failureClass) << QByteArray(code);
        };
        row("context_length_exceeded", FailureClass::ContextLength);
        row("rate_limit_exceeded", FailureClass::RateLimit);
        row("insufficient_quota", FailureClass::Quota);
        row("invalid_prompt", FailureClass::ContentPolicy);
        row("server_is_overloaded", FailureClass::Overloaded);
        row("server_error", FailureClass::Protocol);
        row("server_error", FailureClass::TimedOut);
        row("invalid_api_key", FailureClass::Credential);
    }
    void neverEndsABrokenStreamAsIfWhole()
    {
        QFETCH(int, failureClass);
        QFETCH(QByteArray, code);
        const Failed failed(Failure(static_cast<FailureClass>(failureClass), 0, "It \"broke\"."));
        // In the middle of a text; and alone, as where a passing stream is cut.
        for (const bool alone : {false, true}) {
            std::vector<ChatEvent> events{Started("u", "m"), TextDelta("Half")};
            if (alone)
                events.clear();
            events.emplace_back(failed);
            const QByteArray stream = streamed(events);
            QCOMPARE(Grammar().check(stream), QByteArray());
            QVERIFY(!stream.contains("response.completed"));
            const auto told = eventsIn(stream);
            const QJsonObject error = told[told.size() - 2];
            QCOMPARE(value(error, "type"), QByteArray("error"));
            QCOMPARE(value(error, "code"), code);
            const QJsonValue response = told.back()[QStringLiteral("response")];
            QCOMPARE(response[QStringLiteral("error")][QStringLiteral("code")].toString().toUtf8(), code);
            QCOMPARE(
                response[QStringLiteral("error")][QStringLiteral("message")].toString(),
                QStringLiteral("It \"broke\"."));
            QVERIFY(std::holds_alternative<Failed>(decodeAt(kUpstream, stream, {}).back()));
        }
    }

    void anAnswerWithoutEndIsBroken()
    {
        QVERIFY(streamed({Started(), TextDelta("Half")}).contains("event: response.failed"));
        QVERIFY(streamed({Finished(FinishReason::Error, "abort")}).contains("event: response.failed"));
        const auto encoder = kInbound.makeStreamEncoder(context());
        QVERIFY(!encoder->encode(Failed(Failure(FailureClass::Protocol, 0, "x"))).isEmpty());
        QVERIFY(encoder->encode(TextDelta("late")).isEmpty());
        QVERIFY(encoder->finish().isEmpty());
    }

    void encodesErrors_data()
    {
        QTest::addColumn<Failure>("failure");
        QTest::addColumn<int>("status");
        QTest::addColumn<QByteArray>("body");
        QTest::newRow("unknown model")
            << Failure(FailureClass::ModelMissing, 404, "No model x.") << 400
            << js("{'error':{'message':'No model x.','type':'invalid_request_error','param':'model',"
                  "'code':'model_not_found'}}");
        Failure gone(FailureClass::CallerFault, 400, "Previous response with id 'r' not found.");
        gone.code = "previous_response_not_found";
        gone.param = "previous_response_id";
        QTest::newRow("unknown response")
            << gone << 400
            << QByteArray("{\"error\":{\"message\":\"Previous response with id 'r' not found.\",\"type\":"
                          "\"invalid_request_error\",\"param\":\"previous_response_id\",\"code\":"
                          "\"previous_response_not_found\"}}");
        Failure fast(FailureClass::RateLimit, 429, "Slow down.");
        fast.retryAfter = std::chrono::milliseconds(1500);
        QTest::newRow("rate") << fast << 429
                              << js("{'error':{'message':'Slow down.','type':'rate_limit_error','param':null,"
                                    "'code':'rate_limit_exceeded'}}");
    }
    void encodesErrors()
    {
        QFETCH(Failure, failure);
        QFETCH(int, status);
        QFETCH(QByteArray, body);
        const wire::EncodedError error = kInbound.encodeError(failure);
        QCOMPARE(error.status, status);
        QCOMPARE(error.body, body);
        QCOMPARE(error.headers.value("retry-after"), failure.retryAfter ? QByteArray("2") : QByteArray());
    }

    void tellsLogprobsAndSources()
    {
        LogprobsDelta logprobs;
        logprobs.json = js("{'content':[{'token':'Hi','logprob':-0.10,'bytes':[72],'top_logprobs':[]}]}");
        Citation citation;
        citation.url = "https://e.org";
        citation.title = "E";
        const std::vector<ChatEvent> events{
            logprobs, TextDelta("Hi"), citation, RefusalDelta("no"), Finished(FinishReason::Stop)};
        const QByteArray stream = streamed(events);
        QCOMPARE(Grammar().check(stream), QByteArray());
        QVERIFY(stream.contains(
            js("'delta':'Hi','logprobs':[{'token':'Hi','logprob':-0.10,'bytes':[72],'top_logprobs':[]}]")));
        QVERIFY(stream.contains(
            js("'annotation_index':0,'annotation':{'type':'url_citation','start_index':2,'end_index':2,"
               "'url':'https://e.org','title':'E'}")));
        QVERIFY(stream.contains(js("'content_index':1,'delta':'no'")));
        QVERIFY(whole(events).contains(js("{'type':'refusal','refusal':'no'}]")));
    }
};

QTEST_GUILESS_MAIN(OpenAiResponsesAnswerTest)
#include "OpenAiResponsesAnswerTest.moc"
