// SPDX-License-Identifier: GPL-3.0-or-later
#include "routing/RateWindow.h"

#include <QRandomGenerator>
#include <QTest>

#include <algorithm>
#include <deque>

using namespace fairlead;
using namespace fairlead::routing;
using namespace std::chrono_literals;

class RateWindowTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void forgetsAfterAMinute()
    {
        RateWindow window;
        const SteadyTime start{1h};
        window.add(start, 3);
        window.add(start + 10s, 2);
        QCOMPARE(window.sum(start + 59s), 5);
        QCOMPARE(window.sum(start + 61s), 2);
        QCOMPARE(window.sum(start + 71s), 0);
        window.add(start + 1000s, 1);
        QCOMPARE(window.sum(start + 1000s), 1);
    }

    void saysHowLongToWait()
    {
        RateWindow window;
        const SteadyTime start{1h};
        window.add(start + 500ms, 1);
        window.add(start + 20s, 1);
        QCOMPARE(window.untilAtMost(start + 20s, 2), 0ms);
        QCOMPARE(window.untilAtMost(start + 20s, 1), 41s);
        QCOMPARE(window.untilAtMost(start + 20s, 0), 61s);
        QCOMPARE(window.sum(start + 20s + 41s), 1);
        QCOMPARE(window.sum(start + 20s + 61s), 0);
    }

    void worksInTheFirstMinuteOfAClock()
    {
        RateWindow window;
        const SteadyTime start{2s};
        window.add(start, 4);
        QCOMPARE(window.untilAtMost(start, 3), 61s);
        QCOMPARE(window.sum(start + 60s), 4);
        QCOMPARE(window.sum(start + 61s), 0);
    }

    void noMinuteHoldsMoreThanTheLimit()
    {
        constexpr qint64 kMost = 20;
        RateWindow window;
        std::deque<SteadyTime> admitted;
        QRandomGenerator random(7);
        SteadyTime now{1h};
        int refused = 0;
        for (int i = 0; i < 20'000; ++i) {
            now += milliseconds(random.bounded(3000));
            if (window.untilAtMost(now, kMost - 1) > 0ms) {
                ++refused;
                continue;
            }
            window.add(now, 1);
            admitted.push_back(now);
            while (now - admitted.front() >= 60s)
                admitted.pop_front();
            QVERIFY(qint64(admitted.size()) <= kMost);
        }
        QVERIFY(refused > 1000);
        QVERIFY(refused < 19'000);
    }
};

QTEST_GUILESS_MAIN(RateWindowTest)
#include "RateWindowTest.moc"
