// SPDX-License-Identifier: GPL-3.0-or-later
#include "gateway/LocalGateway.h"

#include "core/gateway/House.h"

#include <QDirIterator>
#include <QFile>
#include <QSignalSpy>
#include <QTcpServer>
#include <QTcpSocket>
#include <QTest>

using namespace fairlead;
using namespace fairlead::gateway;
using test::House;
using test::quoted;
using test::Reply;

namespace {

constexpr char kCanary[] = "sk-canary-0123456789-never-to-be-seen";

} // namespace

class GatewayTest : public QObject
{
    Q_OBJECT

    static QByteArray chat(const QByteArray &model, bool stream)
    {
        return quoted("{'model':'") + model + quoted("','stream':") + (stream ? "true" : "false")
               + quoted(",'messages':[{'role':'user','content':'What is a fairlead?'}]}");
    }

private Q_SLOTS:
    void healthNeedsNoTokenEverythingElseDoes()
    {
        House house;
        QCOMPARE(
            house.get(QStringLiteral("/health")).json().value(QLatin1String("status")).toString(),
            QStringLiteral("ok"));
        house.token = "wrong";
        QCOMPARE(house.get(QStringLiteral("/health")).status, 200);
        const Reply refused = house.post(chat("demo/fast", false));
        QCOMPARE(refused.status, 401);
        QVERIFY(refused.error()
                    .value(QLatin1String("message"))
                    .toString()
                    .contains(QLatin1String("fairleadctl app add")));
    }

    void aStreamedAnswerArrivesAndIsBooked()
    {
        House house;
        const Reply answer = house.post(chat("demo/fast", true));
        QCOMPARE(answer.status, 200);
        QVERIFY(answer.headers.value("content-type").startsWith("text/event-stream"));
        QVERIFY(answer.streamedText().contains("What is a fairlead?"));
        QVERIFY(answer.body.endsWith("data: [DONE]\n\n"));
        // Usage was asked for by us, not by the caller: it is booked, and kept from the caller.
        QVERIFY(!answer.body.contains("\"choices\":[]"));
        QCOMPARE(answer.headers.value("x-fairlead-provider"), QByteArray("demo"));
        QCOMPARE(answer.headers.value("x-fairlead-attempts"), QByteArray("1"));

        const auto rows = house.log();
        QCOMPARE(rows.size(), std::size_t(1));
        const auto &row = rows.front();
        QCOMPARE(row.id, answer.headers.value("x-fairlead-request-id"));
        QVERIFY(row.status == metering::LedgerRecord::Status::Ok);
        QCOMPARE(row.app, QByteArray("test"));
        QCOMPARE(row.modelAsked, QByteArray("demo/fast"));
        QVERIFY(row.streamed);
        QVERIFY(row.usage.valueOrZero(chat::TokenKind::Output) > 10);
        QVERIFY(!row.usage.estimated);
        QCOMPARE(row.cost, std::optional(NanoUsd(0)));
        QVERIFY(row.firstText && row.total && *row.firstText <= *row.total);
        QCOMPARE(row.finishReason, QByteArray("stop"));
    }

    void usageIsShownToWhoAsksForIt()
    {
        House house;
        QByteArray body = chat("demo/fast", true);
        body.insert(1, quoted("'stream_options':{'include_usage':true},"));
        QVERIFY(house.post(body).body.contains("\"choices\":[],\"usage\":{"));
    }

    void aWholeAnswerSaysWhatItCost()
    {
        House house;
        const Reply answer = house.post(chat("demo/thinker", false));
        QCOMPARE(answer.status, 200);
        QCOMPARE(answer.headers.value("x-fairlead-cost-usd"), QByteArray("0"));
        QVERIFY(answer.json().value(QLatin1String("choices")).toArray().size() == 1);
        QVERIFY(house.log().front().usage.valueOrZero(chat::TokenKind::Reasoning) > 0);
    }

    void mistakesAreToldInTheDialect_data()
    {
        QTest::addColumn<QByteArray>("body");
        QTest::addColumn<int>("status");
        QTest::addColumn<QByteArray>("words");
        QTest::newRow("not JSON") << QByteArray("{\"model\": nope}") << 400 << QByteArray();
        QTest::newRow("bad UTF-8") << QByteArray("{\"model\":\"\xff\"}") << 400 << QByteArray();
        QTest::newRow("an array") << QByteArray("[]") << 400 << QByteArray();
        QTest::newRow("no model") << (quoted("{'messages':[]}")) << 400 << QByteArray("model");
        QTest::newRow("model of the wrong type")
            << (quoted("{'model':7,'messages':[]}")) << 400 << QByteArray("model");
        QTest::newRow("unknown model") << chat("nobody/knows", false) << 404 << QByteArray("demo/");
        QTest::newRow("empty") << QByteArray() << 400 << QByteArray();
    }
    void mistakesAreToldInTheDialect()
    {
        QFETCH(QByteArray, body);
        QFETCH(int, status);
        QFETCH(QByteArray, words);
        House house;
        const Reply answer = house.post(body);
        QCOMPARE(answer.status, status);
        const QString message = answer.error().value(QLatin1String("message")).toString();
        QVERIFY2(!message.isEmpty(), answer.body.constData());
        QVERIFY2(message.toUtf8().contains(words), qPrintable(message));
        const auto rows = house.log();
        QCOMPARE(rows.size(), std::size_t(1));
        QVERIFY(rows.front().status == metering::LedgerRecord::Status::Failed);
        QCOMPARE(rows.front().httpStatus, status);
        // And the next request works.
        QCOMPARE(house.post(chat("demo/fast", false)).status, 200);
    }

    void whatTheServerRefusesIsBookedForItsApp_data()
    {
        QTest::addColumn<bool>("known");
        QTest::newRow("with a token") << true;
        QTest::newRow("a stranger") << false;
    }
    void whatTheServerRefusesIsBookedForItsApp()
    {
        QFETCH(bool, known);
        House house;
        QTcpSocket socket;
        socket.connectToHost(QStringLiteral("127.0.0.1"), house.gateway->serverStatus().port);
        socket.write(
            "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: "
            "999999999999\r\nAuthorization: Bearer "
            + (known ? house.token : QByteArray("fl-nobody")) + "\r\n\r\n");
        QVERIFY(test::waitUntil([&] { return socket.state() == QAbstractSocket::UnconnectedState; }));
        const QByteArray answer = socket.readAll();
        QVERIFY2(answer.startsWith("HTTP/1.1 413 "), answer.constData());
        QVERIFY(answer.contains("max_body_bytes"));
        QCOMPARE(answer.toLower().contains("x-fairlead-request-id: req_"), known);
        const auto rows = house.log();
        QCOMPARE(rows.size(), std::size_t(known ? 1 : 0));
        if (known)
            QCOMPARE(rows.front().httpStatus, 413);
    }

    void endpointsThatAreNotThereSayWhatIs()
    {
        House house;
        QCOMPARE(house.get(QStringLiteral("/v1/nothing")).status, 404);
        const Reply wrongMethod = house.get(QStringLiteral("/v1/chat/completions"));
        QCOMPARE(wrongMethod.status, 405);
        QCOMPARE(wrongMethod.headers.value("allow"), QByteArray("POST"));
    }

    void aRouteSurvivesADeadTarget()
    {
        House house(quoted("{'routes':[{'model':'smart','targets':['demo/down','demo/fast']}]}"));
        const Reply answer = house.post(chat("smart", true));
        QCOMPARE(answer.status, 200);
        QCOMPARE(answer.headers.value("x-fairlead-model"), QByteArray("fast"));
        QCOMPARE(answer.headers.value("x-fairlead-attempts"), QByteArray("2"));
        const auto row = house.log().front();
        QCOMPARE(row.attempts.size(), std::size_t(2));
        QCOMPARE(row.attempts[0].model, QByteArray("down"));
        QCOMPARE(row.attempts[0].failureClass, QByteArray("overloaded"));
        QCOMPARE(row.attempts[1].failureClass, QByteArray());
    }

    void aTokenMadeByAnotherProcessWorksAtOnce()
    {
        House house;
        GatewayOptions options; // as fairleadctl does: the same folder, no server
        options.configPath = house.configPath();
        options.dataDir = house.dir.filePath(QStringLiteral("data"));
        options.secrets = std::make_unique<secrets::MemoryStore>();
        auto other = LocalGateway::create(std::move(options));
        QVERIFY(other.has_value());
        QByteArray token;
        (*other)->addApp(
            "late", this, [&](Result<NewApp> app) { token = app->token.reveal().toByteArray(); });
        QVERIFY(test::waitUntil([&] { return !token.isEmpty(); }));
        house.token = token;
        QVERIFY(test::waitUntil([&] { return house.get(QStringLiteral("/v1/models")).status == 200; }));
        bool revoked = false;
        (*other)->revokeApp("late", this, [&](const Result<> &done) { revoked = done.has_value(); });
        QVERIFY(test::waitUntil([&] { return revoked; }));
        QVERIFY(test::waitUntil([&] { return house.get(QStringLiteral("/v1/models")).status == 401; }));
    }

    void theDemoStaysWhenTheConfigNamesIt()
    {
        House house(
            quoted("{'providers':[{'id':'demo'},{'id':'lab','wire':'openai-chat','base_url':'http://"
                   "127.0.0.1:9','auth':'none'}]}"),
            false);
        QCOMPARE(house.post(chat("demo/fast", false)).status, 200);
    }

    void aClientThatLeavesIsNoticedAndBooked()
    {
        House house;
        QNetworkReply *reply = house.client.post(
            house.request(QStringLiteral("/v1/chat/completions")), chat("demo/slow", true));
        QVERIFY(test::waitUntil([&] { return reply->bytesAvailable() > 0; }));
        reply->abort();
        reply->deleteLater();
        std::vector<metering::LedgerRecord> rows;
        QVERIFY(test::waitUntil([&] {
            rows = house.log();
            return !rows.empty();
        }));
        QVERIFY(rows.front().status == metering::LedgerRecord::Status::Cancelled);
        QVERIFY(rows.front().usage.estimated);
    }

    void theWindowsOwnRequestsTakeTheSamePath()
    {
        House house;
        chat::ChatRequest request;
        request.model = "demo/thinker";
        request.stream = true;
        chat::Message message;
        message.parts.emplace_back(chat::TextPart{"What is a fairlead?", {}});
        request.messages.push_back(std::move(message));
        const auto answer = house.gateway->ask(std::move(request), "compare");
        QByteArray text;
        QByteArray reasoning;
        std::optional<metering::LedgerRecord> record;
        connect(
            answer.get(), &fairlead::gateway::Answer::events, this, [&](const QList<chat::ChatEvent> &batch) {
                for (const chat::ChatEvent &event : batch) {
                    if (const auto *delta = std::get_if<chat::TextDelta>(&event))
                        text += delta->text;
                    if (const auto *delta = std::get_if<chat::ReasoningDelta>(&event))
                        reasoning += delta->text;
                }
            });
        connect(
            answer.get(), &fairlead::gateway::Answer::finished, this,
            [&](const metering::LedgerRecord &done) { record = done; });
        QVERIFY(test::waitUntil([&] { return record.has_value(); }));
        QVERIFY(text.contains("What is a fairlead?"));
        QVERIFY(!reasoning.isEmpty());
        QCOMPARE(record->id, answer->requestId());
        QCOMPARE(record->origin, QByteArray("compare"));
        QCOMPARE(house.log().front().id, record->id);
    }

    void ownRequestsCanBeStoppedAndDropped()
    {
        House house;
        const auto ask = [&] {
            chat::ChatRequest request;
            request.model = "demo/slow";
            request.stream = true;
            chat::Message message;
            message.parts.emplace_back(chat::TextPart{"Why?", {}});
            request.messages.push_back(std::move(message));
            return house.gateway->ask(std::move(request), "compare");
        };
        auto stopped = ask();
        QSignalSpy finished(stopped.get(), &fairlead::gateway::Answer::finished);
        stopped->cancel();
        QVERIFY(test::waitUntil([&] { return finished.count() == 1; }));
        ask().reset();
        QVERIFY(test::waitUntil([&] { return house.log().size() == 2; }));
        for (const auto &row : house.log())
            QVERIFY(row.status == metering::LedgerRecord::Status::Cancelled);
    }

    void stoppingLetsStreamsFinish()
    {
        House house;
        QNetworkReply *reply = house.client.post(
            house.request(QStringLiteral("/v1/chat/completions")), chat("demo/slow", true));
        QVERIFY(test::waitUntil([&] { return reply->bytesAvailable() > 0; }));
        bool done = false;
        house.gateway->shutDown([&] { done = true; });
        const Reply answer = House::finish(reply);
        QVERIFY(answer.body.endsWith("data: [DONE]\n\n"));
        QVERIFY(test::waitUntil([&] { return done; }));
        QVERIFY(house.gateway->serverStatus().state == ServerStatus::State::Stopped);
        QVERIFY(house.log().front().status == metering::LedgerRecord::Status::Ok);
    }

    void theServerCanBeStoppedAndStartedAgain()
    {
        House house;
        house.gateway->stopServer();
        QVERIFY(test::waitUntil(
            [&] { return house.gateway->serverStatus().state == ServerStatus::State::Stopped; }));
        house.gateway->startServer();
        QVERIFY(test::waitUntil(
            [&] { return house.gateway->serverStatus().state == ServerStatus::State::Running; }));
        QCOMPARE(house.post(chat("demo/fast", false)).status, 200);
    }

    void aTakenPortIsAnErrorInWords()
    {
        QTcpServer taken;
        QVERIFY(taken.listen(QHostAddress::LocalHost));
        QTemporaryDir dir;
        GatewayOptions options;
        options.configPath = dir.filePath(QStringLiteral("config.json"));
        options.dataDir = dir.filePath(QStringLiteral("data"));
        options.port = taken.serverPort();
        options.secrets = std::make_unique<secrets::MemoryStore>();
        auto gateway = LocalGateway::create(std::move(options));
        QVERIFY(gateway.has_value());
        (*gateway)->startServer();
        QVERIFY(
            test::waitUntil([&] { return (*gateway)->serverStatus().state == ServerStatus::State::Failed; }));
        QVERIFY((*gateway)->serverStatus().error.contains(QString::number(taken.serverPort())));
    }

    void anErrorInTheConfigKeepsTheRunningOne()
    {
        House house(quoted("{'routes':[{'model':'smart','targets':['demo/fast']}]}"));
        QFile file(house.configPath());
        QVERIFY(file.open(QIODevice::WriteOnly | QIODevice::Truncate));
        file.write("{\n  \"routs\": []\n}");
        file.close();
        const auto reloaded = house.gateway->reloadConfig();
        QVERIFY(!reloaded.has_value());
        QVERIFY2(reloaded.error().message().contains("routs"), reloaded.error().message().constData());
        QCOMPARE(house.post(chat("smart", false)).status, 200);
    }

    void keysAreStoredUsedAndNeverSeen()
    {
        QTcpServer upstream;
        QVERIFY(upstream.listen(QHostAddress::LocalHost));
        QByteArray seen;
        connect(&upstream, &QTcpServer::newConnection, this, [&] {
            QTcpSocket *socket = upstream.nextPendingConnection();
            connect(socket, &QTcpSocket::readyRead, this, [&seen, socket] {
                seen += socket->readAll();
                socket->write("HTTP/1.1 401 Unauthorized\r\nContent-Type: "
                              "application/json\r\nContent-Length: 2\r\n\r\n{}");
            });
        });
        House house(
            quoted("{'providers':[{'id':'lab','wire':'openai-chat','base_url':'http://127.0.0.1:")
            + QByteArray::number(upstream.serverPort())
            + quoted("/v1','auth':'bearer','keys':[{'keychain':'lab'}],'models':['m']}]}"));
        bool stored = false;
        house.gateway->addKey(
            "lab", Secret(QByteArray(kCanary)), this, [&](Result<> done) { stored = done.has_value(); });
        QVERIFY(test::waitUntil([&] { return stored; }));
        const Reply answer = house.post(chat("lab/m", false));
        QCOMPARE(answer.status, 401);
        QVERIFY(seen.contains(kCanary)); // it was used
        QVERIFY(!answer.body.contains(kCanary));
        house.log();
        QDirIterator files(house.dir.path(), QDir::Files, QDirIterator::Subdirectories);
        int looked = 0;
        while (files.hasNext()) {
            QFile file(files.next());
            QVERIFY(file.open(QIODevice::ReadOnly));
            QVERIFY2(!file.readAll().contains(kCanary), qPrintable(file.fileName()));
            ++looked;
        }
        QVERIFY(looked >= 2);
    }
};

QTEST_GUILESS_MAIN(GatewayTest)
#include "GatewayTest.moc"
