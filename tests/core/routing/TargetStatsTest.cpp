// SPDX-License-Identifier: GPL-3.0-or-later
#include "routing/TargetStats.h"

#include "support/ManualClock.h"

#include <QTest>

using namespace fairlead;
using namespace fairlead::routing;
using namespace std::chrono_literals;

class TargetStatsTest : public QObject
{
    Q_OBJECT

    test::ManualClock m_clock;

    static void served(TargetStats &stats, std::chrono::microseconds firstToken, double speed)
    {
        auto flight = stats.begin("p", "m");
        flight.begun(firstToken);
        flight.ended(speed);
    }

private Q_SLOTS:
    void knowsNothingAtFirst()
    {
        const TargetStats stats(m_clock);
        const TargetView view = stats.view("p", "m");
        QCOMPARE(view.inFlight, 0);
        QCOMPARE(view.samples, 0);
        QVERIFY(!view.errorShare && !view.firstTokenP50 && !view.firstTokenP99 && !view.tokensPerSecond);
    }

    void countsWhatIsUnderWay()
    {
        TargetStats stats(m_clock);
        {
            auto first = stats.begin("p", "m");
            auto second = stats.begin("p", "m");
            const auto other = stats.begin("p", "other");
            QCOMPARE(stats.view("p", "m").inFlight, 2);
            second.ended(std::nullopt);
            second.failed(); // once is enough
            QCOMPARE(stats.view("p", "m").inFlight, 1);
            const auto moved = std::move(first);
            QCOMPARE(stats.view("p", "m").inFlight, 1);
        }
        const TargetView view = stats.view("p", "m");
        QCOMPARE(view.inFlight, 0);
        QCOMPARE(view.samples, 1); // the cancelled one says nothing
        QCOMPARE(view.errorShare.value(), 0.0);
    }

    void outlivesNothing()
    {
        TargetStats::Flight flight;
        flight.ended(1.0); // of nobody
        TargetStats stats(m_clock);
        flight = stats.begin("p", "m");
        QCOMPARE(stats.view("p", "m").inFlight, 1);
        flight = TargetStats::Flight();
        QCOMPARE(stats.view("p", "m").inFlight, 0);
    }

    void givesPercentiles()
    {
        TargetStats stats(m_clock);
        for (int i = 1; i <= 100; ++i)
            served(stats, i * 10ms, i);
        const TargetView view = stats.view("p", "m");
        QCOMPARE(view.samples, 100);
        QCOMPARE(view.timed, 100);
        QCOMPARE(view.firstTokenP50->count(), 500);
        QCOMPARE(view.firstTokenP95->count(), 950);
        QCOMPARE(view.firstTokenP99->count(), 990);
        QCOMPARE(view.tokensPerSecond.value(), 50.0);
        for (int i = 0; i < 100; ++i)
            stats.begin("p", "m").failed();
        QCOMPARE(stats.view("p", "m").errorShare.value(), 0.5);
        QCOMPARE(stats.view("p", "m").firstTokenP50->count(), 500);
    }

    void oneSampleIsAllPercentiles()
    {
        TargetStats stats(m_clock);
        served(stats, 70ms, 3);
        QCOMPARE(stats.view("p", "m").firstTokenP50->count(), 70);
        QCOMPARE(stats.view("p", "m").firstTokenP99->count(), 70);
    }

    void forgetsWhatIsOld()
    {
        TargetStats stats(m_clock);
        served(stats, 100ms, 1);
        m_clock.advance(TargetStats::kWindow - 1ms);
        QCOMPARE(stats.view("p", "m").samples, 1);
        m_clock.advance(1ms);
        QCOMPARE(stats.view("p", "m").samples, 0);
        for (int i = 0; i < TargetStats::kMostSamples; ++i)
            served(stats, 5ms, 1);
        served(stats, 5ms, 1);
        QCOMPARE(stats.view("p", "m").samples, TargetStats::kMostSamples);
        QCOMPARE(stats.view("p", "m").firstTokenP99->count(), 5);
    }

    void isWarmedFromTheLedger()
    {
        TargetStats stats(m_clock);
        std::vector<TargetSample> samples;
        const auto add = [&](std::chrono::microseconds ago, bool failed) {
            TargetSample sample;
            sample.provider = "p";
            sample.model = "m";
            sample.finished = m_clock.wall() - ago;
            sample.failed = failed;
            if (!failed)
                sample.firstToken = 300ms;
            samples.push_back(sample);
        };
        add(1min, false);
        add(5h, false);
        add(7h, false); // too old
        add(2h, true);
        add(-1h, false); // of a clock that was ahead: as if now
        stats.warm(samples);
        QCOMPARE(stats.view("p", "m").samples, 4);
        QCOMPARE(stats.view("p", "m").errorShare.value(), 0.25);
        QCOMPARE(stats.view("p", "m").firstTokenP95->count(), 300);
        m_clock.advance(2h);
        QCOMPARE(stats.view("p", "m").samples, 3);
    }

    void staysBounded()
    {
        TargetStats stats(m_clock);
        const auto kept = stats.begin("p", "under way");
        for (int i = 0; i < 5000; ++i)
            stats.begin("p", QByteArray::number(i)).failed();
        QCOMPARE(stats.view("p", "under way").inFlight, 1);
        QCOMPARE(stats.view("p", "4999").samples, 1);
        QCOMPARE(stats.view("p", "0").samples, 0);
    }
};

QTEST_GUILESS_MAIN(TargetStatsTest)
#include "TargetStatsTest.moc"
