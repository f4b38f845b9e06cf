// SPDX-License-Identifier: GPL-3.0-or-later
#include "routing/NetworkWatch.h"

#include "net/HttpTransport.h"
#include "support/ManualClock.h"

#include <QTest>

using namespace fairlead;
using namespace fairlead::routing;
using namespace std::chrono_literals;
using chat::Failure;
using chat::FailureClass;
using Reachability = NetworkWatch::Reachability;
using State = NetworkWatch::State;

namespace {

const Failure kRefused(FailureClass::Connection, 0, "no way");

Failure timedOut(net::TransportErrorKind kind)
{
    Failure failure(FailureClass::TimedOut, 0, "late");
    failure.code = net::transportErrorName(kind);
    return failure;
}

} // namespace

class NetworkWatchTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void oneProviderThatFailsIsItsOwnFault()
    {
        test::ManualClock clock;
        NetworkWatch watch(clock);
        for (int i = 0; i < 5; ++i)
            QVERIFY(!watch.explains("a", false, kRefused));
        QVERIFY(watch.state() == State::Fine);
    }

    void severalAtOnceAreTheNetworks()
    {
        test::ManualClock clock;
        NetworkWatch watch(clock);
        QVERIFY(!watch.explains("a", false, kRefused));
        clock.advance(3s);
        QVERIFY(watch.explains("b", false, timedOut(net::TransportErrorKind::ConnectTimeout)));
        QVERIFY(watch.state() == State::Unreachable);
        QVERIFY(watch.explains("a", false, kRefused));
        watch.succeeded(); // there is a way after all
        QVERIFY(!watch.explains("a", false, kRefused));
        clock.advance(NetworkWatch::kTogether);
        QVERIFY(!watch.explains("b", false, kRefused)); // not at once
    }

    void whatIsNotOfTheWayIsNot()
    {
        test::ManualClock clock;
        NetworkWatch watch(clock);
        watch.setReachability(Reachability::Offline);
        QVERIFY(!watch.explains("a", false, Failure(FailureClass::Overloaded, 503, "busy")));
        QVERIFY(!watch.explains("a", true, kRefused)); // a server on this machine
        QVERIFY(watch.explains("a", false, kRefused));
    }

    void slowModelsAreNoLostNetwork()
    {
        test::ManualClock clock;
        NetworkWatch watch(clock);
        for (const char *provider : {"a", "b", "c"})
            QVERIFY(!watch.explains(provider, false, timedOut(net::TransportErrorKind::FirstByteTimeout)));
    }

    void followsWhatTheSystemSays()
    {
        test::ManualClock clock;
        NetworkWatch watch(clock);
        watch.setReachability(Reachability::CaptivePortal);
        QVERIFY(watch.state() == State::CaptivePortal);
        QVERIFY(watch.explains("a", false, Failure(FailureClass::Protocol, 200, "a web page")));
        watch.setReachability(Reachability::Online);
        QVERIFY(watch.state() == State::JustWoken); // what was under way is dead
        QVERIFY(watch.explains("a", false, kRefused));
        clock.advance(NetworkWatch::kUnsettled);
        QVERIFY(watch.state() == State::Fine);
        QVERIFY(!watch.explains("a", false, kRefused));
    }

    void whoAnswersProvesTheSystemWrong()
    {
        test::ManualClock clock;
        NetworkWatch watch(clock);
        watch.setReachability(Reachability::Offline);
        watch.succeeded(); // another than the system's usual means has made the connection
        QVERIFY(watch.state() == State::Fine);
        QVERIFY(!watch.explains("a", false, kRefused));
    }

    void noticesThatTheMachineHasSlept()
    {
        test::ManualClock clock;
        NetworkWatch watch(clock);
        QVERIFY(!watch.explains("a", false, kRefused));
        clock.setWall(clock.wall() + 2h); // the monotonic clock stood still
        QVERIFY(watch.explains("a", false, kRefused));
        clock.advance(NetworkWatch::kUnsettled);
        QVERIFY(!watch.explains("a", false, kRefused));
    }

    void aClockThatIsSetIsNoSleep_data()
    {
        QTest::addColumn<int>("seconds");
        QTest::newRow("a little ahead") << 3;
        QTest::newRow("back") << -7200;
    }
    void aClockThatIsSetIsNoSleep()
    {
        QFETCH(int, seconds);
        test::ManualClock clock;
        NetworkWatch watch(clock);
        clock.setWall(clock.wall() + std::chrono::seconds(seconds));
        QVERIFY(!watch.explains("a", false, kRefused));
    }
};

QTEST_GUILESS_MAIN(NetworkWatchTest)
#include "NetworkWatchTest.moc"
