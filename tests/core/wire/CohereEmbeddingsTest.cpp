// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/cohere/CohereEmbeddings.h"
#include "core/wire/UpstreamCases.h"

using namespace fairlead;
using namespace fairlead::chat;
using namespace fairlead::test;
using wire::Quirks;

namespace {

const wire::CohereEmbeddings kCodec;

wire::InboundCall callOf(const QByteArray &body)
{
    auto call = wire::InboundCall::parse("/v2/embed", {}, Headers(), body);
    Q_ASSERT(call);
    return std::move(*call);
}

} // namespace

class CohereEmbeddingsTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void readsAnswers_data()
    {
        QTest::addColumn<QString>("path");
        QTest::newRow("own") << QStringLiteral(FAIRLEAD_TEST_DATA "/cohere_embed/embeddings.response.json");
        for (const Recording &recording : recordingsOf("cohere-embed", {".response.json"})) {
            if (recording.status == 200)
                QTest::newRow(recording.name.constData()) << recording.path;
        }
    }
    void readsAnswers()
    {
        QFETCH(QString, path);
        const QByteArray body = fileBytes(path);
        const QJsonObject raw = objectOf(body);
        const auto answer = kCodec.decodeAnswer(body, Quirks());
        QVERIFY2(answer, answer ? "" : answer.error().message.constData());
        QCOMPARE(answer->id, raw[QStringLiteral("id")].toString().toUtf8());
        const QJsonArray vectors = raw[QStringLiteral("embeddings")][QStringLiteral("float")].toArray();
        QCOMPARE(qsizetype(answer->vectors.size()), vectors.size());
        QCOMPARE(QJsonDocument::fromJson(answer->vectors.front().numbers).array(), vectors.first().toArray());
        QCOMPARE(
            answer->usage.totalInput(),
            raw[QStringLiteral("meta")][QStringLiteral("billed_units")][QStringLiteral("input_tokens")]
                .toInteger());
        // Written again it is the same, numbers to the letter.
        EmbeddingRequest request;
        const QByteArray written = kCodec.encodeAnswer(*answer, request, {});
        const auto again = kCodec.decodeAnswer(written, Quirks());
        QVERIFY(again);
        QCOMPARE(again->vectors.front().numbers, answer->vectors.front().numbers);
        QCOMPARE(again->usage.totalInput(), answer->usage.totalInput());
    }

    void readsRequests()
    {
        const auto request
            = kCodec.decodeRequest(callOf(js("{'model':'embed-v4.0','texts':['a','b'],'input_type':'search_"
                                             "query','embedding_types':['base64'],"
                                             "'output_dimension':256,'truncate':'NONE','priority':3}")));
        QVERIFY(request);
        QCOMPARE(request->texts, (std::vector<QByteArray>{"a", "b"}));
        QCOMPARE(request->purpose, QByteArray("search_query"));
        QVERIFY(request->base64 && !*request->truncate);
        QCOMPARE(request->dimensions, std::optional<std::int64_t>(256));
        wire::Losses losses;
        const auto call = kCodec.encodeRequest(*request, Quirks(), losses);
        QCOMPARE(call->path, QByteArray("/v2/embed"));
        QCOMPARE(
            call->body,
            js("{'model':'embed-v4.0','texts':['a','b'],'input_type':'search_query','embedding_types':["
               "'base64'],'output_dimension':256,'truncate':'NONE','priority':3}"));
        QVERIFY(losses.isEmpty());
    }

    void readsInputsOfParts()
    {
        const auto texts = kCodec.decodeRequest(callOf(js(
            "{'model':'m','inputs':[{'content':[{'type':'text','text':'a'},{'type':'text','text':'b'}]}]}")));
        QCOMPARE(texts->texts, std::vector<QByteArray>{"ab"});
        QVERIFY(texts->extras.empty());
        const auto images
            = kCodec.decodeRequest(callOf(js("{'model':'m','images':['data:image/png;base64,AA==']}")));
        QCOMPARE(images->texts.size(), 1U);
        QCOMPARE(images->extras.front().first, QByteArray("images"));
    }

    void asksForOthers()
    {
        EmbeddingRequest request;
        request.model = "m";
        request.dialect = "openai-chat";
        request.texts = {"a"};
        request.user = "u";
        wire::Losses losses;
        QCOMPARE(
            kCodec.encodeRequest(request, Quirks(), losses)->body,
            js("{'model':'m','texts':['a'],'input_type':'search_document','embedding_types':['float']}"));
        QCOMPARE(lossesOf(losses), QByteArray("approximated=input_type dropped=user"));
        request.tokenLists = {"[1]"};
        QVERIFY(!kCodec.encodeRequest(request, Quirks(), losses));
    }

    void refuses_data()
    {
        QTest::addColumn<QByteArray>("body");
        QTest::newRow("no model") << js("{'texts':['a']}");
        QTest::newRow("no texts") << js("{'model':'m'}");
        QTest::newRow("numbers") << js("{'model':'m','texts':[1]}");
        QTest::newRow("list") << js("[]");
    }
    void refuses()
    {
        QFETCH(QByteArray, body);
        QVERIFY(!kCodec.decodeRequest(callOf(body)));
    }

    void tellsErrors()
    {
        QCOMPARE(
            kCodec.decodeAnswer(js("{'id':'a','message':'no such model'}"), Quirks()).error().message,
            QByteArray("no such model"));
        QVERIFY(!kCodec.decodeAnswer("{}", Quirks()));
        QVERIFY(!kCodec.decodeAnswer("<html>", Quirks()));
    }
};

QTEST_GUILESS_MAIN(CohereEmbeddingsTest)
#include "CohereEmbeddingsTest.moc"
