// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/json/RandomJson.h"
#include "core/matrix/Readers.h"
#include "core/matrix/Scenario.h"
#include "wire/Codec.h"

#include <QTest>

#include <algorithm>

using namespace fairlead;
using namespace fairlead::test::matrix;
using fairlead::test::FakeTransport;
using json::test::RandomJson;

/// Schemas and arguments keep the order of their keys, the text of their numbers and every escape, from every
/// dialect to every other: a model reads keys in order, and 1.0 is not 1 to every tool.
class JsonTextTest : public QObject
{
    Q_OBJECT

    static constexpr int kRounds = 12;

    static const Scenario &scenario(const char *name)
    {
        const auto &all = scenarios();
        return *std::find_if(all.begin(), all.end(), [&](const Scenario &s) { return s.name == name; });
    }

    static QByteArray schema(RandomJson &random)
    {
        return "{\"type\": \"object\"," + random.space() + "\"properties\":" + random.object(3)
               + ", \"maximum\":" + random.number() + ",\"default\" :" + random.value(2) + '}';
    }

    /// What the provider gets of that body.
    static Result<chat::ChatRequest>
    carried(const QByteArray &inbound, const QByteArray &upstream, http::Request request)
    {
        const auto call = wire::InboundCall::parse(request.path, request.query, {}, std::move(request.body));
        if (!call)
            return fail(call.error());
        auto asked = wire::findWire(inbound)->inbound->decodeRequest(*call);
        if (!asked)
            return asked;
        asked->model = Dialect::of(upstream).model();
        wire::Losses losses;
        const auto sent = wire::findWire(upstream)->upstream->encodeRequest(*asked, wire::Quirks(), losses);
        if (!sent)
            return fail(sent.error());
        FakeTransport::Request outward;
        outward.url = QUrl(QStringLiteral("http://there.test") + QString::fromUtf8(sent->path));
        outward.body = sent->body;
        return readRequest(upstream, outward);
    }

    static void addPairs()
    {
        QTest::addColumn<QByteArray>("inbound");
        QTest::addColumn<QByteArray>("upstream");
        for (const QByteArray &inbound : inboundDialects()) {
            if (!Dialect::of(inbound).canAsk(scenario("tools")))
                continue;
            for (const QByteArray &upstream : upstreamDialects())
                QTest::newRow((inbound + '/' + upstream).constData()) << inbound << upstream;
        }
    }

    /// A request or an answer with other arguments: JSON in some dialects, JSON in a string in others.
    static QByteArray withArguments(QByteArray body, const QByteArray &known, const QByteArray &other)
    {
        body.replace(json::quoted(known), json::quoted(other));
        return body.replace(known, other);
    }

private Q_SLOTS:
    void schemasOfTools_data() { addPairs(); }
    void schemasOfTools()
    {
        QFETCH(QByteArray, inbound);
        QFETCH(QByteArray, upstream);
        RandomJson random(7);
        for (int round = 0; round < kRounds; ++round) {
            http::Request request = Dialect::of(inbound).request(scenario("tools"), "m");
            const QByteArray wanted = schema(random);
            request.body.replace(toolSchemaOf(request.body), wanted);
            const auto got = carried(inbound, upstream, request);
            QVERIFY2(got, got ? "" : got.error().message().constData());
            QCOMPARE(got->tools.at(0).parameters, wanted);
        }
    }

    void schemasOfAnswers_data() { addPairs(); }
    void schemasOfAnswers()
    {
        QFETCH(QByteArray, inbound);
        QFETCH(QByteArray, upstream);
        RandomJson random(8);
        for (int round = 0; round < kRounds; ++round) {
            http::Request request = Dialect::of(inbound).request(scenario("structured output"), "m");
            const QByteArray wanted = schema(random);
            request.body.replace(answerSchemaOf(request.body), wanted);
            const auto got = carried(inbound, upstream, request);
            QVERIFY2(got, got ? "" : got.error().message().constData());
            QVERIFY(got->responseFormat.has_value());
            QCOMPARE(got->responseFormat->schema, wanted);
        }
    }

    void argumentsInTheHistory_data() { addPairs(); }
    void argumentsInTheHistory()
    {
        QFETCH(QByteArray, inbound);
        QFETCH(QByteArray, upstream);
        RandomJson random(9);
        for (int round = 0; round < kRounds; ++round) {
            http::Request request = Dialect::of(inbound).request(scenario("tool results"), "m");
            const QByteArray wanted = schema(random);
            request.body = withArguments(request.body, R"({"city":"Oslo"})", wanted);
            const auto got = carried(inbound, upstream, request);
            QVERIFY2(got, got ? "" : got.error().message().constData());
            QVERIFY2(callsOf(*got).contains(wanted), wanted.constData());
        }
    }

    void argumentsOfAnswers_data() { addPairs(); }
    void argumentsOfAnswers()
    {
        QFETCH(QByteArray, inbound);
        QFETCH(QByteArray, upstream);
        RandomJson random(10);
        const auto *provider = wire::findWire(upstream)->upstream;
        for (int round = 0; round < kRounds; ++round) {
            const QByteArray wanted = schema(random);
            const QByteArray body = withArguments(
                Dialect::of(upstream).answer(scenario("tools")), R"({"city":"Oslo","days":1.0})", wanted);
            chat::Accumulator accumulator;
            for (const chat::ChatEvent &event : provider->decodeAnswer(body, wire::Quirks()))
                accumulator.add(event);
            http::Response response;
            response.body
                = wire::findWire(inbound)->inbound->encodeAnswer(accumulator.answer(), wire::AnswerContext());
            const chat::ChatAnswer told = readAnswer(inbound, response, false);
            QVERIFY(told.choice() && told.choice()->toolCalls.size() == 1);
            QCOMPARE(told.choice()->toolCalls.front().arguments, wanted);
        }
    }

    /// In a stream, line breaks between tokens may become blanks: its events end with the line.
    void argumentsInStreams_data() { addPairs(); }
    void argumentsInStreams()
    {
        QFETCH(QByteArray, inbound);
        QFETCH(QByteArray, upstream);
        RandomJson random(13);
        const auto *provider = wire::findWire(upstream)->upstream;
        for (int round = 0; round < kRounds; ++round) {
            const QByteArray wanted = schema(random);
            const QByteArray body = withArguments(
                Dialect::of(upstream).answer(scenario("tools")), R"({"city":"Oslo","days":1.0})", wanted);
            const auto encoder = wire::findWire(inbound)->inbound->makeStreamEncoder(wire::AnswerContext());
            http::Response response;
            for (const chat::ChatEvent &event : provider->decodeAnswer(body, wire::Quirks()))
                response.body += encoder->encode(event);
            response.body += encoder->finish();
            const chat::ChatAnswer told = readAnswer(inbound, response, true);
            QVERIFY(told.choice() && told.choice()->toolCalls.size() == 1);
            QCOMPARE(tight(told.choice()->toolCalls.front().arguments), tight(wanted));
        }
    }

private:
    static QByteArray schemaFrom(const QByteArray &body, QByteArrayView opening)
    {
        const qsizetype from = body.indexOf(opening);
        int depth = 0;
        for (qsizetype at = from; from >= 0 && at < body.size(); ++at) {
            depth += body[at] == '{' ? 1 : body[at] == '}' ? -1 : 0;
            if (depth == 0)
                return body.mid(from, at - from + 1);
        }
        return {};
    }
    static QByteArray toolSchemaOf(const QByteArray &body)
    {
        return schemaFrom(body, R"({"type": "object", "required": ["city"])");
    }
    static QByteArray answerSchemaOf(const QByteArray &body)
    {
        return schemaFrom(body, R"({"type": "object", "properties")");
    }

    static QList<QByteArray> callsOf(const chat::ChatRequest &request)
    {
        QList<QByteArray> arguments;
        for (const chat::Message &message : request.messages) {
            for (const chat::Part &part : message.parts) {
                if (const auto *call = std::get_if<chat::ToolCallPart>(&part))
                    arguments += call->arguments;
            }
        }
        return arguments;
    }
};

QTEST_GUILESS_MAIN(JsonTextTest)
#include "JsonTextTest.moc"
