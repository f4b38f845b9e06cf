// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/wire/UpstreamCases.h"
#include "wire/gemini/GeminiEmbeddings.h"
#include "wire/gemini/GeminiTokenCount.h"

using namespace fairlead;
using namespace fairlead::chat;
using namespace fairlead::test;
using wire::AnswerContext;
using wire::InboundCall;
using wire::Losses;
using wire::Quirks;

namespace {

const wire::GeminiEmbeddings kEmbeddings;
const wire::GeminiTokenCount kCounting;

InboundCall call(const QByteArray &method, const QByteArray &body)
{
    return InboundCall::parse("/v1/models/lab/x:" + method, {}, Headers(), body).value();
}

EmbeddingRequest embedding(std::vector<QByteArray> texts)
{
    EmbeddingRequest request;
    request.model = "emb";
    request.texts = std::move(texts);
    return request;
}

QString requestOf(const Recording &recording)
{
    return recording.path.section(QStringLiteral(".response"), 0, 0) + QStringLiteral(".request.json");
}

} // namespace

class GeminiServicesTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void countsBothForms_data()
    {
        QTest::addColumn<QByteArray>("body");
        QTest::newRow("bare") << js("{'contents':[{'parts':[{'text':'Hi'}]}],'systemInstruction':{'parts':[{"
                                    "'text':'s'}]}}");
        QTest::newRow("whole") << js(
            "{'generateContentRequest':{'model':'models/y','contents':[{'parts':[{'text':'Hi'}]}],"
            "'systemInstruction':{'parts':[{'text':'s'}]}}}");
        QTest::newRow("snakes") << js("{'generate_content_request':{'contents':[{'parts':[{'text':'Hi'}]}],"
                                      "'system_instruction':{'parts':[{'text':'s'}]}}}");
    }
    void countsBothForms()
    {
        QFETCH(QByteArray, body);
        auto request = kCounting.decodeRequest(call("countTokens", body));
        QVERIFY(request.has_value());
        QCOMPARE(request->model, QByteArray("lab/x"));
        QCOMPARE(request->messages.size(), std::size_t(2));
        request->model = "up";
        Losses losses;
        const auto outward = kCounting.encodeRequest(*request, Quirks(), losses);
        QCOMPARE(outward->path, QByteArray("/models/up:countTokens"));
        QCOMPARE(
            outward->body,
            js("{'generateContentRequest':{'model':'models/up','systemInstruction':{'parts':[{'text':'s'}]},"
               "'contents':[{'role':'user','parts':[{'text':'Hi'}]}],'generationConfig':{}}}"));
        QVERIFY(losses.isEmpty());
        request->messages.erase(request->messages.begin());
        QCOMPARE(
            kCounting.encodeRequest(*request, Quirks(), losses)->body,
            js("{'contents':[{'role':'user','parts':[{'text':'Hi'}]}]}"));
        QCOMPARE(kCounting.encodeAnswer(42), js("{'totalTokens':42}"));
        QCOMPARE(kCounting.decodeAnswer(kCounting.encodeAnswer(42)).value(), 42);
    }

    void passesCountsThrough()
    {
        const QByteArray bare = js("{ 'contents' : [{'parts':[{'text':'Hi'}]}] }");
        auto passed = kCounting.passThrough(call("countTokens", bare), "up", Quirks());
        QCOMPARE(passed->body, bare);
        QCOMPARE(passed->path, QByteArray("/models/up:countTokens"));
        const QByteArray whole = js("{ 'generateContentRequest' : {'model' : 'models/x','new':1.0} }");
        passed = kCounting.passThrough(call("countTokens", whole), "up", Quirks());
        QCOMPARE(passed->body, QByteArray(whole).replace("models/x", "models/up"));
    }

    void refusesOtherCounts()
    {
        for (const char *body : {"", "[]", "{}", "{\"totalTokens\":-1}", "{\"totalTokens\":\"x\"}"})
            QVERIFY(!kCounting.decodeAnswer(body));
        QVERIFY(!kCounting.decodeRequest(call("countTokens", "{}")));
    }

    void readsRecordedCounts()
    {
        int read = 0;
        for (const Recording &recording : recordingsOf("gemini-count", {".response.json"})) {
            if (recording.status != 200)
                continue;
            const QByteArray body = fileBytes(recording.path);
            const int total = objectOf(body)[QStringLiteral("totalTokens")].toInt();
            QCOMPARE(kCounting.decodeAnswer(body).value(), total);
            QVERIFY(kCounting.decodeRequest(call("countTokens", fileBytes(requestOf(recording)))));
            ++read;
        }
        if (QFile::exists(recordings() + QStringLiteral("/INDEX.tsv")))
            QVERIFY(read >= 4);
    }

    void readsOneText()
    {
        const auto request = kEmbeddings.decodeRequest(call(
            "embedContent",
            js("{'model':'models/y','content':{'parts':[{'text':'a'},{'text':'b'}]},'task_type':"
               "'RETRIEVAL_QUERY','title':'t','output_dimensionality':64,'autoTruncate':true,'newer':1}")));
        QVERIFY(request.has_value());
        QCOMPARE(request->model, QByteArray("lab/x"));
        QCOMPARE(request->dialect, QByteArray("gemini"));
        QCOMPARE(request->texts, std::vector<QByteArray>{"ab"});
        QVERIFY(request->single && !request->base64);
        QCOMPARE(request->purpose, QByteArray("search_query"));
        QCOMPARE(request->title, QByteArray("t"));
        QCOMPARE(request->dimensions, 64);
        QCOMPARE(request->truncate, true);
        QCOMPARE(request->extras.at(0).first, QByteArray("newer"));
    }

    void readsABatch()
    {
        const auto request = kEmbeddings.decodeRequest(call(
            "batchEmbedContents",
            js("{'requests':[{'model':'models/y','content':{'parts':[{'text':'a'}]},'taskType':"
               "'SEMANTIC_SIMILARITY'},{'content':{'parts':[{'text':'b'}]},'outputDimensionality':8}]}")));
        QVERIFY(request.has_value());
        QCOMPARE(request->texts, (std::vector<QByteArray>{"a", "b"}));
        QVERIFY(!request->single && request->purpose.isEmpty());
        QCOMPARE(request->dimensions, 8);
        QCOMPARE(request->extras.at(0).first, QByteArray("requests[0].taskType"));
    }

    void complainsInWords_data()
    {
        QTest::addColumn<QByteArray>("method");
        QTest::addColumn<QByteArray>("body");
        QTest::addColumn<QByteArray>("words");
        const auto row = [](const char *method, const char *body, const char *words) {
            QTest::newRow(words) << QByteArray(method) << js(body) << QByteArray(words);
        };
        row("embedContent", "[]", "The request body must be an object.");
        row("embedContent", "{}", "content must be a content with at least one part.");
        row("batchEmbedContents", "{}", "requests must be a non-empty array.");
        row("batchEmbedContents", "{'requests':[7]}", "requests[0] must be an object.");
        row("batchEmbedContents", "{'requests':[{'content':{'parts':[{'inlineData':{}}]}}]}",
            "requests[0].content.parts[0] must be a text: only texts can be embedded through here.");
        row("embedContent", "{'content':{'parts':[{'text':'a'}]},'outputDimensionality':'x'}",
            "outputDimensionality must be an integer.");
    }
    void complainsInWords()
    {
        QFETCH(QByteArray, method);
        QFETCH(QByteArray, body);
        QFETCH(QByteArray, words);
        const auto request = kEmbeddings.decodeRequest(call(method, body));
        QVERIFY(!request);
        QCOMPARE(request.error().message(), words);
    }

    void asksForEmbeddings()
    {
        EmbeddingRequest request = embedding({"a"});
        request.dimensions = 64;
        request.purpose = "search_document";
        request.title = "t";
        Losses losses;
        auto outward = kEmbeddings.encodeRequest(request, Quirks(), losses);
        QCOMPARE(outward->path, QByteArray("/models/emb:embedContent"));
        QCOMPARE(
            outward->body, js("{'model':'models/emb','content':{'parts':[{'text':'a'}]},'taskType':"
                              "'RETRIEVAL_DOCUMENT','title':'t','outputDimensionality':64}"));
        QVERIFY(losses.isEmpty());
        request = embedding({"a", "ü"});
        request.purpose = "image";
        request.user = "u";
        request.truncate = false;
        request.extras = {{"input_mode", "1"}};
        outward = kEmbeddings.encodeRequest(request, Quirks(), losses);
        QCOMPARE(outward->path, QByteArray("/models/emb:batchEmbedContents"));
        QCOMPARE(
            outward->body, js("{'requests':[{'model':'models/emb','content':{'parts':[{'text':'a'}]}},"
                              "{'model':'models/emb','content':{'parts':[{'text':'ü'}]}}]}"));
        QCOMPARE(
            lossesOf(losses),
            QByteArray("dropped=input_type dropped=user dropped=truncate dropped=input_mode"));
        request = embedding({});
        request.tokenLists = {"[1,2]"};
        QVERIFY(!kEmbeddings.encodeRequest(request, Quirks(), losses));
    }

    void writesVectors()
    {
        EmbeddingAnswer answer;
        answer.vectors.push_back({"[0.10,-1e-3]", {}});
        EmbeddingRequest request = embedding({"a"});
        request.single = true;
        QCOMPARE(
            kEmbeddings.encodeAnswer(answer, request, AnswerContext()),
            js("{'embedding':{'values':[0.10,-1e-3]}}"));
        answer.usage.set(TokenKind::Input, 7);
        request.single = false;
        QCOMPARE(
            kEmbeddings.encodeAnswer(answer, request, AnswerContext()),
            js("{'embeddings':[{'values':[0.10,-1e-3]}],'usageMetadata':{'promptTokenCount':7,"
               "'totalTokenCount':7}}"));
    }

    void passesEmbeddingsThrough()
    {
        const QByteArray one = js("{ 'content':{'parts':[{'text':'a'}]},'x':1.0 }");
        auto passed = kEmbeddings.passThrough(call("embedContent", one), "up/y", Quirks());
        QCOMPARE(passed->body, one);
        QCOMPARE(passed->path, QByteArray("/models/up%2Fy:embedContent"));
        const QByteArray batch = js("{'requests':[{'model':'models/x'} , {'model': 'models/x' }]}");
        passed = kEmbeddings.passThrough(call("batchEmbedContents", batch), "up", Quirks());
        QCOMPARE(passed->body, QByteArray(batch).replace("models/x", "models/up"));
        QCOMPARE(passed->path, QByteArray("/models/up:batchEmbedContents"));
    }

    void readsRecordedEmbeddings()
    {
        int read = 0;
        for (const Recording &recording : recordingsOf("gemini-embed", {".response.json"})) {
            if (recording.status != 200)
                continue;
            const QByteArray body = fileBytes(recording.path);
            const QByteArray asked = fileBytes(requestOf(recording));
            const auto answer = kEmbeddings.decodeAnswer(body, Quirks());
            QVERIFY2(answer.has_value(), recording.name.constData());
            const bool batch = objectOf(asked).contains(QStringLiteral("requests"));
            auto request
                = kEmbeddings.decodeRequest(call(batch ? "batchEmbedContents" : "embedContent", asked));
            QVERIFY2(request.has_value(), recording.name.constData());
            QCOMPARE(answer->vectors.size(), request->texts.size());
            QJsonObject expected = objectOf(body);
            expected.remove(QStringLiteral("usageMetadata"));
            QJsonObject written = objectOf(kEmbeddings.encodeAnswer(*answer, *request, AnswerContext()));
            written.remove(QStringLiteral("usageMetadata"));
            for (auto it = written.begin(); it != written.end(); ++it)
                QVERIFY2(it.value() == expected[it.key()], recording.name.constData());
            ++read;
        }
        if (QFile::exists(recordings() + QStringLiteral("/INDEX.tsv")))
            QVERIFY(read >= 5);
    }

    void refusesOtherAnswers_data()
    {
        QTest::addColumn<QByteArray>("body");
        QTest::addColumn<FailureClass>("failureClass");
        QTest::newRow("no JSON") << QByteArray("<html>") << FailureClass::Protocol;
        QTest::newRow("something else") << js("{'data':[]}") << FailureClass::Protocol;
        QTest::newRow("no values") << js("{'embeddings':[{'values':[1]},{}]}") << FailureClass::Protocol;
        QTest::newRow("error") << js("{'error':{'code':503,'message':'busy','status':'UNAVAILABLE'}}")
                               << FailureClass::Overloaded;
    }
    void refusesOtherAnswers()
    {
        QFETCH(QByteArray, body);
        QFETCH(FailureClass, failureClass);
        const auto answer = kEmbeddings.decodeAnswer(body, Quirks());
        QVERIFY(!answer.has_value());
        QVERIFY(answer.error().failureClass == failureClass);
    }
};

QTEST_GUILESS_MAIN(GeminiServicesTest)
#include "GeminiServicesTest.moc"
