// SPDX-License-Identifier: GPL-3.0-or-later
#include "routing/KeyHealth.h"

#include "support/ManualClock.h"

#include <QTest>

using namespace fairlead;
using namespace fairlead::routing;
using namespace std::chrono_literals;
using chat::Failure;
using chat::FailureClass;

namespace {

secrets::LoadedKey key(const QString &name, const QByteArray &text = "sk-one")
{
    secrets::LoadedKey made;
    made.ref.name = name;
    made.secret = Secret(QByteArray(text.constData(), text.size()));
    return made;
}

Failure failure(FailureClass failureClass)
{
    return Failure(failureClass, 0, "no");
}

} // namespace

class KeyHealthTest : public QObject
{
    Q_OBJECT

    static QString names(const std::vector<secrets::LoadedKey> &keys)
    {
        QString text;
        for (const auto &one : keys)
            text += one.ref.name;
        return text;
    }

private Q_SLOTS:
    void restsAsLongAndAsWideAsTheCauseSays_data()
    {
        QTest::addColumn<int>("cause");
        QTest::addColumn<bool>("otherModelToo");
        QTest::addColumn<int>("seconds");
        QTest::addColumn<QByteArray>("words");
        QTest::newRow("refused") << int(FailureClass::Credential) << true << 300 << QByteArray("refused");
        QTest::newRow("no credit") << int(FailureClass::Quota) << true << 300 << QByteArray("out of credit");
        QTest::newRow("not allowed") << int(FailureClass::Permission) << false << 300
                                     << QByteArray("not allowed to use this model");
        QTest::newRow("too fast") << int(FailureClass::RateLimit) << false << 2 << QByteArray("rate limited");
    }
    void restsAsLongAndAsWideAsTheCauseSays()
    {
        QFETCH(int, cause);
        QFETCH(bool, otherModelToo);
        QFETCH(int, seconds);
        QFETCH(QByteArray, words);
        test::ManualClock clock;
        KeyHealth health(clock);
        const auto a = key(QStringLiteral("a"));
        health.refused("p", "m", a, failure(FailureClass(cause)));
        QVERIFY(health.isResting("p", "m", a));
        QCOMPARE(health.isResting("p", "n", a), otherModelToo);
        QVERIFY(!health.isResting("q", "m", a));
        QVERIFY(!health.isResting("p", "m", key(QStringLiteral("b"))));
        QCOMPARE(health.states().front().words, words);
        QCOMPARE(health.states().front().untilMs, toUnixMs(clock.wall()) + seconds * 1000);
        clock.advance(std::chrono::seconds(seconds));
        QVERIFY(!health.isResting("p", "m", a));
        QVERIFY(health.states().empty());
    }

    void aNewKeyUnderAnOldNameStartsAfresh()
    {
        test::ManualClock clock;
        KeyHealth health(clock);
        health.refused("p", "m", key(QStringLiteral("a")), failure(FailureClass::Credential));
        QVERIFY(!health.isResting("p", "m", key(QStringLiteral("a"), "sk-two")));
    }

    void ratesRestLongerEachTime()
    {
        test::ManualClock clock;
        KeyHealth health(clock);
        const auto a = key(QStringLiteral("a"));
        for (const auto rest : {2s, 4s, 8s, 16s, 32s, 60s, 60s}) {
            health.refused("p", "m", a, failure(FailureClass::RateLimit));
            clock.advance(rest - 1ms);
            QVERIFY(health.isResting("p", "m", a));
            clock.advance(1ms);
            QVERIFY(!health.isResting("p", "m", a));
        }
        health.worked("p", "m", a);
        QVERIFY(health.isEmpty());
        Failure said = failure(FailureClass::RateLimit);
        said.retryAfter = 7s; // it knows best
        health.refused("p", "m", a, said);
        clock.advance(7s);
        QVERIFY(!health.isResting("p", "m", a));
    }

    void arrangesByOrderRotationAndRest()
    {
        test::ManualClock clock;
        KeyHealth health(clock);
        const std::vector<secrets::LoadedKey> keys{
            key(QStringLiteral("a")), key(QStringLiteral("b")), key(QStringLiteral("c"))};
        const auto arranged = [&](bool rotate) {
            auto order = keys;
            health.arrange("p", "m", rotate, order);
            return names(order);
        };
        QCOMPARE(arranged(false), QStringLiteral("abc"));
        QCOMPARE(arranged(false), QStringLiteral("abc"));
        QCOMPARE(arranged(true), QStringLiteral("abc"));
        QCOMPARE(arranged(true), QStringLiteral("bca"));
        QCOMPARE(arranged(true), QStringLiteral("cab"));
        QCOMPARE(arranged(true), QStringLiteral("abc"));
        health.refused("p", "m", keys[0], failure(FailureClass::Credential));
        QCOMPARE(arranged(false), QStringLiteral("bca"));
        QVERIFY(!health.allRest("p", "m", keys));
        health.refused("p", "m", keys[1], failure(FailureClass::Quota));
        health.refused("p", "m", keys[2], failure(FailureClass::Quota));
        QVERIFY(health.allRest("p", "m", keys));
        QVERIFY(!health.allRest("p", "m", {}));
        QCOMPARE(arranged(false), QStringLiteral("abc"));
    }

    void staysBounded()
    {
        test::ManualClock clock;
        KeyHealth health(clock);
        for (int i = 0; i < 2000; ++i)
            health.refused(
                "p", QByteArray::number(i), key(QStringLiteral("a")), failure(FailureClass::RateLimit));
        QVERIFY(health.states().size() <= 256);
    }
};

QTEST_GUILESS_MAIN(KeyHealthTest)
#include "KeyHealthTest.moc"
