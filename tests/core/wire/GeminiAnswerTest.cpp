// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/wire/UpstreamCases.h"
#include "wire/ToolMapping.h"
#include "wire/gemini/GeminiInbound.h"
#include "wire/gemini/GeminiUpstream.h"

#include <algorithm>

using namespace fairlead;
using namespace fairlead::chat;
using namespace fairlead::test;
using wire::AnswerContext;
using wire::InboundCall;
using wire::Quirks;

namespace {

const wire::GeminiInbound kInbound;
const wire::GeminiUpstream kUpstream;

constexpr const char *kStream = "/v1beta/models/m:streamGenerateContent";

InboundCall call(const QByteArray &query, const QByteArray &body = "{}")
{
    return InboundCall::parse(kStream, query, Headers(), body).value();
}

/// The events as the caller of `asked` gets them.
QByteArray encoded(const std::vector<ChatEvent> &events, const InboundCall &asked)
{
    AnswerContext context;
    context.call = &asked;
    context.model = "shown";
    context.fallbackId = "req_1";
    const auto encoder = kInbound.makeStreamEncoder(context);
    QByteArray bytes;
    for (const ChatEvent &event : events)
        bytes += encoder->encode(event);
    return bytes + encoder->finish();
}

QByteArray encoded(const std::vector<ChatEvent> &events)
{
    return encoded(events, call("alt=sse"));
}

/// The chunks of an SSE stream as the elements of an array.
QByteArray asArray(const QByteArray &sse)
{
    QByteArray array;
    for (const QByteArray &line : QByteArray(sse).replace("\r", "").split('\n')) {
        if (line.startsWith("data: "))
            array += (array.isEmpty() ? "[" : "\n,\n") + line.mid(6);
    }
    return array + ']';
}

/// What must survive the way through Gemini's dialect. Refusals become text, signatures of others travel in
/// an envelope, and calls of custom tools become functions.
QByteArray essence(const ChatAnswer &answer)
{
    QByteArray text;
    for (const ChatAnswer::Choice &choice : answer.choices) {
        text += "choice " + QByteArray::number(choice.index) + "\ntext " + choice.text + choice.refusal
                + "\nthought " + choice.reasoningText() + '\n';
        QByteArray seals;
        for (const ReasoningPart &part : choice.reasoning)
            seals += part.origin == "gemini" ? part.signature : QByteArray();
        text += "sealed " + seals + '\n';
        for (const ToolCallPart &made : choice.toolCalls) {
            bool wrapped = false; // free text for a custom tool travels as {"input": text}
            text += "call " + made.id + ' ' + made.name + ' '
                    + compactJson(wire::objectArguments(made, wrapped)) + ' ' + made.signature + '\n';
        }
        for (const Citation &citation : choice.citations) {
            if (!citation.url.isEmpty())
                text += "cites " + citation.url + ' ' + citation.title + '\n';
        }
        text += "finish " + (choice.finished ? finishReasonName(choice.finished->reason) : "none") + '\n';
    }
    const Usage &usage = answer.usage;
    for (const qint64 count :
         {qint64(usage.totalInput()), qint64(usage.totalOutput()),
          qint64(usage.valueOrZero(TokenKind::CacheRead)), qint64(usage.valueOrZero(TokenKind::Reasoning)),
          qint64(usage.valueOrZero(TokenKind::AudioInput))})
        text += QByteArray::number(count) + ' ';
    return text;
}

/// Signatures of other makers come back as Gemini's, with the envelope around them.
ChatAnswer withoutEnvelopes(ChatAnswer answer)
{
    for (ChatAnswer::Choice &choice : answer.choices) {
        for (ReasoningPart &part : choice.reasoning) {
            if (QByteArray::fromBase64(part.signature).startsWith(js("{'fairlead':")))
                part.signature.clear();
        }
    }
    return answer;
}

/// Blocks without media are places that other output took.
qsizetype mediaCount(const ChatAnswer &answer)
{
    const auto &media = answer.choice()->media;
    return std::count_if(media.begin(), media.end(), [](const MediaDelta &delta) {
        return !delta.media.base64.isEmpty() || !delta.media.url.isEmpty();
    });
}

/// What @google/genai and gemini-cli insist on.
void checkShape(const QByteArray &array)
{
    const QJsonArray chunks = QJsonDocument::fromJson(array).array();
    QVERIFY(!chunks.isEmpty());
    for (const QJsonValue &chunk : chunks) {
        const bool last = chunk == chunks.last();
        QCOMPARE(chunk[QStringLiteral("modelVersion")].toString(), QStringLiteral("shown"));
        QCOMPARE(chunk[QStringLiteral("responseId")], chunks.first()[QStringLiteral("responseId")]);
        QVERIFY(!chunk[QStringLiteral("candidates")].toArray().isEmpty());
        for (const QJsonValue &candidate : chunk[QStringLiteral("candidates")].toArray()) {
            const QJsonValue content = candidate[QStringLiteral("content")];
            QCOMPARE(content[QStringLiteral("role")].toString(), QStringLiteral("model"));
            QVERIFY(!content[QStringLiteral("parts")].toArray().isEmpty());
            QCOMPARE(candidate[QStringLiteral("finishReason")].isString(), last);
        }
    }
}

void addFamilies(const QList<QByteArray> &endings)
{
    QTest::addColumn<QByteArray>("dialect");
    QTest::addColumn<QString>("path");
    for (const QByteArray &dialect : wire::wireNames()) {
        if (!wire::findWire(dialect)->upstream)
            continue;
        const QDir own(
            QStringLiteral(FAIRLEAD_TEST_DATA "/")
            + QString::fromUtf8(QByteArray(dialect).replace('-', '_')));
        for (const QFileInfo &file : own.entryInfoList(QDir::Files, QDir::Name)) {
            const QByteArray name = file.fileName().toUtf8();
            if (std::any_of(
                    endings.begin(), endings.end(), [&](const QByteArray &e) { return name.endsWith(e); }))
                QTest::newRow((dialect + ' ' + name).constData()) << dialect << file.filePath();
        }
        for (const Recording &recording : recordingsOf(dialect, endings)) {
            if (recording.status == 200)
                QTest::newRow(recording.name.constData()) << dialect << recording.path;
        }
    }
}

ChatEvent finished(FinishReason reason = FinishReason::Stop, const QByteArray &native = {})
{
    return Finished(reason, native);
}

UsageReport usage()
{
    Usage counts;
    counts.set(TokenKind::Input, 10);
    counts.set(TokenKind::CacheRead, 4);
    counts.set(TokenKind::Output, 3);
    counts.set(TokenKind::Reasoning, 2);
    return UsageReport(counts);
}

QByteArray chunk(const QByteArray &parts)
{
    return js("data: {'candidates':[{'content':{'parts':[") + js(parts)
           + js("],'role':'model'},'index':0}],'modelVersion':'shown','responseId':'req_1'}\r\n\r\n");
}

QByteArray lastChunk(const QByteArray &rest)
{
    return js("data: {'candidates':[{'content':{'parts':[{'text':''}],'role':'model'},") + js(rest)
           + js(",'modelVersion':'shown','responseId':'req_1'}\r\n\r\n");
}

const QByteArray kEnd = lastChunk("'finishReason':'STOP','index':0}]");

MediaDelta media(const QByteArray &mediaType, const QByteArray &base64)
{
    MediaDelta delta;
    delta.media.mediaType = mediaType;
    delta.media.base64 = base64;
    return delta;
}

} // namespace

class GeminiAnswerTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void streamsEveryFamily_data() { addFamilies({".sse", ".jsonarray.json", ".ndjson", ".eventstream"}); }
    void streamsEveryFamily()
    {
        QFETCH(QByteArray, dialect);
        QFETCH(QString, path);
        const QByteArray recorded = fileBytes(path);
        const auto events = decodeAt(*wire::findWire(dialect)->upstream, recorded, {});
        const ChatAnswer answer = accumulated(events);
        const QByteArray sse = encoded(events);
        const QByteArray array = encoded(events, call(""));
        if (answer.failure) {
            QVERIFY(!sse.contains("finishReason") && !array.endsWith(']'));
            return;
        }
        QCOMPARE(array, asArray(sse));
        checkShape(array);
        const ChatAnswer back = accumulated(decodeAt(kUpstream, sse, {sse.size() / 2}));
        QCOMPARE(essence(withoutEnvelopes(back)), essence(answer));
        QCOMPARE(linesOf(decodeAt(kUpstream, array, {})), linesOf(decodeAt(kUpstream, sse, {})));
        QCOMPARE(mediaCount(back), mediaCount(answer));
    }

    void writesEveryFamilysAnswer_data() { addFamilies({".response.json"}); }
    void writesEveryFamilysAnswer()
    {
        QFETCH(QByteArray, dialect);
        QFETCH(QString, path);
        const auto events = wire::findWire(dialect)->upstream->decodeAnswer(fileBytes(path), Quirks());
        const ChatAnswer answer = accumulated(events);
        if (answer.failure)
            return;
        AnswerContext context;
        context.model = "shown";
        context.fallbackId = "req_1";
        const QByteArray body = kInbound.encodeAnswer(answer, context);
        const ChatAnswer back = accumulated(kUpstream.decodeAnswer(body, Quirks()));
        QCOMPARE(essence(withoutEnvelopes(back)), essence(answer));
        checkShape('[' + body + ']');
    }

    void writesExactly_data()
    {
        using Events = std::vector<ChatEvent>;
        QTest::addColumn<Events>("events");
        QTest::addColumn<QByteArray>("expected");
        QTest::newRow("text and usage")
            << Events{TextDelta("Gr\xc3"), TextDelta("\xbc"
                                                     "\xc3"),
                      TextDelta("\x9f"
                                "e"),
                      finished(FinishReason::Length, "length"), usage()}
            << chunk("{'text':'Gr'}") + chunk("{'text':'ü'}") + chunk("{'text':'ße'}")
                   + lastChunk("'finishReason':'MAX_TOKENS','index':0}],'usageMetadata':{'promptTokenCount':"
                               "14,'cachedContentTokenCount':4,'candidatesTokenCount':3,"
                               "'thoughtsTokenCount':2,'totalTokenCount':19,'promptTokensDetails':["
                               "{'modality':'TEXT','tokenCount':14}]}");
        ToolCallBegin first(0, "toolu_1", "add");
        first.signature = "c2ln";
        QTest::newRow("calls, in pieces that mingle")
            << Events{first, ToolCallBegin(1, "toolu_2", "now"), ToolCallDelta(0, "{\"b\": 1.0,"), ToolCallDelta(1, ""), ToolCallDelta(0, "\"a\":12345678901234567890}"), finished(FinishReason::ToolCalls)}
            << chunk("{'functionCall':{'id':'toolu_1','name':'add','args':{'b': 1.0,'a':"
                     "12345678901234567890}},'thoughtSignature':'c2ln'},"
                     "{'functionCall':{'id':'toolu_2','name':'now','args':{}}}")
                   + kEnd;
        ReasoningSignature own;
        own.signature = "c2ln";
        own.origin = "gemini";
        QTest::newRow("thought with a signature")
            << Events{ReasoningDelta("hm"), own, TextDelta("a"), finished()}
            << chunk("{'text':'hm','thought':true}")
                   + chunk("{'text':'','thought':true,'thoughtSignature':'c2ln'}") + chunk("{'text':'a'}")
                   + kEnd;
        QTest::newRow("signature of a text")
            << Events{TextDelta("a"), own, finished()}
            << chunk("{'text':'a'}") + chunk("{'text':'','thoughtSignature':'c2ln'}") + kEnd;
        QTest::newRow("refusal, by Google's own word")
            << Events{RefusalDelta("No."), finished(FinishReason::ContentFilter, "PROHIBITED_CONTENT")}
            << chunk("{'text':'No.'}") + lastChunk("'finishReason':'PROHIBITED_CONTENT','index':0}]");
        QTest::newRow("filtered elsewhere") << Events{finished(FinishReason::ContentFilter, "content_filter")}
                                            << lastChunk("'finishReason':'SAFETY','index':0}]");
        MediaDelta more = media("", "CDEF");
        MediaDelta words;
        words.transcript = "Ahoy";
        QTest::newRow("audio in pieces")
            << Events{media("audio/pcm", "AAAAB"), more, media("", "GHI"), words, finished()}
            << chunk("{'inlineData':{'mimeType':'audio/pcm','data':'AAAA'}}")
                   + chunk("{'inlineData':{'mimeType':'audio/pcm','data':'BCDE'}}")
                   + chunk("{'inlineData':{'mimeType':'audio/pcm','data':'FGHI'}}") + chunk("{'text':'Ahoy'}")
                   + kEnd;
        LogprobsDelta logprobs;
        logprobs.json = js("{'content':[{'token':'a','logprob':-0.10,'bytes':[97],'top_logprobs':[{'token':"
                           "'b','logprob':-2}]}],'refusal':null}");
        QTest::newRow("logprobs")
            << Events{logprobs, TextDelta("a"), finished()}
            << chunk("{'text':'a'}")
                       .replace(
                           js("'index':0}"),
                           js("'index':0,'logprobsResult':{'chosenCandidates':[{'token':'a','logProbability':"
                              "-0.10}],'topCandidates':[{'candidates':[{'token':'b','logProbability':-2}]}]}"
                              "}"))
                   + kEnd;
        Citation cited;
        cited.url = "https://example.org/a";
        cited.title = "A";
        cited.start = 2;
        cited.end = 4;
        Citation again = cited;
        again.start = -1;
        again.end = -1;
        QTest::newRow("citations")
            << Events{TextDelta("ü 世界!"), cited, again, finished()}
            << chunk("{'text':'ü 世界!'}")
                   + lastChunk(
                       "'finishReason':'STOP','index':0,'groundingMetadata':{'groundingChunks':[{'web'"
                       ":{'uri':'https://example.org/a','title':'A'}}],'groundingSupports':["
                       "{'segment':{'startIndex':3,'endIndex':9,'text':'世界'},"
                       "'groundingChunkIndices':[0]},{'groundingChunkIndices':[0]}]}}]");
    }
    void writesExactly()
    {
        QFETCH(std::vector<ChatEvent>, events);
        QFETCH(QByteArray, expected);
        QCOMPARE(encoded(events), expected);
    }

    void keepsForeignSealsForTheirMaker()
    {
        ReasoningSignature seal;
        seal.signature = "EqQB+/==";
        seal.redacted = "x";
        seal.id = "rs_1";
        seal.origin = "anthropic";
        const QByteArray sse = encoded({ReasoningDelta("hm"), seal, finished()});
        const ChatAnswer answer = accumulated(decodeAt(kUpstream, sse, {}));
        QByteArray carried = answer.choice()->reasoning.at(0).signature;
        QVERIFY(!carried.isEmpty());
        // Python's client writes bytes in the URL-safe alphabet.
        for (const bool urlSafe : {false, true}) {
            if (urlSafe)
                carried.replace('+', '-').replace('/', '_');
            const QByteArray body = js("{'contents':[{'role':'user','parts':[{'text':'q'}]},{'role':'model',"
                                       "'parts':[{'text':'h','thought':true}]},{'role':'model','parts':[{"
                                       "'text':'m','thought':true},{'text':'','thought':true,"
                                       "'thoughtSignature':'")
                                    + carried + js("'}]}]}");
            const auto request = kInbound.decodeRequest(call("", body));
            QVERIFY(request.has_value());
            const auto part = std::get<ReasoningPart>(request->messages.at(1).parts.at(0));
            QCOMPARE(part.text, QByteArray("hm"));
            QCOMPARE(part.signature, seal.signature);
            QCOMPARE(part.redacted, seal.redacted);
            QCOMPARE(part.id, seal.id);
            QCOMPARE(part.origin, seal.origin);
        }
    }

    void leavesThoughtsOutWhereNobodyWantsThem()
    {
        const InboundCall asked
            = call("alt=sse", js("{'generation_config':{'thinking_config':{'include_thoughts':false}}}"));
        ReasoningSignature own;
        own.signature = "c2ln";
        own.origin = "gemini";
        const QByteArray sse = encoded({ReasoningDelta("hm"), own, TextDelta("a"), finished()}, asked);
        // The signature is no thought: without it the next turn is refused.
        QCOMPARE(sse, chunk("{'text':'','thoughtSignature':'c2ln'}") + chunk("{'text':'a'}") + kEnd);
        AnswerContext context;
        context.call = &asked;
        ChatAnswer answer;
        answer.choices.emplace_back().reasoning.push_back({"hm", {}, {}, {}, {}});
        QVERIFY(!kInbound.encodeAnswer(answer, context).contains("hm"));
    }

    void framesByTheQuery_data()
    {
        QTest::addColumn<QByteArray>("query");
        QTest::addColumn<bool>("events");
        QTest::newRow("alt=sse") << QByteArray("alt=sse") << true;
        QTest::newRow("with a key") << QByteArray("key=abc&alt=sse") << true;
        QTest::newRow("with a dollar") << QByteArray("%24alt=sse") << true;
        QTest::newRow("nothing") << QByteArray() << false;
        QTest::newRow("json") << QByteArray("alt=json&key=alt=sse") << false;
    }
    void framesByTheQuery()
    {
        QFETCH(QByteArray, query);
        QFETCH(bool, events);
        const InboundCall asked = call(query);
        AnswerContext context;
        context.call = &asked;
        QCOMPARE(kInbound.streamContentType(context).startsWith("text/event-stream"), events);
        QCOMPARE(encoded({TextDelta("a"), finished()}, asked).startsWith("data: "), events);
    }

    void hasNoWordsForABrokenStream()
    {
        const InboundCall asked = call("alt=sse");
        AnswerContext context;
        context.call = &asked;
        const auto encoder = kInbound.makeStreamEncoder(context);
        QVERIFY(encoder->cutsBrokenStream());
        QVERIFY(encoder->keepAlive().isEmpty());
        QVERIFY(!encoder->encode(TextDelta("a")).isEmpty());
        QVERIFY(encoder->encode(Failed(Failure(FailureClass::Protocol, 0, "cut"))).isEmpty());
        QVERIFY(encoder->encode(TextDelta("b")).isEmpty());
        QVERIFY(encoder->finish().isEmpty());
    }

    void tellsErrors_data()
    {
        QTest::addColumn<FailureClass>("failureClass");
        QTest::addColumn<int>("from");
        QTest::addColumn<int>("status");
        QTest::addColumn<QByteArray>("word");
        const auto row = [](FailureClass failureClass, int from, int status, const char *word) {
            QTest::addRow("%s %d", failureClassName(failureClass).constData(), from)
                << failureClass << from << status << QByteArray(word);
        };
        row(FailureClass::Credential, 400, 401, "UNAUTHENTICATED");
        row(FailureClass::Permission, 403, 403, "PERMISSION_DENIED");
        row(FailureClass::Quota, 402, 429, "RESOURCE_EXHAUSTED");
        row(FailureClass::RateLimit, 429, 429, "RESOURCE_EXHAUSTED");
        row(FailureClass::CallerFault, 422, 400, "INVALID_ARGUMENT");
        row(FailureClass::CallerFault, 413, 413, "INVALID_ARGUMENT");
        row(FailureClass::ContextLength, 400, 400, "INVALID_ARGUMENT");
        row(FailureClass::ContextLength, 413, 400, "INVALID_ARGUMENT");
        row(FailureClass::ContentPolicy, 400, 400, "INVALID_ARGUMENT");
        row(FailureClass::ModelMissing, 400, 404, "NOT_FOUND");
        row(FailureClass::Overloaded, 529, 503, "UNAVAILABLE");
        row(FailureClass::Transient, 500, 500, "INTERNAL");
        row(FailureClass::Transient, 520, 502, "UNAVAILABLE");
        row(FailureClass::Connection, 0, 502, "UNAVAILABLE");
        row(FailureClass::TimedOut, 0, 504, "DEADLINE_EXCEEDED");
        row(FailureClass::Protocol, 200, 502, "UNAVAILABLE");
        row(FailureClass::Cancelled, 0, 499, "CANCELLED");
        row(FailureClass::Internal, 0, 500, "INTERNAL");
    }
    void tellsErrors()
    {
        QFETCH(FailureClass, failureClass);
        QFETCH(int, from);
        QFETCH(int, status);
        QFETCH(QByteArray, word);
        const auto error = kInbound.encodeError(Failure(failureClass, from, "words"));
        QCOMPARE(error.status, status);
        const QJsonObject body = objectOf(error.body)[QStringLiteral("error")].toObject();
        QCOMPARE(body[QStringLiteral("code")].toInt(), status);
        QCOMPARE(body[QStringLiteral("status")].toString().toUtf8(), word);
        QCOMPARE(body[QStringLiteral("message")].toString(), QStringLiteral("words"));
        QVERIFY(!error.headers.contains("retry-after"));
    }

    void passesTheWaitOn()
    {
        Failure failure(FailureClass::RateLimit, 429, "busy");
        failure.retryAfter = std::chrono::milliseconds(34'040);
        const auto error = kInbound.encodeError(failure);
        QCOMPARE(error.headers.value("retry-after"), QByteArray("35"));
        const Failure back = kUpstream.decodeError(error.status, Headers(), error.body);
        QCOMPARE(back.retryAfter->count(), 34'040);
        QVERIFY(back.failureClass == FailureClass::RateLimit);
    }

    void tellsRecordedErrors()
    {
        for (const QByteArray &dialect : wire::wireNames()) {
            if (!wire::findWire(dialect)->upstream)
                continue;
            for (const Recording &recording : recordingsOf(dialect, {".response.json"})) {
                if (recording.status < 400)
                    continue;
                const Failure failure = wire::findWire(dialect)->upstream->decodeError(
                    recording.status, Headers(), fileBytes(recording.path));
                const auto error = kInbound.encodeError(failure);
                const Failure back = kUpstream.decodeError(error.status, error.headers, error.body);
                QCOMPARE(back.message, failure.message);
                const bool same = back.failureClass == failure.failureClass
                                  // Words Google has none for: still the caller's to mend, or to wait for.
                                  || back.failureClass == FailureClass::CallerFault
                                  || back.failureClass == FailureClass::ContextLength
                                  || back.failureClass == FailureClass::RateLimit
                                  || back.failureClass == FailureClass::Overloaded;
                QVERIFY2(
                    same, (recording.name + " became " + failureClassName(back.failureClass)).constData());
            }
        }
    }
};

QTEST_GUILESS_MAIN(GeminiAnswerTest)
#include "GeminiAnswerTest.moc"
#include "wire/ToolMapping.h"
