// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/wire/UpstreamCases.h"
#include "wire/ollama/OllamaUpstream.h"

using namespace fairlead;
using namespace fairlead::chat;
using namespace fairlead::test;
using wire::Quirks;

namespace {

const wire::OllamaUpstream kCodec;

/// What an Ollama answer means, worked out with QJson and none of our code.
struct Meaning {
    QByteArray model;
    QByteArray text;
    QByteArray thinking;
    QList<QByteArray> calls; ///< "name arguments"
    QJsonObject last;
    bool failed = false;
};

void addObject(const QJsonObject &object, Meaning &meaning)
{
    meaning.failed = meaning.failed || object.contains(QStringLiteral("error"));
    const QJsonObject said
        = object.contains(QStringLiteral("message")) ? object[QStringLiteral("message")].toObject() : object;
    if (meaning.model.isEmpty())
        meaning.model = object[QStringLiteral("model")].toString().toUtf8();
    meaning.text += said[QStringLiteral("content")].toString().toUtf8();
    meaning.text += said[QStringLiteral("response")].toString().toUtf8();
    meaning.thinking += said[QStringLiteral("thinking")].toString().toUtf8();
    for (const QJsonValue &call : said[QStringLiteral("tool_calls")].toArray()) {
        const QJsonObject function = call[QStringLiteral("function")].toObject();
        const QJsonDocument arguments(function[QStringLiteral("arguments")].toObject());
        meaning.calls += function[QStringLiteral("name")].toString().toUtf8() + ' '
                         + arguments.toJson(QJsonDocument::Compact);
    }
    if (object[QStringLiteral("done")].toBool())
        meaning.last = object;
}

Meaning meaningOf(const QByteArray &body)
{
    Meaning meaning;
    for (const QByteArray &line : body.split('\n')) {
        if (!line.trimmed().isEmpty())
            addObject(objectOf(line), meaning);
    }
    return meaning;
}

void compareAnswer(const ChatAnswer &answer, const Meaning &expected)
{
    QVERIFY2(!answer.failure, answer.failure ? answer.failure->message.constData() : "");
    QCOMPARE(answer.model, expected.model);
    QCOMPARE(answer.choices.size(), std::size_t(1));
    const ChatAnswer::Choice &choice = answer.choices.front();
    QCOMPARE(choice.text, expected.text);
    QCOMPARE(choice.reasoningText(), expected.thinking);
    QList<QByteArray> calls;
    QList<QByteArray> ids;
    for (const ToolCallPart &call : choice.toolCalls) {
        calls += call.name + ' ' + compactJson(call.arguments);
        QVERIFY(!call.id.isEmpty() && !ids.contains(call.id));
        ids += call.id;
    }
    QCOMPARE(calls, expected.calls);
    QVERIFY(choice.finished.has_value());
    const bool isLong = expected.last[QStringLiteral("done_reason")].toString() == QStringLiteral("length");
    const FinishReason usual = calls.isEmpty() ? FinishReason::Stop : FinishReason::ToolCalls;
    QCOMPARE(choice.finished->reason, isLong ? FinishReason::Length : usual);
    QCOMPARE(answer.usage.get(TokenKind::Input), countIn(expected.last[QStringLiteral("prompt_eval_count")]));
    QCOMPARE(answer.usage.get(TokenKind::Output), countIn(expected.last[QStringLiteral("eval_count")]));
}

void addStreams()
{
    addRows("ollama", "ollama-chat", {".ndjson"});
    for (const Recording &recording : recordingsOf("ollama-generate", {".ndjson"}))
        QTest::newRow(recording.name.constData()) << recording.path;
}

void addWholeAnswers()
{
    addRows("ollama", "ollama-chat", {".response.json"});
    for (const Recording &recording : recordingsOf("ollama-generate", {".response.json"}))
        QTest::newRow(recording.name.constData()) << recording.path;
}

QByteArray own(const char *file)
{
    return fileBytes(QStringLiteral(FAIRLEAD_TEST_DATA "/ollama/") + QLatin1String(file));
}

} // namespace

class OllamaTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void readsStreams_data() { addStreams(); }
    void readsStreams()
    {
        QFETCH(QString, path);
        const QByteArray bytes = fileBytes(path);
        const Meaning expected = meaningOf(bytes);
        checkSplits(kCodec, bytes);
        const auto events = decodeAt(kCodec, bytes, {});
        if (expected.failed) {
            QVERIFY(endsInFailure(events, FailureClass::Transient));
            return;
        }
        compareAnswer(accumulated(events), expected);
        // The same with CRLF, a byte order mark, blank lines, no line end at the end; and read at once.
        QByteArray crlf = bytes;
        crlf.replace("\n", "\r\n");
        QCOMPARE(linesOf(decodeAt(kCodec, crlf, {})), linesOf(events));
        const QByteArray marked = "\xEF\xBB\xBF" + bytes;
        QCOMPARE(linesOf(decodeAt(kCodec, marked, {1, 2})), linesOf(events));
        QCOMPARE(linesOf(decodeAt(kCodec, "\n \n" + bytes.trimmed(), {})), linesOf(events));
        QCOMPARE(linesOf(kCodec.decodeAnswer(bytes, Quirks())), linesOf(events));
    }

    void failsWhenCut_data() { addStreams(); }
    void failsWhenCut()
    {
        QFETCH(QString, path);
        const QByteArray bytes = fileBytes(path);
        if (meaningOf(bytes).failed)
            return;
        const QList<QByteArray> lines = bytes.trimmed().split('\n');
        const qsizetype step = 1 + lines.size() / 60;
        for (qsizetype kept = 0; kept < lines.size(); kept += step) {
            const QByteArray stump = lines.first(kept).join('\n') + '\n';
            QVERIFY(endsInFailure(decodeAt(kCodec, stump, {}), FailureClass::Protocol));
        }
        const qsizetype lastLine = bytes.trimmed().lastIndexOf('\n') + 1;
        const auto halfALine = decodeAt(kCodec, bytes.left(lastLine + 20), {});
        QVERIFY(endsInFailure(halfALine, FailureClass::Protocol));
    }

    void tapsStreams_data() { addStreams(); }
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

    void readsWholeAnswers_data() { addWholeAnswers(); }
    void readsWholeAnswers()
    {
        QFETCH(QString, path);
        const QByteArray body = fileBytes(path);
        const auto events = kCodec.decodeAnswer(body, Quirks());
        compareAnswer(accumulated(events), meaningOf(body));
        // Where a stream was expected it is read the same; spread over lines too.
        QCOMPARE(linesOf(decodeAt(kCodec, body, {body.size() / 3})), linesOf(events));
        const QByteArray spread = QJsonDocument::fromJson(body).toJson();
        compareAnswer(accumulated(kCodec.decodeAnswer(spread, Quirks())), meaningOf(body));
    }

    void tellsExactly_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<QByteArray>("expected");
        QTest::newRow("text") << own("text.ndjson")
                              << QByteArray("Started  own:1b 1767225600 \n"
                                            "Reasoning[0] 0 Hm\n"
                                            "Reasoning[0] 0 , why not?\n"
                                            "Text[0] Grüße, \"Welt\" \\ 🙂\n\n"
                                            "Text[0] error done\xE2\x80\xA8\n"
                                            "Usage input=12 output=34 \n"
                                            "Finished[0] stop stop\n");
        QTest::newRow("tools") << own("tools.ndjson")
                               << QByteArray("Started  own:1b 1767225600 \n"
                                             "Call[0] 0 call_00a86a3cf01e8babde64_0 add \n"
                                             "Arguments[0] 0 {\"b\":1.0,\"a\":12345678901234567890}\n"
                                             "Call[0] 1 call_own now \n"
                                             "Arguments[0] 1 {}\n"
                                             "Call[0] 2 call_00a86a3cf01e8babde64_2 read \n"
                                             "Arguments[0] 2 {\"path\":\"/a\\\"b\",\"lines\":[1.50,true]}\n"
                                             "Usage output=5 \n"
                                             "Finished[0] tool_calls stop\n");
        QTest::newRow("generate") << own("generate.ndjson")
                                  << QByteArray("Started  own:1b 1767225600 \n"
                                                "Text[0] One\n"
                                                "Reasoning[0] 0 or two\n"
                                                "Text[0] , two\n"
                                                "Usage input=3 output=2 \n"
                                                "Finished[0] length length\n");
        QTest::newRow("error")
            << own("error.ndjson")
            << QByteArray("Started  own:1b 1767225600 \n"
                          "Text[0] half\n"
                          "Failed transient 0 an error was encountered while running the model\n");
        QTest::newRow("garbled line")
            << js("{'model':'m','message':{'content':'a'},'done':false}\n"
                  "{'model':'m','message':{'conte\n"
                  "{'model':'m','message':{'content':'b'},'done':true}\n"
                  "{'model':'m','message':{'content':'late'},'done':true}\n")
            << QByteArray("Started  m 0 \nText[0] a\nText[0] b\nFinished[0] stop \n");
        QTest::newRow("logprobs and an image")
            << js("{'model':'m','message':{'content':'a','images':['iVBORw0KGgoAAAA=']},'logprobs':"
                  "[{'token':'a','logprob':-0.50,'top_logprobs':[{'token':'b','logprob':-1,'bytes':[98]}]}],"
                  "'done':true,'done_reason':'stop'}")
            << js("Started  m 0 \nText[0] a\nMedia[0] 0 image/png iVBORw0KGgoAAAA= \nLogprobs[0] {'content':"
                  "[{'token':'a','logprob':-0.50,'bytes':null,'top_logprobs':"
                  "[{'token':'b','logprob':-1,'bytes':[98]}]}]}\nFinished[0] stop stop\n");
    }
    void tellsExactly()
    {
        QFETCH(QByteArray, bytes);
        QFETCH(QByteArray, expected);
        QCOMPARE(linesOf(decodeAt(kCodec, bytes, {})), expected);
        checkSplits(kCodec, bytes);
    }

    void makesUpDistinctIds()
    {
        const auto idOf = [](const QByteArray &time) {
            const QByteArray body
                = js("{'created_at':'") + time
                  + js("','message':{'tool_calls':[{'function':{'name':'f'}}]},'done':true}");
            return accumulated(kCodec.decodeAnswer(body, Quirks())).choice()->toolCalls.at(0).id;
        };
        QVERIFY(idOf("2026-01-01T00:00:00.1Z") != idOf("2026-01-01T00:00:00.2Z"));
        QCOMPARE(idOf("2026-01-01T00:00:00.1Z"), idOf("2026-01-01T00:00:00.1Z"));
    }

    void failsInWords_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<FailureClass>("failureClass");
        QTest::newRow("empty") << QByteArray() << FailureClass::Protocol;
        QTest::newRow("html") << QByteArray("<html>502</html>\n") << FailureClass::Protocol;
        QTest::newRow("no JSON") << QByteArray("{oops\n") << FailureClass::Protocol;
        QTest::newRow("list") << QByteArray("[]\n") << FailureClass::Protocol;
        QTest::newRow("other dialect") << js("{'choices':[]}\n") << FailureClass::Protocol;
        QTest::newRow("an endless line") << QByteArray(17 * 1024 * 1024, 'x') << FailureClass::Protocol;
        QTest::newRow("error at once")
            << js("{'error':'model runner has unexpectedly stopped'}\n") << FailureClass::Transient;
        QTest::newRow("too long") << js(
            "{'error':'prompt too long; exceeded max context length by 4 tokens'}\n")
                                  << FailureClass::ContextLength;
    }
    void failsInWords()
    {
        QFETCH(QByteArray, bytes);
        QFETCH(FailureClass, failureClass);
        const auto events = decodeAt(kCodec, bytes, {});
        QVERIFY2(endsInFailure(events, failureClass), linesOf(events).constData());
        if (bytes.size() < 1000)
            checkSplits(kCodec, bytes);
        QVERIFY(endsInFailure(kCodec.decodeAnswer(bytes, Quirks()), failureClass));
    }

    void classifiesErrors_data()
    {
        QTest::addColumn<int>("status");
        QTest::addColumn<QByteArray>("body");
        QTest::addColumn<FailureClass>("failureClass");
        QTest::newRow("no such model")
            << 404 << js("{'error':'model x not found'}") << FailureClass::ModelMissing;
        QTest::newRow("no tools") << 400 << js("{'error':'x does not support tools'}")
                                  << FailureClass::CallerFault;
        QTest::newRow("too long") << 400 << js("{'error':'prompt too long; exceeded max context length'}")
                                  << FailureClass::ContextLength;
        QTest::newRow("signed out") << 401 << js("{'error':'unauthorized'}") << FailureClass::Credential;
        QTest::newRow("busy") << 503 << js("{'error':'server busy, please try again.'}")
                              << FailureClass::Overloaded;
        QTest::newRow("broken") << 500 << js("{'error':'llama runner process has terminated'}")
                                << FailureClass::Transient;
    }
    void classifiesErrors()
    {
        QFETCH(int, status);
        QFETCH(QByteArray, body);
        QFETCH(FailureClass, failureClass);
        const Failure failure = kCodec.decodeError(status, {}, body);
        QCOMPARE(failure.failureClass, failureClass);
        QCOMPARE(failure.message, objectOf(body)[QStringLiteral("error")].toString().toUtf8());
    }

    void classifiesRecordedErrors()
    {
        int seen = 0;
        for (const Recording &recording : recordingsOf("ollama-chat", {".response.json"})) {
            if (recording.status == 200)
                continue;
            const Failure failure = kCodec.decodeError(recording.status, {}, fileBytes(recording.path));
            QCOMPARE(failure.failureClass, FailureClass::ModelMissing);
            QVERIFY(failure.message.contains("not found"));
            ++seen;
        }
        if (QFile::exists(recordings() + QStringLiteral("/INDEX.tsv")))
            QVERIFY(seen > 0);
    }

    void listsModels()
    {
        QCOMPARE(kCodec.modelsCall().path, QByteArray("/api/tags"));
        const auto listed = kCodec.decodeModels(
            js("{'models':[{'name':'a:latest','model':'a:latest','size':1},{'name':'b:1b'},{}]}"));
        QVERIFY(listed.has_value());
        QCOMPARE(*listed, (std::vector<QByteArray>{"a:latest", "b:1b"}));
        QVERIFY(!kCodec.decodeModels("{}"));
        QVERIFY(!kCodec.decodeModels("<html>"));
    }
};

QTEST_GUILESS_MAIN(OllamaTest)

#include "OllamaTest.moc"
