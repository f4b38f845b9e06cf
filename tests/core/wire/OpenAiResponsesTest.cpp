// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/wire/UpstreamCases.h"
#include "wire/openai_responses/OpenAiResponsesUpstream.h"

using namespace fairlead;
using namespace fairlead::chat;
using namespace fairlead::test;
using wire::Quirks;

namespace {

const wire::OpenAiResponsesUpstream kCodec;

/// What a response means, worked out with QJson from its final object and none of our code.
struct Meaning {
    QByteArray id;
    QByteArray model;
    QByteArray text;
    QByteArray refusal;
    QByteArray reasoning;
    QByteArray encrypted;
    QList<QByteArray> calls; ///< "call_id name arguments"
    qsizetype urls = 0; ///< sources cited
    qsizetype images = 0;
    QJsonObject usage;
    QString status;
    QString reason;
    bool failed = false;
};

QByteArray value(const QJsonObject &object, const char *name)
{
    return object[QLatin1String(name)].toString().toUtf8();
}

QByteArray paragraphs(const QJsonArray &parts)
{
    QList<QByteArray> texts;
    for (const QJsonValue &part : parts) {
        if (const QByteArray text = value(part.toObject(), "text"); !text.isEmpty())
            texts += text;
    }
    return texts.join("\n\n");
}

void addItem(const QJsonObject &item, Meaning &meaning)
{
    const QByteArray type = value(item, "type");
    if (type == "message") {
        for (const QJsonValue &part : item[QStringLiteral("content")].toArray()) {
            meaning.text += value(part.toObject(), "text");
            meaning.refusal += value(part.toObject(), "refusal");
            meaning.urls += part[QStringLiteral("annotations")].toArray().size();
        }
    } else if (type == "reasoning") {
        const QByteArray summary = paragraphs(item[QStringLiteral("summary")].toArray());
        meaning.reasoning
            += summary.isEmpty() ? paragraphs(item[QStringLiteral("content")].toArray()) : summary;
        meaning.encrypted += value(item, "encrypted_content");
    } else if (type == "function_call") {
        meaning.calls += value(item, "call_id") + ' ' + value(item, "name") + ' ' + value(item, "arguments");
    } else if (type == "custom_tool_call") {
        meaning.calls += value(item, "call_id") + ' ' + value(item, "name") + ' ' + value(item, "input");
    } else if (type == "image_generation_call" && !value(item, "result").isEmpty()) {
        ++meaning.images;
    }
}

Meaning meaningOf(const QJsonObject &response)
{
    Meaning meaning;
    meaning.id = value(response, "id");
    meaning.model = value(response, "model");
    meaning.status = response[QStringLiteral("status")].toString();
    meaning.reason = response[QStringLiteral("incomplete_details")][QStringLiteral("reason")].toString();
    meaning.usage = response[QStringLiteral("usage")].toObject();
    meaning.failed = response[QStringLiteral("error")].isObject();
    for (const QJsonValue &item : response[QStringLiteral("output")].toArray())
        addItem(item.toObject(), meaning);
    return meaning;
}

/// Of a stream: its first terminal event says it all, but for what is made anew for every event: ids of some
/// gateways, and the encryption of reasoning. A stream without such an event failed.
Meaning meaningOfStream(const QByteArray &bytes)
{
    QByteArray id;
    QByteArray encrypted;
    for (const QByteArray &line : QByteArray(bytes).replace("\r", "").split('\n')) {
        const QJsonObject event = line.startsWith("data:") ? objectOf(line.mid(5)) : QJsonObject();
        const QByteArray type = value(event, "type");
        const QJsonObject response = event[QStringLiteral("response")].toObject();
        if (id.isEmpty())
            id = value(response, "id");
        if (type == "response.output_item.done")
            encrypted += value(event[QStringLiteral("item")].toObject(), "encrypted_content");
        if (type == "error" || event.contains(QStringLiteral("error")))
            break;
        if (type == "response.completed" || type == "response.incomplete" || type == "response.failed") {
            Meaning meaning = meaningOf(response);
            meaning.id = id;
            meaning.encrypted = encrypted;
            return meaning;
        }
    }
    Meaning failed;
    failed.failed = true;
    return failed;
}

void compareUsage(const Usage &usage, const QJsonObject &expected)
{
    const auto count = [&](const char *name) { return countIn(expected[QLatin1String(name)]).value_or(0); };
    const QJsonValue inputDetails = expected[QStringLiteral("input_tokens_details")];
    const QJsonValue outputDetails = expected[QStringLiteral("output_tokens_details")];
    QCOMPARE(usage.totalInput(), count("input_tokens"));
    QCOMPARE(usage.totalOutput(), count("output_tokens"));
    QCOMPARE(usage.totalInput() + usage.totalOutput(), count("total_tokens"));
    QCOMPARE(usage.get(TokenKind::CacheRead), countIn(inputDetails[QStringLiteral("cached_tokens")]));
    QCOMPARE(usage.get(TokenKind::CacheWrite5m), countIn(inputDetails[QStringLiteral("cache_write_tokens")]));
    QCOMPARE(usage.get(TokenKind::Reasoning), countIn(outputDetails[QStringLiteral("reasoning_tokens")]));
    const bool costs
        = expected.contains(QStringLiteral("cost")) || expected.contains(QStringLiteral("cost_in_usd_ticks"));
    QCOMPARE(usage.reportedCost.has_value(), costs);
}

void compareAnswer(const ChatAnswer &answer, const Meaning &expected)
{
    QVERIFY2(!answer.failure, answer.failure ? answer.failure->message.constData() : "");
    QCOMPARE(answer.id, expected.id);
    QCOMPARE(answer.model, expected.model);
    const ChatAnswer::Choice *choice = answer.choice();
    QVERIFY(choice && choice->finished);
    QCOMPARE(choice->text, expected.text);
    QCOMPARE(choice->refusal, expected.refusal);
    QCOMPARE(choice->reasoningText(), expected.reasoning);
    QByteArray encrypted;
    for (const ReasoningPart &part : choice->reasoning) {
        encrypted += part.redacted;
        QCOMPARE(part.origin.isEmpty(), part.redacted.isEmpty());
    }
    QCOMPARE(encrypted, expected.encrypted);
    QList<QByteArray> calls;
    for (const ToolCallPart &call : choice->toolCalls)
        calls += call.id + ' ' + call.name + ' ' + call.arguments;
    QCOMPARE(calls, expected.calls);
    QCOMPARE(static_cast<qsizetype>(choice->citations.size()), expected.urls);
    const auto images
        = std::count_if(choice->media.begin(), choice->media.end(), [](const MediaDelta &media) {
              return !media.media.base64.isEmpty();
          });
    QCOMPARE(qsizetype(images), expected.images);
    FinishReason finish = calls.isEmpty() ? FinishReason::Stop : FinishReason::ToolCalls;
    if (expected.status == QStringLiteral("incomplete"))
        finish = expected.reason == QStringLiteral("content_filter") ? FinishReason::ContentFilter
                                                                     : FinishReason::Length;
    QCOMPARE(choice->finished->reason, finish);
    if (!expected.usage.isEmpty())
        compareUsage(answer.usage, expected.usage);
}

std::vector<ChatEvent> decodeFile(const char *name)
{
    const QString path = QStringLiteral(FAIRLEAD_TEST_DATA "/openai_responses/") + QLatin1String(name);
    return decodeAt(kCodec, fileBytes(path), {});
}

} // namespace

class OpenAiResponsesTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void readsStreams_data() { addRows("openai_responses", "openai-responses", {".sse"}); }
    void readsStreams()
    {
        QFETCH(QString, path);
        const QByteArray bytes = fileBytes(path);
        QVERIFY(!bytes.isEmpty());
        const Meaning expected = meaningOfStream(bytes);
        const auto events = decodeAt(kCodec, bytes, {});
        checkSplits(kCodec, bytes);
        if (expected.failed) {
            QVERIFY(std::holds_alternative<Failed>(events.back()));
            return;
        }
        compareAnswer(accumulated(events), expected);
    }

    void readsABackgroundStream()
    {
        // Recorded as the continuation of a queued response; it begins with response.queued.
        for (const Recording &recording : recordingsOf("openai-responses-get", {".sse"})) {
            const QByteArray bytes = fileBytes(recording.path);
            compareAnswer(accumulated(decodeAt(kCodec, bytes, {})), meaningOfStream(bytes));
        }
    }

    void failsWhenCut_data() { addRows("openai_responses", "openai-responses", {".sse"}); }
    void failsWhenCut()
    {
        QFETCH(QString, path);
        QByteArray bytes = fileBytes(path).replace("\r\n", "\n");
        if (meaningOfStream(bytes).failed)
            return;
        const qsizetype end = qMax(
            bytes.indexOf("\"type\":\"response.completed\""),
            bytes.indexOf("\"type\":\"response.incomplete\""));
        QVERIFY(end > 0);
        const qsizetype step = bytes.count("\n\n") / 40; // at most 40 places of a long stream
        qsizetype place = 0;
        for (qsizetype at = bytes.indexOf("\n\n"); at >= 0 && at < end; at = bytes.indexOf("\n\n", at + 1)) {
            if (step > 1 && place++ % step != 0)
                continue;
            const auto events = decodeAt(kCodec, bytes.left(at + 2), {});
            QVERIFY(endsInFailure(events, FailureClass::Protocol));
        }
    }

    void readsTypesAsTheTap()
    {
        const QByteArray sse
            = js("data: {'type':'response.created','response':{'id':'r','model':'m','output':[]}}\n\n"
                 "data: {'type':'response.output_text.delta','delta':'x','type':'response.completed',"
                 "'response':{'id':'r','status':'completed','output':[],'usage':{'input_tokens':3}}}\n\n");
        for (const auto mode : {wire::DecodeMode::Full, wire::DecodeMode::Tap})
            QVERIFY(endsInFailure(decodeAt(kCodec, sse, {}, mode), FailureClass::Protocol));
    }

    void tapsStreams_data() { addRows("openai_responses", "openai-responses", {".sse"}); }
    void tapsStreams()
    {
        QFETCH(QString, path);
        const QByteArray bytes = fileBytes(path);
        const ChatAnswer full = accumulated(decodeAt(kCodec, bytes, {}));
        const auto events = decodeAt(kCodec, bytes, {}, wire::DecodeMode::Tap);
        const ChatAnswer tapped = accumulated(events);
        QCOMPARE(tapped.id, full.id);
        QVERIFY(tapped.usage == full.usage);
        QCOMPARE(tapped.failure.has_value(), full.failure.has_value());
        if (full.failure)
            return;
        QCOMPARE(tapped.choice()->finished->reason, full.choice()->finished->reason);
        // Nothing is told twice: neither by the event that repeats a text whole nor by the last one. Escapes
        // make the observed text longer than the text.
        const qsizetype said = full.choice()->text.size();
        QVERIFY(tapped.choice()->text.size() <= 3 * said + 16);
        QCOMPARE(tapped.choice()->text.isEmpty(), full.choice()->text.isEmpty());
        for (qsizetype i = 0; i < static_cast<qsizetype>(full.choice()->toolCalls.size()); ++i)
            QVERIFY(!tapped.choice()->toolCalls.at(std::size_t(i)).name.isEmpty());
    }

    void readsWholeAnswers_data() { addRows("openai_responses", "openai-responses", {".response.json"}); }
    void readsWholeAnswers()
    {
        QFETCH(QString, path);
        const QByteArray body = fileBytes(path);
        const Meaning expected = meaningOf(objectOf(body));
        const auto events = kCodec.decodeAnswer(body, Quirks());
        if (expected.failed)
            QVERIFY(std::holds_alternative<Failed>(events.back()));
        else
            compareAnswer(accumulated(events), expected);
        // A plain answer where a stream was expected is read the same.
        QCOMPARE(linesOf(decodeAt(kCodec, body, {body.size() / 3})), linesOf(events));
    }

    void tellsExactly_data()
    {
        QTest::addColumn<QByteArray>("file");
        QTest::addColumn<QByteArray>("expected");
        QTest::newRow("text") << QByteArray("text.sse")
                              << js("Started resp_own1 own-model 1767225600 \n"
                                    "Reasoning[0] 0 **Plan**\n"
                                    "Reasoning[0] 0 \n\nDo it.\n"
                                    "Signature[0] 0  gAAAA== rs_1 openai-responses\n"
                                    "Text[0] Grüße \n"
                                    "Text[0] 世界 \n"
                                    "Text[0] 🙂\n"
                                    "Citation[0] https://example.org/a A\n"
                                    "Usage input=8 cache_read=4 output=13 reasoning=7 default\n"
                                    "Finished[0] stop completed\n");
        QTest::newRow("tools") << QByteArray("tools.sse")
                               << js("Started resp_own2 own-model 1767225600 \n"
                                     "Call[0] 0 call_a add \n"
                                     "Arguments[0] 0 {'b':1.0,\n"
                                     "Call[0] 1 call_b patch custom \n"
                                     "Arguments[0] 1 *** Begin\n\n"
                                     "Arguments[0] 0 'a':12345678901234567890}\n"
                                     "Arguments[0] 1 'x'\n"
                                     "Call[0] 2 call_c now \n"
                                     "Arguments[0] 2 {}\n"
                                     "Usage input=30 cache_read=0 output=12 reasoning=0 default\n"
                                     "Finished[0] tool_calls completed\n");
        QTest::newRow("incomplete")
            << QByteArray("incomplete.sse")
            << js("Started resp_own3 own-model 1767225600 \n"
                  "Logprobs[0] {'content':[{'token':'Hi','logprob':-0.1,'bytes':[72,105],'top_logprobs':[]}]"
                  ",'refusal':null}\n"
                  "Text[0] Hi\n"
                  "Refusal[0] I can\n"
                  "Refusal[0] not.\n"
                  "Usage input=3 cache_read=0 output=4 reasoning=0 default\n"
                  "Finished[0] length max_output_tokens\n");
        QTest::newRow("open reasoning")
            << QByteArray("open-reasoning.sse")
            << js("Started gen-own4 own-model 1767225600 \n"
                  "Reasoning[0] 0 Four\n"
                  "Text[0] 4\n"
                  "Reasoning[0] 0 .\n"
                  "Media[0] 0 image/webp UklGRhoAAABXRUJQ \n"
                  "Usage input=7 cache_read=0 output=2 reasoning=3 $0.0000113 default\n"
                  "Finished[0] stop completed\n");
        QTest::newRow("failed") << QByteArray("failed.sse")
                                << js("Started resp_own5 own-model 1767225600 \n"
                                      "Text[0] Half\n"
                                      "Failed rate_limit 0 Slow down. Please try again in 2s.\n");
        QTest::newRow("flat error") << QByteArray("error-flat.sse")
                                    << js("Started resp_own6 own-model 1767225600 \n"
                                          "Failed overloaded 0 Busy.\n");
        QTest::newRow("error like Chat")
            << QByteArray("error-like-chat.sse")
            << js("Failed context_length 400 litellm.BadRequestError: prompt is too long\n");
        QTest::newRow("garbled and cut")
            << QByteArray("garbled-cut.sse")
            << js("Started gen-own4 own-model 1767225600 \n"
                  "Failed protocol 0 The provider's answer was cut: the stream ended before the response was "
                  "completed, and part of it was not valid JSON.\n")
                   .replace("provider\"s", "provider's");
    }
    void tellsExactly()
    {
        QFETCH(QByteArray, file);
        QFETCH(QByteArray, expected);
        QCOMPARE(linesOf(decodeFile(file.constData())), expected);
    }

    void placesCitationsByCharacters()
    {
        const ChatAnswer answer = accumulated(decodeFile("text.sse"));
        QCOMPARE(answer.choice()->citations.at(0).start, 6);
        QCOMPARE(answer.choice()->citations.at(0).end, 8);
    }

    void isOverAtItsOwnEndOnly()
    {
        const auto decoder = kCodec.makeStreamDecoder(Quirks(), wire::DecodeMode::Full);
        std::vector<ChatEvent> events;
        const QByteArray bytes = fileBytes(QStringLiteral(FAIRLEAD_TEST_DATA "/openai_responses/text.sse"));
        const qsizetype end = bytes.indexOf("event: response.completed");
        decoder->feed(bytes.left(end), events);
        QVERIFY(!decoder->isComplete() && !decoder->isOver());
        decoder->feed(bytes.mid(end), events);
        QVERIFY(decoder->isComplete() && decoder->isOver());
        // What follows the end (OpenRouter's [DONE], the next answer in some fixtures) is not read.
        const std::size_t count = events.size();
        decoder->feed(bytes, events);
        decoder->finish(events);
        QCOMPARE(events.size(), count);
    }

    void readsEveryFraming_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        const QByteArray plain = fileBytes(QStringLiteral(FAIRLEAD_TEST_DATA "/openai_responses/tools.sse"));
        QTest::newRow("CRLF") << QByteArray(plain).replace("\n", "\r\n");
        QTest::newRow("CR") << QByteArray(plain).replace("\n", "\r");
        QTest::newRow("BOM") << "\xEF\xBB\xBF" + plain;
        QTest::newRow("no space") << QByteArray(plain).replace("data: ", "data:");
        QTest::newRow("comments") << ": hello\n\n"
                                         + QByteArray(plain).replace("\n\n", "\n\n: OPENROUTER\n\n");
        QTest::newRow("no last blank line") << plain.chopped(1);
        QTest::newRow("event names only") << QByteArray(plain).replace(
            "data: {\"type\":\"response.created\",", "event: response.created\ndata: {");
    }
    void readsEveryFraming()
    {
        QFETCH(QByteArray, bytes);
        QCOMPARE(linesOf(decodeAt(kCodec, bytes, {})), linesOf(decodeFile("tools.sse")));
        checkSplits(kCodec, bytes);
    }

    void refusesWhatIsNoResponse_data()
    {
        QTest::addColumn<QByteArray>("body");
        QTest::newRow("page") << QByteArray("<html><title>Sign in</title></html>");
        QTest::newRow("nothing") << QByteArray();
        QTest::newRow("another dialect") << js("{'choices':[]}");
        QTest::newRow("number") << QByteArray("7");
        QTest::newRow("half") << js("{'object':'response','output':[");
    }
    void refusesWhatIsNoResponse()
    {
        QFETCH(QByteArray, body);
        QVERIFY(endsInFailure(kCodec.decodeAnswer(body, Quirks()), FailureClass::Protocol));
        QVERIFY(endsInFailure(decodeAt(kCodec, body, {}), FailureClass::Protocol));
    }

    void survivesHostileEvents()
    {
        QByteArray stream;
        for (const char *event : {
                 "{'type':'response.output_text.delta','output_index':-1,'delta':'x'}",
                 "{'type':'response.output_text.delta','output_index':999999999999,'delta':7}",
                 "{'type':'response.output_text.delta','output_index':0,'content_index':-5,'delta':'x'}",
                 "{'type':'response.output_item.added','output_index':1,'item':7}",
                 "{'type':'response.output_item.added','output_index':2,'item':{'type':'function_call'}}",
                 "{'type':'response.function_call_arguments.delta','output_index':2,'delta':'{}'}",
                 "{'type':'response.output_item.done','output_index':2,'item':{'type':'function_call','name':"
                 "'f'}}",
                 "{'type':'response.unheard.of','output_index':{}}",
                 "{'type':'response.completed','response':{'output':7,'usage':{'input_tokens':-3}}}",
             })
            stream += "data: " + js(event) + "\n\n";
        QCOMPARE(
            linesOf(decodeAt(kCodec, stream, {})),
            js("Started   0 \nCall[0] 0 call_0 f \nArguments[0] 0 {}\nFinished[0] tool_calls completed\n"));
    }

    void readsErrors_data()
    {
        QTest::addColumn<int>("status");
        QTest::addColumn<QByteArray>("body");
        QTest::addColumn<int>("failureClass");
        const auto row = [](const char *name, int status, const char *body, FailureClass wanted) {
            QTest::newRow(name) << status << js(body) << static_cast<int>(wanted);
        };
        row("unknown model", 400,
            "{'error':{'code':'model_not_found','message':'The requested model does not exist.',"
            "'param':'model','type':'invalid_request_error'}}",
            FailureClass::ModelMissing);
        row("unknown response", 400,
            "{'error':{'code':'previous_response_not_found','message':'Previous response with id x not "
            "found.','param':'previous_response_id','type':'invalid_request_error'}}",
            FailureClass::CallerFault);
        row("quota", 429, "{'error':{'code':'insufficient_quota','type':'insufficient_quota','message':'m'}}",
            FailureClass::Quota);
        row("too long", 400,
            "{'error':{'code':'context_length_exceeded','message':'Your input exceeds the context window'}}",
            FailureClass::ContextLength);
    }
    void readsErrors()
    {
        QFETCH(int, status);
        QFETCH(QByteArray, body);
        QFETCH(int, failureClass);
        const Failure failure = kCodec.decodeError(status, Headers{{"retry-after", "3"}}, body);
        QCOMPARE(static_cast<int>(failure.failureClass), failureClass);
        QCOMPARE(failure.retryAfter.value_or(std::chrono::seconds(0)), std::chrono::milliseconds(3000));
    }

    void asksForModels()
    {
        QCOMPARE(kCodec.modelsCall().path, QByteArray("/models"));
        const auto models = kCodec.decodeModels(js("{'object':'list','data':[{'id':'a'},{'id':'b/c'}]}"));
        QVERIFY(models.has_value());
        QCOMPARE(models->size(), std::size_t(2));
    }
};

QTEST_GUILESS_MAIN(OpenAiResponsesTest)
#include "OpenAiResponsesTest.moc"
