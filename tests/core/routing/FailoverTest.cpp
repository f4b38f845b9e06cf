// SPDX-License-Identifier: GPL-3.0-or-later
#include "routing/Failover.h"

#include "core/routing/FailoverHouse.h"
#include "support/Await.h"

#include <QTest>

using namespace fairlead;
using namespace fairlead::routing;
using namespace std::chrono_literals;
using chat::Failure;
using chat::FailureClass;
using test::FakeAnswer;

using test::FailoverHouse;
using test::goodStream;
using test::kCanary;
using test::status;

class FailoverTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void sendsNoKeyOfAnotherProvider()
    {
        FailoverHouse house;
        house.addKey("a", "foreign");
        house.addKey("a", "right");
        house.keys["a"].front().looksLike = {"anthropic"};
        house.transport.expect(goodStream());
        house.start(house.plan({"a"}));
        QVERIFY(test::waitUntil([&] { return house.result.has_value(); }));
        QVERIFY(house.result->has_value());
        QCOMPARE(house.transport.requests().size(), std::size_t(1));
        QVERIFY(house.transport.requests().front().secretHeaders.value("authorization").endsWith("right"));

        FailoverHouse alone;
        alone.addKey("a", "foreign");
        alone.keys["a"].front().looksLike = {"anthropic"};
        alone.start(alone.plan({"a"}));
        QVERIFY(test::waitUntil([&] { return alone.result.has_value(); }));
        const Failure failure = alone.result->error();
        QCOMPARE(failure.failureClass, FailureClass::Credential);
        QVERIFY(failure.message.contains("looks like one of anthropic"));
        QVERIFY(!failure.message.contains("canary"));
        QVERIFY(alone.transport.requests().empty());
    }

    void goesOnToTheNextTarget_data()
    {
        QTest::addColumn<int>("kind");
        QTest::addColumn<QByteArray>("attempts");
        int kind = 0;
        for (const char *row :
             {"refused|connection", "first byte time-out|timed_out", "401|credential", "403|permission",
              "402|quota", "404|model_missing", "429|rate_limit", "503|overloaded", "529|overloaded",
              "error first|", "html|protocol"}) {
            const QByteArray text(row);
            const qsizetype bar = text.indexOf('|');
            QTest::newRow(text.left(bar).constData()) << kind++ << text.mid(bar + 1);
        }
    }
    void goesOnToTheNextTarget()
    {
        QFETCH(int, kind);
        QFETCH(QByteArray, attempts);
        using Kind = net::TransportErrorKind;
        const std::vector<FakeAnswer> failures{
            FakeAnswer::failure(Kind::Refused),
            FakeAnswer::failure(Kind::FirstByteTimeout),
            status(401),
            status(403),
            status(402),
            status(404),
            status(429),
            status(503),
            status(529),
            FakeAnswer::stream(
                {"data: "
                 "{\"error\":{\"message\":\"overloaded\",\"type\":\"server_error\",\"code\":503}}\n\n"}),
            FakeAnswer(200).header("content-type", "text/html").chunk("<html>login</html>"),
        };
        FailoverHouse house;
        house.transport.expect("first.test", failures[static_cast<std::size_t>(kind)]);
        house.transport.expect("second.test", goodStream());
        house.start(house.plan({"first", "second"}));
        QVERIFY(test::waitUntil([&] { return house.result.has_value(); }));
        QVERIFY2(*house.result, house.result->has_value() ? "" : house.result->error().message.constData());
        QCOMPARE((*house.result)->target.provider->id, QByteArray("second"));
        QCOMPARE((*house.result)->attempts, 2);
        const QByteArray booked = house.attempts();
        if (attempts.isEmpty())
            QVERIFY2(booked.startsWith("first:") && booked.endsWith("second:"), booked.constData());
        else
            QCOMPARE(booked, "first:" + attempts + " second:");
        // The whole request went to the second: URL, model and key of one target never mix.
        const auto &request = house.transport.requests().back();
        QCOMPARE(request.body, QByteArray(R"({"model":"m-second"})"));
        QCOMPARE(request.secretHeaders.value("authorization"), "Bearer " + QByteArray(kCanary) + "main");
    }

    void tellsTheCallersFaultAtOnce_data()
    {
        QTest::addColumn<int>("code");
        QTest::newRow("bad request") << 400;
        QTest::newRow("unprocessable") << 422;
    }
    void tellsTheCallersFaultAtOnce()
    {
        QFETCH(int, code);
        FailoverHouse house;
        house.transport.expect("first.test", status(code, "said by the provider"));
        house.start(house.plan({"first", "second"}));
        QVERIFY(test::waitUntil([&] { return house.result.has_value(); }));
        QVERIFY(!house.result->has_value());
        QCOMPARE(house.result->error().status, code);
        QVERIFY(house.result->error().message.contains("said by the provider"));
        QVERIFY(!house.result->error().message.contains(kCanary));
    }

    void aWrongKeyIsFollowedByTheNextKey()
    {
        FailoverHouse house;
        house.addKey("first", "old");
        house.addKey("first", "new");
        house.transport.expect(status(401));
        house.transport.expect(goodStream());
        house.start(house.plan({"first"}));
        QVERIFY(test::waitUntil([&] { return house.result.has_value(); }));
        QVERIFY(house.result->has_value());
        QCOMPARE(
            house.transport.requests().back().secretHeaders.value("authorization"),
            "Bearer " + QByteArray(kCanary) + "new");
    }

    void targetsWithoutKeyArePassedOver()
    {
        FailoverHouse house;
        house.transport.expect("second.test", goodStream());
        RoutePlan plan = house.plan({"first", "second"});
        house.keys.remove("first");
        house.start(std::move(plan));
        QVERIFY(test::waitUntil([&] { return house.result.has_value(); }));
        QVERIFY(house.result->has_value());
        QCOMPARE(house.attempts(), QByteArray("first:credential second:"));
    }

    void withoutAnyKeyItSaysHowToAddOne()
    {
        FailoverHouse house;
        RoutePlan plan = house.plan({"first"});
        house.keys.clear();
        house.start(std::move(plan));
        QVERIFY(house.result && !house.result->has_value());
        QVERIFY(house.result->error().message.contains("fairleadctl key set first"));
    }

    void theLastTargetIsRetriedWithBackOffAndABound()
    {
        FailoverHouse house;
        for (int i = 0; i <= Failover::kMostRetries; ++i)
            house.transport.expect(status(500));
        house.start(house.plan({"only"}));
        for (int i = 0; i < 20 && !house.result; ++i) {
            house.clock.advance(5s);
            QCoreApplication::processEvents();
        }
        QVERIFY(house.result && !house.result->has_value());
        QCOMPARE(house.transport.requests().size(), std::size_t(1 + Failover::kMostRetries));
        QCOMPARE(house.result->error().status, 500);
    }

    void retryAfterIsWaitedFor()
    {
        FailoverHouse house;
        FakeAnswer busy = status(429);
        busy.header("retry-after", "3");
        house.transport.expect(busy);
        house.transport.expect(goodStream());
        house.start(house.plan({"only"}));
        QCoreApplication::processEvents();
        QVERIFY(!house.result);
        house.clock.advance(2900ms);
        QCoreApplication::processEvents();
        QCOMPARE(house.transport.requests().size(), std::size_t(1));
        house.clock.advance(200ms);
        QVERIFY(test::waitUntil([&] { return house.result.has_value(); }));
        QVERIFY(house.result->has_value());
    }

    void aRestingTargetIsTriedLast()
    {
        FailoverHouse house;
        FakeAnswer busy = status(429);
        busy.header("retry-after", "30");
        house.transport.expect("first.test", busy);
        house.transport.expect("second.test", goodStream());
        house.transport.expect("second.test", goodStream());
        house.start(house.plan({"first", "second"}));
        QVERIFY(test::waitUntil([&] { return house.result.has_value(); }));
        house.result.reset();
        house.start(house.plan({"first", "second"}));
        QVERIFY(test::waitUntil([&] { return house.result.has_value(); }));
        QCOMPARE((*house.result)->attempts, 1);
        QCOMPARE((*house.result)->target.provider->id, QByteArray("second"));
    }

    void cancellingEndsItWhereverItIs_data()
    {
        QTest::addColumn<int>("where");
        QTest::newRow("waiting for the head") << 0;
        QTest::newRow("waiting for the first event") << 1;
        QTest::newRow("backing off") << 2;
    }
    void cancellingEndsItWhereverItIs()
    {
        QFETCH(int, where);
        FailoverHouse house;
        if (where == 0)
            house.transport.expect(FakeAnswer().noHead());
        else if (where == 1)
            house.transport.expect(
                FakeAnswer(200).header("content-type", "text/event-stream").chunk(": hi\n\n").hang());
        else
            house.transport.expect(status(500));
        house.start(house.plan({"only"}));
        for (int i = 0; i < 5; ++i)
            QCoreApplication::processEvents();
        QVERIFY(!house.result);
        house.cancel.cancel(CancelReason::ClientGone);
        QVERIFY(test::waitUntil([&] { return house.result.has_value(); }));
        QVERIFY(house.result->error().failureClass == FailureClass::Cancelled);
        QCOMPARE(house.transport.open(), 0);
    }
};

QTEST_GUILESS_MAIN(FailoverTest)
#include "FailoverTest.moc"
