// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/wire/UpstreamCases.h"
#include "wire/gemini/GeminiUpstream.h"

using namespace fairlead;
using namespace fairlead::chat;
using namespace fairlead::test;
using wire::Quirks;

namespace {

const wire::GeminiUpstream kCodec;

/// What a Gemini answer means, worked out with QJson and none of our code.
struct Meaning {
    struct Choice {
        QByteArray text;
        QByteArray thinking;
        QByteArray signatures; ///< outside calls
        QList<QByteArray> calls; ///< "name arguments signature"
        QJsonValue finish;
    };
    QMap<int, Choice> choices;
    QJsonObject usage;
    QByteArray id;
    QByteArray model;
    bool blocked = false;
    bool failed = false;
};

void addPart(const QJsonObject &part, Meaning::Choice &choice)
{
    const QByteArray text = part[QStringLiteral("text")].toString().toUtf8();
    const QByteArray signature = part[QStringLiteral("thoughtSignature")].toString().toUtf8();
    if (part.contains(QStringLiteral("functionCall"))) {
        const QJsonObject call = part[QStringLiteral("functionCall")].toObject();
        const QByteArray name = call[QStringLiteral("name")].toString().toUtf8();
        if (name.isEmpty())
            return; // a piece of a call in pieces: told exactly elsewhere
        const QJsonDocument arguments(call[QStringLiteral("args")].toObject());
        const bool inPieces = call[QStringLiteral("willContinue")].toBool();
        choice.calls += name + ' ' + (inPieces ? QByteArray("...") : arguments.toJson(QJsonDocument::Compact))
                        + ' ' + signature;
        return;
    }
    choice.signatures += signature;
    (part[QStringLiteral("thought")].toBool() ? choice.thinking : choice.text) += text;
}

void addChunk(const QJsonObject &chunk, Meaning &meaning)
{
    meaning.failed = meaning.failed || chunk.contains(QStringLiteral("error"));
    const QJsonObject feedback = chunk[QStringLiteral("promptFeedback")].toObject();
    meaning.blocked = meaning.blocked || feedback.contains(QStringLiteral("blockReason"));
    if (chunk.contains(QStringLiteral("usageMetadata"))) {
        const QJsonObject usage = chunk[QStringLiteral("usageMetadata")].toObject();
        const bool counts = usage.contains(QStringLiteral("promptTokenCount"))
                            || usage.contains(QStringLiteral("candidatesTokenCount"))
                            || usage.contains(QStringLiteral("thoughtsTokenCount"));
        if (counts)
            meaning.usage = usage;
    }
    if (meaning.id.isEmpty())
        meaning.id = chunk[QStringLiteral("responseId")].toString().toUtf8();
    if (meaning.model.isEmpty())
        meaning.model = chunk[QStringLiteral("modelVersion")].toString().toUtf8();
    for (const QJsonValue &candidate : chunk[QStringLiteral("candidates")].toArray()) {
        Meaning::Choice &choice = meaning.choices[candidate[QStringLiteral("index")].toInt()];
        for (const QJsonValue &part : candidate[QStringLiteral("content")][QStringLiteral("parts")].toArray())
            addPart(part.toObject(), choice);
        const QJsonValue reason = candidate[QStringLiteral("finishReason")];
        if (!reason.isUndefined())
            choice.finish = reason;
    }
}

Meaning meaningOf(const QByteArray &body)
{
    Meaning meaning;
    const QJsonDocument document = QJsonDocument::fromJson(body);
    if (document.isObject())
        addChunk(document.object(), meaning);
    for (const QJsonValue &chunk : document.array())
        addChunk(chunk.toObject(), meaning);
    if (!document.isNull())
        return meaning;
    for (const QByteArray &line : QByteArray(body).replace("\r", "").split('\n')) {
        if (line.startsWith("data:"))
            addChunk(objectOf(line.mid(5)), meaning);
    }
    return meaning;
}

FinishReason expectedFinish(const Meaning::Choice &choice)
{
    const QString word = choice.finish.toString();
    if (word == QStringLiteral("MAX_TOKENS") || choice.finish.toInt() == 2)
        return FinishReason::Length;
    if (word == QStringLiteral("SAFETY") || word == QStringLiteral("PROHIBITED_CONTENT"))
        return FinishReason::ContentFilter;
    return choice.calls.isEmpty() ? FinishReason::Stop : FinishReason::ToolCalls;
}

void compareUsage(const Usage &usage, const QJsonObject &expected)
{
    const auto count = [&](const char *name) { return countIn(expected[QLatin1String(name)]).value_or(0); };
    QCOMPARE(usage.totalInput(), count("promptTokenCount") + count("toolUsePromptTokenCount"));
    QCOMPARE(usage.valueOrZero(TokenKind::CacheRead), count("cachedContentTokenCount"));
    QCOMPARE(usage.valueOrZero(TokenKind::Reasoning), count("thoughtsTokenCount"));
    if (expected.contains(QStringLiteral("candidatesTokenCount")))
        QCOMPARE(usage.totalOutput(), count("candidatesTokenCount") + count("thoughtsTokenCount"));
    if (expected.contains(QStringLiteral("promptTokenCount"))
        && expected.contains(QStringLiteral("totalTokenCount")))
        QCOMPARE(usage.totalInput() + usage.totalOutput(), count("totalTokenCount"));
    const auto audio = [&](const char *details) {
        qint64 tokens = 0;
        for (const QJsonValue &detail : expected[QLatin1String(details)].toArray()) {
            if (detail[QStringLiteral("modality")].toString() == QStringLiteral("AUDIO"))
                tokens += detail[QStringLiteral("tokenCount")].toInt();
        }
        return tokens;
    };
    QCOMPARE(
        usage.valueOrZero(TokenKind::AudioInput), audio("promptTokensDetails") - audio("cacheTokensDetails"));
}

void compareAnswer(const ChatAnswer &answer, const Meaning &expected)
{
    QVERIFY2(!answer.failure, answer.failure ? answer.failure->message.constData() : "");
    QCOMPARE(answer.id, expected.id);
    QCOMPARE(answer.model, expected.model);
    QCOMPARE(static_cast<qsizetype>(answer.choices.size()), expected.choices.size());
    QList<QByteArray> ids;
    for (const ChatAnswer::Choice &choice : answer.choices) {
        const Meaning::Choice &wanted = expected.choices[choice.index];
        QCOMPARE(choice.text, wanted.text);
        QCOMPARE(choice.reasoningText(), wanted.thinking);
        QByteArray signatures;
        for (const ReasoningPart &part : choice.reasoning)
            signatures += part.signature;
        QCOMPARE(signatures, wanted.signatures);
        QCOMPARE(static_cast<qsizetype>(choice.toolCalls.size()), wanted.calls.size());
        for (std::size_t i = 0; i < choice.toolCalls.size(); ++i) {
            const ToolCallPart &made = choice.toolCalls[i];
            const bool inPieces = wanted.calls[static_cast<qsizetype>(i)].contains(" ... ");
            const QByteArray arguments = inPieces ? QByteArray("...") : compactJson(made.arguments);
            QCOMPARE(
                made.name + ' ' + arguments + ' ' + made.signature, wanted.calls[static_cast<qsizetype>(i)]);
            QVERIFY(QJsonDocument::fromJson(made.arguments).isObject());
            QVERIFY(!made.id.isEmpty() && !ids.contains(made.id));
            ids += made.id;
        }
        QVERIFY(choice.finished.has_value());
        QCOMPARE(choice.finished->reason, expectedFinish(wanted));
        for (const Citation &citation : choice.citations)
            QVERIFY(citation.start < citation.end || (citation.start == -1 && citation.end == -1));
    }
    compareUsage(answer.usage, expected.usage);
}

const QList<QByteArray> kStreams{".sse", ".response.jsonarray.json"};

} // namespace

class GeminiTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void readsStreams_data() { addRows("gemini", "gemini", kStreams); }
    void readsStreams()
    {
        QFETCH(QString, path);
        const QByteArray bytes = fileBytes(path);
        const Meaning expected = meaningOf(bytes);
        const auto events = decodeAt(kCodec, bytes, {});
        checkSplits(kCodec, bytes);
        if (expected.failed) {
            QVERIFY(endsInFailure(events, FailureClass::Overloaded));
            return;
        }
        const ChatAnswer answer = accumulated(events);
        compareAnswer(answer, expected);

        // The chunks of a stream as one array mean the same.
        QJsonArray chunks;
        for (const QByteArray &line : QByteArray(bytes).replace("\r", "").split('\n')) {
            if (line.startsWith("data:"))
                chunks.append(objectOf(line.mid(5)));
        }
        if (chunks.isEmpty())
            return;
        const QByteArray array = QJsonDocument(chunks).toJson();
        compareAnswer(accumulated(kCodec.decodeAnswer(array, Quirks())), expected);
        compareAnswer(accumulated(decodeAt(kCodec, array, {array.size() / 2})), expected);
    }

    void failsWhenCut_data() { addRows("gemini", "gemini", kStreams); }
    void failsWhenCut()
    {
        QFETCH(QString, path);
        const QByteArray bytes = fileBytes(path);
        if (meaningOf(bytes).failed)
            return;
        // Up to the chunk with the finishReason, at every event boundary (SSE) or at some places (array).
        const qsizetype end = bytes.lastIndexOf("finishReason");
        QVERIFY(end > 0);
        const bool sse = bytes.startsWith("data:");
        const QByteArray boundary = bytes.contains("\r\n\r\n") ? "\r\n\r\n" : sse ? "\n\n" : "\n,\n";
        for (qsizetype at = 0; at >= 0 && at <= end; at = bytes.indexOf(boundary, at + 1)) {
            const auto events = decodeAt(kCodec, bytes.left(at), {});
            QVERIFY(endsInFailure(events, FailureClass::Protocol));
        }
    }

    void tapsStreams_data() { addRows("gemini", "gemini", kStreams); }
    void tapsStreams()
    {
        QFETCH(QString, path);
        const QByteArray bytes = fileBytes(path);
        const ChatAnswer full = accumulated(decodeAt(kCodec, bytes, {}));
        const auto events = decodeAt(kCodec, bytes, {}, wire::DecodeMode::Tap);
        const ChatAnswer tapped = accumulated(events);
        const auto texts = std::count_if(events.begin(), events.end(), [](const ChatEvent &event) {
            return std::holds_alternative<TextDelta>(event);
        });
        QVERIFY(texts <= 1);
        QVERIFY(tapped.usage == full.usage);
        QCOMPARE(tapped.failure.has_value(), full.failure.has_value());
        if (!full.failure)
            QCOMPARE(tapped.choice()->finished->reason, full.choice()->finished->reason);
    }

    void readsWholeAnswers_data() { addRows("gemini", "gemini", {".response.json"}); }
    void readsWholeAnswers()
    {
        QFETCH(QString, path);
        const QByteArray body = fileBytes(path);
        const Meaning expected = meaningOf(body);
        const auto events = kCodec.decodeAnswer(body, Quirks());
        if (expected.blocked)
            QVERIFY(endsInFailure(events, FailureClass::ContentPolicy));
        else
            compareAnswer(accumulated(events), expected);
        // A plain answer where a stream was expected is read the same.
        QCOMPARE(linesOf(decodeAt(kCodec, body, {body.size() / 3})), linesOf(events));
    }

    void tellsExactly_data()
    {
        QTest::addColumn<QString>("file");
        QTest::addColumn<QByteArray>("expected");
        QTest::newRow("text") << QStringLiteral("text.sse")
                              << QByteArray(
                                     "Started own1 gemini-own 0 \n"
                                     "Usage input=9 audio_input=3 output=0 \n"
                                     "Reasoning[0] 0 **Plan**\n"
                                     "Usage input=5 cache_read=4 audio_input=3 output=2 reasoning=7 \n"
                                     "Text[0] Grüße \n"
                                     "Usage input=11 cache_read=4 audio_input=3 output=5 reasoning=7 \n"
                                     "Text[0] 世界 🙂\n"
                                     "Signature[0] 1 c2ln   gemini\n"
                                     "Citation[0] https://example.org/a A\n"
                                     "Finished[0] stop STOP\n");
        QTest::newRow("tools") << QStringLiteral("tools.sse")
                               << QByteArray("Started own2 gemini-own 0 \n"
                                             "Call[0] 0 call_abab913b3f3696e6756a_0 add c2ln\n"
                                             "Arguments[0] 0 {\"b\":1.0,\"a\":12345678901234567890}\n"
                                             "Call[0] 1 own8id01 now \n"
                                             "Arguments[0] 1 {}\n"
                                             "Call[0] 2 call_abab913b3f3696e6756a_2 read \n"
                                             "Arguments[0] 2 {\"path\":\"/a\\\"b\",\"lines\":[1.50,true]}\n"
                                             "Usage input=30 output=12 reasoning=10 \n"
                                             "Finished[0] tool_calls STOP\n");
        QTest::newRow("array") << QStringLiteral("array.response.jsonarray.json")
                               << QByteArray("Started own3 gemini-own 0 \n"
                                             "Usage input=3 output=0 \n"
                                             "Text[0] a } \" ] {\n"
                                             "Usage input=3 output=4 \n"
                                             "Text[0]  b\\\n"
                                             "Finished[0] length MAX_TOKENS\n");
    }
    void tellsExactly()
    {
        QFETCH(QString, file);
        QFETCH(QByteArray, expected);
        QCOMPARE(
            linesOf(decodeAt(kCodec, fileBytes(QStringLiteral(FAIRLEAD_TEST_DATA "/gemini/") + file), {})),
            expected);
    }

    void placesCitationsByCharacters()
    {
        const QByteArray sse = fileBytes(QStringLiteral(FAIRLEAD_TEST_DATA "/gemini/text.sse"));
        const ChatAnswer answer = accumulated(decodeAt(kCodec, sse, {}));
        const Citation &citation = answer.choice()->citations.at(0);
        QCOMPARE(citation.start, 6);
        QCOMPARE(citation.end, 8);
    }

    void makesUpDistinctIds()
    {
        const auto idOf = [](const QByteArray &answer) {
            return accumulated(kCodec.decodeAnswer(answer, Quirks())).choice()->toolCalls.at(0).id;
        };
        const QByteArray call = js(
            "'candidates':[{'content':{'parts':[{'functionCall':{'name':'f'}}]},'finishReason':'STOP'}]");
        const QByteArray first = idOf('{' + call + js(",'usageMetadata':{'promptTokenCount':1}}"));
        const QByteArray second = idOf('{' + call + js(",'usageMetadata':{'promptTokenCount':9}}"));
        QVERIFY(first.startsWith("call_") && first != second);
        QVERIFY(idOf('{' + call + js(",'responseId':'a'}")) != idOf('{' + call + js(",'responseId':'b'}")));
    }

    void readsLogprobs()
    {
        const QByteArray body
            = js("{'candidates':[{'content':{'parts':[{'text':'Hé'}]},'finishReason':'STOP','logprobsResult':"
                 "{'chosenCandidates':[{'token':'Hé','logProbability':-6.7947026e-06}],'topCandidates':"
                 "[{'candidates':[{'token':'Hé','logProbability':-6.7947026e-06},{'token':'x'}]}]}}]}");
        QCOMPARE(
            accumulated(kCodec.decodeAnswer(body, Quirks())).choice()->logprobs,
            js("{'content':[{'token':'Hé','logprob':-6.7947026e-06,'bytes':[72,195,169],'top_logprobs':"
               "[{'token':'Hé','logprob':-6.7947026e-06,'bytes':[72,195,169]},{'token':'x','logprob':0,'"
               "bytes':[120]}]}],"
               "'refusal':null}"));
    }

    void mapsFinishReasons_data()
    {
        QTest::addColumn<QByteArray>("word");
        QTest::addColumn<FinishReason>("reason");
        for (const char *word :
             {"SAFETY", "RECITATION", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "IMAGE_SAFETY"})
            QTest::newRow(word) << '"' + QByteArray(word) + '"' << FinishReason::ContentFilter;
        for (const char *word : {"STOP", "LANGUAGE", "OTHER", "SOMETHING_NEW"})
            QTest::newRow(word) << '"' + QByteArray(word) + '"' << FinishReason::Stop;
        QTest::newRow("MAX_TOKENS") << QByteArray("\"MAX_TOKENS\"") << FinishReason::Length;
        QTest::newRow("1") << QByteArray("1") << FinishReason::Stop;
        QTest::newRow("3") << QByteArray("3") << FinishReason::ContentFilter;
        QTest::newRow("99") << QByteArray("99") << FinishReason::Stop;
    }
    void mapsFinishReasons()
    {
        QFETCH(QByteArray, word);
        QFETCH(FinishReason, reason);
        const QByteArray body
            = js("{'candidates':[{'content':{'parts':[{'text':'x'}]},'finishReason':") + word + "}]}";
        const ChatAnswer answer = accumulated(decodeAt(kCodec, "data: " + body + "\n\n", {}));
        QVERIFY(!answer.failure);
        QCOMPARE(answer.choice()->finished->reason, reason);
    }

    void failsInWords_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<FailureClass>("failureClass");
        QTest::newRow("malformed call")
            << js("data: {'candidates':[{'content':{},'finishReason':'MALFORMED_FUNCTION_CALL'}]}\n\n")
            << FailureClass::Transient;
        QTest::newRow("blocked") << js("data: {'promptFeedback':{'blockReason':'SAFETY'},'usageMetadata':"
                                       "{'promptTokenCount':9,'totalTokenCount':9}}\n\n")
                                 << FailureClass::ContentPolicy;
        QTest::newRow("error labelled as stream")
            << js("{\n  'error': {\n    'code': 404,\n    'message': 'models/x is not found',\n    'status': "
                  "'NOT_FOUND'\n  }\n}\n")
            << FailureClass::ModelMissing;
        QTest::newRow("error in an array")
            << js("[{'error':{'code':503,'message':'The model is overloaded.','status':'UNAVAILABLE'}}]")
            << FailureClass::Overloaded;
        QTest::newRow("error in the middle")
            << js("data: {'candidates':[{'content':{'parts':[{'text':'Par'}]}}]}\n\n"
                  "data: {'error':{'code':503,'message':'busy','status':'UNAVAILABLE'}}\n\n"
                  "data: {'candidates':[{'content':{},'finishReason':'STOP'}]}\n\n")
            << FailureClass::Overloaded;
        QTest::newRow("html") << QByteArray("<html>502</html>\n\n") << FailureClass::Protocol;
        QTest::newRow("empty") << QByteArray() << FailureClass::Protocol;
        QTest::newRow("no JSON") << QByteArray("data: {oops\n\n") << FailureClass::Protocol;
        QTest::newRow("half an object") << QByteArray("[{\"candidates\":[") << FailureClass::Protocol;
        QTest::newRow("other dialect") << js("data: {'choices':[]}\n\n") << FailureClass::Protocol;
    }
    void failsInWords()
    {
        QFETCH(QByteArray, bytes);
        QFETCH(FailureClass, failureClass);
        const auto events = decodeAt(kCodec, bytes, {});
        QVERIFY2(endsInFailure(events, failureClass), linesOf(events).constData());
        checkSplits(kCodec, bytes);
    }

    void classifiesErrors_data()
    {
        QTest::addColumn<int>("status");
        QTest::addColumn<QByteArray>("body");
        QTest::addColumn<FailureClass>("failureClass");
        QTest::addColumn<int>("retryMs");
        const auto row = [](const char *name, int status, const char *rpc, const QByteArray &rest,
                            FailureClass expected, int retryMs = -1) {
            const QByteArray body = js("{'error':{'code':") + QByteArray::number(status)
                                    + js(",'message':'m','status':'") + rpc + '"' + rest + "}}";
            QTest::newRow(name) << status << body << expected << retryMs;
        };
        row("bad key", 400, "INVALID_ARGUMENT",
            js(",'details':[{'@type':'type.googleapis.com/"
               "google.rpc.ErrorInfo','reason':'API_KEY_INVALID'}]"),
            FailureClass::Credential);
        row("bad request", 400, "INVALID_ARGUMENT", {}, FailureClass::CallerFault);
        row("no access", 403, "PERMISSION_DENIED", {}, FailureClass::Permission);
        row("no model", 404, "NOT_FOUND", {}, FailureClass::ModelMissing);
        row("a minute's quota", 429, "RESOURCE_EXHAUSTED",
            js(",'details':[{'@type':'type.googleapis.com/google.rpc.QuotaFailure','violations':[{'quotaId':"
               "'GenerateRequestsPerMinutePerProjectPerModel-FreeTier'}]},{'@type':"
               "'type.googleapis.com/google.rpc.RetryInfo','retryDelay':'34.4s'}]"),
            FailureClass::RateLimit, 34'400);
        row("a day's quota", 429, "RESOURCE_EXHAUSTED",
            js(",'details':[{'@type':'type.googleapis.com/google.rpc.QuotaFailure','violations':[{'quotaId':"
               "'GenerateRequestsPerDayPerProjectPerModel-FreeTier'}]}]"),
            FailureClass::Quota);
        row("internal", 500, "INTERNAL", {}, FailureClass::Transient);
        row("busy", 503, "UNAVAILABLE", {}, FailureClass::Overloaded);
        row("deadline", 504, "DEADLINE_EXCEEDED", {}, FailureClass::Transient);
        QTest::newRow("too long")
            << 400
            << js("{'error':{'code':400,'message':'The input token count (1200000) exceeds the maximum',"
                  "'status':'INVALID_ARGUMENT'}}")
            << FailureClass::ContextLength << -1;
    }
    void classifiesErrors()
    {
        QFETCH(int, status);
        QFETCH(QByteArray, body);
        QFETCH(FailureClass, failureClass);
        QFETCH(int, retryMs);
        for (const QByteArray &shape : {body, '[' + body + ']'}) {
            const Failure failure = kCodec.decodeError(status, Headers(), shape);
            QCOMPARE(failure.failureClass, failureClass);
            QCOMPARE(failure.status, status);
            QCOMPARE(failure.retryAfter ? static_cast<int>(failure.retryAfter->count()) : -1, retryMs);
        }
    }

    void classifiesRecordedErrors()
    {
        static const QMap<int, FailureClass> kByStatus{
            {403, FailureClass::Permission}, {404, FailureClass::ModelMissing},
            {429, FailureClass::RateLimit},  {500, FailureClass::Transient},
            {503, FailureClass::Overloaded},
        };
        for (const Recording &recording : recordingsOf("gemini", {".response.json"})) {
            if (recording.status == 200)
                continue;
            const Failure failure
                = kCodec.decodeError(recording.status, Headers(), fileBytes(recording.path));
            QVERIFY2(kByStatus.value(recording.status) == failure.failureClass, recording.name.constData());
            QVERIFY(!failure.message.isEmpty());
        }
    }

    void listsModels()
    {
        const auto ids = kCodec.decodeModels(js("{'models':[{'name':'models/gemini-a'},{'name':'b'}]}"));
        QVERIFY(ids.has_value());
        QCOMPARE(*ids, (std::vector<QByteArray>{"gemini-a", "b"}));
        QCOMPARE(
            *kCodec.decodeModels(js("{'publisherModels':[{'name':'publishers/google/models/gemini-c'}]}")),
            (std::vector<QByteArray>{"gemini-c"}));
        QVERIFY(!kCodec.decodeModels("[]").has_value());
        QCOMPARE(kCodec.modelsCall().method, QByteArray("GET"));
    }
};

QTEST_GUILESS_MAIN(GeminiTest)
#include "GeminiTest.moc"
