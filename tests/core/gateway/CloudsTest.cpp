// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/wire/EventStreamFrames.h"
#include "gateway/LocalGateway.h"
#include "providers/AwsSigV4.h"
#include "secrets/MemoryStore.h"
#include "support/Await.h"
#include "support/FakeUpstream.h"

#include <QDateTime>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QNetworkAccessManager>
#include <QNetworkReply>
#include <QTemporaryDir>
#include <QTest>

using namespace fairlead;
using namespace fairlead::gateway;
using test::FakeScript;
using test::FakeUpstream;

namespace {

/// JSON with single quotes: moc 6.4 loses classes behind raw strings with quotes in them.
QByteArray quoted(const QByteArray &text)
{
    QByteArray json = text;
    return json.replace('\'', '"');
}

constexpr char kAwsSecret[] = "canary/0123456789/never/to/be/seen";
constexpr char kToken[] = "fl-clouds-test-token";

/// The whole house, with a configuration, in front of a provider that is ours.
struct House {
    QTemporaryDir dir;
    std::unique_ptr<LocalGateway> gateway;
    QNetworkAccessManager client;

    explicit House(const QByteArray &providers)
    {
        qputenv("FAIRLEAD_CLOUDS_TOKEN", kToken);
        QFile file(dir.filePath(QStringLiteral("config.json")));
        if (file.open(QIODevice::WriteOnly))
            file.write(quoted(
                "{'apps':[{'name':'test','token_env':'FAIRLEAD_CLOUDS_TOKEN'}],'providers':" + providers
                + '}'));
        file.close();
        GatewayOptions options;
        options.configPath = file.fileName();
        options.dataDir = dir.filePath(QStringLiteral("data"));
        options.port = 0;
        options.secrets = std::make_unique<secrets::MemoryStore>();
        auto created = LocalGateway::create(std::move(options));
        if (!created)
            qFatal("%s", created.error().message().constData());
        gateway = std::move(*created);
        gateway->startServer();
        const bool up = test::waitUntil(
            [this] { return gateway->serverStatus().state == ServerStatus::State::Running; });
        if (!up)
            qFatal("the server does not start");
    }

    /// Status and body of a chat request.
    std::pair<int, QByteArray> chat(const QByteArray &body)
    {
        QNetworkRequest request(QUrl(gateway->serverStatus().url() + QStringLiteral("/v1/chat/completions")));
        request.setRawHeader("authorization", QByteArray("Bearer ") + kToken);
        request.setHeader(QNetworkRequest::ContentTypeHeader, QByteArray("application/json"));
        const std::unique_ptr<QNetworkReply> reply(client.post(request, quoted(body)));
        if (!test::waitUntil([&reply] { return reply->isFinished(); }))
            qFatal("no answer");
        return {reply->attribute(QNetworkRequest::HttpStatusCodeAttribute).toInt(), reply->readAll()};
    }
};

QByteArray textOf(const QByteArray &answer)
{
    const QJsonValue choice
        = QJsonDocument::fromJson(answer).object()[QStringLiteral("choices")].toArray().first();
    return choice[QStringLiteral("message")][QStringLiteral("content")].toString().toUtf8();
}

/// Whether AWS would take this request, computed from what arrived.
bool isSigned(const FakeUpstream::Request &request)
{
    providers::AwsRequest parts;
    parts.method = request.method;
    parts.path = request.target;
    parts.headers.add("host", request.headers.value("host"));
    parts.headers.add("content-type", request.headers.value("content-type"));
    parts.body = request.body;
    const QDateTime date = QDateTime::fromString(
        QString::fromLatin1(request.headers.value("x-amz-date")), QStringLiteral("yyyyMMdd'T'hhmmss'Z'"));
    const WallTime time(
        std::chrono::seconds(QDateTime(date.date(), date.time(), Qt::UTC).toSecsSinceEpoch()));
    QByteArray key = QByteArrayLiteral("AKIDEXAMPLE:");
    key += kAwsSecret;
    const auto credentials = providers::AwsCredentials::parse(Secret(std::move(key)));
    const auto expected = providers::AwsSigV4(*credentials, "eu-central-1", "bedrock").sign(parts, time);
    return expected.back().second.equals(request.headers.value("authorization"));
}

} // namespace

class CloudsTest : public QObject
{
    Q_OBJECT

    static QByteArray bedrock(const FakeUpstream &upstream)
    {
        qputenv("FAIRLEAD_CLOUDS_ID", "AKIDEXAMPLE");
        qputenv("FAIRLEAD_CLOUDS_SECRET", kAwsSecret);
        return "[{'id':'aws-bedrock','base_url':'http://127.0.0.1:" + QByteArray::number(upstream.port())
               + "','params':{'region':'eu-central-1'},'keys':[{'env':'FAIRLEAD_CLOUDS_ID:FAIRLEAD_CLOUDS_"
                 "SECRET'}]}]";
    }

private Q_SLOTS:
    void bedrockGetsSignedRequests()
    {
        FakeUpstream upstream;
        upstream.expect(FakeScript::answer(
            quoted("{'output':{'message':{'role':'assistant','content':[{'text':'Hi from afar'}]}},"
                   "'stopReason':'end_turn','usage':{'inputTokens':3,'outputTokens':4,'totalTokens':7}}"),
            200, "content-type: application/json\r\n"));
        House house(bedrock(upstream));
        const auto [status, body] = house.chat(
            "{'model':'aws-bedrock/us.anthropic.claude-x-v1:0','messages':[{'role':'user','content':'Hi'}]}");
        QCOMPARE(status, 200);
        QCOMPARE(textOf(body), QByteArray("Hi from afar"));
        const FakeUpstream::Request &request = upstream.requests().at(0);
        QCOMPARE(request.target, QByteArray("/model/us.anthropic.claude-x-v1%3A0/converse"));
        QVERIFY(isSigned(request));
        for (const auto &[name, value] : request.headers)
            QVERIFY2(!value.contains("canary"), name.constData());
        // One changed byte, and the signature is another.
        FakeUpstream::Request changed = request;
        changed.body += ' ';
        QVERIFY(!isSigned(changed));
    }

    void bedrockStreamsInBinary()
    {
        FakeUpstream upstream;
        const QByteArray stream
            = test::eventFrame("messageStart", quoted("{'role':'assistant'}"))
              + test::eventFrame(
                  "contentBlockDelta", quoted("{'contentBlockIndex':0,'delta':{'text':'Hi '}}"))
              + test::eventFrame(
                  "contentBlockDelta", quoted("{'contentBlockIndex':0,'delta':{'text':'again'}}"))
              + test::eventFrame("contentBlockStop", quoted("{'contentBlockIndex':0}"))
              + test::eventFrame("messageStop", quoted("{'stopReason':'max_tokens'}"))
              + test::eventFrame("metadata", quoted("{'usage':{'inputTokens':3,'outputTokens':4}}"));
        const QByteArray fields = "content-type: application/vnd.amazon.eventstream\r\n";
        upstream.expect(FakeScript::chunked({stream.left(50), stream.mid(50, 7), stream.mid(57)}, fields));
        upstream.expect(FakeScript::chunked({stream.left(300)}, fields));
        House house(bedrock(upstream));
        const QByteArray asked
            = "{'model':'aws-bedrock/amazon.nova-lite-v1:0','stream':true,'messages':[{'role':'user',"
              "'content':'Hi'}]}";
        const auto [status, body] = house.chat(asked);
        QCOMPARE(status, 200);
        QVERIFY(isSigned(upstream.requests().at(0)));
        QVERIFY(upstream.requests().at(0).target.endsWith("/converse-stream"));
        QVERIFY2(body.contains("\"Hi \"") && body.contains("\"again\""), body.constData());
        QVERIFY(body.contains("\"length\"") && body.contains("[DONE]"));
        // A stream cut in the middle of a message is told as broken, never as whole.
        const auto [cutStatus, cut] = house.chat(asked);
        QCOMPARE(cutStatus, 200);
        QVERIFY2(cut.contains("error") && cut.contains("cut off"), cut.constData());
    }

    void aCheckSaysWhatIsMissing()
    {
        qunsetenv("AZURE_OPENAI_RESOURCE");
        qunsetenv("AZURE_RESOURCE_NAME");
        House house("[]");
        std::optional<Result<KeyCheck>> check;
        house.gateway->checkKey(
            "azure-openai", Secret(QByteArray("canary")), house.gateway.get(),
            [&](const Result<KeyCheck> &checked) { check.emplace(checked); });
        QVERIFY(test::waitUntil([&] { return check.has_value(); }));
        QVERIFY(!check->has_value());
        QVERIFY(check->error().message().contains("\"resource\""));
    }

    void aKeyOfAnotherProviderIsNotSent()
    {
        qputenv("FAIRLEAD_CLOUDS_KEY", "sk-ant-api03-" + QByteArray(80, 'c'));
        House house("[{'id':'openai','keys':[{'env':'FAIRLEAD_CLOUDS_KEY'}]}]");
        const auto [status, body]
            = house.chat("{'model':'openai/gpt-x','messages':[{'role':'user','content':'Hi'}]}");
        QCOMPARE(status, 401);
        QVERIFY2(body.contains("looks like one of anthropic"), body.constData());
        QVERIFY(!body.contains("cccc"));
        std::optional<Result<KeyCheck>> check;
        house.gateway->checkKey(
            "openai", std::nullopt, house.gateway.get(),
            [&](const Result<KeyCheck> &checked) { check.emplace(checked); });
        QVERIFY(test::waitUntil([&] { return check.has_value(); }));
        QVERIFY(check->has_value() && !(*check)->works);
        QVERIFY((*check)->words.contains(QStringLiteral("looks like one of anthropic")));
    }
};

QTEST_GUILESS_MAIN(CloudsTest)
#include "CloudsTest.moc"
