// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/routing/FailoverHouse.h"

#include <QTest>

using namespace fairlead;
using namespace fairlead::routing;
using namespace std::chrono_literals;
using chat::FailureClass;
using test::FailoverHouse;
using test::FakeAnswer;
using test::goodStream;
using test::status;
using Role = metering::LedgerRecord::Role;

/// Second tries and deadlines, through a whole Failover.
class HedgeTest : public QObject
{
    Q_OBJECT

    /// Two targets whose prompts cost a dollar a million tokens.
    struct House : FailoverHouse {
        House()
        {
            const auto book = metering::PriceBook::parse(
                R"({"provider":"first","models":{"m-first":{"prices":[)" + price()
                + R"(]},"m-second":{"prices":[)" + price() + "]}}}");
            if (!book)
                qFatal("%s", book.error().message().constData());
            prices = *book;
            failover.setPrices(prices);
            route.model = "smart";
            route.deadlines.adaptive = false;
            promptBytes = 4000;
        }
        static QByteArray price()
        {
            return R"({"as_of":"2026-01-01","source":"test","confidence":"high","input":"1","output":"1"})";
        }
        RoutePlan routed(std::initializer_list<const char *> ids)
        {
            RoutePlan made = plan(ids);
            made.route = &route;
            for (Target &target : made.targets) {
                auto spec = std::make_shared<providers::ProviderSpec>(*target.provider);
                spec->priceProvider = "first";
                target.provider = std::move(spec);
            }
            return made;
        }
        void hedgeAfter(milliseconds after)
        {
            route.hedge.emplace();
            route.hedge->after = after;
        }
        static FakeAnswer late(milliseconds by)
        {
            FakeAnswer answer = goodStream();
            answer.headAfter(by);
            return answer;
        }
        config::RouteConfig route;
    };

private Q_SLOTS:
    void aFirstInTimeIsAlone()
    {
        House house;
        house.hedgeAfter(500ms);
        house.transport.expect("first.test", House::late(400ms));
        house.start(house.routed({"first", "second"}));
        QVERIFY(house.finish());
        QCOMPARE(house.sentTo(), QByteArray("first"));
        QVERIFY((*house.result)->beside.empty());
    }

    void theFasterOfTwoServes_data()
    {
        QTest::addColumn<int>("secondTakes"); // ms
        QTest::addColumn<QByteArray>("winner");
        QTest::addColumn<QByteArray>("loser");
        QTest::newRow("the second") << 100 << QByteArray("second") << QByteArray("first");
        QTest::newRow("the first after all") << 9000 << QByteArray("first") << QByteArray("second");
    }
    void theFasterOfTwoServes()
    {
        QFETCH(int, secondTakes);
        QFETCH(QByteArray, winner);
        QFETCH(QByteArray, loser);
        House house;
        house.hedgeAfter(500ms);
        house.transport.expect("first.test", House::late(3s));
        house.transport.expect("second.test", House::late(milliseconds(secondTakes)));
        house.start(house.routed({"first", "second"}));
        QVERIFY(house.finish());
        QCOMPARE(house.sentTo(), QByteArray("first second"));
        QCOMPARE(house.outcome(), winner);
        QCOMPARE(house.transport.open(), 1); // the loser is closed already
        QCOMPARE((*house.result)->attempts, 2);

        // Both are booked: the loser with what reading the prompt costs.
        QCOMPARE((*house.result)->beside.size(), std::size_t(1));
        const metering::LedgerRecord &row = (*house.result)->beside.front();
        QVERIFY(row.role == Role::Hedge);
        QCOMPARE(row.parent, QByteArray("req_1"));
        QVERIFY(row.id != row.parent && !row.id.isEmpty());
        QCOMPARE(row.provider, loser);
        QCOMPARE(row.cost, std::optional<NanoUsd>(NanoUsd(1'000'000))); // 1,000 tokens
        QVERIFY(row.usage.estimated);
        QCOMPARE(house.experience.hedges.spent("smart", *house.route.hedge), NanoUsd(1'000'000));

        chat::Usage usage;
        usage.set(chat::TokenKind::Input, 1000);
        house.meter->observe(chat::UsageReport(usage));
        const metering::LedgerRecord record = house.meter->end(metering::LedgerRecord::Status::Ok, 200);
        QCOMPARE(record.provider, winner);
        QCOMPARE(record.cost, std::optional<NanoUsd>(NanoUsd(1'000'000)));
        QCOMPARE(record.attempts.size(), std::size_t(2));
        for (const auto &attempt : record.attempts)
            QCOMPARE(
                attempt.failureClass, attempt.provider == loser ? QByteArray("cancelled") : QByteArray());
        QVERIFY(house.experience.targets.states().empty());
    }

    void oneThatFailsLeavesTheOther_data()
    {
        QTest::addColumn<bool>("firstFails");
        QTest::newRow("the first fails") << true;
        QTest::newRow("the second fails") << false;
    }
    void oneThatFailsLeavesTheOther()
    {
        QFETCH(bool, firstFails);
        House house;
        house.hedgeAfter(500ms);
        FakeAnswer broken = status(503);
        broken.headAfter(1s);
        house.transport.expect("first.test", firstFails ? broken : House::late(5s));
        house.transport.expect("second.test", firstFails ? House::late(5s) : broken);
        house.start(house.routed({"first", "second", "third"}));
        QVERIFY(house.finish());
        QCOMPARE(house.sentTo(), QByteArray("first second"));
        QCOMPARE(house.outcome(), firstFails ? QByteArray("second") : QByteArray("first"));
        QVERIFY((*house.result)->beside.empty()); // an error costs nothing
        QCOMPARE(house.experience.hedges.spent("smart", *house.route.hedge), NanoUsd(0));
        QCOMPARE(house.experience.targets.states().size(), std::size_t(1));
        QCOMPARE(
            house.attempts(),
            firstFails ? QByteArray("first:overloaded second:") : QByteArray("first: second:overloaded"));
    }

    void whenBothFailTheNextIsTried()
    {
        House house;
        house.hedgeAfter(500ms);
        FakeAnswer slow = status(503);
        slow.headAfter(2s);
        FakeAnswer fast = status(503);
        fast.headAfter(100ms);
        house.transport.expect("first.test", slow);
        house.transport.expect("second.test", fast);
        house.transport.expect("third.test", goodStream());
        house.start(house.routed({"first", "second", "third"}));
        QVERIFY(house.finish());
        QCOMPARE(house.sentTo(), QByteArray("first second third"));
        QCOMPARE(house.outcome(), QByteArray("third"));
        QCOMPARE(house.attempts(), QByteArray("first:overloaded second:overloaded third:"));
    }

    void leavingEndsBoth()
    {
        House house;
        house.hedgeAfter(500ms);
        house.transport.expect("first.test", FakeAnswer().noHead());
        house.transport.expect("second.test", FakeAnswer().noHead());
        house.start(house.routed({"first", "second"}));
        house.clock.advance(600ms);
        FailoverHouse::settle();
        QCOMPARE(house.transport.open(), 2);
        house.cancel.cancel(CancelReason::ClientGone);
        FailoverHouse::settle();
        QCOMPARE(house.outcome(), QByteArray("cancelled"));
        QCOMPARE(house.transport.open(), 0);
        QCOMPARE(house.experience.stats.view("first", "m-first").inFlight, 0);
        QCOMPARE(house.experience.hedges.spent("smart", *house.route.hedge), NanoUsd(1'000'000));
    }

    void withoutMoneyThereIsNoSecond_data()
    {
        QTest::addColumn<int>("mostUsd"); // in nano-dollars
        QTest::addColumn<int>("promptBytes");
        QTest::addColumn<bool>("priced");
        QTest::newRow("spent") << 999'999 << 4000 << true;
        QTest::newRow("size not known") << 1'000'000'000 << 0 << true;
        QTest::newRow("price not known") << 1'000'000'000 << 4000 << false;
    }
    void withoutMoneyThereIsNoSecond()
    {
        QFETCH(int, mostUsd);
        QFETCH(int, promptBytes);
        QFETCH(bool, priced);
        House house;
        house.hedgeAfter(500ms);
        house.route.hedge->mostUsd = NanoUsd(mostUsd);
        house.promptBytes = promptBytes;
        RoutePlan plan = house.routed({"first", "second"});
        if (!priced)
            plan.targets[1].model = "unheard-of";
        house.transport.expect("first.test", House::late(3s));
        house.start(std::move(plan));
        QVERIFY(house.finish());
        QCOMPARE(house.sentTo(), QByteArray("first"));
    }

    void itsOwnPercentileSaysWhen()
    {
        House house;
        house.route.hedge.emplace();
        house.route.hedge->percentile = 95;
        house.transport.expect("first.test", House::late(5s));
        house.start(house.routed({"first", "second"}));
        QVERIFY(house.finish());
        QCOMPARE(house.sentTo(), QByteArray("first")); // nothing is known of it yet

        for (int i = 1; i <= 20; ++i) {
            auto flight = house.experience.stats.begin("first", "m-first");
            flight.begun(i * 100ms);
            flight.ended(std::nullopt);
        }
        house.transport.expect("first.test", FakeAnswer().noHead());
        house.transport.expect("second.test", goodStream());
        house.start(house.routed({"first", "second"}));
        const SteadyTime from = house.clock.steady();
        QVERIFY(house.finish());
        QCOMPARE(house.sentTo(1), QByteArray("first second"));
        QVERIFY(house.clock.steady() - from >= 1900ms);
        QVERIFY(house.clock.steady() - from <= 2100ms);
        // Who was cancelled for being slow counts as that slow.
        QCOMPARE(house.experience.stats.view("first", "m-first").samples, 21);
    }

    void aLateFirstTokenGoesToTheNext_data()
    {
        QTest::addColumn<bool>("headAtOnce");
        QTest::newRow("silent") << false;
        QTest::newRow("head at once, then nothing") << true;
    }
    void aLateFirstTokenGoesToTheNext()
    {
        QFETCH(bool, headAtOnce);
        House house;
        house.route.deadlines.adaptive = true;
        FakeAnswer slow = goodStream();
        if (headAtOnce)
            slow = FakeAnswer(200)
                       .header("content-type", "text/event-stream")
                       .chunk(": wait\n\n")
                       .after(20s)
                       .chunk("data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"x\"}}]}\n\n");
        else
            slow.headAfter(20s);
        house.transport.expect("first.test", slow);
        house.transport.expect("second.test", goodStream());
        house.start(house.routed({"first", "second"}));
        const SteadyTime from = house.clock.steady();
        QVERIFY(house.finish());
        QCOMPARE(house.outcome(), QByteArray("second"));
        QVERIFY(house.clock.steady() - from <= 11s);
        QCOMPARE(house.transport.open(), 1);
        QCOMPARE(house.attempts(), QByteArray("first:timed_out second:"));
        QCOMPARE(house.experience.stats.view("first", "m-first").firstTokenP50->count(), 10'000);

        // The last one may take its time.
        house.transport.expect("first.test", House::late(60s));
        house.start(house.routed({"first"}));
        QVERIFY(house.finish());
        QCOMPARE(house.outcome(), QByteArray("first"));
    }

    void aDeadlineThatIsMetIsOver()
    {
        House house;
        house.route.deadlines.firstToken = 2s;
        house.transport.expect(
            "first.test", FakeAnswer(200)
                              .header("content-type", "text/event-stream")
                              .chunk("data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"x\"}}]}\n\n")
                              .after(60s)
                              .chunk("data: [DONE]\n\n"));
        house.start(house.routed({"first"}));
        QVERIFY(house.finish());
        QCOMPARE(house.outcome(), QByteArray("first"));
        house.clock.advance(30s);
        FailoverHouse::settle();
        QCOMPARE(house.transport.open(), 1);
        house.cancel.cancel(CancelReason::ClientGone); // whose leaving still ends the answer
        QCOMPARE(house.transport.open(), 0);
    }

    void theTotalIsOfAllTriesTogether()
    {
        House house;
        house.route.deadlines.total = 5s;
        house.transport.expect("first.test", FakeAnswer().noHead());
        house.start(house.routed({"first", "second"}));
        const SteadyTime from = house.clock.steady();
        QVERIFY(house.finish());
        QCOMPARE(house.outcome(), QByteArray("timed_out"));
        QCOMPARE(house.sentTo(), QByteArray("first"));
        QVERIFY(house.clock.steady() - from <= 5100ms);
    }

    void theRouteBoundsTheTries()
    {
        House house;
        house.route.mostAttempts = 2;
        house.transport.expect("first.test", status(503));
        house.transport.expect("second.test", status(503));
        house.start(house.routed({"first", "second", "third"}));
        QVERIFY(house.finish());
        QCOMPARE(house.sentTo(), QByteArray("first second"));
    }
};

QTEST_GUILESS_MAIN(HedgeTest)
#include "HedgeTest.moc"
