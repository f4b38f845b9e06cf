// SPDX-License-Identifier: GPL-3.0-or-later
#include "TransportRig.h"

#include <QElapsedTimer>
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

Q_DECLARE_METATYPE(fairlead::test::FakeScript)

class TransportTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void sendsWhatItIsGiven();
    void answersWithoutBody_data();
    void answersWithoutBody();
    void everyByteBoundary_data();
    void everyByteBoundary();

    void aPostIsSeenOnce_data();
    void aPostIsSeenOnce();
    void anIdleConnectionThatEndsIsForgotten();
    void thirtyAtOnce();
    void reuse_data();
    void reuse();
    void idleConnectionsAreFewAndShortLived();
    void bigBodiesDoNotStall();
    void anEarlyAnswerIsRead();
    void redirectsAreNotFollowed_data();
    void redirectsAreNotFollowed();

    void brokenAnswers_data();
    void brokenAnswers();
    void unreachable();
    void refusesBrokenRequests_data();
    void refusesBrokenRequests();
};

void TransportTest::sendsWhatItIsGiven()
{
    TransportRig rig;
    FakeUpstream server;
    server.expect(FakeScript::answer("answer", 201, "X-A: 1\r\nX-a: 2\r\n"));
    net::TransportRequest request
        = post(server.url(QStringLiteral("/v1/chat?x=%C3%A4&y")), "{\"model\":\"m\"}");
    request.headers.add("Connection", "close"); // ours to decide
    request.headers.add("Content-Length", "999");
    request.secretHeaders.emplace_back("authorization", Secret(QByteArray("Bearer k-123")));
    const Outcome outcome = test::await(exchange(*rig.transport, request));

    QVERIFY2(!outcome.error, outcome.message.constData());
    QCOMPARE(outcome.status, 201);
    QCOMPARE(outcome.body, QByteArray("answer"));
    QCOMPARE(outcome.headers.count("x-a"), qsizetype(2));
    QVERIFY(!outcome.times.reusedConnection);
    QVERIFY(outcome.times.connected && outcome.times.sent && outcome.times.firstByte);

    QCOMPARE(server.requestCount(), 1);
    const FakeUpstream::Request &seen = server.requests().front();
    QCOMPARE(seen.method, QByteArray("POST"));
    QCOMPARE(seen.target, QByteArray("/v1/chat?x=%C3%A4&y"));
    QCOMPARE(seen.body, QByteArray("{\"model\":\"m\"}"));
    QCOMPARE(seen.headers.value("host"), "127.0.0.1:" + QByteArray::number(server.port()));
    QCOMPARE(seen.headers.value("authorization"), QByteArray("Bearer k-123"));
    QCOMPARE(seen.headers.value("content-length"), QByteArray("13"));
    QCOMPARE(seen.headers.value("accept-encoding"), QByteArray("identity"));
    QVERIFY(seen.headers.value("user-agent").startsWith("Fairlead/"));
    QVERIFY(!seen.headers.contains("connection"));
}

void TransportTest::answersWithoutBody_data()
{
    QTest::addColumn<QByteArray>("method");
    QTest::addColumn<QByteArray>("wire");
    QTest::addColumn<int>("status");
    QTest::newRow("HEAD") << QByteArray("HEAD") << QByteArray("HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n")
                          << 200;
    QTest::newRow("204") << QByteArray("POST") << QByteArray("HTTP/1.1 204 No Content\r\n\r\n") << 204;
    QTest::newRow("304") << QByteArray("GET")
                         << QByteArray("HTTP/1.1 304 Not Modified\r\nContent-Length: 4\r\n\r\n") << 304;
    QTest::newRow("100 first") << QByteArray(
        "POST") << QByteArray("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
                               << 200;
}

void TransportTest::answersWithoutBody()
{
    QFETCH(const QByteArray, method);
    QFETCH(const QByteArray, wire);
    TransportRig rig;
    FakeUpstream server;
    server.always(FakeScript().bytes(wire));
    for (int round = 0; round < 2; ++round) {
        net::TransportRequest request = post(server.url(), method == "POST" ? "{}" : "");
        request.method = method;
        const Outcome outcome = test::await(exchange(*rig.transport, std::move(request)));
        QVERIFY2(!outcome.error, outcome.message.constData());
        QTEST(outcome.status, "status");
        QCOMPARE(outcome.body, QByteArray());
        QCOMPARE(outcome.times.reusedConnection, round == 1);
    }
    QCOMPARE(server.connectionCount(), 1);
}

void TransportTest::everyByteBoundary_data()
{
    QTest::addColumn<QByteArray>("wire");
    QTest::addColumn<bool>("closes");
    QTest::newRow("length") << QByteArray("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello") << false;
    QTest::newRow("chunked") << QByteArray(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\nX: y\r\n\r\n")
                             << false;
    QTest::newRow("until close") << QByteArray("HTTP/1.1 200 OK\r\n\r\nhello") << true;
}

void TransportTest::everyByteBoundary()
{
    QFETCH(const QByteArray, wire);
    QFETCH(const bool, closes);
    TransportRig rig;
    FakeUpstream server;
    FakeScript single = FakeScript().bytewise(wire);
    server.expect(closes ? single.close() : single);
    for (qsizetype at = 0; at < wire.size(); ++at) {
        FakeScript split = FakeScript().bytes(wire.first(at)).pause(0ms).bytes(wire.sliced(at));
        server.expect(closes ? split.close() : split);
    }
    for (qsizetype round = 0; round <= wire.size(); ++round) {
        const Outcome outcome = test::await(exchange(*rig.transport, post(server.url())));
        QVERIFY2(!outcome.error, outcome.message.constData());
        QCOMPARE(outcome.body, QByteArray("hello"));
    }
    if (!closes)
        QCOMPARE(server.connectionCount(), 1);
}

void TransportTest::aPostIsSeenOnce_data()
{
    QTest::addColumn<FakeScript>("script");
    QTest::addColumn<bool>("reused");
    QTest::newRow("closed, fresh") << FakeScript().close() << false;
    QTest::newRow("closed, reused") << FakeScript().close() << true;
    QTest::newRow("reset, fresh") << FakeScript().reset() << false;
    QTest::newRow("reset, reused") << FakeScript().reset() << true;
    QTest::newRow("closed after 100, reused")
        << FakeScript().bytes("HTTP/1.1 100 Continue\r\n\r\n").close() << true;
}

void TransportTest::aPostIsSeenOnce()
{
    QFETCH(const FakeScript, script);
    QFETCH(const bool, reused);
    TransportRig rig;
    FakeUpstream server;
    if (reused) {
        server.expect(FakeScript::answer("first"));
        QVERIFY(!test::await(exchange(*rig.transport, post(server.url()))).error);
    }
    server.always(script);
    const Outcome outcome = test::await(exchange(*rig.transport, post(server.url(), "{\"costs\":1}")));
    QVERIFY(outcome.error == TransportErrorKind::LostBeforeAnswer);
    QVERIFY(outcome.message.contains("127.0.0.1:" + QByteArray::number(server.port())));
    // Nothing comes after it either.
    QVERIFY(!test::waitUntil([&] { return server.requestCount() > (reused ? 2 : 1); }, 20ms));
    QCOMPARE(server.connectionCount(), 1);
}

void TransportTest::anIdleConnectionThatEndsIsForgotten()
{
    TransportRig rig;
    FakeUpstream server;
    server.always(FakeScript::answer("x"));
    QVERIFY(!test::await(exchange(*rig.transport, post(server.url()))).error);
    QCOMPARE(rig.manager->idleConnections(), 1);
    server.closeIdle();
    QVERIFY(test::waitUntil([&] { return rig.manager->idleConnections() == 0; }));
    const Outcome outcome = test::await(exchange(*rig.transport, post(server.url())));
    QVERIFY2(!outcome.error, outcome.message.constData());
    QVERIFY(!outcome.times.reusedConnection);

    // So is one on which a server speaks unasked.
    server.expect(FakeScript::answer("x").pause(0ms).bytes("HTTP/1.1 408 Request Timeout\r\n\r\n"));
    QVERIFY(!test::await(exchange(*rig.transport, post(server.url()))).error);
    QVERIFY(test::waitUntil([&] { return rig.manager->idleConnections() == 0; }));
}

void TransportTest::thirtyAtOnce()
{
    TransportRig rig;
    FakeUpstream server;
    // None is answered before all have come: one that waited in a queue would hang the test.
    for (int i = 0; i < 30; ++i)
        server.expect(FakeScript()
                          .waitFor([&] { return server.requestCount() == 30; })
                          .bytes("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx"));
    std::vector<Task<Outcome>> running;
    for (int i = 0; i < 30; ++i)
        running.push_back(exchange(*rig.transport, post(server.url())));
    QCOMPARE(rig.manager->activeConnections(), 30);
    for (Task<Outcome> &one : running)
        QCOMPARE(test::await(std::move(one)).body, QByteArray("x"));
    QCOMPARE(server.connectionCount(), 30);
    QCOMPARE(rig.manager->activeConnections(), 0);
}

void TransportTest::reuse_data()
{
    QTest::addColumn<FakeScript>("script");
    QTest::addColumn<bool>("readToEnd");
    QTest::addColumn<bool>("reused");
    QTest::newRow("whole body") << FakeScript::answer("x") << true << true;
    QTest::newRow("chunked") << FakeScript::chunked({"a", "b"}) << true << true;
    QTest::newRow("error status") << FakeScript::answer("no", 500) << true << true;
    QTest::newRow("close wished") << FakeScript::answer("x", 200, "Connection: close\r\n") << true << false;
    QTest::newRow("until close") << FakeScript().bytes("HTTP/1.1 200 OK\r\n\r\nx").close() << true << false;
    QTest::newRow("bytes behind the end") << FakeScript::answer("x").bytes("y") << true << false;
    QTest::newRow("unread") << FakeScript().bytes("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx").hang()
                            << false << false;
}

void TransportTest::reuse()
{
    QFETCH(const FakeScript, script);
    QFETCH(const bool, readToEnd);
    QFETCH(const bool, reused);
    TransportRig rig;
    FakeUpstream server;
    server.expect(script);
    server.expect(FakeScript::answer("second"));
    if (readToEnd)
        QVERIFY(!test::await(exchange(*rig.transport, post(server.url()))).error);
    else
        QVERIFY(test::await(rig.transport->send(post(server.url())))); // and dropped
    QCOMPARE(rig.manager->activeConnections(), 0);
    const Outcome second = test::await(exchange(*rig.transport, post(server.url())));
    QCOMPARE(second.body, QByteArray("second"));
    QCOMPARE(second.times.reusedConnection, reused);
    QCOMPARE(server.connectionCount(), reused ? 1 : 2);
    if (!reused)
        QVERIFY(test::waitUntil([&] { return server.openConnections() == 1; }));
}

void TransportTest::idleConnectionsAreFewAndShortLived()
{
    net::PoolLimits limits;
    limits.mostIdle = 3;
    TransportRig rig(limits);
    FakeUpstream server;
    for (int i = 0; i < 5; ++i)
        server.expect(FakeScript()
                          .waitFor([&] { return server.requestCount() == 5; })
                          .bytes("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx"));
    std::vector<Task<Outcome>> running;
    for (int i = 0; i < 5; ++i)
        running.push_back(exchange(*rig.transport, post(server.url())));
    for (Task<Outcome> &one : running)
        QVERIFY(!test::await(std::move(one)).error);
    QCOMPARE(rig.manager->idleConnections(), 3);
    rig.clock.advance(14s);
    QCOMPARE(rig.manager->idleConnections(), 3);
    server.always(FakeScript::answer("x"));
    QVERIFY(!test::await(exchange(*rig.transport, post(server.url()))).error); // one becomes young again
    rig.clock.advance(2s);
    QCOMPARE(rig.manager->idleConnections(), 1);
    rig.clock.advance(16s);
    QCOMPARE(rig.manager->idleConnections(), 0);
    QVERIFY(test::waitUntil([&] { return server.openConnections() == 0; }));
}

void TransportTest::bigBodiesDoNotStall()
{
    TransportRig rig;
    FakeUpstream server;
    server.always(FakeScript::answer("x"));
    const QByteArray body(70'000, 'b');
    QElapsedTimer timer;
    timer.start();
    for (int i = 0; i < 40; ++i)
        QVERIFY(!test::await(exchange(*rig.transport, post(server.url(), body))).error);
    // With Nagle's algorithm against delayed acknowledgements it is 40 ms each: 1.6 s.
    QVERIFY2(timer.elapsed() < 800, QByteArray::number(timer.elapsed()).constData());
    QCOMPARE(server.connectionCount(), 1);
    QCOMPARE(server.requests().back().body.size(), body.size());
}

void TransportTest::anEarlyAnswerIsRead()
{
    TransportRig rig;
    FakeUpstream server;
    server.setAnswersEarly(true);
    server.always(FakeScript::answer("too large", 413).hang());
    const Outcome outcome
        = test::await(exchange(*rig.transport, post(server.url(), QByteArray(32 * 1024 * 1024, 'x'))));
    QCOMPARE(outcome.status, 413);
    QCOMPARE(outcome.body, QByteArray("too large"));
    // The rest of the body is still on its way, so nothing else may go over that connection.
    QCOMPARE(rig.manager->idleConnections(), 0);
    QVERIFY(test::waitUntil([&] { return server.openConnections() == 0; }));
    QVERIFY(server.requests().front().body.size() < 32 * 1024 * 1024);
}

void TransportTest::redirectsAreNotFollowed_data()
{
    QTest::addColumn<int>("status");
    for (const int status : {301, 302, 303, 307, 308})
        QTest::newRow(QByteArray::number(status).constData()) << status;
}

void TransportTest::redirectsAreNotFollowed()
{
    QFETCH(const int, status);
    TransportRig rig;
    FakeUpstream server;
    FakeUpstream elsewhere;
    server.expect(FakeScript::answer("moved", status, "Location: " + elsewhere.url().toEncoded() + "\r\n"));
    net::TransportRequest request = post(server.url());
    request.secretHeaders.emplace_back("x-api-key", Secret(QByteArray("k-123")));
    const Outcome outcome = test::await(exchange(*rig.transport, std::move(request)));
    QCOMPARE(outcome.status, status);
    QCOMPARE(outcome.body, QByteArray("moved"));
    QVERIFY(!test::waitUntil([&] { return elsewhere.connectionCount() > 0; }, 20ms));
    QCOMPARE(server.requestCount(), 1);
}

void TransportTest::brokenAnswers_data()
{
    QTest::addColumn<FakeScript>("script");
    QTest::addColumn<int>("error");
    QTest::addColumn<QByteArray>("body");
    const QByteArray ok = "HTTP/1.1 200 OK\r\n";
    const int truncated = static_cast<int>(TransportErrorKind::Truncated);
    const int bad = static_cast<int>(TransportErrorKind::BadAnswer);
    QTest::newRow("short of its length") << FakeScript().bytes(ok + "Content-Length: 9\r\n\r\nhalf").close()
                                         << truncated << QByteArray("half");
    QTest::newRow("no last chunk")
        << FakeScript().bytes(ok + "Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n").close() << truncated
        << QByteArray("half");
    QTest::newRow("inside a chunk")
        << FakeScript().bytes(ok + "Transfer-Encoding: chunked\r\n\r\n9\r\nhalf").close() << truncated
        << QByteArray("half");
    QTest::newRow("inside the head") << FakeScript().bytes(ok + "Content-").close() << truncated
                                     << QByteArray();
    QTest::newRow("garbage") << FakeScript().bytes("\x15\x03\x01 what is this\r\n\r\n") << bad
                             << QByteArray();
    QTest::newRow("length and chunked")
        << FakeScript().bytes(ok + "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n") << bad
        << QByteArray();
    QTest::newRow("two lengths") << FakeScript().bytes(
        ok + "Content-Length: 1\r\nContent-Length: 2\r\n\r\nab")
                                 << bad << QByteArray();
    QTest::newRow("head too large") << FakeScript().bytes(ok).flood(
        "X-Filler: 0123456789012345678901234567890\r\n", 1'000'000)
                                    << bad << QByteArray();
    QTest::newRow("bad chunk") << FakeScript().bytes(ok + "Transfer-Encoding: chunked\r\n\r\n2\r\nabXX\r\n")
                               << bad << QByteArray("ab");
}

void TransportTest::brokenAnswers()
{
    QFETCH(const FakeScript, script);
    TransportRig rig;
    FakeUpstream server;
    server.expect(script);
    const Outcome outcome = test::await(exchange(*rig.transport, post(server.url())));
    QVERIFY(outcome.error.has_value());
    QTEST(static_cast<int>(*outcome.error), "error");
    QTEST(outcome.body, "body");
    QVERIFY(outcome.message.contains(QByteArray::number(server.port())));
    QCOMPARE(rig.manager->activeConnections(), 0);
    QCOMPARE(rig.manager->idleConnections(), 0);
    QVERIFY(test::waitUntil([&] { return server.openConnections() == 0; }));

    server.expect(FakeScript::answer("next"));
    QCOMPARE(test::await(exchange(*rig.transport, post(server.url()))).body, QByteArray("next"));
}

void TransportTest::unreachable()
{
    TransportRig rig;
    QUrl closed;
    {
        FakeUpstream gone;
        closed = gone.url();
    }
    const Outcome refused = test::await(exchange(*rig.transport, post(closed)));
    QVERIFY(refused.error == TransportErrorKind::Refused);
    QVERIFY2(refused.message.contains(QByteArray::number(closed.port())), refused.message.constData());

    const QUrl nowhere(QStringLiteral("http://nothing-has-this-name.localhost.invalid:81/"));
    const Outcome unknown = test::await(exchange(*rig.transport, post(nowhere)));
    QVERIFY(unknown.error == TransportErrorKind::NotResolved);
    QVERIFY2(
        unknown.message.contains("nothing-has-this-name.localhost.invalid:81"), unknown.message.constData());
    QCOMPARE(rig.manager->activeConnections(), 0);
}

void TransportTest::refusesBrokenRequests_data()
{
    QTest::addColumn<QUrl>("url");
    QTest::addColumn<QByteArray>("method");
    QTest::addColumn<QByteArray>("name");
    QTest::addColumn<QByteArray>("value");
    const QUrl good(QStringLiteral("http://127.0.0.1:9/"));
    QTest::newRow("line break in a value")
        << good << QByteArray("POST") << QByteArray("x") << QByteArray("a\r\nHost: b");
    QTest::newRow("space in a name") << good << QByteArray("POST") << QByteArray("x y") << QByteArray("a");
    QTest::newRow("method") << good << QByteArray("PO ST") << QByteArray("x") << QByteArray("a");
    QTest::newRow("file") << QUrl(QStringLiteral("file:///etc/passwd")) << QByteArray("GET")
                          << QByteArray("x") << QByteArray("a");
    QTest::newRow("no host") << QUrl(QStringLiteral("http:///x")) << QByteArray("GET") << QByteArray("x")
                             << QByteArray("a");
    QTest::newRow("key in the URL") << QUrl(QStringLiteral("http://user:key@127.0.0.1:9/"))
                                    << QByteArray("GET") << QByteArray("x") << QByteArray("a");
}

void TransportTest::refusesBrokenRequests()
{
    QFETCH(const QUrl, url);
    QFETCH(const QByteArray, method);
    QFETCH(const QByteArray, name);
    QFETCH(const QByteArray, value);
    TransportRig rig;
    net::TransportRequest request = post(url);
    request.method = method;
    request.headers.add(name, value);
    const Outcome outcome = test::await(exchange(*rig.transport, std::move(request)));
    QVERIFY(outcome.error == TransportErrorKind::Unreachable);
    QVERIFY2(outcome.message.startsWith("the request was not sent: "), outcome.message.constData());
    QVERIFY(!outcome.message.contains("key@"));
    QCOMPARE(rig.manager->activeConnections(), 0);
}

QTEST_GUILESS_MAIN(TransportTest)
#include "TransportTest.moc"
