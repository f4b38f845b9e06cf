// SPDX-License-Identifier: GPL-3.0-or-later
#include "routing/HedgeBudget.h"

#include "support/ManualClock.h"

#include <QDateTime>
#include <QTest>

using namespace fairlead;
using namespace fairlead::routing;
using namespace std::chrono_literals;

namespace {

constexpr NanoUsd kCent(10'000'000);

/// A local time, so that the test means the same in every zone.
WallTime at(int month, int day, int hour)
{
    const QDateTime time(QDate(2026, month, day), QTime(hour, 0));
    return WallTime(std::chrono::milliseconds(time.toMSecsSinceEpoch()));
}

} // namespace

class HedgeBudgetTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void takesUntilItIsSpent()
    {
        test::ManualClock clock;
        HedgeBudget budget(clock);
        config::Hedge hedge;
        hedge.mostUsd = NanoUsd(25'000'000);
        QVERIFY(budget.take("smart", hedge, kCent));
        QVERIFY(budget.take("smart", hedge, kCent));
        QVERIFY(!budget.take("smart", hedge, kCent)); // never over it
        QVERIFY(budget.take("other", hedge, kCent)); // each route has its own
        budget.settle("smart", kCent, NanoUsd(1'000'000)); // it cost less than feared
        QCOMPARE(budget.spent("smart", hedge), NanoUsd(11'000'000));
        QVERIFY(budget.take("smart", hedge, kCent));
    }

    void beginsAnewByTheCalendar_data()
    {
        QTest::addColumn<QByteArray>("per");
        QTest::addColumn<int>("day"); // of October 2026: the 14th is a Wednesday
        QTest::addColumn<bool>("isNew");
        QTest::newRow("same day") << QByteArray("day") << 14 << false;
        QTest::newRow("next day") << QByteArray("day") << 15 << true;
        QTest::newRow("Sunday") << QByteArray("week") << 18 << false;
        QTest::newRow("Monday") << QByteArray("week") << 19 << true;
        QTest::newRow("last of the month") << QByteArray("month") << 31 << false;
    }
    void beginsAnewByTheCalendar()
    {
        QFETCH(QByteArray, per);
        QFETCH(int, day);
        QFETCH(bool, isNew);
        test::ManualClock clock;
        clock.setWall(at(10, 14, 12));
        HedgeBudget budget(clock);
        config::Hedge hedge;
        hedge.mostUsd = kCent;
        hedge.per = per;
        QVERIFY(budget.take("smart", hedge, kCent));
        clock.setWall(at(10, day, 23));
        QCOMPARE(budget.take("smart", hedge, kCent), isNew);
        clock.setWall(at(11, 20, 1));
        QVERIFY(budget.take("smart", hedge, kCent));
    }

    void isWarmedFromTheLedger()
    {
        test::ManualClock clock;
        clock.setWall(at(10, 14, 12));
        HedgeBudget budget(clock);
        config::Hedge hedge;
        budget.warm("smart", toUnixMs(at(10, 14, 1)), kCent);
        budget.warm("smart", toUnixMs(at(10, 13, 23)), kCent);
        QCOMPARE(budget.spent("smart", hedge), kCent);
        hedge.per = "week";
        QCOMPARE(budget.spent("smart", hedge), kCent + kCent);
    }

    void aClockThatIsSetBackLosesNothing()
    {
        test::ManualClock clock;
        clock.setWall(at(10, 14, 12));
        HedgeBudget budget(clock);
        config::Hedge hedge;
        hedge.mostUsd = kCent;
        QVERIFY(budget.take("smart", hedge, kCent));
        clock.setWall(at(10, 13, 12));
        QVERIFY(!budget.take("smart", hedge, kCent));
    }
};

QTEST_GUILESS_MAIN(HedgeBudgetTest)
#include "HedgeBudgetTest.moc"
