// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/Connection.h"
#include "http/Server.h"
#include "http/ServerCore.h"

#include "support/Await.h"
#include "support/ManualClock.h"

#include <QTest>

#include <functional>
#include <optional>
#include <vector>

using namespace fairlead;
using namespace fairlead::http;
using namespace std::chrono_literals;
using fairlead::test::ManualClock;

namespace {

/// The wire as a connection sees it. Outlives its stream.
struct Wire {
    io::ByteStream::Listener *listener = nullptr;
    QByteArray input; ///< what the client sent and nobody read
    QByteArray output; ///< what the kernel took
    std::vector<qsizetype> writes;
    QByteArray pending;
    qsizetype room = 1 << 30; ///< bytes the kernel takes before the client reads
    qsizetype drainMark = 0;
    qsizetype mostPending = 0;
    bool readPaused = false;
    bool closing = false;
    bool aborted = false;
    bool wasReset = false;
    bool destroyed = false;

    void send(const QByteArray &bytes)
    {
        input += bytes;
        while (listener && !readPaused && !input.isEmpty() && !closing) {
            const qsizetype before = input.size();
            listener->streamReadable();
            if (input.size() == before)
                break;
        }
    }
    void close(io::CloseReason reason = io::CloseReason::PeerClosed)
    {
        if (auto *told = std::exchange(listener, nullptr))
            told->streamClosed(reason, {});
    }
    /// The client reads: the kernel has room again.
    void drain(qsizetype bytes)
    {
        room += bytes;
        const qsizetype moved = std::min(room, pending.size());
        output += pending.first(moved);
        pending.remove(0, moved);
        room -= moved;
        if (listener && pending.size() <= drainMark)
            listener->streamDrained();
    }
};

class FakeStream final : public io::ByteStream
{
public:
    explicit FakeStream(std::shared_ptr<Wire> wire)
        : m_wire(std::move(wire))
    { }
    ~FakeStream() override
    {
        m_wire->listener = nullptr;
        m_wire->destroyed = true;
    }
    void setListener(Listener *listener) override { m_wire->listener = listener; }
    qsizetype read(char *buffer, qsizetype most) override
    {
        const qsizetype count = std::min(most, m_wire->input.size());
        std::copy_n(m_wire->input.constData(), count, buffer);
        m_wire->input.remove(0, count);
        return count;
    }
    void setReadPaused(bool paused) override { m_wire->readPaused = paused; }
    void write(QByteArray first, QByteArray second, QByteArray third) override
    {
        if (m_wire->closing || m_wire->aborted)
            return;
        const QByteArray all = first + second + third;
        m_wire->writes.push_back(all.size());
        const qsizetype fits = m_wire->pending.isEmpty() ? std::min(m_wire->room, all.size()) : 0;
        m_wire->output += all.first(fits);
        m_wire->room -= fits;
        m_wire->pending += all.sliced(fits);
        m_wire->mostPending = std::max(m_wire->mostPending, m_wire->pending.size());
    }
    void setDrainMark(qsizetype bytes) override { m_wire->drainMark = bytes; }
    qsizetype pendingBytes() const override { return m_wire->pending.size(); }
    void closeAfterWrites() override { m_wire->closing = true; }
    void abort() override
    {
        m_wire->aborted = true;
        m_wire->listener = nullptr;
        m_wire->pending.clear();
    }
    void reset() override
    {
        m_wire->wasReset = true;
        abort();
    }
    bool isOpen() const override { return !m_wire->closing && !m_wire->aborted; }
    QByteArray peerName() const override { return "192.0.2.7:1234"; }
    quint16 peerPort() const override { return 1234; }

private:
    std::shared_ptr<Wire> m_wire;
};

/// Runs `onRequest`, or keeps the exchange.
class TestHandler final : public Handler
{
public:
    void handle(ExchangePtr exchange) override
    {
        seen.push_back(
            exchange->request().method + ' ' + exchange->request().target + ' ' + exchange->request().body);
        if (onRequest)
            onRequest(std::move(exchange));
        else
            kept.push_back(std::move(exchange));
    }
    std::vector<QByteArray> seen;
    std::vector<ExchangePtr> kept;
    std::function<void(ExchangePtr)> onRequest;
};

void echo(const ExchangePtr &exchange)
{
    exchange->reply(
        {.status = 200, .headers = {}, .body = exchange->request().target + exchange->request().body});
}

const QByteArray Date = "Date: Thu, 28 May 2026 20:26:40 GMT\r\n";

QByteArray answer(const QByteArray &body, const QByteArray &more = {})
{
    return "HTTP/1.1 200 OK\r\n" + Date + "Content-Length: " + QByteArray::number(body.size()) + "\r\n" + more
           + "\r\n" + body;
}

QByteArray get(const QByteArray &target)
{
    return "GET " + target + " HTTP/1.1\r\nHost: a\r\n\r\n";
}

QByteArray statusLine(const Wire &wire)
{
    return wire.output.left(wire.output.indexOf('\r'));
}

} // namespace

/// One connection over a scripted stream, in scripted time: every byte and every turn is in the test's hand.
class ConnectionTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();

    void answersAndKeepsAlive();
    void answersInOrder();
    void answersManyPipelinedWithoutRecursion();
    void boundsPipelinedInput();
    void boundsPipelinedAnswers();
    void readsRequestsSplitAnywhere();
    void sendsHeadOnlyToHead();
    void sendsNoBodyWith204();
    void speaksHttp10();
    void closesWhenAsked();
    void leavesOutBrokenFields();
    void addsCommonHeadersToAnyAnswer();
    void streamsInOneSegment();
    void endsInOneSegment_data();
    void endsInOneSegment();
    void streamsNothing();
    void streamsToHttp10UntilClose();
    void streamsHeadOnlyToHead();
    void slowReaderBoundsMemory();
    void tryWriteTellsSlow();
    void writerWakesWhenClientGoes();
    void cancelsWhileHandlerWaits_data();
    void cancelsWhileHandlerWaits();
    void answersGoNowhereOnceGone();
    void droppedExchangeIs500();
    void droppedStreamIsCut();
    void droppedBeforeFirstWriteIs500();
    void cutLeavesTheStreamOpenEnded();
    void exchangeOutlivesServer();
    void refusalsWearTheDialect();
    void refusesBodyBeforeReadingIt();
    void says100Continue();
    void refusalAfterPipelinedAnswers();
    void slowLorisHeadTimesOut();
    void bodyTimesOut();
    void idleConnectionCloses();
    void slowHandlerDoesNotTimeOut();
    void stalledReaderIsDropped();
    void lingersOnlySoLong();
    void sweepsOnlyWhileConnected();
    void stopClosesIdleAndFinishesRunning();
    void cancelAllCutsRunning();
    void idleWaitsForBytes();

private:
    std::shared_ptr<Wire> connect();
    void makeCore(const ServerLimits &limits = {});

    std::optional<ManualClock> m_clock;
    std::optional<TestHandler> m_handler;
    std::shared_ptr<ServerCore> m_core;
};

void ConnectionTest::init()
{
    m_clock.emplace();
    m_handler.emplace();
    makeCore();
}

void ConnectionTest::cleanup()
{
    if (m_core)
        m_core->closeAll();
    m_core.reset();
    m_handler.reset();
    m_clock.reset();
}

void ConnectionTest::makeCore(const ServerLimits &limits)
{
    m_core = std::make_shared<ServerCore>(*m_clock, *m_handler, limits);
}

std::shared_ptr<Wire> ConnectionTest::connect()
{
    auto wire = std::make_shared<Wire>();
    m_core->addConnection(std::make_unique<FakeStream>(wire));
    return wire;
}

void ConnectionTest::answersAndKeepsAlive()
{
    m_handler->onRequest = echo;
    const auto wire = connect();
    wire->send(get("/a"));
    QCOMPARE(wire->output, answer("/a"));
    QCOMPARE(wire->writes.size(), 1U);
    m_clock->advance(1s);
    wire->output.clear();
    wire->send("POST /b HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi");
    QVERIFY(wire->output.contains("Date: Thu, 28 May 2026 20:26:41 GMT\r\n"));
    QVERIFY(wire->output.endsWith("\r\n\r\n/bhi"));
    QVERIFY(!wire->closing);
    QCOMPARE(m_core->exchangeCount(), 0);
    QCOMPARE(m_core->connectionCount(), 1);
}

void ConnectionTest::answersInOrder()
{
    const auto wire = connect();
    wire->send(get("/1") + get("/2") + get("/3"));
    QCOMPARE(m_handler->seen, std::vector<QByteArray>({"GET /1 "})); // the next waits for its turn
    for (int i = 1; i <= 3; ++i) {
        QCOMPARE(m_handler->kept.size(), 1U);
        echo(m_handler->kept.front());
        m_handler->kept.clear();
        if (i < 3)
            QVERIFY(m_handler->kept.empty()); // not from inside reply()
        QCoreApplication::processEvents();
    }
    QCOMPARE(wire->output, answer("/1") + answer("/2") + answer("/3"));
}

void ConnectionTest::answersManyPipelinedWithoutRecursion()
{
    int depth = 0;
    int deepest = 0;
    m_handler->onRequest = [&](const ExchangePtr &exchange) {
        deepest = std::max(deepest, ++depth);
        exchange->reply({.status = 204, .headers = {}, .body = {}});
        --depth;
    };
    const auto wire = connect();
    wire->send(get("/").repeated(20'000));
    QCOMPARE(m_handler->seen.size(), 20'000U);
    QCOMPARE(deepest, 1);
    QCOMPARE(wire->output.count("HTTP/1.1 204 No Content"), 20'000);
}

void ConnectionTest::boundsPipelinedInput()
{
    const auto wire = connect();
    wire->send(get("/").repeated(20'000));
    QVERIFY(wire->readPaused);
    QVERIFY(wire->input.size() > 400'000);
    const auto first = m_handler->kept.front();
    m_handler->kept.clear();
    m_handler->onRequest = echo;
    echo(first);
    QCoreApplication::processEvents();
    QVERIFY(!wire->readPaused);
    wire->send({});
    QCOMPARE(m_handler->seen.size(), 20'000U);
}

void ConnectionTest::boundsPipelinedAnswers()
{
    m_handler->onRequest = [](const ExchangePtr &exchange) {
        exchange->reply({.status = 200, .headers = {}, .body = QByteArray(10'000, 'x')});
    };
    const auto wire = connect();
    wire->room = 0;
    wire->send(get("/").repeated(10'000));
    QVERIFY2(wire->mostPending < 300'000, QByteArray::number(wire->mostPending).constData());
    QVERIFY(m_handler->seen.size() < 40);
    while (!wire->pending.isEmpty()) {
        wire->drain(1'000'000);
        wire->send({});
    }
    QCOMPARE(m_handler->seen.size(), 10'000U);
    QVERIFY(wire->mostPending < 300'000);
}

void ConnectionTest::readsRequestsSplitAnywhere()
{
    m_handler->onRequest = echo;
    const QByteArray bytes
        = get("/one") + "POST /two HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"
          + "POST /three HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
          + get("/four");
    const QByteArray expected = answer("/one") + answer("/twohello") + answer("/threeabc") + answer("/four");
    for (qsizetype at = 0; at <= bytes.size(); ++at) {
        const auto wire = connect();
        wire->send(bytes.first(at));
        wire->send(bytes.sliced(at));
        QCOMPARE(wire->output, expected);
        wire->close();
    }
    const auto wire = connect();
    for (const char c : bytes)
        wire->send(QByteArray(1, c));
    QCOMPARE(wire->output, expected);
}

void ConnectionTest::sendsHeadOnlyToHead()
{
    m_handler->onRequest = echo;
    const auto wire = connect();
    wire->send("HEAD /abc HTTP/1.1\r\nHost: a\r\n\r\n" + get("/d"));
    QCOMPARE(wire->output, answer("/abc").chopped(4) + answer("/d"));
}

void ConnectionTest::sendsNoBodyWith204()
{
    m_handler->onRequest = [](const ExchangePtr &exchange) {
        exchange->reply({.status = 204, .headers = {}, .body = "not sent"});
    };
    const auto wire = connect();
    wire->send(get("/"));
    QCOMPARE(wire->output, "HTTP/1.1 204 No Content\r\n" + Date + "\r\n");
}

void ConnectionTest::speaksHttp10()
{
    m_handler->onRequest = echo;
    const auto wire = connect();
    wire->send("GET /x HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    QCOMPARE(wire->output, answer("/x", "Connection: keep-alive\r\n"));
    QVERIFY(!wire->closing);
    wire->output.clear();
    wire->send("GET /y HTTP/1.0\r\n\r\n");
    QCOMPARE(wire->output, answer("/y", "Connection: close\r\n"));
    QVERIFY(wire->closing);
}

void ConnectionTest::closesWhenAsked()
{
    m_handler->onRequest = echo;
    const auto wire = connect();
    wire->send("GET /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n" + get("/never"));
    QCOMPARE(wire->output, answer("/x", "Connection: close\r\n"));
    QVERIFY(wire->closing);
    QCOMPARE(m_handler->seen.size(), 1U);
    wire->close();
    QVERIFY(wire->destroyed);
    QCOMPARE(m_core->connectionCount(), 0);
}

void ConnectionTest::leavesOutBrokenFields()
{
    m_handler->onRequest = [](const ExchangePtr &exchange) {
        exchange->reply(
            {.status = 200,
             .headers
             = {{"X-Good", "1"},
                {"X-Bad", "a\r\nSet-Cookie: b"},
                {"X Bad", "c"},
                {"X\nBad", "d"},
                {"Content-Length", "99"},
                {"connection", "upgrade"},
                {"Transfer-Encoding", "chunked"}},
             .body = "ok"});
    };
    const auto wire = connect();
    wire->send(get("/"));
    QCOMPARE(wire->output, "HTTP/1.1 200 OK\r\nX-Good: 1\r\n" + Date + "Content-Length: 2\r\n\r\nok");
}

void ConnectionTest::addsCommonHeadersToAnyAnswer()
{
    m_handler->onRequest = [](const ExchangePtr &exchange) {
        exchange->addCommonHeader("X-Common", "1");
        if (exchange->request().path == "/reply") {
            exchange->reply({.status = 200, .headers = {{"x-common", "own"}}, .body = {}});
        } else if (exchange->request().path == "/stream") {
            exchange->begin(200, {});
            exchange->end();
        } // else dropped
    };
    const auto wire = connect();
    wire->send(get("/reply"));
    QVERIFY(wire->output.contains("\r\nx-common: own\r\n"));
    QVERIFY(!wire->output.contains("X-Common"));
    for (const char *path : {"/stream", "/drop"}) {
        wire->output.clear();
        wire->send(get(path));
        QVERIFY(wire->output.contains("\r\nX-Common: 1\r\n"));
    }
    QVERIFY(wire->output.startsWith("HTTP/1.1 500"));
}

void ConnectionTest::streamsInOneSegment()
{
    const auto wire = connect();
    wire->send(get("/"));
    const auto exchange = m_handler->kept.front();
    QVERIFY(!exchange->hasBegun());
    exchange->begin(200, {{"Content-Type", "text/event-stream"}});
    QVERIFY(exchange->hasBegun());
    QVERIFY(wire->writes.empty()); // kept back
    QVERIFY(exchange->tryWrite("data: 1\n\n"));
    QCOMPARE(wire->writes.size(), 1U); // head and first event together
    QVERIFY(fairlead::test::await(exchange->write("data: 22222222\n\n")));
    QVERIFY(exchange->tryWrite({})); // an empty chunk would be the end
    exchange->end();
    QCOMPARE(
        wire->output,
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n" + Date
            + "Transfer-Encoding: chunked\r\n\r\n9\r\ndata: 1\n\n\r\n10\r\ndata: 22222222\n\n\r\n0\r\n\r\n");
    QVERIFY(!wire->closing);
    QVERIFY(!exchange->tryWrite("late"));
    exchange->end();
    exchange->reply({});
    QVERIFY(wire->output.endsWith("0\r\n\r\n"));
}

void ConnectionTest::endsInOneSegment_data()
{
    QTest::addColumn<QByteArray>("request");
    QTest::addColumn<QByteArray>("tail");
    QTest::newRow("chunked") << QByteArray("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                             << QByteArray("\r\n4\r\nlast\r\n0\r\n\r\n");
    QTest::newRow("until close") << QByteArray("GET / HTTP/1.0\r\n\r\n") << QByteArray("firstlast");
    QTest::newRow("HEAD") << QByteArray("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n")
                          << QByteArray("chunked\r\n\r\n");
}

void ConnectionTest::endsInOneSegment()
{
    QFETCH(QByteArray, request);
    QFETCH(QByteArray, tail);
    const auto wire = connect();
    wire->send(request);
    const auto exchange = m_handler->kept.front();
    exchange->begin(200, {});
    QVERIFY(exchange->tryWrite("first"));
    const std::size_t before = wire->writes.size();
    exchange->end("last");
    QVERIFY(wire->writes.size() <= before + 1);
    QVERIFY2(wire->output.endsWith(tail), wire->output.constData());
}

void ConnectionTest::streamsNothing()
{
    const auto wire = connect();
    wire->send(get("/"));
    m_handler->kept.front()->begin(200, {});
    m_handler->kept.front()->end();
    QCOMPARE(wire->output, "HTTP/1.1 200 OK\r\n" + Date + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
}

void ConnectionTest::streamsToHttp10UntilClose()
{
    const auto wire = connect();
    wire->send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    const auto exchange = m_handler->kept.front();
    exchange->begin(200, {});
    QVERIFY(exchange->tryWrite("one"));
    QVERIFY(exchange->tryWrite("two"));
    exchange->end();
    QCOMPARE(wire->output, "HTTP/1.1 200 OK\r\n" + Date + "Connection: close\r\n\r\nonetwo");
    QVERIFY(wire->closing);
}

void ConnectionTest::streamsHeadOnlyToHead()
{
    const auto wire = connect();
    wire->send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
    const auto exchange = m_handler->kept.front();
    exchange->begin(200, {});
    QVERIFY(exchange->tryWrite("body"));
    exchange->end();
    QCOMPARE(wire->output, "HTTP/1.1 200 OK\r\n" + Date + "Transfer-Encoding: chunked\r\n\r\n");
}

Task<> writeMany(ExchangePtr exchange, int count, qsizetype size, std::shared_ptr<int> written)
{
    exchange->begin(200, {});
    for (int i = 0; i < count; ++i) {
        const bool isThere = co_await exchange->write(QByteArray(size, 'x'));
        if (!isThere)
            co_return;
        ++*written;
    }
    exchange->end();
}

void ConnectionTest::slowReaderBoundsMemory()
{
    const ServerLimits limits;
    auto written = std::make_shared<int>(0);
    std::vector<Task<>> tasks;
    m_handler->onRequest = [&](ExchangePtr exchange) {
        tasks.push_back(writeMany(std::move(exchange), 2000, 10'000, written));
    };
    const auto wire = connect();
    wire->room = 50'000;
    wire->send(get("/"));
    qint64 received = 0;
    for (int i = 0; *written < 2000 || !wire->pending.isEmpty(); ++i) {
        QVERIFY(i < 5000);
        QVERIFY(wire->pending.size() <= limits.highWater + 10'000 + 200);
        wire->drain(30'000);
    }
    QVERIFY(wire->mostPending >= limits.highWater);
    received = wire->output.count('x');
    QCOMPARE(received, 2000 * 10'000);
    QVERIFY(wire->output.endsWith("0\r\n\r\n"));
}

void ConnectionTest::tryWriteTellsSlow()
{
    const auto wire = connect();
    wire->room = 0;
    wire->send(get("/"));
    const auto exchange = m_handler->kept.front();
    exchange->begin(200, {});
    QVERIFY(exchange->tryWrite(QByteArray(200'000, 'x')));
    QVERIFY(!exchange->tryWrite(QByteArray(100'000, 'x')));
    bool resumed = false;
    const auto wait = [](ExchangePtr kept, bool *done) -> Task<> {
        const bool isThere = co_await kept->drained();
        *done = isThere;
    };
    auto task = wait(exchange, &resumed);
    QVERIFY(!resumed);
    wire->drain(10'000);
    QVERIFY(!resumed);
    wire->drain(300'000 - 10'000 - 50'000);
    QVERIFY(resumed);
    QVERIFY(!exchange->isGone());
}

void ConnectionTest::writerWakesWhenClientGoes()
{
    auto written = std::make_shared<int>(0);
    std::vector<Task<>> tasks;
    std::weak_ptr<Exchange> weak;
    m_handler->onRequest = [&](ExchangePtr exchange) {
        weak = exchange;
        tasks.push_back(writeMany(std::move(exchange), 2000, 100'000, written));
    };
    const auto wire = connect();
    wire->room = 0;
    wire->send(get("/"));
    QVERIFY(!weak.expired());
    wire->close(io::CloseReason::Reset);
    QVERIFY(tasks.front().isReady());
    tasks.clear();
    QVERIFY(weak.expired());
    QCOMPARE(m_core->exchangeCount(), 0);
    QCOMPARE(m_core->connectionCount(), 0);
}

void ConnectionTest::cancelsWhileHandlerWaits_data()
{
    QTest::addColumn<bool>("begun");
    QTest::addColumn<bool>("pipelined");
    QTest::newRow("waiting") << false << false;
    QTest::newRow("streaming") << true << false;
    QTest::newRow("reading paused") << true << true;
}

void ConnectionTest::cancelsWhileHandlerWaits()
{
    QFETCH(bool, begun);
    QFETCH(bool, pipelined);
    const auto wire = connect();
    wire->send(get("/"));
    const auto exchange = m_handler->kept.front();
    m_handler->kept.clear();
    if (begun) {
        exchange->begin(200, {});
        QVERIFY(exchange->tryWrite("x"));
    }
    const CancelToken token = exchange->cancelToken();
    int told = 0;
    const auto registration = token.onCancel([&] { ++told; });
    if (pipelined) {
        wire->send(get("/").repeated(10'000));
        QVERIFY(wire->readPaused);
        wire->listener->streamHungUp();
    } else {
        wire->close();
    }
    QCOMPARE(told, 1);
    QCOMPARE(token.reason(), CancelReason::ClientGone);
    QVERIFY(exchange->isGone());
    QVERIFY(wire->destroyed);
    QCOMPARE(m_core->exchangeCount(), 1); // the handler holds it
}

void ConnectionTest::answersGoNowhereOnceGone()
{
    const auto wire = connect();
    wire->send(get("/"));
    const auto exchange = m_handler->kept.front();
    wire->close();
    QVERIFY(exchange->isGone());
    exchange->begin(200, {});
    QVERIFY(!exchange->tryWrite("x"));
    QVERIFY(!fairlead::test::await(exchange->write("y")));
    QVERIFY(!fairlead::test::await(exchange->drained()));
    exchange->end();
    exchange->cut();
    exchange->reply({});
    QCOMPARE(exchange->cancelToken().reason(), CancelReason::ClientGone); // asked for afterwards
    QVERIFY(wire->output.isEmpty());
}

void ConnectionTest::droppedExchangeIs500()
{
    m_core->renderError = [](int status, const QByteArray &, const Request &request) {
        return Response{.status = 0, .headers = {}, .body = QByteArray::number(status) + ' ' + request.path};
    };
    m_handler->onRequest = [](const ExchangePtr &) {};
    const auto wire = connect();
    wire->send(get("/dropped") + get("/again"));
    QCOMPARE(wire->output.count("HTTP/1.1 500 Internal Server Error"), 2);
    QVERIFY(wire->output.contains("500 /dropped"));
    QCOMPARE(m_core->exchangeCount(), 0);
}

void ConnectionTest::droppedStreamIsCut()
{
    m_handler->onRequest = [](const ExchangePtr &exchange) {
        exchange->begin(200, {});
        QVERIFY(exchange->tryWrite("half"));
    };
    const auto wire = connect();
    wire->send(get("/"));
    QVERIFY(wire->output.endsWith("half\r\n"));
    QVERIFY(wire->closing);
}

void ConnectionTest::droppedBeforeFirstWriteIs500()
{
    m_handler->onRequest = [](const ExchangePtr &exchange) { exchange->begin(200, {}); };
    const auto wire = connect();
    wire->send(get("/"));
    QCOMPARE(statusLine(*wire), "HTTP/1.1 500 Internal Server Error");
}

void ConnectionTest::cutLeavesTheStreamOpenEnded()
{
    const auto chunked = connect();
    chunked->send(get("/"));
    m_handler->kept.back()->begin(200, {});
    QVERIFY(m_handler->kept.back()->tryWrite("half"));
    m_handler->kept.back()->cut();
    QVERIFY(chunked->output.endsWith("half\r\n"));
    QVERIFY(chunked->closing);
    QVERIFY(!chunked->wasReset);

    const auto untilClose = connect();
    untilClose->send("GET / HTTP/1.0\r\n\r\n");
    m_handler->kept.back()->begin(200, {});
    QVERIFY(m_handler->kept.back()->tryWrite("half"));
    m_handler->kept.back()->cut();
    QVERIFY(untilClose->wasReset); // an end would look whole

    const auto unanswered = connect();
    unanswered->send(get("/"));
    m_handler->kept.back()->cut();
    QVERIFY(unanswered->output.isEmpty());
    QVERIFY(unanswered->closing);
}

void ConnectionTest::exchangeOutlivesServer()
{
    const auto wire = connect();
    wire->send(get("/"));
    const auto exchange = m_handler->kept.front();
    m_handler->kept.clear();
    const CancelToken token = exchange->cancelToken();
    m_core->closeAll();
    m_core.reset();
    QCOMPARE(token.reason(), CancelReason::Shutdown);
    QVERIFY(wire->destroyed);
    exchange->reply({});
    QVERIFY(exchange->isGone());
}

void ConnectionTest::refusalsWearTheDialect()
{
    m_core->renderError = [](int status, const QByteArray &message, const Request &request) {
        return Response{
            .status = status, .headers = {{"X-Path", request.path}}, .body = "{" + message.left(11) + "}"};
    };
    const auto wire = connect();
    wire->send("POST /v1/messages HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n");
    QCOMPARE(
        wire->output, "HTTP/1.1 400 Bad Request\r\nX-Path: /v1/messages\r\n" + Date
                          + "Content-Length: 13\r\nConnection: close\r\n\r\n{The request}");
    QVERIFY(wire->closing);
    QVERIFY(m_handler->seen.empty());

    const auto plain = connect();
    m_core->renderError = {};
    plain->send("GET / HTTP/2.0\r\nHost: a\r\n\r\n");
    QCOMPARE(statusLine(*plain), "HTTP/1.1 505 HTTP Version Not Supported");
    const auto big = connect();
    big->send("GET / HTTP/1.1\r\nHost: a\r\nX: " + QByteArray(70'000, 'x'));
    QCOMPARE(statusLine(*big), "HTTP/1.1 431 Request Header Fields Too Large");
}

void ConnectionTest::refusesBodyBeforeReadingIt()
{
    makeCore({.mostBodyBytes = 1000});
    const auto wire = connect();
    wire->send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1001\r\nExpect: 100-continue\r\n\r\n");
    QCOMPARE(statusLine(*wire), "HTTP/1.1 413 Content Too Large");
    QVERIFY(!wire->output.contains("100 Continue"));
    QVERIFY(wire->closing);
}

void ConnectionTest::says100Continue()
{
    m_handler->onRequest = echo;
    const QByteArray head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n";
    const auto wire = connect();
    wire->send(head);
    QCOMPARE(wire->output, "HTTP/1.1 100 Continue\r\n\r\n");
    wire->output.clear();
    wire->send("hi");
    QCOMPARE(wire->output, answer("/hi"));
    wire->output.clear();
    wire->send(head + "hi");
    QCOMPARE(wire->output, answer("/hi"));
}

void ConnectionTest::refusalAfterPipelinedAnswers()
{
    const auto wire = connect();
    wire->send(get("/good") + "BROKEN\r\n\r\n");
    QVERIFY(wire->output.isEmpty());
    const auto exchange = m_handler->kept.front();
    m_handler->kept.clear();
    echo(exchange);
    QCoreApplication::processEvents();
    QVERIFY(wire->output.startsWith(answer("/good")));
    QVERIFY(wire->output.contains("HTTP/1.1 400 Bad Request"));
    QVERIFY(wire->closing);
}

void ConnectionTest::slowLorisHeadTimesOut()
{
    const auto wire = connect();
    m_clock->advance(30s); // nothing sent yet: only idle
    QVERIFY(!wire->closing);
    wire->send("GET / HTTP/1.1\r\n");
    for (int i = 0; i < 9; ++i) {
        m_clock->advance(1s);
        wire->send("X-" + QByteArray::number(i) + ": drip\r\n");
        QVERIFY(!wire->closing);
    }
    m_clock->advance(1500ms);
    QCOMPARE(statusLine(*wire), "HTTP/1.1 408 Request Timeout");
    QVERIFY(wire->closing);
}

void ConnectionTest::bodyTimesOut()
{
    const auto wire = connect();
    wire->send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n");
    for (int i = 0; i < 5; ++i) {
        m_clock->advance(50s);
        wire->send("x");
        QVERIFY(!wire->closing);
    }
    m_clock->advance(61s);
    QCOMPARE(statusLine(*wire), "HTTP/1.1 408 Request Timeout");
    QVERIFY(wire->closing);
}

void ConnectionTest::idleConnectionCloses()
{
    m_handler->onRequest = echo;
    const auto wire = connect();
    m_clock->advance(70s);
    wire->send(get("/"));
    m_clock->advance(74s);
    QVERIFY(!wire->closing);
    m_clock->advance(2s);
    QVERIFY(wire->closing);
    QCOMPARE(wire->output.count("HTTP/1.1"), 1); // no words to nobody's request
}

void ConnectionTest::slowHandlerDoesNotTimeOut()
{
    const auto wire = connect();
    wire->send(get("/"));
    m_clock->advance(3600s);
    QVERIFY(!wire->closing && !wire->aborted);
    echo(m_handler->kept.front());
    QVERIFY(wire->output.endsWith("\r\n\r\n/"));
}

void ConnectionTest::stalledReaderIsDropped()
{
    const auto wire = connect();
    wire->room = 0;
    wire->send(get("/"));
    const auto exchange = m_handler->kept.front();
    m_handler->kept.clear();
    exchange->begin(200, {});
    QVERIFY(exchange->tryWrite(QByteArray(100'000, 'x')));
    for (int i = 0; i < 5; ++i) {
        m_clock->advance(100s);
        wire->drain(1); // slow is not gone
        QVERIFY(!wire->aborted);
    }
    m_clock->advance(121s);
    QVERIFY(wire->aborted);
    QVERIFY(exchange->isGone());
}

void ConnectionTest::lingersOnlySoLong()
{
    m_handler->onRequest = echo;
    const auto wire = connect();
    wire->send("GET / HTTP/1.0\r\n\r\n");
    QVERIFY(wire->closing);
    m_clock->advance(1s);
    QVERIFY(!wire->aborted);
    m_clock->advance(2s);
    QVERIFY(wire->destroyed);
}

void ConnectionTest::sweepsOnlyWhileConnected()
{
    QCOMPARE(m_clock->timerCount(), 0);
    const auto wire = connect();
    const auto other = connect();
    QCOMPARE(m_clock->timerCount(), 1);
    wire->close();
    other->close();
    m_clock->advance(1s);
    QCOMPARE(m_clock->timerCount(), 0);
}

void ConnectionTest::stopClosesIdleAndFinishesRunning()
{
    int idle = 0;
    m_core->idle = [&] { ++idle; };
    const auto quiet = connect();
    const auto busy = connect();
    busy->send(get("/busy"));
    const auto half = connect();
    half->send("GET / HT");
    m_core->stopListening();
    QVERIFY(quiet->closing);
    QVERIFY(half->closing);
    QVERIFY(!busy->closing);
    QCoreApplication::processEvents();
    QCOMPARE(idle, 0);
    echo(m_handler->kept.front());
    QCOMPARE(busy->output, answer("/busy", "Connection: close\r\n"));
    QVERIFY(busy->closing);
    QCoreApplication::processEvents();
    QCOMPARE(idle, 0); // the handler still holds it
    m_handler->kept.clear();
    QCoreApplication::processEvents();
    QCOMPARE(idle, 1);
}

void ConnectionTest::cancelAllCutsRunning()
{
    const auto wire = connect();
    wire->send(get("/"));
    const auto exchange = m_handler->kept.front();
    const CancelToken token = exchange->cancelToken();
    exchange->begin(200, {});
    QVERIFY(exchange->tryWrite("half"));
    m_core->cancelAll(CancelReason::Shutdown);
    QCOMPARE(token.reason(), CancelReason::Shutdown);
    QVERIFY(wire->closing);
    QVERIFY(!wire->output.contains("0\r\n\r\n"));
    QVERIFY(!exchange->tryWrite("more"));
    QVERIFY(wire->output.endsWith("half\r\n"));
}

void ConnectionTest::idleWaitsForBytes()
{
    int idle = 0;
    m_core->idle = [&] { ++idle; };
    m_handler->onRequest = echo;
    const auto wire = connect();
    wire->room = 0;
    m_handler->onRequest = [this](const ExchangePtr &exchange) {
        m_core->stopListening();
        echo(exchange);
    };
    wire->send(get("/"));
    QCOMPARE(m_core->exchangeCount(), 0);
    m_clock->advance(1s);
    QCoreApplication::processEvents();
    QCOMPARE(idle, 0);
    wire->drain(100'000);
    m_clock->advance(1s);
    QCoreApplication::processEvents();
    QCOMPARE(idle, 1);
}

QTEST_GUILESS_MAIN(ConnectionTest)
#include "ConnectionTest.moc"
