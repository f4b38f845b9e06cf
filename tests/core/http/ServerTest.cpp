// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/Server.h"

#include "support/Await.h"

#include <QTest>

#include <functional>
#include <optional>
#include <vector>

using namespace fairlead;
using namespace fairlead::http;
using fairlead::test::waitUntil;
using Backend = io::StreamFactory::Backend;

namespace {

class TestHandler final : public Handler
{
public:
    void handle(ExchangePtr exchange) override
    {
        ++count;
        if (onRequest)
            onRequest(std::move(exchange));
        else
            kept.push_back(std::move(exchange));
    }
    int count = 0;
    std::vector<ExchangePtr> kept;
    std::function<void(ExchangePtr)> onRequest;
};

void echo(const ExchangePtr &exchange)
{
    exchange->reply({.status = 200, .headers = {}, .body = exchange->request().body});
}

/// A client that notes the pieces it gets.
class Client final : public io::ByteStream::Listener
{
public:
    Client(io::StreamFactory &streams, quint16 port, const QString &host = QStringLiteral("127.0.0.1"))
        : stream(streams.connectTo({.host = host, .port = port}, this, QSslConfiguration()))
    { }
    void streamReadable() override
    {
        std::array<char, 65536> buffer;
        QByteArray piece;
        for (;;) {
            const qsizetype count = stream->read(buffer.data(), static_cast<qsizetype>(buffer.size()));
            if (count == 0)
                break;
            piece.append(buffer.data(), count);
        }
        if (!piece.isEmpty())
            pieces.push_back(piece);
        received += piece;
    }
    void streamClosed(io::CloseReason why, const QByteArray &) override { reason = why; }

    [[nodiscard]] bool waitFor(const QByteArray &text)
    {
        return waitUntil([&] { return received.contains(text); });
    }

    std::unique_ptr<io::ByteStream> stream;
    QByteArray received;
    std::vector<QByteArray> pieces;
    std::optional<io::CloseReason> reason;
};

QByteArray post(const QByteArray &body)
{
    return "POST /v1/x HTTP/1.1\r\nHost: a\r\nContent-Length: " + QByteArray::number(body.size()) + "\r\n\r\n"
           + body;
}

const QByteArray Get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

} // namespace

/// The server over real sockets, on each backend.
class ServerTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase_data();
    void init();
    void cleanup();

    void listensOnSeveralAddresses();
    void skipsAddressesTheMachineHasNot();
    void refusesATakenPort();
    void answersOverTheWire();
    void takesBigBodies();
    void takesBigChunkedBodies();
    void sendsHeadAndFirstEventTogether();
    void eventsLeaveAtOnce();
    void refusalReachesAClientThatStillSends();
    void vanishedClientCancelsAtOnce_data();
    void vanishedClientCancelsAtOnce();
    void slowClientHoldsTheWriterBack();
    void capsConnections();
    void servesManyClients();
    void stopsAndDrains();
    void destructionCutsAll();

private:
    void makeServer(const ServerLimits &limits = {});

    SystemClock m_clock;
    std::optional<TestHandler> m_handler;
    std::unique_ptr<io::StreamFactory> m_streams;
    std::unique_ptr<Server> m_server;
    quint16 m_port = 0;
};

void ServerTest::initTestCase_data()
{
    QTest::addColumn<Backend>("backend");
    QTest::newRow("best") << Backend::Best;
    QTest::newRow("qt") << Backend::QtOnly;
}

void ServerTest::init()
{
    QFETCH_GLOBAL(Backend, backend);
    m_handler.emplace();
    m_streams = std::make_unique<io::StreamFactory>(backend);
    makeServer();
}

void ServerTest::cleanup()
{
    m_server.reset();
    m_handler.reset();
    m_streams.reset();
    QCoreApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);
}

void ServerTest::makeServer(const ServerLimits &limits)
{
    m_server = std::make_unique<Server>(*m_streams, m_clock, *m_handler, limits);
    const auto port = m_server->listen({QStringLiteral("127.0.0.1")}, 0);
    QVERIFY(port);
    m_port = *port;
}

void ServerTest::listensOnSeveralAddresses()
{
    Server server(*m_streams, m_clock, *m_handler);
    QVERIFY(!server.isListening());
    const auto port = server.listen({QStringLiteral("127.0.0.1"), QStringLiteral("127.0.0.2")}, 0);
    QVERIFY(port);
    QVERIFY(*port != 0);
    QCOMPARE(server.port(), *port);
    m_handler->onRequest = echo;
    for (const char *host : {"127.0.0.1", "127.0.0.2"}) {
        Client client(*m_streams, *port, QString::fromLatin1(host));
        client.stream->write(Get);
        QVERIFY(client.waitFor("200 OK"));
    }
}

void ServerTest::skipsAddressesTheMachineHasNot()
{
    Server server(*m_streams, m_clock, *m_handler);
    QVERIFY(
        server.listen({QStringLiteral("127.0.0.1"), QStringLiteral("192.0.2.1")}, 0)); // RFC 5737: nobody's
    Server none(*m_streams, m_clock, *m_handler);
    const auto port = none.listen({QStringLiteral("192.0.2.1")}, 0);
    QVERIFY(!port);
    QVERIFY(port.error().message().contains("192.0.2.1"));
    QVERIFY(!none.isListening());
}

void ServerTest::refusesATakenPort()
{
    Server server(*m_streams, m_clock, *m_handler);
    const auto port = server.listen({QStringLiteral("127.0.0.1")}, m_port);
    QVERIFY(!port);
    QVERIFY(port.error().message().contains(QByteArray::number(m_port)));
    // Nor one that is taken on the second address only.
    const auto second = server.listen({QStringLiteral("127.0.0.3"), QStringLiteral("127.0.0.1")}, m_port);
    QVERIFY(!second);
    QVERIFY(!server.isListening());
}

void ServerTest::answersOverTheWire()
{
    QByteArray peer;
    m_handler->onRequest = [&](const ExchangePtr &exchange) {
        peer = exchange->request().peer;
        QVERIFY(exchange->request().started <= exchange->request().received);
        echo(exchange);
    };
    Client client(*m_streams, m_port);
    for (const char *body : {"one", "two", "three"}) {
        client.stream->write(post(body));
        QVERIFY(client.waitFor("\r\n\r\n" + QByteArray(body)));
    }
    QVERIFY(peer.startsWith("127.0.0.1:"));
    QCOMPARE(m_server->connectionCount(), 1);
    client.stream.reset();
    QVERIFY(waitUntil([&] { return m_server->connectionCount() == 0; }));
}

void ServerTest::takesBigBodies()
{
    m_handler->onRequest = echo;
    QByteArray body(12 * 1024 * 1024, '\0');
    for (qsizetype i = 0; i < body.size(); ++i)
        body[i] = static_cast<char>(i * 13 + i / 997);
    Client client(*m_streams, m_port);
    client.stream->write(post(body));
    QVERIFY(waitUntil([&] { return client.received.size() > body.size(); }));
    QVERIFY(client.received.endsWith(body));
}

void ServerTest::takesBigChunkedBodies()
{
    m_handler->onRequest = echo;
    QByteArray body;
    QByteArray chunks;
    for (int i = 0; i < 1500; ++i) {
        const QByteArray piece((i * 131) % 6000 + 1, static_cast<char>('a' + i % 26));
        body += piece;
        chunks += QByteArray::number(piece.size(), 16) + "\r\n" + piece + "\r\n";
    }
    Client client(*m_streams, m_port);
    client.stream->write(
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", chunks, "0\r\n\r\n");
    QVERIFY(waitUntil([&] { return client.received.size() > body.size(); }));
    QVERIFY(client.received.endsWith(body));
}

void ServerTest::sendsHeadAndFirstEventTogether()
{
    Client client(*m_streams, m_port);
    client.stream->write(Get);
    QVERIFY(waitUntil([&] { return m_handler->kept.size() == 1; }));
    m_handler->kept.front()->begin(200, {{"Content-Type", "text/event-stream"}});
    QVERIFY(m_handler->kept.front()->tryWrite("data: first\n\n"));
    QVERIFY(waitUntil([&] { return !client.pieces.empty(); }));
    QVERIFY(client.pieces.front().startsWith("HTTP/1.1 200 OK\r\n"));
    QVERIFY(client.pieces.front().endsWith("data: first\n\n\r\n"));
}

void ServerTest::eventsLeaveAtOnce()
{
    Client client(*m_streams, m_port);
    client.stream->write(Get);
    QVERIFY(waitUntil([&] { return m_handler->kept.size() == 1; }));
    m_handler->kept.front()->begin(200, {});
    for (int i = 0; i < 20; ++i) {
        const QByteArray event = "data: " + QByteArray::number(i) + "\n\n";
        QVERIFY(m_handler->kept.front()->tryWrite(event));
        QVERIFY(client.waitFor(event + "\r\n")); // with Nagle, the second would wait for an ACK: 40 ms
    }
    m_handler->kept.front()->end();
    QVERIFY(client.waitFor("\r\n0\r\n\r\n"));
}

void ServerTest::refusalReachesAClientThatStillSends()
{
    Client client(*m_streams, m_port);
    client.stream->write(
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000000\r\n\r\n", QByteArray(8 * 1024 * 1024, 'x'));
    QVERIFY(client.waitFor("HTTP/1.1 413 Content Too Large\r\n"));
    QVERIFY(waitUntil([&] { return client.reason.has_value(); }));
    QCOMPARE(*client.reason, io::CloseReason::PeerClosed);
    QCOMPARE(m_handler->count, 0);
}

void ServerTest::vanishedClientCancelsAtOnce_data()
{
    QTest::addColumn<QByteArray>("how");
    QTest::newRow("closes") << QByteArray("abort");
    QTest::newRow("resets") << QByteArray("reset");
    QTest::newRow("closes its sending side") << QByteArray("half");
}

void ServerTest::vanishedClientCancelsAtOnce()
{
    QFETCH(QByteArray, how);
    for (const bool streaming : {false, true}) {
        Client client(*m_streams, m_port);
        client.stream->write(Get);
        QVERIFY(waitUntil([&] { return m_handler->kept.size() == 1; }));
        const auto exchange = m_handler->kept.front();
        m_handler->kept.clear();
        if (streaming) {
            exchange->begin(200, {});
            QVERIFY(exchange->tryWrite("data"));
            QVERIFY(client.waitFor("data"));
        }
        const CancelToken token = exchange->cancelToken();
        if (how == "abort")
            client.stream->abort();
        else if (how == "reset")
            client.stream->reset();
        else
            client.stream->closeAfterWrites();
        if (how == "half") // the client needs some turns of its own
            QVERIFY(waitUntil([&] { return token.isCancelled(); }));
        else // no waiting for a time-out or a failed write: the kernel knows, so we do (Qt sockets a posted
             // event later)
            for (int turn = 0; turn < 2; ++turn)
                QCoreApplication::processEvents();
        QCOMPARE(token.reason(), CancelReason::ClientGone);
        QCOMPARE(m_server->connectionCount(), 0);
    }
}

void ServerTest::slowClientHoldsTheWriterBack()
{
    constexpr int Count = 2000;
    constexpr qsizetype Size = 64 * 1024;
    int written = 0;
    bool ended = false;
    std::vector<Task<>> tasks;
    const auto produce = [](ExchangePtr exchange, int *counter, bool *done) -> Task<> {
        exchange->begin(200, {});
        bool isThere = true;
        while (isThere && *counter < Count) {
            isThere = co_await exchange->write(QByteArray(Size, 'x'));
            ++*counter;
        }
        exchange->end();
        *done = true;
    };
    m_handler->onRequest
        = [&](ExchangePtr exchange) { tasks.push_back(produce(std::move(exchange), &written, &ended)); };
    Client client(*m_streams, m_port);
    client.stream->setReadPaused(true);
    client.stream->write(Get);
    int last = -1;
    QVERIFY(waitUntil([&] {
        QTest::qWait(20);
        return written > 0 && std::exchange(last, written) == written;
    }));
    QVERIFY2(written < Count / 4, QByteArray::number(written).constData()); // the rest is the kernel's
    client.stream->setReadPaused(false);
    QVERIFY(waitUntil([&] { return ended && client.received.endsWith("\r\n0\r\n\r\n"); }));
    QCOMPARE(client.received.count('x'), Count * Size);
}

void ServerTest::capsConnections()
{
    makeServer({.mostConnections = 2});
    m_handler->onRequest = echo;
    std::vector<std::unique_ptr<Client>> clients;
    for (int i = 0; i < 4; ++i) {
        clients.push_back(std::make_unique<Client>(*m_streams, m_port));
        clients.back()->stream->write(Get);
    }
    QVERIFY(clients[0]->waitFor("200 OK") && clients[1]->waitFor("200 OK"));
    QTest::qWait(10);
    QCOMPARE(m_server->connectionCount(), 2);
    QVERIFY(clients[2]->received.isEmpty() && clients[3]->received.isEmpty());
    clients[0].reset();
    QVERIFY(clients[2]->waitFor("200 OK")); // waited, was not refused
    QVERIFY(clients[3]->received.isEmpty());
    clients[1].reset();
    QVERIFY(clients[3]->waitFor("200 OK"));
}

void ServerTest::servesManyClients()
{
    m_handler->onRequest = echo;
    std::vector<std::unique_ptr<Client>> clients;
    for (int i = 0; i < 150; ++i)
        clients.push_back(std::make_unique<Client>(*m_streams, m_port));
    for (int round = 0; round < 3; ++round) {
        for (std::size_t i = 0; i < clients.size(); ++i)
            clients[i]->stream->write(
                post("body " + QByteArray::number(i) + '/' + QByteArray::number(round) + ';'));
        for (std::size_t i = 0; i < clients.size(); ++i)
            QVERIFY(
                clients[i]->waitFor("body " + QByteArray::number(i) + '/' + QByteArray::number(round) + ';'));
    }
    QCOMPARE(m_handler->count, 450);
    QCOMPARE(m_server->connectionCount(), 150);
}

void ServerTest::stopsAndDrains()
{
    int idle = 0;
    m_server->setIdleCallback([&] { ++idle; });
    Client quiet(*m_streams, m_port);
    Client busy(*m_streams, m_port);
    busy.stream->write(Get);
    QVERIFY(waitUntil([&] { return m_handler->kept.size() == 1 && m_server->connectionCount() == 2; }));
    m_server->stopListening();
    QVERIFY(!m_server->isListening());
    QVERIFY(waitUntil([&] { return quiet.reason.has_value(); }));
    QCOMPARE(idle, 0);
    Client late(*m_streams, m_port);
    QVERIFY(waitUntil([&] { return late.reason.has_value(); }));
    QCOMPARE(*late.reason, io::CloseReason::Refused);

    echo(m_handler->kept.front());
    m_handler->kept.clear();
    QVERIFY(busy.waitFor("Connection: close"));
    QVERIFY(waitUntil([&] { return idle == 1; }));
    QVERIFY(waitUntil([&] { return busy.reason.has_value(); }));
}

void ServerTest::destructionCutsAll()
{
    Client client(*m_streams, m_port);
    client.stream->write(Get);
    QVERIFY(waitUntil([&] { return m_handler->kept.size() == 1; }));
    const CancelToken token = m_handler->kept.front()->cancelToken();
    m_server.reset();
    QCOMPARE(token.reason(), CancelReason::Shutdown);
    QVERIFY(waitUntil([&] { return client.reason.has_value(); }));
    m_handler->kept.front()->reply({});
}

QTEST_GUILESS_MAIN(ServerTest)
#include "ServerTest.moc"
