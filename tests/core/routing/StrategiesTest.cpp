// SPDX-License-Identifier: GPL-3.0-or-later
#include "routing/Strategies.h"

#include <QTest>

using namespace fairlead;
using namespace fairlead::routing;
using namespace std::chrono_literals;

namespace {

/// What random() gives, one after the other, then 0.
Random scripted(std::vector<double> values)
{
    return [values = std::move(values), next = std::size_t(0)]() mutable {
        return next < values.size() ? values[next++] : 0.0;
    };
}

Contender measured(milliseconds first, std::optional<double> speed)
{
    Contender contender;
    contender.view.samples = contender.view.timed = 10;
    contender.view.firstTokenP50 = first;
    contender.view.tokensPerSecond = speed;
    contender.view.errorShare = 0.0;
    return contender;
}

QByteArray orderOf(const std::vector<Ranked> &ranked)
{
    QByteArray order;
    for (const Ranked &one : ranked)
        order += QByteArray::number(qsizetype(one.index));
    return order;
}

} // namespace

class StrategiesTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void priorityIsAsWritten()
    {
        const auto ranked = rank("priority", std::vector<Contender>(4), {});
        QCOMPARE(orderOf(ranked), QByteArray("0123"));
        QCOMPARE(ranked[0].reason, QByteArray("1st of the route"));
        QCOMPARE(ranked[3].reason, QByteArray("4th of the route"));
    }

    void weightedDraws_data()
    {
        QTest::addColumn<std::vector<double>>("draws");
        QTest::addColumn<QByteArray>("order");
        QTest::newRow("least") << std::vector<double>{0.0, 0.0} << QByteArray("012");
        QTest::newRow("edge of the first") << std::vector<double>{0.0999, 0.0} << QByteArray("012");
        QTest::newRow("second") << std::vector<double>{0.1, 0.0} << QByteArray("102");
        QTest::newRow("second, then third") << std::vector<double>{0.35, 0.5} << QByteArray("120");
        QTest::newRow("third") << std::vector<double>{0.9999, 0.9999} << QByteArray("210");
    }
    void weightedDraws()
    {
        QFETCH(std::vector<double>, draws);
        QFETCH(QByteArray, order);
        std::vector<Contender> contenders(3);
        contenders[0].weight = 1;
        contenders[1].weight = 3;
        contenders[2].weight = 6;
        QCOMPARE(orderOf(rank("weighted", contenders, scripted(draws))), order);
    }

    void weightsAreSharesOfTheFirstPlace()
    {
        std::vector<Contender> contenders(2);
        contenders[1].weight = 3;
        int second = 0;
        for (int i = 0; i < 1000; ++i)
            second += rank("weighted", contenders, [i] { return i / 1000.0; }).front().index == 1 ? 1 : 0;
        QCOMPARE(second, 750);
    }

    void cheapestKnowsWhatItCosts()
    {
        std::vector<Contender> contenders(4);
        contenders[1].cost = NanoUsd(2'000'000);
        contenders[2].cost = NanoUsd(1'500'000);
        contenders[3].cost = NanoUsd(1'500'000);
        const auto ranked = rank("cheapest", contenders, {});
        QCOMPARE(orderOf(ranked), QByteArray("2310")); // alike: as written; unknown: last
        QCOMPARE(ranked[0].reason, QByteArray("about $0.0015 for this request"));
        QCOMPARE(ranked[3].reason, QByteArray("its price is not known"));
    }

    void fastestIsTheWholeAnswer()
    {
        // 300 tokens: 2.0 s + 1.5 s against 0.5 s + 6 s.
        const auto ranked = rank("fastest", {measured(500ms, 50), measured(2s, 200)}, {});
        QCOMPARE(orderOf(ranked), QByteArray("10"));
        QCOMPARE(ranked[0].reason, QByteArray("first token 2.0 s, 200 tokens/s"));
        // Where one speed is not known, the first token decides.
        QCOMPARE(orderOf(rank("fastest", {measured(500ms, {}), measured(2s, 200)}, {})), QByteArray("01"));
    }

    void fastestLearnsOneRequestAtATime()
    {
        Contender unknown;
        auto ranked = rank("fastest", {measured(500ms, 50), unknown}, {});
        QCOMPARE(orderOf(ranked), QByteArray("10"));
        QCOMPARE(ranked[0].reason, QByteArray("not measured yet, so tried"));
        unknown.view.inFlight = 1;
        ranked = rank("fastest", {unknown, measured(500ms, 50)}, {});
        QCOMPARE(orderOf(ranked), QByteArray("10"));
    }

    void whatFailsIsNotFast()
    {
        Contender failing = measured(1ms, 900);
        failing.view.errorShare = 0.6;
        const auto ranked = rank("fastest", {failing, measured(9s, 5)}, {});
        QCOMPARE(orderOf(ranked), QByteArray("10"));
        QCOMPARE(ranked[1].reason, QByteArray("fails too often"));
    }

    void leastBusyCountsWhatIsUnderWay()
    {
        std::vector<Contender> contenders(3);
        contenders[0].view.inFlight = 2;
        contenders[1].view.inFlight = 1;
        contenders[2].view.inFlight = 1;
        const auto ranked = rank("least_busy", contenders, {});
        QCOMPARE(orderOf(ranked), QByteArray("120"));
        QCOMPARE(ranked[0].reason, QByteArray("1 under way there"));
    }

    void nothingToRank()
    {
        for (const char *strategy : {"priority", "weighted", "cheapest", "fastest", "least_busy"})
            QVERIFY(rank(strategy, {}, scripted({})).empty());
    }
};

QTEST_GUILESS_MAIN(StrategiesTest)
#include "StrategiesTest.moc"
