// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/wire/UpstreamCases.h"
#include "wire/cohere/CohereInbound.h"
#include "wire/cohere/CohereUpstream.h"

using namespace fairlead;
using namespace fairlead::chat;
using namespace fairlead::test;
using wire::Quirks;

namespace {

const wire::CohereUpstream kUpstream;
const wire::CohereInbound kInbound;

/// What a Cohere answer means, worked out with QJson and none of our code.
struct Meaning {
    QByteArray id;
    QByteArray text;
    QByteArray reasoning; ///< plan included
    QList<QByteArray> calls; ///< "id name arguments"
    qsizetype citations = 0;
    QString finish;
    QJsonObject usage;
};

void addContent(const QJsonObject &content, Meaning &meaning)
{
    meaning.text += content[QStringLiteral("text")].toString().toUtf8();
    meaning.reasoning += content[QStringLiteral("thinking")].toString().toUtf8();
}

void addCall(const QJsonObject &call, Meaning &meaning)
{
    const QJsonObject function = call[QStringLiteral("function")].toObject();
    if (call.contains(QStringLiteral("id")))
        meaning.calls += call[QStringLiteral("id")].toString().toUtf8() + ' '
                         + function[QStringLiteral("name")].toString().toUtf8() + ' ';
    meaning.calls.last() += function[QStringLiteral("arguments")].toString().toUtf8();
}

void addEvent(const QJsonObject &event, Meaning &meaning)
{
    const QJsonObject delta = event[QStringLiteral("delta")].toObject();
    const QJsonObject message = delta[QStringLiteral("message")].toObject();
    const QString type = event[QStringLiteral("type")].toString();
    if (type == QStringLiteral("message-start"))
        meaning.id = event[QStringLiteral("id")].toString().toUtf8();
    if (type.startsWith(QStringLiteral("content-")))
        addContent(message[QStringLiteral("content")].toObject(), meaning);
    if (type == QStringLiteral("tool-plan-delta"))
        meaning.reasoning += message[QStringLiteral("tool_plan")].toString().toUtf8();
    if (type == QStringLiteral("tool-call-start") || type == QStringLiteral("tool-call-delta"))
        addCall(message[QStringLiteral("tool_calls")].toObject(), meaning);
    meaning.citations += type == QStringLiteral("citation-start") ? 1 : 0;
    if (type == QStringLiteral("message-end")) {
        meaning.finish = delta[QStringLiteral("finish_reason")].toString();
        meaning.usage = delta[QStringLiteral("usage")].toObject();
    }
}

Meaning meaningOf(const QByteArray &body)
{
    Meaning meaning;
    for (const QByteArray &line : body.split('\n')) {
        if (line.startsWith("data: {"))
            addEvent(objectOf(line.mid(5)), meaning);
    }
    const QJsonObject whole = objectOf(body);
    if (whole.isEmpty())
        return meaning;
    const QJsonObject message = whole[QStringLiteral("message")].toObject();
    meaning.id = whole[QStringLiteral("id")].toString().toUtf8();
    meaning.reasoning = message[QStringLiteral("tool_plan")].toString().toUtf8();
    for (const QJsonValue &part : message[QStringLiteral("content")].toArray())
        addContent(part.toObject(), meaning);
    for (const QJsonValue &call : message[QStringLiteral("tool_calls")].toArray())
        addCall(call.toObject(), meaning);
    meaning.citations = message[QStringLiteral("citations")].toArray().size();
    meaning.finish = whole[QStringLiteral("finish_reason")].toString();
    meaning.usage = whole[QStringLiteral("usage")].toObject();
    return meaning;
}

FinishReason expectedFinish(const QString &word)
{
    if (word == QStringLiteral("MAX_TOKENS"))
        return FinishReason::Length;
    return word == QStringLiteral("TOOL_CALL") ? FinishReason::ToolCalls : FinishReason::Stop;
}

void compareAnswer(const ChatAnswer &answer, const Meaning &expected)
{
    QVERIFY2(!answer.failure, answer.failure ? answer.failure->message.constData() : "");
    QCOMPARE(answer.id, expected.id);
    QCOMPARE(answer.choices.size(), 1U);
    const ChatAnswer::Choice &choice = answer.choices.front();
    QCOMPARE(choice.text, expected.text);
    QCOMPARE(choice.reasoningText(), expected.reasoning);
    QCOMPARE(qsizetype(choice.toolCalls.size()), expected.calls.size());
    for (qsizetype i = 0; i < expected.calls.size(); ++i) {
        const ToolCallPart &made = choice.toolCalls[std::size_t(i)];
        const QByteArray wanted
            = expected.calls[i].endsWith(' ') ? expected.calls[i] + "{}" : expected.calls[i];
        QCOMPARE(made.id + ' ' + made.name + ' ' + made.arguments, wanted);
    }
    QCOMPARE(qsizetype(choice.citations.size()), expected.citations);
    QVERIFY(choice.finished.has_value());
    QCOMPARE(choice.finished->reason, expectedFinish(expected.finish));
    QCOMPARE(choice.finished->native, expected.finish.toUtf8());
    const QJsonObject tokens = expected.usage[QStringLiteral("tokens")].toObject();
    QCOMPARE(answer.usage.totalInput(), tokens[QStringLiteral("input_tokens")].toInteger());
    QCOMPARE(answer.usage.totalOutput(), tokens[QStringLiteral("output_tokens")].toInteger());
    QCOMPARE(
        answer.usage.valueOrZero(TokenKind::CacheRead),
        expected.usage[QStringLiteral("cached_tokens")].toInteger());
}

wire::AnswerContext context()
{
    wire::AnswerContext context;
    context.model = "m";
    context.fallbackId = "fallback";
    return context;
}

QByteArray encoded(const std::vector<ChatEvent> &events)
{
    const auto encoder = kInbound.makeStreamEncoder(context());
    QByteArray bytes;
    for (const ChatEvent &event : events)
        bytes += encoder->encode(event);
    return bytes + encoder->finish();
}

QByteArray own(const char *file)
{
    return fileBytes(QStringLiteral(FAIRLEAD_TEST_DATA "/cohere/") + QLatin1String(file));
}

bool breaksOff(const QByteArray &bytes)
{
    return bytes.contains("\"finish_reason\":\"ERROR\"");
}

/// The events of a stream by type, equal ones in a row as one.
QByteArray grammar(const QByteArray &stream)
{
    QList<QByteArray> types;
    for (const QByteArray &line : stream.split('\n')) {
        if (line.startsWith("event: ") && (types.isEmpty() || types.last() != line.mid(7)))
            types += line.mid(7);
    }
    return types.join(' ');
}

} // namespace

class CohereTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void readsStreams_data() { addRows("cohere", "cohere-v2", {".sse"}); }
    void readsStreams()
    {
        QFETCH(QString, path);
        const QByteArray bytes = fileBytes(path);
        checkSplits(kUpstream, bytes);
        const auto events = decodeAt(kUpstream, bytes, {});
        if (breaksOff(bytes)) {
            QVERIFY(endsInFailure(events, FailureClass::CallerFault));
            return;
        }
        compareAnswer(accumulated(events), meaningOf(bytes));
        // A tap misses no more than how often text came.
        const auto tapped = decodeAt(kUpstream, bytes, {}, wire::DecodeMode::Tap);
        const auto exact = [](const std::vector<ChatEvent> &list) {
            QByteArray lines;
            for (const ChatEvent &event : list) {
                if (std::holds_alternative<Started>(event) || std::holds_alternative<UsageReport>(event)
                    || std::holds_alternative<Finished>(event)
                    || std::holds_alternative<ToolCallBegin>(event))
                    lines += describe(event) + '\n';
            }
            return lines;
        };
        QCOMPARE(exact(tapped), exact(events));
    }

    /// Where a blank line got lost, an event goes by another's name.
    void readsTypesBeforeNames()
    {
        const QByteArray sse = js(
            "event: message-start\ndata: {'type':'message-start','id':'c1'}\n\n"
            "event: content-start\ndata: {'type':'content-start','index':0,"
            "'delta':{'message':{'content':{'type':'text','text':'Hi'}}}}\n\n"
            "event: content-delta\ndata: {'type': 'message-end','delta':{'finish_reason':'COMPLETE'}}\n\n");
        for (const auto mode : {wire::DecodeMode::Full, wire::DecodeMode::Tap})
            QCOMPARE(
                linesOf(decodeAt(kUpstream, sse, {}, mode)),
                QByteArray("Started c1  0 \nText[0] Hi\nFinished[0] stop COMPLETE\n"));
    }

    void failsWhenCut_data() { addRows("cohere", "cohere-v2", {".sse"}); }
    void failsWhenCut()
    {
        QFETCH(QString, path);
        const QByteArray bytes = fileBytes(path);
        for (qsizetype at = bytes.indexOf("\n\n"); at >= 0; at = bytes.indexOf("\n\n", at + 1)) {
            const auto events = decodeAt(kUpstream, bytes.left(at + 2), {});
            const bool whole = bytes.left(at).contains("message-end");
            if (whole)
                QVERIFY(breaksOff(bytes) || !accumulated(events).failure);
            else
                QVERIFY(endsInFailure(events, FailureClass::Protocol));
        }
    }

    void readsAnswers_data() { addRows("cohere", "cohere-v2", {".response.json"}); }
    void readsAnswers()
    {
        QFETCH(QString, path);
        const QByteArray body = fileBytes(path);
        const Meaning expected = meaningOf(body);
        const ChatAnswer answer = accumulated(kUpstream.decodeAnswer(body, Quirks()));
        compareAnswer(answer, expected);
        // And back again, whole and as a stream.
        const QByteArray written = kInbound.encodeAnswer(answer, context());
        const ChatAnswer again = accumulated(kUpstream.decodeAnswer(written, Quirks()));
        QCOMPARE(describe(again.choices.front()), describe(answer.choices.front()));
        QCOMPARE(describe(again.usage), describe(answer.usage));
    }

    void writesStreamsBack_data() { addRows("cohere", "cohere-v2", {".sse"}); }
    void writesStreamsBack()
    {
        QFETCH(QString, path);
        const QByteArray bytes = fileBytes(path);
        const auto events = decodeAt(kUpstream, bytes, {});
        const auto again = decodeAt(kUpstream, encoded(events), {});
        const ChatAnswer before = accumulated(events);
        const ChatAnswer after = accumulated(again);
        QCOMPARE(after.failure.has_value(), before.failure.has_value());
        if (before.failure) {
            QCOMPARE(after.failure->message, before.failure->message);
            return;
        }
        QCOMPARE(after.id, before.id);
        ChatAnswer::Choice choice = before.choices.front();
        choice.logprobs
            = after.choices.front().logprobs; // several tokens in one text: the text's first has it
        QCOMPARE(describe(after.choices.front()), describe(choice));
        QCOMPARE(describe(after.usage), describe(before.usage));
    }

    void tellsWhatItReads()
    {
        QCOMPARE(
            linesOf(decodeAt(kUpstream, own("tools.sse"), {})),
            QByteArray(
                "Started c1  0 \nReasoning[0] 0 I will \nReasoning[0] 0 look.\nCall[0] 0 get_tide_1 "
                "get_tide \nArguments[0] 0 {\"port\":\nArguments[0] 0 \"Brest\"}\nCall[0] 1 get_time_2 "
                "get_time \nArguments[0] 1 {}\nUsage input=59 cache_read=448 output=12 \n"
                "Finished[0] tool_calls TOOL_CALL\n"));
        const auto cited = accumulated(decodeAt(kUpstream, own("thinking-text.sse"), {}));
        const Citation &citation = cited.choices.front().citations.front();
        QCOMPARE(citation.url, QByteArray("https://example.com/tides"));
        QCOMPARE(citation.title, QByteArray("Tides"));
        QCOMPARE(citation.start, 20);
        QCOMPARE(citation.end, 28);
        const auto events = decodeAt(kUpstream, own("broken-tool.sse"), {});
        const Failure failure = std::get<Failed>(events.back()).failure;
        QCOMPARE(failure.message, QByteArray("the model wrote no valid tool call"));
        QCOMPARE(failure.type, QByteArray("INVALID_TOOL_GENERATION"));
        QCOMPARE(failure.code, QByteArray("tool_use_failed"));
    }

    void refusesWhatIsNoAnswer_data()
    {
        QTest::addColumn<QByteArray>("body");
        QTest::addColumn<QByteArray>("expected");
        QTest::newRow("page") << QByteArray("<html><title>Sign in</title></html>")
                              << QByteArray("Failed protocol 0 ");
        QTest::newRow("error") << js("{'id':'x','message':'rate limited'}")
                               << QByteArray("Failed transient 0 rate limited");
        QTest::newRow("another dialect") << js("{'choices':[]}") << QByteArray("Failed protocol 0 ");
        QTest::newRow("nothing") << QByteArray() << QByteArray("Failed protocol 0 ");
        QTest::newRow("time-out")
            << js("{'id':'x','message':{'role':'assistant'},'finish_reason':'TIMEOUT'}")
            << QByteArray(
                   "Failed transient 0 The provider ended the answer with the finish reason \"TIMEOUT\".");
    }
    void refusesWhatIsNoAnswer()
    {
        QFETCH(QByteArray, body);
        QFETCH(QByteArray, expected);
        const QByteArray whole = describe(kUpstream.decodeAnswer(body, Quirks()).back());
        QVERIFY2(whole.startsWith(expected), whole.constData());
        const QByteArray streamed = describe(decodeAt(kUpstream, body, {}).back());
        QVERIFY2(streamed.startsWith(expected), streamed.constData());
    }

    void skipsGarbledEvents()
    {
        QByteArray bytes = own("thinking-text.sse");
        const qsizetype at = bytes.indexOf("event: content-end");
        bytes.insert(at, "event: content-delta\ndata: {\"type\":\"content-delta\",\n\n");
        compareAnswer(accumulated(decodeAt(kUpstream, bytes, {})), meaningOf(own("thinking-text.sse")));
    }

    void speaksTheGrammar()
    {
        std::vector<ChatEvent> events;
        events.emplace_back(Started("a", "m"));
        events.emplace_back(ReasoningDelta("hm"));
        events.emplace_back(TextDelta("T\xC3"));
        events.emplace_back(TextDelta("\xA9 [DONE]"));
        events.emplace_back(ToolCallBegin(0, "i0", "f"));
        events.emplace_back(ToolCallDelta(0, "{}"));
        events.emplace_back(ToolCallBegin(1, "i1", "g"));
        events.emplace_back(Finished(FinishReason::ToolCalls));
        Usage usage;
        usage.set(TokenKind::Input, 3);
        events.emplace_back(UsageReport(usage));
        const QByteArray stream = encoded(events);
        QCOMPARE(
            grammar(stream),
            QByteArray("message-start content-start content-delta content-end content-start "
                       "content-delta content-end tool-call-start tool-call-delta tool-call-end "
                       "tool-call-start tool-call-end message-end"));
        QCOMPARE(stream.count("[DONE]"), 1); // the one in the text would end the stream for Cohere's client
        QVERIFY(stream.endsWith("data: [DONE]\n\n"));
        QCOMPARE(
            accumulated(decodeAt(kUpstream, stream, {})).choices.front().text,
            QByteArray("T\xC3\xA9 [DONE]"));
        const QJsonObject end
            = objectOf(stream.mid(stream.indexOf("{\"type\":\"message-end\"")).split('\n')[0]);
        QCOMPARE(
            end[QStringLiteral("delta")][QStringLiteral("usage")][QStringLiteral("tokens")]
               [QStringLiteral("input_tokens")]
                   .toInt(),
            3);
    }

    void saysThatItFailed()
    {
        std::vector<ChatEvent> events;
        events.emplace_back(TextDelta("Par"));
        events.emplace_back(Failed(Failure(FailureClass::Overloaded, 503, "Too busy.")));
        const QByteArray stream = encoded(events);
        QCOMPARE(
            grammar(stream), QByteArray("message-start content-start content-delta content-end message-end"));
        QVERIFY(stream.contains(js("'delta':{'error':'Too busy.','finish_reason':'ERROR'}")));
    }

    void quotesWhatOthersCite()
    {
        Citation citation;
        citation.url = "https://example.com/";
        citation.title = "Example";
        citation.start = 1;
        citation.end = 3;
        const QByteArray stream = encoded({ChatEvent(TextDelta("aé€b")), ChatEvent(citation)});
        QVERIFY(stream.contains(
            js("'citations':{'start':1,'end':3,'text':'é€','sources':[{'type':'document','id':'doc:0','"
               "document':"
               "{'id':'doc:0','url':'https://example.com/','title':'Example'}}],'type':'TEXT_CONTENT'}")));
    }

    void judgesErrors_data()
    {
        QTest::addColumn<int>("status");
        QTest::addColumn<QByteArray>("body");
        QTest::addColumn<QByteArray>("failureClass");
        QTest::addColumn<int>("answered");
        const auto row = [](const char *name, int status, const char *body, const char *kind, int answered) {
            QTest::newRow(name) << status << js(body) << QByteArray(kind) << answered;
        };
        row("key", 401, "{'id':'a','message':'invalid api token'}", "credential", 401);
        row("model", 404, "{'id':'a','message':'model x not found'}", "model_missing", 404);
        row("too long", 400, "{'message':'too many tokens: 9 > 8','error_type':'TOO_MANY_TOKENS'}",
            "context_length", 400);
        row("minute", 429,
            "{'message':'You are using a Trial key, which is limited to 40 API calls / minute.'}",
            "rate_limit", 429);
        row("month", 429,
            "{'message':'You are using a Trial key, which is limited to 1000 API calls / month.'}", "quota",
            402);
        row("billing", 402, "{'message':'no money'}", "quota", 402);
        row("deny-listed", 498, "{'message':'blocked'}", "content_policy", 400);
        row("validation", 422, "{'message':'messages must not be empty'}", "caller_fault", 400);
        row("down", 503, "{'message':'unavailable'}", "overloaded", 503);
    }
    void judgesErrors()
    {
        QFETCH(int, status);
        QFETCH(QByteArray, body);
        QFETCH(QByteArray, failureClass);
        QFETCH(int, answered);
        const Failure failure = kUpstream.decodeError(status, Headers(), body);
        QCOMPARE(failureClassName(failure.failureClass), failureClass);
        const wire::EncodedError error = kInbound.encodeError(failure);
        QCOMPARE(error.status, answered);
        QCOMPARE(objectOf(error.body)[QStringLiteral("message")], objectOf(body)[QStringLiteral("message")]);
    }

    void listsModels()
    {
        const auto models
            = kUpstream.decodeModels(js("{'models':[{'name':'command-a'},{'name':'embed-v4.0'}]}"));
        QVERIFY(models);
        QCOMPARE(*models, (std::vector<QByteArray>{"command-a", "embed-v4.0"}));
        QVERIFY(!kUpstream.decodeModels("{}"));
        QVERIFY(!kUpstream.decodeModels("<html>"));
    }
};

QTEST_GUILESS_MAIN(CohereTest)
#include "CohereTest.moc"
