// SPDX-License-Identifier: GPL-3.0-or-later
#include "TransportRig.h"

#include <QTest>

using namespace fairlead;
using namespace std::chrono_literals;
using net::TransportErrorKind;
using test::exchange;
using test::FakeScript;
using test::FakeUpstream;
using test::Outcome;
using test::post;
using test::TransportRig;

namespace {

const QByteArray Ok = "HTTP/1.1 200 OK\r\n";

/// A connection that is made but never becomes usable: TLS to a server that does not answer.
QUrl tlsUrlOf(const FakeUpstream &server)
{
    QUrl url = server.url();
    url.setScheme(QStringLiteral("https"));
    return url;
}

} // namespace

/// Time-outs, cancellation and destruction: every way an exchange can be ended from our side, in each of its
/// phases.
class TransportTimeTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void connectTimeout();
    void firstByteTimeout();
    void firstByteRunsWhileTheServerDoesNotRead();
    void idleTimeoutRunsBetweenBytesOnly();
    void totalTimeout_data();
    void totalTimeout();
    void zeroIsNoLimit();
    void manyDeadlinesShareOneTimer();
    void timesAreTold();

    void cancel_data();
    void cancel();
    void cancelledBeforeItBegins();

    void droppingTheResponseEndsItsReader();
    void managerGoesFirst_data() { cancel_data(); }
    void managerGoesFirst();
    void transportGoesFirst();
};

void TransportTimeTest::connectTimeout()
{
    TransportRig rig;
    FakeUpstream server;
    server.setDeaf(true);
    auto running = exchange(*rig.transport, post(tlsUrlOf(server)));
    QVERIFY(test::waitUntil([&] { return server.connectionCount() == 1; }));
    rig.clock.advance(9'999ms);
    QVERIFY(!running.isReady());
    rig.clock.advance(1ms);
    QVERIFY(running.isReady());
    const Outcome outcome = test::await(std::move(running));
    QVERIFY(outcome.error == TransportErrorKind::ConnectTimeout);
    QCOMPARE(
        outcome.message, "no connection to 127.0.0.1:" + QByteArray::number(server.port()) + " within 10 s");
    QCOMPARE(rig.manager->activeConnections(), 0);
}

void TransportTimeTest::firstByteTimeout()
{
    TransportRig rig;
    FakeUpstream server;
    server.expect(FakeScript().bytes("HTTP/1.1 100 Continue\r\n\r\n").hang()); // no answer yet
    net::TransportRequest request = post(server.url());
    request.timeouts.firstByte = 60s;
    auto running = exchange(*rig.transport, std::move(request));
    QVERIFY(test::waitUntil([&] { return server.requestCount() == 1; }));
    rig.clock.advance(59'999ms); // far beyond the limit for connecting
    QVERIFY(!running.isReady());
    rig.clock.advance(1ms);
    QVERIFY(running.isReady());
    QVERIFY(test::await(std::move(running)).error == TransportErrorKind::FirstByteTimeout);
    QVERIFY(test::waitUntil([&] { return server.openConnections() == 0; }));
}

void TransportTimeTest::firstByteRunsWhileTheServerDoesNotRead()
{
    TransportRig rig;
    FakeUpstream server;
    server.setDeaf(true);
    auto running = exchange(*rig.transport, post(server.url(), QByteArray(32 * 1024 * 1024, 'x')));
    QVERIFY(test::waitUntil([&] { return server.connectionCount() == 1; }));
    rig.clock.advance(121s);
    QVERIFY(running.isReady());
    QVERIFY(test::await(std::move(running)).error == TransportErrorKind::FirstByteTimeout);
}

void TransportTimeTest::idleTimeoutRunsBetweenBytesOnly()
{
    TransportRig rig;
    FakeUpstream server;
    bool more = false;
    server.expect(FakeScript()
                      .bytes(Ok + "Content-Length: 3\r\n\r\na")
                      .waitFor([&] { return more; })
                      .bytes("b")
                      .hang());
    net::TransportRequest request = post(server.url());
    request.timeouts.idle = 30s;
    auto response = test::await(rig.transport->send(std::move(request))).value();
    QCOMPARE(test::await(response->read()).value(), QByteArray("a"));
    rig.clock.advance(300s); // nobody reads: not the server's fault
    auto second = response->read();
    rig.clock.advance(29s);
    more = true;
    QCOMPARE(test::await(std::move(second)).value(), QByteArray("b"));
    auto third = response->read();
    rig.clock.advance(29'999ms);
    QVERIFY(!third.isReady());
    rig.clock.advance(1ms);
    QVERIFY(third.isReady());
    QVERIFY(test::await(std::move(third)).error().kind() == TransportErrorKind::IdleTimeout);
    QVERIFY(test::await(response->read()).error().kind() == TransportErrorKind::IdleTimeout); // it stays so
    QVERIFY(test::waitUntil([&] { return server.openConnections() == 0; }));
}

void TransportTimeTest::totalTimeout_data()
{
    QTest::addColumn<bool>("inTheBody");
    QTest::newRow("before the answer") << false;
    QTest::newRow("in the body") << true;
}

void TransportTimeTest::totalTimeout()
{
    QFETCH(const bool, inTheBody);
    TransportRig rig;
    FakeUpstream server;
    server.expect(FakeScript().bytes(inTheBody ? Ok + "Content-Length: 3\r\n\r\na" : QByteArray()).hang());
    net::TransportRequest request = post(server.url());
    request.timeouts.total = 20s;
    auto running = exchange(*rig.transport, std::move(request));
    QVERIFY(test::waitUntil(
        [&] { return server.requestCount() == 1 && (!inTheBody || server.bytesSent() > 0); }));
    // Whatever has been sent is read before time moves on.
    (void)test::waitUntil([] { return false; }, 5ms);
    rig.clock.advance(19'999ms);
    QVERIFY(!running.isReady());
    rig.clock.advance(1ms);
    QVERIFY(running.isReady());
    const Outcome outcome = test::await(std::move(running));
    QVERIFY(outcome.error == TransportErrorKind::TotalTimeout);
    QCOMPARE(outcome.body, inTheBody ? QByteArray("a") : QByteArray());
}

void TransportTimeTest::zeroIsNoLimit()
{
    TransportRig rig;
    FakeUpstream server;
    bool answer = false;
    server.expect(FakeScript().waitFor([&] { return answer; }).bytes(Ok + "Content-Length: 1\r\n\r\nx"));
    net::TransportRequest request = post(server.url());
    request.timeouts = net::Timeouts{.connect = 0ms, .firstByte = 0ms, .idle = 0ms, .total = 0ms};
    auto running = exchange(*rig.transport, std::move(request));
    QVERIFY(test::waitUntil([&] { return server.requestCount() == 1; }));
    QCOMPARE(rig.clock.timerCount(), 0);
    rig.clock.advance(std::chrono::hours(100));
    answer = true;
    QCOMPARE(test::await(std::move(running)).body, QByteArray("x"));
}

void TransportTimeTest::manyDeadlinesShareOneTimer()
{
    TransportRig rig;
    FakeUpstream server;
    server.always(FakeScript().hang());
    std::vector<Task<Outcome>> running;
    for (int i = 0; i < 20; ++i) {
        net::TransportRequest request = post(server.url());
        request.timeouts.firstByte = std::chrono::seconds(20 - i); // the later, the earlier
        running.push_back(exchange(*rig.transport, std::move(request)));
    }
    QVERIFY(test::waitUntil([&] { return server.requestCount() == 20; }));
    QCOMPARE(rig.clock.timerCount(), 1);
    for (int i = 0; i < 20; ++i) {
        rig.clock.advance(1s);
        const auto ended
            = std::count_if(running.begin(), running.end(), [](const auto &task) { return task.isReady(); });
        QCOMPARE(static_cast<int>(ended), i + 1);
    }
}

void TransportTimeTest::timesAreTold()
{
    TransportRig rig;
    FakeUpstream server;
    bool answer = false;
    server.always(FakeScript().waitFor([&] { return answer; }).bytes(Ok + "Content-Length: 1\r\n\r\nx"));
    auto running = exchange(*rig.transport, post(server.url()));
    QVERIFY(test::waitUntil([&] { return server.requestCount() == 1; }));
    rig.clock.advance(1500ms);
    answer = true;
    const Outcome first = test::await(std::move(running));
    QVERIFY(first.times.firstByte && *first.times.firstByte == 1500ms);
    QVERIFY(first.times.sent && *first.times.sent < 1s);
    QVERIFY(first.times.connected.has_value());
    QVERIFY(!first.times.encrypted.has_value());
    const Outcome second = test::await(exchange(*rig.transport, post(server.url())));
    QVERIFY(second.times.reusedConnection);
    QVERIFY(!second.times.connected.has_value());
}

// Cancelling

void TransportTimeTest::cancel_data()
{
    QTest::addColumn<QByteArray>("phase");
    QTest::newRow("connecting") << QByteArray("connecting");
    QTest::newRow("waiting for the head") << QByteArray("head");
    QTest::newRow("in the body") << QByteArray("body");
}

namespace {

/// Brings an exchange into a phase and leaves it there.
Task<Outcome>
startIn(const QByteArray &phase, TransportRig &rig, FakeUpstream &server, const CancelToken &token)
{
    server.setDeaf(phase == "connecting");
    server.expect(
        FakeScript().bytes(phase == "body" ? Ok + "Content-Length: 9\r\n\r\nabc" : QByteArray()).hang());
    net::TransportRequest request = post(phase == "connecting" ? tlsUrlOf(server) : server.url());
    request.cancel = token;
    auto running = exchange(*rig.transport, std::move(request));
    const bool arrived = test::waitUntil([&] {
        if (phase == "connecting")
            return server.connectionCount() == 1;
        return server.requestCount() == 1 && (phase == "head" || server.bytesSent() > 0);
    });
    Q_ASSERT(arrived);
    Q_UNUSED(arrived);
    (void)test::waitUntil([] { return false; }, 5ms);
    return running;
}

} // namespace

void TransportTimeTest::cancel()
{
    QFETCH(const QByteArray, phase);
    TransportRig rig;
    FakeUpstream server;
    const CancelSource source;
    auto running = startIn(phase, rig, server, source.token());
    QVERIFY(!running.isReady());
    source.cancel(CancelReason::ClientGone);
    QVERIFY(running.isReady()); // at once, not some turns later
    const Outcome outcome = test::await(std::move(running));
    QVERIFY(outcome.error == TransportErrorKind::Cancelled);
    QCOMPARE(outcome.body, phase == "body" ? QByteArray("abc") : QByteArray());
    QCOMPARE(rig.manager->activeConnections(), 0);
    QVERIFY(test::waitUntil([&] { return server.openConnections() == 0 || phase == "connecting"; }));
}

void TransportTimeTest::cancelledBeforeItBegins()
{
    TransportRig rig;
    FakeUpstream server;
    const CancelSource source;
    source.cancel(CancelReason::UserStopped);
    net::TransportRequest request = post(server.url());
    request.cancel = source.token();
    auto running = exchange(*rig.transport, std::move(request));
    QVERIFY(running.isReady());
    QVERIFY(test::await(std::move(running)).error == TransportErrorKind::Cancelled);
    QCOMPARE(rig.manager->activeConnections(), 0);
    QVERIFY(!test::waitUntil([&] { return server.connectionCount() > 0; }, 10ms));
}

void TransportTimeTest::droppingTheResponseEndsItsReader()
{
    TransportRig rig;
    FakeUpstream server;
    server.expect(FakeScript().bytes(Ok + "Content-Length: 9\r\n\r\n").hang());
    auto response = test::await(rig.transport->send(post(server.url()))).value();
    auto reading = response->read();
    QVERIFY(!reading.isReady());
    response.reset();
    QVERIFY(reading.isReady());
    QVERIFY(test::await(std::move(reading)).error().kind() == TransportErrorKind::Cancelled);
    QVERIFY(test::waitUntil([&] { return server.openConnections() == 0; }));
}

void TransportTimeTest::managerGoesFirst()
{
    QFETCH(const QByteArray, phase);
    TransportRig rig;
    FakeUpstream server;
    auto running = startIn(phase, rig, server, CancelToken());
    rig.manager.reset();
    QVERIFY(running.isReady());
    QVERIFY(test::await(std::move(running)).error == TransportErrorKind::Cancelled);
}

void TransportTimeTest::transportGoesFirst()
{
    TransportRig rig;
    FakeUpstream server;
    bool answer = false;
    server.expect(FakeScript().waitFor([&] { return answer; }).bytes(Ok + "Content-Length: 1\r\n\r\nx"));
    auto running = exchange(*rig.transport, post(server.url()));
    QVERIFY(test::waitUntil([&] { return server.requestCount() == 1; }));
    rig.transport.reset();
    answer = true;
    QCOMPARE(test::await(std::move(running)).body, QByteArray("x"));
}

QTEST_GUILESS_MAIN(TransportTimeTest)
#include "TransportTimeTest.moc"
