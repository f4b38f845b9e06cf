// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/gateway/House.h"

#include <QDirIterator>
#include <QTcpSocket>
#include <QTest>

using namespace fairlead;
using test::House;
using test::Reply;

namespace {

/// One raw request, for what Qt's client does not send.
QByteArray raw(House &house, const QByteArray &request)
{
    QTcpSocket socket;
    socket.connectToHost(QStringLiteral("127.0.0.1"), house.gateway->serverStatus().port);
    socket.write(request);
    if (!test::waitUntil([&] { return socket.state() == QAbstractSocket::UnconnectedState; }))
        qFatal("the connection stays open");
    return socket.readAll();
}

Reply get(House &house, const QString &path, const QByteArray &header, const QByteArray &value)
{
    QNetworkRequest request = house.request(path);
    request.setRawHeader("authorization", QByteArray());
    request.setRawHeader(header, value);
    return House::finish(house.client.get(request));
}

} // namespace

class FrontDoorTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void saysHelloWithoutAToken_data()
    {
        QTest::addColumn<QByteArray>("method");
        QTest::addColumn<QByteArray>("path");
        QTest::newRow("HEAD /") << QByteArray("HEAD") << QByteArray("/");
        QTest::newRow("HEAD /api/hello") << QByteArray("HEAD") << QByteArray("/api/hello");
        QTest::newRow("GET /api/hello") << QByteArray("GET") << QByteArray("/api/hello");
    }
    void saysHelloWithoutAToken()
    {
        QFETCH(QByteArray, method);
        QFETCH(QByteArray, path);
        House house;
        const QByteArray answer
            = raw(house, method + ' ' + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        QVERIFY2(answer.startsWith("HTTP/1.1 200 "), answer.constData());
        QCOMPARE(answer.endsWith("\r\n\r\n"), method == "HEAD");
    }

    void refusesWebSocketsAtOnce_data()
    {
        QTest::addColumn<QByteArray>("path");
        QTest::newRow("codex") << QByteArray("/v1/responses");
        QTest::newRow("realtime") << QByteArray("/v1/realtime?model=x");
        QTest::newRow("anywhere") << QByteArray("/nowhere");
    }
    void refusesWebSocketsAtOnce()
    {
        QFETCH(QByteArray, path);
        House house;
        const QByteArray answer = raw(
            house, "GET " + path
                       + " HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                         "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                         "Authorization: Bearer "
                       + house.token + "\r\nConnection: close\r\n\r\n");
        QVERIFY2(answer.startsWith("HTTP/1.1 426 "), answer.constData());
        const QByteArray body = answer.mid(answer.indexOf("\r\n\r\n") + 4);
        QVERIFY2(QJsonDocument::fromJson(body).object().contains(QLatin1String("error")), body.constData());
        QVERIFY(house.log().empty());
    }

    void admitsAnyDialectsKeyEverywhere_data()
    {
        QTest::addColumn<QByteArray>("header");
        QTest::addColumn<QByteArray>("prefix");
        QTest::newRow("bearer") << QByteArray("authorization") << QByteArray("Bearer ");
        QTest::newRow("anthropic") << QByteArray("x-api-key") << QByteArray();
        QTest::newRow("google") << QByteArray("x-goog-api-key") << QByteArray();
        QTest::newRow("azure") << QByteArray("api-key") << QByteArray();
    }
    void admitsAnyDialectsKeyEverywhere()
    {
        QFETCH(QByteArray, header);
        QFETCH(QByteArray, prefix);
        House house;
        for (const char *path : {"/v1/models", "/v1beta/models", "/models/demo/fast"})
            QCOMPARE(get(house, QLatin1String(path), header, prefix + house.token).status, 200);
    }

    void aKeyInTheQueryWorksAndIsKeptNowhere()
    {
        House house;
        const QString query = QStringLiteral("?alt=sse&key=") + QString::fromUtf8(house.token);
        QNetworkRequest request = house.request(QStringLiteral("/v1/chat/completions") + query);
        request.setRawHeader("authorization", QByteArray());
        const Reply answer = House::finish(house.client.post(
            request,
            test::quoted("{'model':'demo/fast','messages':[{'role':'user','content':'What is a fairlead?'}]}")));
        QCOMPARE(answer.status, 200);
        const Reply lost = House::finish(house.client.post(
            house.request(QStringLiteral("/v1/nowhere") + query), QByteArray("{}")));
        QCOMPARE(lost.status, 404);
        QVERIFY(!lost.body.contains(house.token));
        QCOMPARE(house.log().size(), std::size_t(1));
        QDirIterator files(house.dir.path(), QDir::Files, QDirIterator::Subdirectories);
        while (files.hasNext()) {
            QFile file(files.next());
            QVERIFY(file.open(QIODevice::ReadOnly));
            QVERIFY2(!file.readAll().contains(house.token), qPrintable(file.fileName()));
        }
    }

    void listsModelsInTheCallersShape()
    {
        House house;
        const Reply openAi = house.get(QStringLiteral("/v1/models"));
        QCOMPARE(openAi.json().value(QLatin1String("object")).toString(), QStringLiteral("list"));
        QNetworkRequest request = house.request(QStringLiteral("/v1/models?limit=1"));
        request.setRawHeader("anthropic-version", "2026-10-21");
        const Reply anthropic = House::finish(house.client.get(request));
        QVERIFY(anthropic.json().value(QLatin1String("has_more")).toBool());
        const Reply gemini = get(house, QStringLiteral("/v1/models"), "x-goog-api-key", house.token);
        QVERIFY(gemini.json().value(QLatin1String("models")).isArray());
        QCOMPARE(
            house.get(QStringLiteral("/v1beta/models/demo/fast")).json().value(QLatin1String("name")).toString(),
            QStringLiteral("models/demo/fast"));
        QCOMPARE(house.get(QStringLiteral("/v1/models/nobody/knows")).status, 404);
        QVERIFY(house.log().empty()); // looking costs nothing
    }

    void embeddingsAreServedAtTheirPath()
    {
        House house;
        // The demo provider gives none; that it was asked, routed and booked is what counts here.
        const Reply answer = house.post(
            test::quoted("{'model':'demo/fast','input':'a'}"), QStringLiteral("/v1/embeddings"));
        QVERIFY(answer.status >= 400);
        const auto rows = house.log();
        QCOMPARE(rows.size(), std::size_t(1));
        QVERIFY(rows.front().kind == metering::LedgerRecord::Kind::Embeddings);
        QCOMPARE(rows.front().attempts.size(), std::size_t(1));
    }
};

QTEST_GUILESS_MAIN(FrontDoorTest)
#include "FrontDoorTest.moc"
