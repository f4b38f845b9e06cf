// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/openai_chat/OpenAiEmbeddings.h"

#include "core/wire/Recordings.h"
#include "core/wire/UpstreamCases.h"
#include "wire/FloatVector.h"

using namespace fairlead;
using namespace fairlead::wire;
using test::js;

namespace {

const OpenAiEmbeddings codec;

InboundCall callOf(const QByteArray &body)
{
    auto call = InboundCall::parse("/v1/embeddings", {}, {}, body);
    if (!call)
        qFatal("%s", call.error().message().constData());
    return std::move(*call);
}

chat::EmbeddingRequest decoded(const QByteArray &body)
{
    const auto request = codec.decodeRequest(callOf(body));
    if (!request)
        qFatal("%s", request.error().message().constData());
    return *request;
}

/// A body without what all of the family leave out when it is not said.
QJsonObject withoutNulls(const QByteArray &json)
{
    QJsonObject object = test::objectOf(json);
    for (const QString &name : object.keys()) {
        if (object.value(name).isNull())
            object.remove(name);
    }
    return object;
}

} // namespace

class OpenAiEmbeddingsTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void readsRecordedRequests_data() { test::addRecordings("openai-embeddings", {"request.json"}); }
    void readsRecordedRequests()
    {
        QFETCH(QString, path);
        const QByteArray body = test::fileBytes(path);
        const QJsonObject said = withoutNulls(body);
        const chat::EmbeddingRequest request = decoded(body);
        const QJsonValue input = said.value(QLatin1String("input"));
        QCOMPARE(request.single, input.isString());
        QCOMPARE(request.texts.size(), std::size_t(input.isString() ? 1 : input.toArray().size()));
        QCOMPARE(request.base64, said.value(QLatin1String("encoding_format")) == QLatin1String("base64"));
        // Passing it through changes the model and nothing else.
        const auto passed = codec.passThrough(callOf(body), "other", Quirks());
        QVERIFY(passed.has_value());
        QCOMPARE(passed->path, QByteArray("/embeddings"));
        QByteArray expected = body;
        const QByteArray model = json::Document::parse(body)->root()["model"].rawCopy();
        QCOMPARE(passed->body, expected.replace(expected.indexOf(model), model.size(), "\"other\""));
    }

    void readsRecordedAnswers_data()
    {
        test::addRows("openai_embeddings", "openai-embeddings", {"response.json"});
    }
    void readsRecordedAnswers()
    {
        QFETCH(QString, path);
        const QByteArray body = test::fileBytes(path);
        const auto answer = codec.decodeAnswer(body, Quirks());
        QVERIFY2(answer.has_value(), answer ? "" : answer.error().message.constData());
        const QJsonObject said = test::objectOf(body);
        const QJsonArray data = said.value(QLatin1String("data")).toArray();
        QCOMPARE(answer->vectors.size(), std::size_t(data.size()));
        QCOMPARE(answer->model, said.value(QLatin1String("model")).toString().toUtf8());
        const QJsonObject usage = said.value(QLatin1String("usage")).toObject();
        const auto read = test::countIn(usage.value(QLatin1String("total_tokens")));
        QCOMPARE(answer->usage.get(chat::TokenKind::Input), read);
        QCOMPARE(answer->usage.totalOutput(), std::int64_t(0));

        for (qsizetype i = 0; i < data.size(); ++i) {
            const chat::EmbeddingVector &vector = answer->vectors[std::size_t(i)];
            const auto numbers = numbersOf(vector);
            QVERIFY(numbers.has_value());
            // All of these models give vectors of length one: a misread one would not be.
            double square = 0;
            for (const QJsonValue &value : QJsonDocument::fromJson(*numbers).array())
                square += value.toDouble() * value.toDouble();
            QVERIFY2(std::abs(square - 1) < 0.02, QByteArray::number(square).constData());
        }
    }

    void writesWhatItReads()
    {
        const QByteArray body
            = js("{'model':'m','input':['a','b'],'dimensions':256,'encoding_format':'base64',"
                 "'user':'me'}");
        Losses losses;
        const auto call = codec.encodeRequest(decoded(body), Quirks(), losses);
        QVERIFY(call.has_value());
        QCOMPARE(test::objectOf(call->body), test::objectOf(body));
        QVERIFY(losses.isEmpty());
        QCOMPARE(
            codec.encodeRequest(decoded(js("{'model':'m','input':'a'}")), Quirks(), losses)->body,
            js("{'model':'m','input':'a'}"));
        QCOMPARE(
            codec.encodeRequest(decoded(js("{'model':'m','input':[1,2]}")), Quirks(), losses)->body,
            js("{'model':'m','input':[1,2]}"));
        QCOMPARE(
            codec.encodeRequest(decoded(js("{'model':'m','input':[[1,2],[3]]}")), Quirks(), losses)->body,
            js("{'model':'m','input':[[1,2],[3]]}"));
    }

    void reportsWhatOthersHave()
    {
        chat::EmbeddingRequest request;
        request.model = "m";
        request.dialect = "gemini";
        request.texts = {"a"};
        request.purpose = "search_query";
        request.title = "On ropes";
        request.truncate = true;
        request.extras.emplace_back("images", "[]");
        Losses losses;
        QVERIFY(codec.encodeRequest(request, Quirks(), losses).has_value());
        QCOMPARE(
            test::lossesOf(losses),
            QByteArray("dropped=taskType dropped=title dropped=truncate dropped=images"));
    }

    void answersInEitherForm()
    {
        chat::EmbeddingAnswer answer;
        chat::EmbeddingVector vector;
        vector.numbers = "[1.50,-2]";
        vector.base64 = "AADAPwAAAMA=";
        answer.vectors = {vector};
        answer.usage.set(chat::TokenKind::Input, 3);
        AnswerContext context;
        context.model = "shown";
        chat::EmbeddingRequest request;
        QCOMPARE(
            codec.encodeAnswer(answer, request, context),
            js("{'object':'list','data':[{'object':'embedding','index':0,'embedding':[1.50,-2]}],'model':"
               "'shown','usage':{'prompt_tokens':3,'total_tokens':3}}"));
        request.base64 = true;
        QVERIFY(codec.encodeAnswer(answer, request, context).contains(js("'embedding':'AADAPwAAAMA='")));
    }

    void putsVectorsInOrder()
    {
        const auto answer = codec.decodeAnswer(
            js("{'data':[{'index':1,'embedding':[2]},{'index':0,'embedding':[1]}]}"), Quirks());
        QVERIFY(answer.has_value());
        QCOMPARE(answer->vectors[0].numbers, QByteArray("[1]"));
        QCOMPARE(answer->vectors[1].numbers, QByteArray("[2]"));
        QVERIFY(answer->usage.isEmpty());
    }

    void takesAnErrorFor200AsAnError()
    {
        const auto answer
            = codec.decodeAnswer(js("{'error':{'message':'No credits left','code':402}}"), Quirks());
        QVERIFY(!answer.has_value());
        QCOMPARE(answer.error().message, QByteArray("No credits left"));
        for (const char *body : {"", "<html>", "[]", "{}", "{'data':{}}", "{'data':[{}]}", "{'data':[7]}"}) {
            const auto broken = codec.decodeAnswer(js(body), Quirks());
            QVERIFY2(!broken.has_value(), body);
            QVERIFY(broken.error().failureClass == chat::FailureClass::Protocol);
        }
    }

    void refusesRequestsThatAreNone_data()
    {
        QTest::addColumn<QByteArray>("body");
        QTest::addColumn<QByteArray>("field");
        QTest::newRow("list") << QByteArray("[]") << QByteArray("object");
        QTest::newRow("no model") << js("{'input':'a'}") << QByteArray("model");
        QTest::newRow("model is a number") << js("{'model':1,'input':'a'}") << QByteArray("model");
        QTest::newRow("no input") << js("{'model':'m'}") << QByteArray("input");
        QTest::newRow("empty list") << js("{'model':'m','input':[]}") << QByteArray("input");
        QTest::newRow("object") << js("{'model':'m','input':{}}") << QByteArray("input");
        QTest::newRow("null in it") << js("{'model':'m','input':['a',null]}") << QByteArray("input[1]");
        QTest::newRow("fractions") << js("{'model':'m','input':[[1.5]]}") << QByteArray("input[0]");
        QTest::newRow("dimensions") << js("{'model':'m','input':'a','dimensions':'x'}")
                                    << QByteArray("dimensions");
    }
    void refusesRequestsThatAreNone()
    {
        QFETCH(QByteArray, body);
        QFETCH(QByteArray, field);
        const auto request = codec.decodeRequest(callOf(body));
        QVERIFY(!request.has_value());
        QVERIFY2(request.error().message().contains(field), request.error().message().constData());
    }
};

QTEST_GUILESS_MAIN(OpenAiEmbeddingsTest)
#include "OpenAiEmbeddingsTest.moc"
