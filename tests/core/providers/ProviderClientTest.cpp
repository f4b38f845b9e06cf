// SPDX-License-Identifier: GPL-3.0-or-later
#include "providers/ProviderClient.h"

#include "providers/AwsSigV4.h"
#include "providers/DemoScript.h"
#include "support/Await.h"
#include "support/FakeTransport.h"
#include "support/ManualClock.h"

#include <QSslCertificate>
#include <QTest>

using namespace fairlead;
using namespace fairlead::providers;
using chat::FailureClass;
using test::FakeAnswer;

namespace {

constexpr char kCanary[] = "sk-canary-0123456789-never-to-be-seen";

std::shared_ptr<ProviderSpec> lab()
{
    auto spec = std::make_shared<ProviderSpec>();
    spec->id = "lab";
    spec->name = QStringLiteral("Lab");
    spec->wire = "openai-chat";
    spec->baseUrl = QUrl(QStringLiteral("http://lab.test/v1/"));
    return spec;
}

std::shared_ptr<ProviderSpec> bedrock()
{
    auto spec = lab();
    spec->wire = "bedrock";
    spec->baseUrl = QUrl(QStringLiteral("https://bedrock.test:8443"));
    spec->auth = *Authentication::byName("aws-sigv4");
    spec->auth.region = "eu-central-1";
    return spec;
}

constexpr char kConverse[]
    = "{\"output\":{\"message\":{\"role\":\"assistant\",\"content\":[{\"text\":\"hi\"}]}},"
      "\"stopReason\":\"end_turn\"}";

constexpr char kGoogleUser[]
    = "{\"type\":\"authorized_user\",\"client_id\":\"c\",\"client_secret\":\"canary\","
      "\"refresh_token\":\"canary\"}";

ProviderRequest request(std::shared_ptr<const ProviderSpec> spec, bool stream)
{
    ProviderRequest made;
    made.spec = std::move(spec);
    made.key = Secret(QByteArray(kCanary));
    made.call.path = "/chat/completions";
    made.call.body = "{}";
    made.stream = stream;
    return made;
}

Task<std::vector<ChatEvent>> drain(std::unique_ptr<ProviderAnswer> answer)
{
    std::vector<ChatEvent> events;
    for (bool last = false; !last;) {
        Piece piece = co_await answer->next();
        last = piece.last;
        for (ChatEvent &event : piece.events)
            events.push_back(std::move(event));
    }
    co_return events;
}

constexpr char kWhole[]
    = R"({"id":"a","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,
"message":{"role":"assistant","content":"hello"},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":1,
"total_tokens":4}})";

constexpr char kFirstChunk[]
    = "data: {\"id\":\"a\",\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"he\"}}]}\n\n";
constexpr char kLastChunk[] = "data: "
                              "{\"id\":\"a\",\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{"
                              "\"content\":\"llo\"},\"finish_reason\":\"stop\"}]}\n\n";

constexpr char kDone[] = "data: [DONE]\n\n";

} // namespace

class ProviderClientTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void trustsTheAuthoritiesOfAFile()
    {
        test::ManualClock clock;
        test::FakeTransport transport(clock);
        transport.expect(FakeAnswer::json(kWhole));
        transport.expect(FakeAnswer::json(kWhole));
        ProviderClient client(transport, clock);
        auto spec = lab();
        const auto tls = trusting(QStringLiteral(FAIRLEAD_TEST_DATA "/providers/authority.pem"));
        QVERIFY2(tls, tls ? "" : tls.error().message().constData());
        QCOMPARE(
            (*tls)->caCertificates().last().subjectDisplayName(), QStringLiteral("fairlead test authority"));
        spec->tls = *tls;
        QVERIFY(test::await(client.open(request(spec, false))).has_value());
        QVERIFY(test::await(client.open(request(lab(), false))).has_value());
        QVERIFY(transport.requests().at(0).tls == *tls);
        QVERIFY(!transport.requests().at(1).tls);
    }

    void joinsBaseAndPath_data()
    {
        QTest::addColumn<QString>("base");
        QTest::addColumn<QByteArray>("path");
        QTest::addColumn<QString>("url");
        const auto row = [](const char *base, const char *path, const char *url) {
            QTest::newRow(base) << QString::fromLatin1(base) << QByteArray(path) << QString::fromLatin1(url);
        };
        row("http://a.test/v1/", "/chat/completions", "http://a.test/v1/chat/completions");
        row("http://a.test", "/v2/chat", "http://a.test/v2/chat");
        row("http://a.test/v2", "/v2/chat", "http://a.test/v2/chat");
        row("http://b.test/v2/", "/v1/models?page_size=9", "http://b.test/v1/models?page_size=9");
        row("http://a.test/x/v1beta", "/v1/messages", "http://a.test/x/v1/messages");
        row("http://a.test/v1", "/models", "http://a.test/v1/models");
        row("http://a.test/venue", "/v1/messages", "http://a.test/venue/v1/messages");
    }
    void joinsBaseAndPath()
    {
        QFETCH(QString, base);
        QFETCH(QByteArray, path);
        QFETCH(QString, url);
        test::ManualClock clock;
        test::FakeTransport transport(clock);
        transport.expect(FakeAnswer::json(kWhole));
        ProviderClient client(transport, clock);
        auto spec = lab();
        spec->baseUrl = QUrl(base);
        ProviderRequest made = request(spec, false);
        made.call.path = path;
        QVERIFY(test::await(client.open(std::move(made))).has_value());
        QCOMPARE(transport.requests().at(0).url, QUrl(url));
    }

    void saysWhatIsWrongWithAnAuthorityFile()
    {
        const auto missing = trusting(QStringLiteral("/nowhere/authority.pem"));
        QVERIFY(!missing);
        QVERIFY(missing.error().message().contains("/nowhere/authority.pem"));
        const auto empty = trusting(QStringLiteral(FAIRLEAD_TEST_DATA "/providers/every-member.json"));
        QVERIFY(!empty);
        QVERIFY(empty.error().message().contains("no certificate"));
    }

    void signsForAws()
    {
        test::ManualClock clock;
        test::FakeTransport transport(clock);
        transport.expect(FakeAnswer::json(kConverse));
        ProviderClient client(transport, clock);
        auto spec = bedrock();
        ProviderRequest asked = request(spec, false);
        asked.key = Secret(QByteArray("AKIDEXAMPLE:canary/secret:canary+token"));
        asked.call.path = "/model/m%3A0/converse";
        asked.call.headers.add("content-type", "application/json");
        QVERIFY(test::await(client.open(std::move(asked))).has_value());

        const auto &sent = transport.requests().at(0);
        AwsRequest parts;
        parts.method = "POST";
        parts.path = "/model/m%3A0/converse";
        parts.headers = {{"host", "bedrock.test:8443"}, {"content-type", "application/json"}};
        parts.body = "{}";
        const auto credentials
            = AwsCredentials::parse(Secret(QByteArray("AKIDEXAMPLE:canary/secret:canary+token")));
        const AwsSigV4 expected(*credentials, "eu-central-1", "bedrock");
        for (const auto &[name, value] : expected.sign(parts, clock.wall()))
            QVERIFY2(value.equals(sent.secretHeaders.value(name)), name.constData());
        QVERIFY(sent.secretHeaders.value("authorization").contains("/eu-central-1/bedrock/aws4_request"));
        for (const auto &[name, value] : sent.headers)
            QVERIFY2(!value.contains("canary"), name.constData());
        QVERIFY(!sent.secretHeaders.value("authorization").contains("canary"));
        QVERIFY(!sent.url.toEncoded().contains("canary"));
    }

    void sendsBedrockKeysAsTheyAre_data()
    {
        QTest::addColumn<QByteArray>("key");
        QTest::newRow("lasting") << QByteArray("ABSKQmVkcm9ja0Nhbm");
        QTest::newRow("for hours") << QByteArray("bedrock-api-key-YmVkcm9jaw==");
    }
    void sendsBedrockKeysAsTheyAre()
    {
        QFETCH(QByteArray, key);
        test::ManualClock clock;
        test::FakeTransport transport(clock);
        transport.expect(FakeAnswer::json(kConverse));
        ProviderClient client(transport, clock);
        ProviderRequest asked = request(bedrock(), false);
        asked.key = Secret(QByteArray(key));
        QVERIFY(test::await(client.open(std::move(asked))).has_value());
        QCOMPARE(transport.requests().at(0).secretHeaders.value("authorization"), "Bearer " + key);
    }

    void sendsNothingWithABadAwsKey()
    {
        test::ManualClock clock;
        test::FakeTransport transport(clock);
        ProviderClient client(transport, clock);
        const auto answer = test::await(client.open(request(bedrock(), false)));
        QVERIFY(!answer);
        QCOMPARE(answer.error().failureClass, FailureClass::Credential);
        QVERIFY(answer.error().message.contains("ACCESS_KEY_ID:SECRET_ACCESS_KEY"));
        QVERIFY(!answer.error().message.contains("canary"));
        QVERIFY(transport.requests().empty());
        const auto models = test::await(client.listModels(bedrock(), Secret(QByteArray(kCanary)), {}));
        QCOMPARE(models.error().failureClass, FailureClass::Credential);
    }

    void exchangesGoogleKeysForTokens()
    {
        test::ManualClock clock;
        test::FakeTransport transport(clock);
        transport.expect("oauth2", FakeAnswer::json("{\"access_token\":\"ya29.x\",\"expires_in\":3600}"));
        transport.expect("lab.test", FakeAnswer::json(kWhole));
        transport.expect("lab.test", FakeAnswer::json(kWhole));
        ProviderClient client(transport, clock);
        auto spec = lab();
        spec->auth = *Authentication::byName("google-service-account");
        for (int i = 0; i < 2; ++i) {
            ProviderRequest asked = request(spec, false);
            asked.key = Secret(QByteArray(kGoogleUser));
            QVERIFY(test::await(client.open(std::move(asked))).has_value());
        }
        QCOMPARE(transport.requests().size(), std::size_t(3));
        for (const std::size_t i : {1U, 2U}) {
            const auto &sent = transport.requests().at(i);
            QCOMPARE(sent.secretHeaders.value("authorization"), QByteArray("Bearer ya29.x"));
            QVERIFY(!sent.body.contains("canary"));
        }
        // A token somebody fetched himself goes as it is.
        transport.expect("lab.test", FakeAnswer::json(kWhole));
        ProviderRequest asked = request(spec, false);
        asked.key = Secret(QByteArray("ya29.own"));
        QVERIFY(test::await(client.open(std::move(asked))).has_value());
        QCOMPARE(
            transport.requests().back().secretHeaders.value("authorization"), QByteArray("Bearer ya29.own"));
    }

    void tellsWhyThereIsNoToken()
    {
        test::ManualClock clock;
        test::FakeTransport transport(clock);
        transport.expect(FakeAnswer::failure(net::TransportErrorKind::NotResolved, "no such host"));
        ProviderClient client(transport, clock);
        auto spec = lab();
        spec->auth = *Authentication::byName("google-service-account");
        ProviderRequest asked = request(spec, false);
        asked.key = Secret(QByteArray(kGoogleUser));
        const auto answer = test::await(client.open(std::move(asked)));
        QVERIFY(!answer);
        QCOMPARE(answer.error().failureClass, FailureClass::Connection);
        QVERIFY(answer.error().message.contains("Google's token service"));
    }

    void asksOtherPathsWhereTheFileSaysSo()
    {
        test::ManualClock clock;
        test::FakeTransport transport(clock);
        transport.expect(FakeAnswer::json(kWhole));
        transport.expect(FakeAnswer::json("{\"data\":[{\"id\":\"m\"}]}"));
        ProviderClient client(transport, clock);
        auto spec = lab();
        PathRule rule;
        rule.from = "/chat/completions";
        rule.to = "/deployments/{model}/chat/completions?api-version=1";
        spec->paths.push_back(rule);
        spec->modelsUrl = "https://models.test/list?api-version=1";
        ProviderRequest asked = request(spec, false);
        asked.model = "my model";
        QVERIFY(test::await(client.open(std::move(asked))).has_value());
        QCOMPARE(
            transport.requests().at(0).url.toEncoded(),
            QByteArray("http://lab.test/v1/deployments/my%20model/chat/completions?api-version=1"));
        QVERIFY(test::await(client.listModels(spec, Secret(QByteArray(kCanary)), {})).has_value());
        QCOMPARE(
            transport.requests().at(1).url.toEncoded(), QByteArray("https://models.test/list?api-version=1"));
    }

    void theKeyGoesIntoItsHeaderAndNowhereElse_data()
    {
        QTest::addColumn<QByteArray>("auth");
        QTest::addColumn<QByteArray>("header");
        QTest::addColumn<QByteArray>("value");
        QTest::newRow("bearer") << QByteArray("bearer") << QByteArray("authorization")
                                << QByteArray("Bearer ") + kCanary;
        QTest::newRow("anthropic") << QByteArray("x-api-key") << QByteArray("x-api-key")
                                   << QByteArray(kCanary);
        QTest::newRow("none") << QByteArray("none") << QByteArray() << QByteArray();
    }
    void theKeyGoesIntoItsHeaderAndNowhereElse()
    {
        QFETCH(QByteArray, auth);
        QFETCH(QByteArray, header);
        QFETCH(QByteArray, value);
        test::ManualClock clock;
        test::FakeTransport transport(clock);
        transport.expect(FakeAnswer::json(kWhole));
        ProviderClient client(transport, clock);
        auto spec = lab();
        spec->auth = *Authentication::byName(auth);
        const auto answer = test::await(client.open(request(spec, false)));
        QVERIFY(answer.has_value());
        const auto &sent = transport.requests().front();
        QCOMPARE(sent.url, QUrl(QStringLiteral("http://lab.test/v1/chat/completions")));
        QVERIFY(!sent.url.toString().contains(QLatin1String(kCanary)));
        if (header.isEmpty())
            QVERIFY(sent.secretHeaders.isEmpty());
        else
            QCOMPARE(sent.secretHeaders.value(header), value);
        for (const auto &[name, text] : sent.headers)
            QVERIFY2(!text.contains(kCanary), name.constData());
    }

    void percentEncodingInPathsStays()
    {
        test::ManualClock clock;
        test::FakeTransport transport(clock);
        transport.expect(FakeAnswer::json(kWhole));
        ProviderClient client(transport, clock);
        ProviderRequest made = request(lab(), false);
        made.call.path = "/models/org%2Fdeep:generate?alt=sse";
        (void)test::await(client.open(std::move(made)));
        QCOMPARE(
            transport.requests().front().url.toEncoded(),
            QByteArray("http://lab.test/v1/models/org%2Fdeep:generate?alt=sse"));
    }

    void streamsAndWholeAnswersAreTheSameEvents()
    {
        for (const bool stream : {false, true}) {
            test::ManualClock clock;
            test::FakeTransport transport(clock);
            transport.expect(
                stream ? FakeAnswer::stream({kFirstChunk, kLastChunk, "data: [DONE]\n\n"})
                       : FakeAnswer::json(kWhole));
            ProviderClient client(transport, clock);
            auto answer = test::await(client.open(request(lab(), stream)));
            QVERIFY(answer.has_value());
            chat::Accumulator sum;
            for (const ChatEvent &event : test::await(drain(std::move(*answer))))
                sum.add(event);
            QCOMPARE(sum.answer().choice()->text, QByteArray("hello"));
            QVERIFY(!sum.answer().failure);
        }
    }

    void anAnswerAndItsConnectionEndInOnePiece()
    {
        test::ManualClock clock;
        test::FakeTransport transport(clock);
        transport.expect(FakeAnswer::stream({kFirstChunk, QByteArray(kLastChunk) + kDone}));
        ProviderClient client(transport, clock);
        auto answer = test::await(client.open(request(lab(), true)));
        QVERIFY(answer.has_value());
        const Piece first = test::await((*answer)->next());
        QVERIFY(!first.over && !first.last);
        const Piece second = test::await((*answer)->next());
        QVERIFY(second.over && second.last);
        QVERIFY(second.bytes.endsWith(kDone));
    }

    void hangingUpAfterTheAnswersEndBreaksNothing()
    {
        test::ManualClock clock;
        test::FakeTransport transport(clock);
        auto script = FakeAnswer::stream({QByteArray(kFirstChunk) + kLastChunk + kDone});
        transport.expect(script.hang());
        ProviderClient client(transport, clock);
        const CancelSource cancel;
        ProviderRequest made = request(lab(), true);
        made.cancel = cancel.token();
        auto answer = test::await(client.open(std::move(made)));
        QVERIFY(answer.has_value());
        const Piece all = test::await((*answer)->next());
        QVERIFY(all.over && !all.last);
        cancel.cancel(CancelReason::ClientGone);
        const Piece end = test::await((*answer)->next());
        QVERIFY(end.last);
        for (const ChatEvent &event : end.events)
            QVERIFY(!std::holds_alternative<chat::Failed>(event));
    }

    void aJsonAnswerToAStreamIsTakenWhole()
    {
        test::ManualClock clock;
        test::FakeTransport transport(clock);
        transport.expect(FakeAnswer::json(kWhole));
        ProviderClient client(transport, clock);
        auto answer = test::await(client.open(request(lab(), true)));
        QVERIFY(answer.has_value());
        chat::Accumulator sum;
        for (const ChatEvent &event : test::await(drain(std::move(*answer))))
            sum.add(event);
        QCOMPARE(sum.answer().choice()->text, QByteArray("hello"));
    }

    void failuresAreClassed_data()
    {
        QTest::addColumn<int>("status");
        QTest::addColumn<QByteArray>("type");
        QTest::addColumn<QByteArray>("body");
        QTest::addColumn<QByteArray>("expected");
        QTest::newRow("401") << 401 << QByteArray("application/json")
                             << QByteArray(R"({"error":{"message":"bad key","code":"invalid_api_key"}})")
                             << QByteArray("credential");
        QTest::newRow("html with 200") << 200 << QByteArray("text/html; charset=utf-8")
                                       << QByteArray("<html>") << QByteArray("protocol");
        QTest::newRow("html with 502")
            << 502 << QByteArray("text/html") << QByteArray("<html>") << QByteArray("transient");
        QTest::newRow("empty 503") << 503 << QByteArray() << QByteArray() << QByteArray("overloaded");
        QTest::newRow("error with 200")
            << 200 << QByteArray("application/json")
            << QByteArray(R"({"error":{"message":"busy","code":503}})") << QByteArray();
        QTest::newRow("garbage with 200")
            << 200 << QByteArray("application/json") << QByteArray("%!") << QByteArray("protocol");
    }
    void failuresAreClassed()
    {
        QFETCH(int, status);
        QFETCH(QByteArray, type);
        QFETCH(QByteArray, body);
        QFETCH(QByteArray, expected);
        test::ManualClock clock;
        test::FakeTransport transport(clock);
        FakeAnswer answer(status);
        if (!type.isEmpty())
            answer.header("content-type", type);
        if (!body.isEmpty())
            answer.chunk(body);
        transport.expect(answer);
        ProviderClient client(transport, clock);
        const auto opened = test::await(client.open(request(lab(), false)));
        QVERIFY(!opened.has_value());
        if (!expected.isEmpty())
            QCOMPARE(chat::failureClassName(opened.error().failureClass), expected);
        QVERIFY(!opened.error().message.isEmpty());
        QVERIFY(!opened.error().message.contains(kCanary));
    }

    void aCutStreamEndsAsFailed_data()
    {
        QTest::addColumn<bool>("clean");
        QTest::newRow("closed without its last event") << true;
        QTest::newRow("broken off") << false;
    }
    void aCutStreamEndsAsFailed()
    {
        QFETCH(bool, clean);
        test::ManualClock clock;
        test::FakeTransport transport(clock);
        FakeAnswer answer(200);
        answer.header("content-type", "text/event-stream").chunk(kFirstChunk);
        if (!clean)
            answer.cut();
        transport.expect(answer);
        ProviderClient client(transport, clock);
        auto opened = test::await(client.open(request(lab(), true)));
        QVERIFY(opened.has_value());
        const auto events = test::await(drain(std::move(*opened)));
        const auto *failed = std::get_if<chat::Failed>(&events.back());
        QVERIFY(failed);
        QVERIFY(failed->failure.failureClass == FailureClass::Protocol);
    }

    void linesOfObjectsAreAStream()
    {
        test::ManualClock clock;
        test::FakeTransport transport(clock);
        FakeAnswer answer(200);
        answer.header("content-type", "application/x-ndjson; charset=utf-8")
            .chunk("{\"message\":{\"content\":\"a\"},\"done\":false}\n")
            .chunk("{\"message\":{\"content\":\"b\"},\"done\":true}\n");
        transport.expect(answer);
        ProviderClient client(transport, clock);
        auto spec = lab();
        spec->wire = "ollama";
        auto opened = test::await(client.open(request(spec, true)));
        QVERIFY(opened.has_value());
        const Piece first = test::await((*opened)->next());
        QVERIFY(!first.last);
        QCOMPARE(std::get<chat::TextDelta>(first.events.back()).text, QByteArray("a"));
        const auto rest = test::await(drain(std::move(*opened)));
        QVERIFY(std::holds_alternative<chat::Finished>(rest.back()));
    }

    void aConnectionLostAfterTheLastEventIsNoFailure()
    {
        test::ManualClock clock;
        test::FakeTransport transport(clock);
        FakeAnswer answer(200);
        answer.header("content-type", "text/event-stream")
            .chunk(kFirstChunk)
            .chunk(kLastChunk)
            .chunk("data: [DONE]\n\n")
            .cut();
        transport.expect(answer);
        ProviderClient client(transport, clock);
        auto opened = test::await(client.open(request(lab(), true)));
        for (const ChatEvent &event : test::await(drain(std::move(*opened))))
            QVERIFY(!std::holds_alternative<chat::Failed>(event));
    }

    void everyDemoModelSpeaksTheDialect_data()
    {
        QTest::addColumn<QByteArray>("model");
        for (const DemoModel &model : demoModels())
            QTest::newRow(model.name.constData()) << model.name;
    }
    void everyDemoModelSpeaksTheDialect()
    {
        QFETCH(QByteArray, model);
        const auto asked = json::Document::parse(
            R"({"model":"x","stream":true,"stream_options":{"include_usage":true},"messages":[{"role":"user","content":"Why?"}],
            "tools":[{"type":"function","function":{"name":"look","parameters":{"properties":{"city":{"type":"string"}}}}}]})");
        const DemoScript script(*findDemoModel(model), asked->root());
        const wire::Wire *wire = wire::findWire("openai-chat");
        auto decoder = wire->upstream->makeStreamDecoder({}, wire::DecodeMode::Full);
        std::vector<ChatEvent> events;
        for (const QByteArray &chunk : script.chunks())
            decoder->feed(chunk, events);
        decoder->finish(events);
        chat::Accumulator streamed;
        for (const ChatEvent &event : events)
            streamed.add(event);
        chat::Accumulator whole;
        for (const ChatEvent &event : wire->upstream->decodeAnswer(script.wholeAnswer(), {}))
            whole.add(event);
        QVERIFY(!streamed.answer().failure && !whole.answer().failure);
        QCOMPARE(streamed.answer().choice()->text, whole.answer().choice()->text);
        QCOMPARE(streamed.answer().choice()->toolCalls.size(), whole.answer().choice()->toolCalls.size());
        QVERIFY(streamed.answer().usage == whole.answer().usage);
        QVERIFY(
            model == "tools" ? !whole.answer().choice()->toolCalls.empty()
                             : whole.answer().choice()->text.contains("Why?"));
    }
};

QTEST_GUILESS_MAIN(ProviderClientTest)
#include "ProviderClientTest.moc"
