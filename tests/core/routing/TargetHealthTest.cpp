// SPDX-License-Identifier: GPL-3.0-or-later
#include "routing/TargetHealth.h"

#include "support/ManualClock.h"

#include <QTest>

using namespace fairlead;
using namespace fairlead::routing;
using namespace std::chrono_literals;
using chat::Failure;
using chat::FailureClass;
using Lamp = TargetState::Lamp;

namespace {

Target target(const QByteArray &provider, const QByteArray &model = "m")
{
    auto spec = std::make_shared<providers::ProviderSpec>();
    spec->id = provider;
    Target made;
    made.provider = std::move(spec);
    made.model = model;
    return made;
}

const Failure kOverloaded(FailureClass::Overloaded, 503, "busy");

} // namespace

class TargetHealthTest : public QObject
{
    Q_OBJECT

    static void fail(TargetHealth &health, int times)
    {
        for (int i = 0; i < times; ++i)
            health.failed(target("p"), kOverloaded);
    }

private Q_SLOTS:
    void opensAfterFailuresInARow()
    {
        test::ManualClock clock;
        TargetHealth health(clock);
        fail(health, 2);
        QVERIFY(!health.isResting(target("p")));
        QCOMPARE(health.states().front().lamp, Lamp::Shaky);
        health.completed(target("p")); // one whole answer, and it is as new
        QVERIFY(health.states().empty());
        fail(health, 3);
        QVERIFY(health.isResting(target("p")));
        QVERIFY(!health.isResting(target("p", "another")));
        QCOMPARE(health.states().front().lamp, Lamp::Down);
        QVERIFY(health.states().front().words.contains("overloaded"));
        QCOMPARE(health.states().front().untilMs, toUnixMs(clock.wall()) + 5000);
    }

    void oneProbeAtATimeDecides()
    {
        test::ManualClock clock;
        TargetHealth health(clock);
        fail(health, 3);
        clock.advance(TargetHealth::kFirstOpen);
        QVERIFY(!health.isResting(target("p")));
        health.trying(target("p"));
        QVERIFY(health.isResting(target("p"))); // for everybody else
        QCOMPARE(health.states().front().lamp, Lamp::Probing);
        fail(health, 1);
        clock.advance(TargetHealth::kFirstOpen);
        QVERIFY(health.isResting(target("p"))); // twice as long now
        clock.advance(TargetHealth::kFirstOpen);
        health.trying(target("p"));
        health.answered(target("p"));
        QVERIFY(!health.isResting(target("p")));
        QCOMPARE(health.states().front().lamp, Lamp::Shaky);
    }

    void isFoundAgainWithinHalfAMinute()
    {
        test::ManualClock clock;
        TargetHealth health(clock);
        fail(health, 3);
        for (int i = 0; i < 20; ++i) {
            clock.advance(TargetHealth::kMostOpen);
            QVERIFY(!health.isResting(target("p")));
            health.trying(target("p"));
            fail(health, 1);
        }
    }

    void manyFailuresAtOnceAreOneOutage()
    {
        test::ManualClock clock;
        TargetHealth health(clock);
        fail(health, 50);
        clock.advance(TargetHealth::kFirstOpen);
        QVERIFY(!health.isResting(target("p")));
    }

    void aProbeThatTakesLongBlocksNobody()
    {
        test::ManualClock clock;
        TargetHealth health(clock);
        fail(health, 3);
        clock.advance(TargetHealth::kFirstOpen);
        health.trying(target("p"));
        clock.advance(2min);
        QVERIFY(!health.isResting(target("p")));
    }

    void restsAsAsked()
    {
        test::ManualClock clock;
        TargetHealth health(clock);
        Failure failure = kOverloaded;
        failure.retryAfter = 30s;
        health.failed(target("p"), failure);
        QVERIFY(health.isResting(target("p")));
        QCOMPARE(health.states().front().lamp, Lamp::Resting);
        clock.advance(30s);
        QVERIFY(!health.isResting(target("p")));
        failure.retryAfter = 24h; // is asked again before that
        health.failed(target("p"), failure);
        clock.advance(10min);
        QVERIFY(!health.isResting(target("p")));
    }

    void ordersWhatIsNotToBeTriedLast()
    {
        test::ManualClock clock;
        TargetHealth health(clock);
        fail(health, 3);
        const auto order = [&](auto rests) {
            QByteArray text;
            for (const Target &one :
                 health.inOrderOfTrying({target("p"), target("q"), target("r"), target("s")}, rests))
                text += one.provider->id;
            return text;
        };
        QCOMPARE(order([](const Target &) { return false; }), QByteArray("qrsp"));
        QCOMPARE(order([](const Target &one) { return one.provider->id == "r"; }), QByteArray("qspr"));
        health.forgive();
        QCOMPARE(order([](const Target &) { return false; }), QByteArray("pqrs"));
    }

    void tellsOfChanges()
    {
        test::ManualClock clock;
        TargetHealth health(clock);
        int changes = 0;
        health.setChangedCallback([&] { ++changes; });
        health.trying(target("p"));
        health.answered(target("p"));
        health.completed(target("p"));
        QCOMPARE(changes, 0); // nothing was ever wrong
        fail(health, 1);
        health.completed(target("p"));
        QCOMPARE(changes, 2);
    }

    void staysBounded()
    {
        test::ManualClock clock;
        TargetHealth health(clock);
        for (int i = 0; i < 5000; ++i)
            health.failed(target("p", QByteArray::number(i)), kOverloaded);
        QVERIFY(health.states().size() <= 1024);
    }
};

QTEST_GUILESS_MAIN(TargetHealthTest)
#include "TargetHealthTest.moc"
