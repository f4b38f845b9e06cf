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

/// What HttpTransport promises, kept over our manager and over a plain one alike: the fallback must be no
/// trap.
class TransportContractTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init();
    void roundTrip_data() { managers(); }
    void roundTrip();
    void errorStatusIsAnAnswer_data() { managers(); }
    void errorStatusIsAnAnswer();
    void aPostIsSeenOnce_data() { managers(); }
    void aPostIsSeenOnce();
    void truncationIsAnError_data() { managers(); }
    void truncationIsAnError();
    void redirectsAreNotFollowed_data() { managers(); }
    void redirectsAreNotFollowed();
    void refused_data() { managers(); }
    void refused();
    void firstByteAndIdleTimeout_data() { managers(); }
    void firstByteAndIdleTimeout();
    void cancel_data() { managers(); }
    void cancel();
    void dropped_data() { managers(); }
    void dropped();
    void managerGoesFirst_data() { managers(); }
    void managerGoesFirst();

private:
    static void managers();
    std::unique_ptr<TransportRig> m_rig;
    std::unique_ptr<QNetworkAccessManager> m_plain;
    std::unique_ptr<net::QnamTransport> m_overPlain;
    net::HttpTransport *m_transport = nullptr;
};

void TransportContractTest::managers()
{
    QTest::addColumn<bool>("plain");
    QTest::newRow("UpstreamManager") << false;
    QTest::newRow("plain QNetworkAccessManager") << true;
}

void TransportContractTest::init()
{
    QFETCH(const bool, plain);
    m_overPlain.reset();
    m_rig = std::make_unique<TransportRig>();
    m_plain = std::make_unique<QNetworkAccessManager>();
    m_overPlain = std::make_unique<net::QnamTransport>(*m_plain, m_rig->clock);
    m_transport = plain ? m_overPlain.get() : m_rig->transport.get();
}

void TransportContractTest::roundTrip()
{
    FakeUpstream server;
    server.always(FakeScript::chunked({"one ", "two"}, "X-A: b\r\n"));
    for (int round = 0; round < 2; ++round) {
        net::TransportRequest request = post(server.url(QStringLiteral("/p?q")), "body");
        request.secretHeaders.emplace_back("authorization", Secret(QByteArray("Bearer k")));
        const Outcome outcome = test::await(exchange(*m_transport, std::move(request)));
        QVERIFY2(!outcome.error, outcome.message.constData());
        QCOMPARE(outcome.status, 200);
        QCOMPARE(outcome.body, QByteArray("one two"));
        QCOMPARE(outcome.headers.value("x-a"), QByteArray("b"));
        QVERIFY(outcome.times.firstByte.has_value());
    }
    const FakeUpstream::Request &seen = server.requests().back();
    QCOMPARE(seen.method, QByteArray("POST"));
    QCOMPARE(seen.target, QByteArray("/p?q"));
    QCOMPARE(seen.body, QByteArray("body"));
    QCOMPARE(seen.headers.value("authorization"), QByteArray("Bearer k"));
    QCOMPARE(seen.headers.value("accept-encoding"), QByteArray("identity"));
}

void TransportContractTest::errorStatusIsAnAnswer()
{
    FakeUpstream server;
    for (const int status : {400, 404, 429, 500, 503, 529}) {
        server.expect(FakeScript::answer("{\"error\":1}", status));
        const Outcome outcome = test::await(exchange(*m_transport, post(server.url())));
        QVERIFY2(!outcome.error, outcome.message.constData());
        QCOMPARE(outcome.status, status);
        QCOMPARE(outcome.body, QByteArray("{\"error\":1}"));
    }
}

void TransportContractTest::aPostIsSeenOnce()
{
    FakeUpstream server;
    server.expect(FakeScript::answer("first"));
    QVERIFY(!test::await(exchange(*m_transport, post(server.url()))).error);
    server.always(FakeScript().close());
    const Outcome outcome = test::await(exchange(*m_transport, post(server.url())));
    QVERIFY2(outcome.error == TransportErrorKind::LostBeforeAnswer, outcome.message.constData());
    QVERIFY(!test::waitUntil([&] { return server.requestCount() > 2; }, 20ms));
}

void TransportContractTest::truncationIsAnError()
{
    FakeUpstream server;
    server.expect(FakeScript().bytes("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf").close());
    const Outcome outcome = test::await(exchange(*m_transport, post(server.url())));
    QVERIFY2(outcome.error == TransportErrorKind::Truncated, outcome.message.constData());
    QCOMPARE(outcome.body, QByteArray("half"));
}

void TransportContractTest::redirectsAreNotFollowed()
{
    FakeUpstream server;
    FakeUpstream elsewhere;
    server.expect(FakeScript::answer("moved", 307, "Location: " + elsewhere.url().toEncoded() + "\r\n"));
    const Outcome outcome = test::await(exchange(*m_transport, post(server.url())));
    QCOMPARE(outcome.status, 307);
    QVERIFY(!test::waitUntil([&] { return elsewhere.connectionCount() > 0; }, 20ms));
}

void TransportContractTest::refused()
{
    QUrl closed;
    {
        FakeUpstream gone;
        closed = gone.url();
    }
    QVERIFY(test::await(exchange(*m_transport, post(closed))).error == TransportErrorKind::Refused);
}

void TransportContractTest::firstByteAndIdleTimeout()
{
    FakeUpstream server;
    server.expect(FakeScript().hang());
    auto waiting = exchange(*m_transport, post(server.url()));
    QVERIFY(test::waitUntil([&] { return server.requestCount() == 1; }));
    m_rig->clock.advance(60s);
    QVERIFY(!waiting.isReady()); // connected, so the limit for that is not what runs
    m_rig->clock.advance(61s);
    QVERIFY(test::await(std::move(waiting)).error == TransportErrorKind::FirstByteTimeout);

    server.expect(FakeScript().bytes("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc").hang());
    auto response = test::await(m_transport->send(post(server.url()))).value();
    QCOMPARE(test::await(response->read()).value(), QByteArray("abc"));
    auto reading = response->read();
    m_rig->clock.advance(121s);
    QVERIFY(test::await(std::move(reading)).error().kind() == TransportErrorKind::IdleTimeout);
}

void TransportContractTest::cancel()
{
    FakeUpstream server;
    server.always(FakeScript().hang());
    const CancelSource source;
    net::TransportRequest request = post(server.url());
    request.cancel = source.token();
    auto running = exchange(*m_transport, std::move(request));
    QVERIFY(test::waitUntil([&] { return server.requestCount() == 1; }));
    source.cancel(CancelReason::ClientGone);
    QVERIFY(running.isReady());
    QVERIFY(test::await(std::move(running)).error == TransportErrorKind::Cancelled);
    QVERIFY(test::waitUntil([&] { return server.openConnections() == 0; }));
}

void TransportContractTest::dropped()
{
    FakeUpstream server;
    server.always(FakeScript().bytes("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc").hang());
    auto response = test::await(m_transport->send(post(server.url()))).value();
    QCOMPARE(test::await(response->read()).value(), QByteArray("abc"));
    auto reading = response->read();
    response.reset();
    QVERIFY(reading.isReady());
    QVERIFY(test::waitUntil([&] { return server.openConnections() == 0; }));
}

void TransportContractTest::managerGoesFirst()
{
    FakeUpstream server;
    server.always(FakeScript().hang());
    auto running = exchange(*m_transport, post(server.url()));
    QVERIFY(test::waitUntil([&] { return server.requestCount() == 1; }));
    m_plain.reset();
    m_rig->manager.reset();
    QVERIFY(test::waitUntil([&] { return running.isReady(); }));
    QVERIFY(test::await(std::move(running)).error == TransportErrorKind::Cancelled);
}

QTEST_GUILESS_MAIN(TransportContractTest)
#include "TransportContractTest.moc"
