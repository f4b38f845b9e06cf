// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/routing/FailoverHouse.h"

#include <QTest>

using namespace fairlead;
using namespace fairlead::routing;
using namespace std::chrono_literals;
using chat::Failure;
using chat::FailureClass;
using test::FailoverHouse;
using test::FakeAnswer;
using test::goodStream;
using test::status;
using Kind = net::TransportErrorKind;

namespace {

FakeAnswer retryAfter(int code, const QByteArray &seconds)
{
    return status(code).header("retry-after", seconds);
}

FakeAnswer coded(const QByteArray &code)
{
    return FakeAnswer::json(
        R"({"error":{"message":"said by the provider","type":"invalid_request_error","code":")" + code
            + "\"}}",
        400);
}

std::shared_ptr<const metering::PriceBook> contexts(const QByteArray &provider, const QByteArray &models)
{
    const auto book
        = metering::PriceBook::parse(R"({"provider":")" + provider + R"(","models":{)" + models + "}}");
    return book ? *book : nullptr;
}

} // namespace

/// What follows which failure, through a whole Failover.
class FailoverRulesTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void aHiccupIsTriedAgainFirst_data()
    {
        QTest::addColumn<int>("kind");
        int kind = 0;
        for (const char *row : {"408", "409", "500", "connection lost", "429, back in 2 s"})
            QTest::newRow(row) << kind++;
    }
    void aHiccupIsTriedAgainFirst()
    {
        QFETCH(int, kind);
        const auto fault = [kind] {
            return std::vector<FakeAnswer>{
                status(408), status(409), status(500), FakeAnswer::failure(Kind::LostBeforeAnswer),
                retryAfter(429, "2")}[static_cast<std::size_t>(kind)];
        };
        FailoverHouse once;
        once.transport.expect("first.test", fault());
        once.transport.expect("first.test", goodStream());
        once.start(once.plan({"first", "second"}));
        FailoverHouse::settle();
        const SteadyTime from = once.clock.steady();
        QVERIFY(once.finish());
        QCOMPARE(once.outcome(), QByteArray("first"));
        const auto waited = once.clock.steady() - from;
        QVERIFY(kind == 4 ? waited >= 2s && waited < 2100ms : waited > 0s && waited <= 300ms);

        FailoverHouse twice;
        twice.transport.expect("first.test", fault());
        twice.transport.expect("first.test", fault());
        twice.transport.expect("second.test", goodStream());
        twice.start(twice.plan({"first", "second"}));
        QVERIFY(twice.finish());
        QCOMPARE(twice.sentTo(), QByteArray("first first second"));
        QCOMPARE(twice.outcome(), QByteArray("second"));
    }

    void goesToALargerModelOnly()
    {
        FailoverHouse house;
        house.failover.setPrices(contexts(
            "small", R"("m-small":{"context":8000},"m-less":{"context":4000},"m-large":{"context":64000})"));
        RoutePlan plan = house.plan({"small", "less", "large"});
        for (Target &target : plan.targets) {
            auto spec = std::make_shared<providers::ProviderSpec>(*target.provider);
            spec->priceProvider = "small";
            target.provider = std::move(spec);
        }
        house.transport.expect("small.test", coded("context_length_exceeded"));
        house.transport.expect("large.test", goodStream());
        house.start(std::move(plan));
        QVERIFY(house.finish());
        QCOMPARE(house.sentTo(), QByteArray("small large"));
        QCOMPARE(house.outcome(), QByteArray("large"));
    }

    void toldThatItIsTooLongWhereNobodyTakesMore()
    {
        FailoverHouse house;
        RoutePlan plan = house.plan({"first", "second"});
        plan.targets[1].model = plan.targets[0].model; // the same model elsewhere takes no more
        house.transport.expect("first.test", coded("context_length_exceeded"));
        house.start(std::move(plan));
        QVERIFY(house.finish());
        QCOMPARE(house.outcome(), QByteArray("context_length"));
        QCOMPARE(house.sentTo(), QByteArray("first"));
        QVERIFY(house.result->error().message.contains("said by the provider"));
    }

    void contentPolicyIsNeverRoutedRound()
    {
        FailoverHouse house;
        house.transport.expect("first.test", status(500));
        house.transport.expect("first.test", coded("content_policy_violation"));
        house.start(house.plan({"first", "second"}));
        QVERIFY(house.finish());
        QCOMPARE(house.outcome(), QByteArray("content_policy"));
        QCOMPARE(house.result->error().message, QByteArray("said by the provider"));
        QCOMPARE(house.sentTo(), QByteArray("first first"));
    }

    void aSilentTargetIsNotAskedAgain()
    {
        FailoverHouse house;
        house.transport.expect("first.test", FakeAnswer().noHead());
        house.transport.expect("second.test", goodStream());
        house.start(house.plan({"first", "second"}));
        QVERIFY(house.finish());
        QCOMPARE(house.sentTo(), QByteArray("first second"));
    }

    void aRefusedKeyRestsAndHurtsNobodyElse()
    {
        FailoverHouse house;
        house.addKey("first", "bad");
        house.addKey("first", "good");
        house.transport.expect(status(401));
        house.transport.expect(goodStream());
        house.start(house.plan({"first"}));
        QVERIFY(house.finish());
        QVERIFY(house.experience.targets.states().empty());
        QCOMPARE(house.experience.keys.states().size(), std::size_t(1));
        QCOMPARE(house.experience.keys.states().front().words, QByteArray("refused"));

        house.transport.expect(goodStream());
        house.start(house.plan({"first"}));
        QVERIFY(house.finish());
        QVERIFY(house.transport.requests().back().secretHeaders.value("authorization").endsWith("good"));
        QCOMPARE((*house.result)->attempts, 1);
    }

    void aTargetWhoseKeysAllRestIsTriedLast()
    {
        FailoverHouse house;
        house.transport.expect("first.test", status(402));
        house.transport.expect("second.test", goodStream());
        house.start(house.plan({"first", "second"}));
        QVERIFY(house.finish());
        house.transport.expect("second.test", status(503));
        house.transport.expect("first.test", goodStream());
        house.start(house.plan({"first", "second"}));
        QVERIFY(house.finish());
        QCOMPARE(house.sentTo(2), QByteArray("second first"));
        QCOMPARE(house.outcome(), QByteArray("first"));
        QVERIFY(house.experience.keys.states().empty()); // it works again
    }

    void triesAreBounded()
    {
        FailoverHouse targets;
        for (int i = 0; i < 6; ++i)
            targets.transport.expect(status(503));
        targets.start(targets.plan({"a", "b", "c", "d", "e", "f", "g", "h"}));
        QVERIFY(targets.finish());
        QCOMPARE(targets.sentTo(), QByteArray("a b c d e f"));

        FailoverHouse keys;
        for (const char *name : {"1", "2", "3", "4", "5", "6", "7"})
            keys.addKey("first", name);
        for (int i = 0; i < Course::kMostTriesOfOne; ++i)
            keys.transport.expect("first.test", status(429));
        keys.transport.expect("second.test", goodStream());
        keys.start(keys.plan({"first", "second"}));
        QVERIFY(keys.finish());
        QCOMPARE(keys.outcome(), QByteArray("second"));
    }

    void aFailingRouteIsNotHammered()
    {
        FailoverHouse house;
        for (int i = 0; i < 6; ++i)
            house.transport.expect(status(429));
        house.start(house.plan({"only"}));
        house.clock.advance(3s);
        FailoverHouse::settle();
        QVERIFY(house.transport.requests().size() <= 4);
        QVERIFY(house.finish());
        QVERIFY(house.transport.requests().size() <= 6);
    }

    void saysWhenToComeBack()
    {
        FailoverHouse house;
        house.transport.expect("first.test", retryAfter(429, "60"));
        house.transport.expect("second.test", retryAfter(503, "20"));
        house.transport.expect("third.test", status(401, "no such key"));
        house.start(house.plan({"first", "second", "third"}));
        QVERIFY(house.finish());
        const Failure failure = house.result->error();
        QCOMPARE(failure.failureClass, FailureClass::RateLimit); // the first that passes with time
        QCOMPARE(failure.retryAfter, std::optional<milliseconds>(20s)); // the earliest of all
        QCOMPARE(failure.shouldRetry, std::optional<bool>(true));
        QVERIFY(failure.message.startsWith("None of 3 targets could answer."));
        QVERIFY(failure.message.contains("third/m-third: no such key"));
    }

    void saysWhatIsWrongWhereWaitingDoesNotHelp()
    {
        FailoverHouse house;
        RoutePlan plan = house.plan({"first", "second"});
        house.keys.remove("first");
        house.transport.expect("second.test", status(401, "no such key"));
        house.start(std::move(plan));
        QVERIFY(house.finish());
        const Failure failure = house.result->error();
        QCOMPARE(failure.failureClass, FailureClass::Credential);
        QVERIFY(!failure.shouldRetry);
        QVERIFY(failure.message.contains("fairleadctl key set first"));
        QVERIFY(failure.message.contains("no such key"));
    }

    void aTargetThatIsDownIsServedAroundAndFoundAgain()
    {
        FailoverHouse house;
        const SteadyTime start = house.clock.steady();
        std::optional<SteadyTime> back;
        int triesOfFirst = 0;
        for (int i = 0; i < 24; ++i) {
            house.clock.advance(
                std::chrono::duration_cast<milliseconds>(start + i * 4s - house.clock.steady()));
            const bool isUp = house.clock.steady() - start >= 60s;
            const bool isTried = !house.experience.targets.isResting(house.target("first"));
            if (isTried)
                house.transport.expect("first.test", isUp ? goodStream() : status(503));
            if (!isTried || !isUp)
                house.transport.expect("second.test", goodStream());
            house.start(house.plan({"first", "second"}));
            QVERIFY(house.finish(0ms)); // served at once, every time
            QVERIFY(house.result->has_value());
            house.failover.completed(**house.result, std::nullopt);
            triesOfFirst += isTried;
            if (house.outcome() == "first" && !back)
                back = house.clock.steady();
        }
        QCOMPARE(house.transport.unused(), 0);
        QVERIFY(back && *back - start <= 90s);
        QVERIFY(triesOfFirst < 18);
    }

    void aRequestThatCannotBeMadeProvesNothing()
    {
        FailoverHouse house;
        for (int i = 0; i < TargetHealth::kFailuresToOpen; ++i)
            house.experience.targets.failed(
                house.target("first"), Failure(FailureClass::Overloaded, 503, ""));
        house.calls.wrong = Failure(FailureClass::CallerFault, 400, "no messages");
        house.start(house.plan({"first", "second"}));
        QVERIFY(house.finish(0ms));
        QCOMPARE(house.result->error().message, QByteArray("no messages"));
        QVERIFY(house.experience.targets.isResting(house.target("first")));
        QVERIFY(house.transport.requests().empty());
    }

    void aCancelledProbeLetsTheNextOneTry()
    {
        FailoverHouse house;
        for (int i = 0; i < TargetHealth::kFailuresToOpen; ++i) {
            house.transport.expect("first.test", status(503));
            house.transport.expect("second.test", goodStream());
            house.start(house.plan({"first", "second"}));
            QVERIFY(house.finish());
        }
        QVERIFY(house.experience.targets.isResting(house.target("first")));
        house.clock.advance(TargetHealth::kFirstOpen);
        house.transport.expect("first.test", FakeAnswer().noHead());
        house.start(house.plan({"first", "second"}));
        FailoverHouse::settle();
        QVERIFY(house.experience.targets.isResting(house.target("first"))); // one at a time
        house.cancel.cancel(CancelReason::ClientGone);
        QVERIFY(house.finish());
        QVERIFY(!house.experience.targets.isResting(house.target("first")));
    }

    void aFullTargetIsPassedOver()
    {
        class Gate final : public TargetGate
        {
        public:
            tl::expected<Place, Failure> enter(const Target &target) override
            {
                if (target.provider->id == "first")
                    return tl::make_unexpected(Failure(FailureClass::RateLimit, 0, "first is at its limit"));
                return Place(held);
            }
            std::shared_ptr<int> held = std::make_shared<int>(0);
        };
        Gate gate;
        FailoverHouse house;
        house.gate = &gate;
        house.transport.expect("second.test", goodStream());
        house.start(house.plan({"first", "second"}));
        QVERIFY(house.finish());
        QCOMPARE(house.outcome(), QByteArray("second"));
        QCOMPARE(house.attempts(), QByteArray("first:rate_limit second:"));
        QVERIFY(house.experience.keys.isEmpty()); // nothing is held against it
        QCOMPARE(gate.held.use_count(), 2L); // as long as the answer lasts
        house.failover.completed(**house.result, std::nullopt);
        QCOMPARE(gate.held.use_count(), 1L);

        house.start(house.plan({"first"}));
        QVERIFY(house.finish(0ms)); // no waiting for what is our own limit
        QCOMPARE(house.result->error().message, QByteArray("first is at its limit"));
    }

    void failuresOfTheNetworkOpenNoBreaker()
    {
        FailoverHouse house;
        house.experience.network.setReachability(NetworkWatch::Reachability::Offline);
        for (int i = 0; i < 6; ++i) {
            house.transport.expect(FakeAnswer::failure(Kind::NotResolved));
            house.transport.expect(FakeAnswer::failure(Kind::NotResolved));
            house.transport.expect(FakeAnswer::failure(Kind::NotResolved));
            house.start(house.plan({"only"}));
            QVERIFY(house.finish());
        }
        QVERIFY(house.experience.targets.states().empty());
    }

    void answersThatBreakOpenTheBreaker()
    {
        FailoverHouse house;
        for (int i = 0; i < TargetHealth::kFailuresToOpen; ++i) {
            house.transport.expect("first.test", goodStream());
            house.start(house.plan({"first", "second"}));
            QVERIFY(house.finish());
            QCOMPARE(house.outcome(), QByteArray("first"));
            house.failover.broke(**house.result, Failure(FailureClass::Protocol, 0, "cut"));
        }
        QVERIFY(house.experience.targets.isResting(house.target("first")));
        QCOMPARE(house.experience.stats.view("first", "m-first").errorShare.value(), 1.0);
    }
};

QTEST_GUILESS_MAIN(FailoverRulesTest)
#include "FailoverRulesTest.moc"
