// SPDX-License-Identifier: GPL-3.0-or-later
#include "routing/Patience.h"

#include <QTest>

using namespace fairlead;
using namespace fairlead::routing;
using namespace std::chrono_literals;

class PatienceTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void waitsForTheFirstToken_data()
    {
        QTest::addColumn<int>("said"); // by the route, in ms; -1 = nothing
        QTest::addColumn<bool>("adaptive");
        QTest::addColumn<int>("p99"); // in ms; -1 = nothing measured
        QTest::addColumn<int>("timed");
        QTest::addColumn<bool>("moreTargets");
        QTest::addColumn<bool>("thinksLong");
        QTest::addColumn<int>("limit"); // in ms; -1 = none
        const auto row = [](const char *name, int said, bool adaptive, int p99, int timed, bool more,
                            bool thinks, int limit) {
            QTest::newRow(name) << said << adaptive << p99 << timed << more << thinks << limit;
        };
        row("nothing known", -1, true, -1, 0, true, false, 10'000);
        row("nothing known, thinks", -1, true, -1, 0, true, true, 120'000);
        row("nothing known, nobody else", -1, true, -1, 0, false, false, -1);
        row("measured", -1, true, 4'000, 20, true, false, 8'000);
        row("measured too little", -1, true, 4'000, 19, true, false, 10'000);
        row("measured, fast", -1, true, 200, 50, true, false, 3'000);
        row("measured, slow", -1, true, 90'000, 50, true, false, 120'000);
        row("measured, thinks", -1, true, 30'000, 50, true, true, 60'000);
        row("measured, nobody else", -1, true, 200, 50, false, false, -1);
        row("said", 15'000, false, 200, 50, true, false, 15'000);
        row("said, nobody else", 15'000, true, 200, 50, false, false, 15'000);
        row("said, nothing known", 15'000, true, -1, 0, true, true, 15'000);
        row("said, measured less", 15'000, true, 2'000, 50, true, false, 4'000);
        row("said, measured more", 15'000, true, 20'000, 50, true, false, 15'000);
        row("said, very short", 500, true, 100, 50, true, false, 500);
        row("not adaptive, nothing said", -1, false, 200, 50, true, false, -1);
    }
    void waitsForTheFirstToken()
    {
        QFETCH(int, said);
        QFETCH(bool, adaptive);
        QFETCH(int, p99);
        QFETCH(int, timed);
        QFETCH(bool, moreTargets);
        QFETCH(bool, thinksLong);
        QFETCH(int, limit);
        config::RouteDeadlines route;
        route.adaptive = adaptive;
        if (said >= 0)
            route.firstToken = milliseconds(said);
        TargetView view;
        view.timed = timed;
        if (p99 >= 0)
            view.firstTokenP99 = milliseconds(p99);
        Circumstances circumstances;
        circumstances.streamed = true;
        circumstances.moreTargets = moreTargets;
        circumstances.thinksLong = thinksLong;
        const auto got = firstTokenLimit(route, view, circumstances);
        QCOMPARE(got ? static_cast<int>(got->count()) : -1, limit);
        circumstances.streamed = false;
        QVERIFY(!firstTokenLimit(route, view, circumstances));
    }

    void theRouteIsOnTopOfTheProvider()
    {
        net::Timeouts provider;
        provider.connect = 1s;
        provider.firstByte = 2s;
        provider.idle = 3s;
        provider.total = 40s;
        config::RouteDeadlines route;
        const net::Timeouts same = timeoutsOf(provider, route, std::nullopt);
        QVERIFY(same.connect == 1s && same.firstByte == 2s && same.idle == 3s && same.total == 40s);
        route.connect = 5s;
        route.idle = 6s;
        route.firstToken = 7s;
        const net::Timeouts both = timeoutsOf(provider, route, 8s);
        QVERIFY(both.connect == 5s && both.firstByte == 7s && both.idle == 6s && both.total == 8s);
        QVERIFY(timeoutsOf(provider, route, 50s).total == 40s); // the shorter one
        provider.total = 0s; // no limit
        QVERIFY(timeoutsOf(provider, route, 50s).total == 50s);
    }
};

QTEST_GUILESS_MAIN(PatienceTest)
#include "PatienceTest.moc"
