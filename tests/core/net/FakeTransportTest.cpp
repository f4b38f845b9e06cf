// SPDX-License-Identifier: GPL-3.0-or-later
#include "support/FakeTransport.h"
#include "support/Await.h"
#include "support/ManualClock.h"

#include <QTest>

using namespace fairlead;
using namespace std::chrono_literals;
using net::TransportErrorKind;
using test::FakeAnswer;
using test::FakeTransport;

namespace {

net::TransportRequest requestTo(const char *url)
{
    net::TransportRequest request;
    request.url = QUrl(QString::fromLatin1(url));
    return request;
}

} // namespace

class FakeTransportTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void answersInOrderAndByUrl()
    {
        test::ManualClock clock;
        FakeTransport transport(clock);
        transport.expect("b.test", FakeAnswer::json("two", 429));
        transport.expect(FakeAnswer::stream({"on", "e"}));

        net::TransportRequest first = requestTo("http://a.test/x");
        first.secretHeaders.emplace_back("authorization", Secret(QByteArray("Bearer k")));
        auto one = test::await(transport.send(std::move(first)));
        QVERIFY(one);
        QCOMPARE((*one)->status(), 200);
        QCOMPARE(test::await((*one)->read()).value(), QByteArray("on"));
        QCOMPARE(transport.open(), 1);
        QCOMPARE(test::await(net::readAll(**one, 100)).value(), QByteArray("e"));
        QCOMPARE(transport.open(), 0);
        QCOMPARE(transport.requests().front().secretHeaders.value("Authorization"), QByteArray("Bearer k"));

        auto two = test::await(transport.send(requestTo("http://b.test/y")));
        QCOMPARE((*two)->status(), 429);
        const auto tooMuch = test::await(net::readAll(**two, 2));
        QVERIFY(!tooMuch && tooMuch.error().kind() == TransportErrorKind::BadAnswer);
        QCOMPARE(transport.unused(), 0);
    }

    void delaysHangsCutsAndTimesOut()
    {
        test::ManualClock clock;
        FakeTransport transport(clock);
        transport.expect(FakeAnswer().headAfter(100ms).chunk("a").after(50ms).chunk("b").cut());
        auto sending = transport.send(requestTo("http://a.test"));
        clock.advance(99ms);
        QVERIFY(!sending.isReady());
        clock.advance(1ms);
        auto response = test::await(std::move(sending)).value();
        QCOMPARE(*response->times().firstByte, std::chrono::microseconds(100'000));
        QCOMPARE(response->tryRead()->value(), QByteArray("a"));
        QVERIFY(!response->tryRead());
        auto reading = response->read();
        clock.advance(50ms);
        QCOMPARE(test::await(std::move(reading)).value(), QByteArray("b"));
        QVERIFY(test::await(response->read()).error().kind() == TransportErrorKind::Truncated);

        transport.expect(FakeAnswer().noHead());
        net::TransportRequest slow = requestTo("http://a.test");
        slow.timeouts.firstByte = 2s;
        auto waiting = transport.send(std::move(slow));
        clock.advance(2s);
        QVERIFY(test::await(std::move(waiting)).error().kind() == TransportErrorKind::FirstByteTimeout);

        transport.expect(FakeAnswer::failure(TransportErrorKind::Refused));
        QVERIFY(
            test::await(transport.send(requestTo("http://a.test"))).error().kind()
            == TransportErrorKind::Refused);
        QCOMPARE(transport.open(), 0);
    }

    void cancelAndDropResumeTheReader()
    {
        test::ManualClock clock;
        FakeTransport transport(clock);
        CancelSource source;
        transport.expect(FakeAnswer().hang());
        net::TransportRequest request = requestTo("http://a.test");
        request.cancel = source.token();
        auto response = test::await(transport.send(std::move(request))).value();
        auto reading = response->read();
        source.cancel(CancelReason::ClientGone);
        QVERIFY(test::await(std::move(reading)).error().kind() == TransportErrorKind::Cancelled);

        transport.expect(FakeAnswer().hang());
        auto dropped = test::await(transport.send(requestTo("http://a.test"))).value();
        auto last = dropped->read();
        dropped.reset();
        QVERIFY(last.isReady());
        QCOMPARE(transport.open(), 0);
    }

    void anUnscriptedRequestFailsTheTest()
    {
        test::ManualClock clock;
        FakeTransport transport(clock);
        QEXPECT_FAIL("", "the point of it", Continue);
        const auto result = test::await(transport.send(requestTo("http://a.test")));
        QVERIFY(!result);
    }
};

QTEST_GUILESS_MAIN(FakeTransportTest)
#include "FakeTransportTest.moc"
