// SPDX-License-Identifier: GPL-3.0-or-later
#include "routing/Gate.h"

#include "routing/LimitWords.h"
#include "support/ManualClock.h"

#include <QTest>

using namespace fairlead;
using namespace fairlead::routing;
using namespace std::chrono_literals;
using chat::FailureClass;
using metering::LedgerRecord;
using test::ManualClock;

namespace {

constexpr NanoUsd kDollar{1'000'000'000};

Target target(const char *provider = "openai", const char *model = "gpt-5.6-sol")
{
    auto spec = std::make_shared<providers::ProviderSpec>();
    spec->id = provider;
    Target made;
    made.provider = std::move(spec);
    made.model = model;
    return made;
}

LedgerRecord row(const ManualClock &clock, const char *app, NanoUsd cost, qint64 tokens = 0)
{
    LedgerRecord record;
    record.app = app;
    record.provider = "openai";
    record.model = "gpt-5.6-sol-2026-08-21";
    metering::AttemptRecord attempt;
    attempt.provider = record.provider;
    attempt.model = "gpt-5.6-sol";
    record.attempts.push_back(attempt);
    record.startedMs = toUnixMs(clock.wall());
    record.cost = cost;
    if (tokens > 0)
        record.usage.set(chat::TokenKind::Output, tokens);
    return record;
}

GateRules rules(const char *config)
{
    const auto parsed = config::parseConfig(QByteArray(config).replace('\'', '"'));
    if (!parsed)
        qFatal("%s", parsed.error().message().constData());
    return rulesOf(*parsed);
}

} // namespace

class GateTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void isOpenWithoutRules()
    {
        ManualClock clock;
        Gate gate(clock);
        QVERIFY(gate.isOpen());
        gate.setRules(rules("{}"));
        QVERIFY(gate.isOpen());
        QVERIFY(!gate.limitsTargets());
        QVERIFY(gate.admit("a", {target()}, {}));
        gate.setRules(rules("{'apps':[{'name':'a'}],'providers':[{'id':'openai'}]}"));
        QVERIFY(gate.isOpen());
    }

    void requestsAMinute()
    {
        ManualClock clock;
        Gate gate(clock);
        gate.setRules(rules("{'apps':[{'name':'a','limits':{'requests_per_minute':2}}]}"));
        QVERIFY(gate.admit("a", {target()}, {}));
        clock.advance(10s);
        QVERIFY(gate.admit("a", {target()}, {}));
        const auto third = gate.admit("a", {target()}, {});
        QVERIFY(!third);
        QVERIFY(third.error().failureClass == FailureClass::RateLimit);
        QCOMPARE(third.error().status, 429);
        QVERIFY(third.error().retryAfter > 49s && third.error().retryAfter <= 51s);
        QVERIFY(gate.admit("b", {target()}, {})); // somebody else's limit is no concern of his
        clock.advance(*third.error().retryAfter);
        QVERIFY(gate.admit("a", {target()}, {}));
    }

    void aWallClockThatJumpsBreaksNoRate()
    {
        ManualClock clock;
        Gate gate(clock);
        gate.setRules(rules("{'limits':{'requests_per_minute':1}}"));
        QVERIFY(gate.admit("a", {target()}, {}));
        clock.setWall(clock.wall() + 48h);
        QVERIFY(!gate.admit("a", {target()}, {}));
        clock.setWall(clock.wall() - 96h);
        QVERIFY(!gate.admit("a", {target()}, {}));
        clock.advance(61s);
        QVERIFY(gate.admit("a", {target()}, {}));
    }

    void tokensAMinute()
    {
        ManualClock clock;
        Gate gate(clock);
        gate.setRules(rules("{'apps':[{'name':'a','limits':{'tokens_per_minute':1000}}]}"));
        Estimate estimate;
        estimate.inputTokens = 900;
        {
            const auto first = gate.admit("a", {target()}, estimate);
            QVERIFY(first);
            const auto second = gate.admit("a", {target()}, estimate); // 900 are reserved, 100 are left
            QVERIFY(second);
            QVERIFY(!gate.admit("a", {target()}, estimate));
            gate.book(row(clock, "a", NanoUsd(0), 300));
        }
        QVERIFY(gate.admit("a", {target()}, estimate)); // 300 were used in the end
        gate.book(row(clock, "a", NanoUsd(0), 700));
        const auto full = gate.admit("a", {target()}, estimate);
        QVERIFY(!full);
        QVERIFY(full.error().message.contains("1000 tokens"));
        clock.advance(*full.error().retryAfter);
        QVERIFY(gate.admit("a", {target()}, estimate));
    }

    void concurrentRequests()
    {
        ManualClock clock;
        Gate gate(clock);
        gate.setRules(rules("{'limits':{'concurrent':2}}"));
        auto first = gate.admit("a", {target()}, {});
        auto second = gate.admit("b", {target()}, {});
        QVERIFY(first && second);
        const auto third = gate.admit("c", {target()}, {});
        QVERIFY(!third);
        QCOMPARE(third.error().status, 429);
        first->release();
        auto fourth = gate.admit("c", {target()}, {});
        QVERIFY(fourth);
        *second = std::move(*fourth); // what it held is given back
        QVERIFY(gate.admit("d", {target()}, {}));
    }

    void whoIsRefusedUsesNothingUp()
    {
        ManualClock clock;
        Gate gate(clock);
        gate.setRules(rules("{'limits':{'requests_per_minute':2},"
                            "'apps':[{'name':'a','limits':{'concurrent':1}}]}"));
        const auto running = gate.admit("a", {target()}, {});
        QVERIFY(running);
        for (int i = 0; i < 5; ++i)
            QVERIFY(!gate.admit("a", {target()}, {}));
        QVERIFY(gate.admit("b", {target()}, {}));
        QVERIFY(!gate.admit("b", {target()}, {}));
    }

    void moneyIsRefusedOnceItIsSpent()
    {
        ManualClock clock;
        Gate gate(clock);
        gate.setRules(rules("{'apps':[{'name':'a','budget':{'usd':'1','per':'day','hard':true}}]}"));
        QVERIFY(gate.admit("a", {target()}, {}));
        gate.book(row(clock, "a", NanoUsd(999'999'999)));
        QVERIFY(gate.admit("a", {target()}, {}));
        gate.book(row(clock, "a", NanoUsd(1)));
        gate.book(row(clock, "b", kDollar));
        const auto refused = gate.admit("a", {target()}, {});
        QVERIFY(!refused);
        QVERIFY(refused.error().failureClass == FailureClass::Quota);
        QCOMPARE(refused.error().status, 402);
        QVERIFY(!refused.error().retryAfter);
        QVERIFY2(
            refused.error().message.startsWith("The app \"a\" may spend $1.00 a day, and $1.00 is spent."),
            refused.error().message.constData());
        QVERIFY(gate.admit("b", {target()}, {}));
        QCOMPARE(gate.left("a"), NanoUsd(0));
        QVERIFY(!gate.left("b"));
        clock.setWall(clock.wall() + 24h);
        QCOMPARE(gate.left("a"), kDollar);
        QVERIFY(gate.admit("a", {target()}, {}));
        clock.setWall(clock.wall() - 24h);
        QVERIFY(!gate.admit("a", {target()}, {}));
    }

    void aThousandAtOnceExceedABudgetByOneReservation()
    {
        ManualClock clock;
        Gate gate(clock);
        gate.setPrices(metering::PriceBook::builtIn());
        gate.setRules(rules("{'limits':{'usd_per_day':'1'}}"));
        Estimate estimate;
        estimate.inputTokens = 10'000;
        estimate.outputTokens = 2'000;
        const NanoUsd reservation
            = upperCost(estimate, target(), *metering::PriceBook::builtIn(), clock.wall());
        QVERIFY(reservation > NanoUsd(1'000'000) && reservation < kDollar);

        std::vector<Gate::Pass> running;
        int refused = 0;
        NanoUsd spent;
        for (int i = 0; i < 1000; ++i) {
            auto pass = gate.admit("a", {target()}, estimate);
            if (pass) {
                running.push_back(std::move(*pass));
                continue;
            }
            ++refused;
            QCOMPARE(pass.error().status, spent < kDollar ? 429 : 402);
            QCOMPARE(pass.error().retryAfter.has_value(), spent < kDollar);
        }
        QVERIFY(!running.empty() && refused > 0);
        QVERIFY(qint64(running.size() - 1) * reservation.nano() < kDollar.nano());
        // Each costs all that was reserved, and others come in as soon as there is room.
        while (!running.empty()) {
            gate.book(row(clock, "a", reservation));
            spent += reservation;
            running.pop_back();
            if (auto pass = gate.admit("a", {target()}, estimate))
                running.push_back(std::move(*pass));
        }
        QVERIFY(spent >= kDollar);
        QVERIFY(spent < kDollar + reservation);
        const auto over = gate.admit("a", {target()}, estimate);
        QVERIFY(!over);
        QCOMPARE(over.error().status, 402);
    }

    void theDearestTargetIsReservedFor()
    {
        ManualClock clock;
        Gate gate(clock);
        gate.setPrices(metering::PriceBook::builtIn());
        gate.setRules(rules("{'limits':{'usd_per_day':'1'}}"));
        Estimate estimate;
        estimate.inputTokens = 10'000;
        const Target cheap = target("lab", "unheard-of");
        const auto pass = gate.admit("a", {cheap, target()}, estimate);
        QVERIFY(pass);
        const auto states = gate.budgets();
        QCOMPARE(states.size(), std::size_t(1));
        QCOMPARE(
            states.front().reserved,
            upperCost(estimate, target(), *metering::PriceBook::builtIn(), clock.wall()));
        QCOMPARE(upperCost(estimate, cheap, *metering::PriceBook::builtIn(), clock.wall()), NanoUsd(0));
    }

    void softLimitsWarnAndLetIn()
    {
        ManualClock clock;
        Gate gate(clock);
        std::vector<LimitNotice> notices;
        gate.setNotify([&](const LimitNotice &notice) { notices.push_back(notice); });
        gate.setRules(rules("{'limits':{'concurrent':1,'hard':false},"
                            "'apps':[{'name':'a','budget':{'usd':'1','per':'week'}}]}"));
        gate.book(row(clock, "a", kDollar + kDollar));
        const auto first = gate.admit("a", {target()}, {});
        QVERIFY(first);
        QVERIFY2(first->warnings().contains("$2.00 is spent"), first->warnings().constData());
        const auto second = gate.admit("a", {target()}, {});
        QVERIFY(second);
        QVERIFY(second->warnings().contains("1 request running at a time"));
        QCOMPARE(notices.size(), std::size_t(2)); // the same one not again within a minute
        QVERIFY(!notices.front().refused);
        clock.advance(61s);
        QVERIFY(gate.admit("a", {target()}, {}));
        QCOMPARE(notices.size(), std::size_t(4));
    }

    void targetsHaveLimitsOfTheirOwn()
    {
        ManualClock clock;
        Gate gate(clock);
        gate.setRules(rules("{'providers':[{'id':'openai','limits':{'concurrent':1}}],"
                            "'model_limits':[{'model':'lab/*','limits':{'usd_per_day':'1'}},"
                            "{'model':'openai/gpt-5.6-sol','limits':{'usd_per_day':'1'}}]}"));
        QVERIFY(gate.limitsTargets());
        const auto callers = gate.admit("a", {target()}, {});
        QVERIFY(callers); // callers are not limited, and this holds no place
        {
            const auto first = gate.enter(target(), {});
            QVERIFY(first);
            const auto second = gate.enter(target(), {});
            QVERIFY(!second);
            QVERIFY(second.error().message.startsWith("The provider \"openai\""));
        }
        gate.book(row(clock, "a", kDollar)); // served as a dated snapshot
        const auto spent = gate.enter(target(), {});
        QVERIFY(!spent);
        QVERIFY2(
            spent.error().message.startsWith("The model \"openai/gpt-5.6-sol\""),
            spent.error().message.constData());
        QVERIFY(gate.enter(target("lab", "m1"), {}));
        QVERIFY(gate.enter(target("other", "m1"), {}));
    }

    void startsFromTheLedger()
    {
        ManualClock clock;
        Gate gate(clock);
        gate.setRules(
            rules("{'limits':{'usd_per_month':'3'},"
                  "'apps':[{'name':'a','budget':{'usd':'1','per':'day','hard':true}}],"
                  "'model_limits':[{'model':'openai/gpt-5.6-sol','limits':{'usd_per_week':'1'}}]}"));
        const auto gaps = gate.takeGaps();
        QCOMPARE(gaps.size(), std::size_t(3));
        QVERIFY(gate.takeGaps().empty());
        for (const Gate::Gap &gap : gaps) {
            QVERIFY(gap.span.holds(toUnixMs(clock.wall())));
            switch (gap.scope.kind) {
            case Scope::Kind::All:
                gate.fill(gap, {{QByteArray(), NanoUsd(2'000'000'000)}});
                break;
            case Scope::Kind::App:
                gate.fill(gap, {{"a", kDollar}, {"b", kDollar}});
                break;
            case Scope::Kind::Model:
                gate.fill(
                    gap, {{"openai/gpt-5.6-sol-2026-08-21", NanoUsd(600'000'000)},
                          {"openai/gpt-5.6-sol", NanoUsd(300'000'000)},
                          {"openai/gpt-5.6-sol-mini", kDollar}});
                break;
            case Scope::Kind::Provider:
                QFAIL("nobody asked");
            }
        }
        const auto states = gate.budgets();
        QCOMPARE(states.at(0).spent, NanoUsd(2'000'000'000));
        QCOMPARE(states.at(1).spent, kDollar);
        QCOMPARE(states.at(2).spent, NanoUsd(900'000'000));
        QVERIFY(!gate.admit("a", {target()}, {}));
        QVERIFY(gate.admit("b", {target()}, {}));
    }

    void countsStayWhenRulesChange()
    {
        ManualClock clock;
        Gate gate(clock);
        gate.setRules(rules("{'limits':{'usd_per_day':'5','concurrent':2}}"));
        for (const auto &gap : gate.takeGaps())
            gate.fill(gap, {});
        auto running = gate.admit("a", {target()}, {});
        gate.book(row(clock, "a", kDollar));
        gate.setRules(rules("{'limits':{'usd_per_day':'1','concurrent':1}}"));
        QVERIFY(gate.takeGaps().empty());
        QCOMPARE(gate.budgets().front().spent, kDollar);
        gate.setRules(rules("{'limits':{'concurrent':1}}"));
        QVERIFY(!gate.admit("a", {target()}, {})); // the one from before still runs
        running->release();
        QVERIFY(gate.admit("a", {target()}, {}));

        // Away for a while, nothing was counted: the ledger is asked again.
        gate.setRules(rules("{}"));
        gate.book(row(clock, "a", kDollar));
        gate.setRules(rules("{'limits':{'usd_per_day':'5'}}"));
        QCOMPARE(gate.takeGaps().size(), std::size_t(1));
    }

    void raisedBudgetsEndWithTheirHour()
    {
        ManualClock clock;
        Gate gate(clock);
        GateRules made = rules("{'apps':[{'name':'a','budget':{'usd':'1','per':'month','hard':true}},"
                               "{'name':'b','budget':{'usd':'1','per':'month','hard':true}}]}");
        gate.setRules(made);
        gate.book(row(clock, "a", kDollar));
        gate.book(row(clock, "b", kDollar));
        QVERIFY(!gate.admit("a", {target()}, {}));
        Raise raise;
        raise.app = "a";
        raise.amount = kDollar;
        raise.untilMs = toUnixMs(clock.wall() + 1h);
        made.raises.push_back(raise);
        gate.setRules(made);
        QVERIFY(gate.admit("a", {target()}, {}));
        QVERIFY(!gate.admit("b", {target()}, {}));
        QCOMPARE(gate.budgets().front().raised, kDollar);
        gate.book(row(clock, "a", kDollar));
        QVERIFY(!gate.admit("a", {target()}, {}));
        clock.setWall(clock.wall() + 1h);
        QCOMPARE(gate.budgets().front().raised, NanoUsd(0));
    }

    void pausedAppsAreToldWhy()
    {
        ManualClock clock;
        Gate gate(clock);
        GateRules made;
        made.pauses.push_back(Pause{"a", "lunch."});
        gate.setRules(made);
        QVERIFY(!gate.isOpen());
        const auto refused = gate.admit("a", {target()}, {});
        QVERIFY(!refused);
        QCOMPARE(refused.error().status, 403);
        QCOMPARE(
            refused.error().message,
            QByteArray("The app \"a\" is paused: lunch. To go on: fairleadctl resume a"));
        QVERIFY(refused.error().shouldRetry == false);
        QVERIFY(gate.admit("b", {target()}, {}));
        made.pauses.push_back(Pause{});
        gate.setRules(made);
        QVERIFY(!gate.admit("b", {target()}, {}));
        gate.setRules(GateRules());
        QVERIFY(gate.isOpen());
    }

    void aSteepSlopePausesTheApp()
    {
        ManualClock clock;
        Gate gate(clock);
        std::vector<Pause> pauses;
        gate.setPaused([&](const Pause &pause) { pauses.push_back(pause); });
        gate.setRules(rules("{'runaway':{'usd_per_minute':'2'},"
                            "'apps':[{'name':'big','runaway':{'usd_per_minute':'9'}}]}"));
        QVERIFY(gate.isOpen());
        for (int i = 0; i < 5; ++i) {
            gate.book(row(clock, "slow", kDollar));
            gate.book(row(clock, "big", kDollar));
            clock.advance(31s);
        }
        QVERIFY(pauses.empty());
        for (int i = 0; i < 3; ++i)
            gate.book(row(clock, "fast", kDollar));
        QCOMPARE(pauses.size(), std::size_t(1));
        QCOMPARE(pauses.front().app, QByteArray("fast"));
        QVERIFY(pauses.front().reason.contains("$3.00 within a minute"));
        const auto refused = gate.admit("fast", {target()}, {});
        QVERIFY(!refused);
        QVERIFY(refused.error().message.contains("$3.00 within a minute"));
        QVERIFY(gate.admit("slow", {target()}, {}));
    }

    void moneyIsWordedInCents_data()
    {
        QTest::addColumn<qint64>("nano");
        QTest::addColumn<QByteArray>("words");
        QTest::newRow("whole") << qint64(5'000'000'000) << QByteArray("$5.00");
        QTest::newRow("tens of cents") << qint64(5'100'000'000) << QByteArray("$5.10");
        QTest::newRow("parts of cents") << qint64(37'500'000) << QByteArray("$0.0375");
        QTest::newRow("less") << qint64(1'234'567) << QByteArray("$0.0012");
    }
    void moneyIsWordedInCents()
    {
        QFETCH(qint64, nano);
        QFETCH(QByteArray, words);
        QCOMPARE(dollars(NanoUsd(nano)), words);
    }
};

QTEST_GUILESS_MAIN(GateTest)
#include "GateTest.moc"
