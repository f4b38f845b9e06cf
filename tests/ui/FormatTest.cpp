// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/Format.h"

#include <QDateTime>
#include <QLocale>
#include <QTest>

using namespace fairlead;
using namespace fairlead::ui;
using namespace std::chrono_literals;

class FormatTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedStates)); }

    void money_data()
    {
        QTest::addColumn<qint64>("nano");
        QTest::addColumn<QString>("shown");
        QTest::newRow("zero") << qint64(0) << QStringLiteral("$0");
        QTest::newRow("one nano") << qint64(1) << QStringLiteral("$0.000000001");
        QTest::newRow("small") << qint64(6'120'400) << QStringLiteral("$0.006120");
        QTest::newRow("half up") << qint64(6'120'500) << QStringLiteral("$0.006121");
        QTest::newRow("very small") << qint64(37'500) << QStringLiteral("$0.00003750");
        QTest::newRow("tenths") << qint64(420'000'000) << QStringLiteral("$0.4200");
        QTest::newRow("carries into a dollar") << qint64(999'960'000) << QStringLiteral("$1.00");
        QTest::newRow("almost a dollar") << qint64(999'940'000) << QStringLiteral("$0.9999");
        QTest::newRow("a dollar") << qint64(1'000'000'000) << QStringLiteral("$1.00");
        QTest::newRow("cents half up") << qint64(12'345'000'000) << QStringLiteral("$12.35");
        QTest::newRow("thousands") << qint64(1'234'567'890'000) << QStringLiteral("$1,234.57");
        QTest::newRow("negative") << qint64(-1'500'000'000) << QStringLiteral("-$1.50");
    }
    void money()
    {
        QFETCH(qint64, nano);
        QFETCH(QString, shown);
        QCOMPARE(format::money(NanoUsd(nano)), shown);
    }

    void durations_data()
    {
        QTest::addColumn<qint64>("micros");
        QTest::addColumn<QString>("shown");
        QTest::newRow("zero") << qint64(0) << QStringLiteral("0 ms");
        QTest::newRow("ms") << qint64(840'000) << QStringLiteral("840 ms");
        QTest::newRow("rounds up to a second") << qint64(999'600) << QStringLiteral("1.0 s");
        QTest::newRow("seconds") << qint64(1'240'000) << QStringLiteral("1.2 s");
        QTest::newRow("below a minute") << qint64(59'940'000) << QStringLiteral("59.9 s");
        QTest::newRow("a minute") << qint64(59'960'000) << QStringLiteral("1 min 0 s");
        QTest::newRow("minutes") << qint64(125'000'000) << QStringLiteral("2 min 5 s");
    }
    void durations()
    {
        QFETCH(qint64, micros);
        QFETCH(QString, shown);
        QCOMPARE(format::duration(std::chrono::microseconds(micros)), shown);
    }

    void tokens_data()
    {
        QTest::addColumn<qint64>("count");
        QTest::addColumn<QString>("shown");
        QTest::newRow("few") << qint64(999) << QStringLiteral("999");
        QTest::newRow("thousand") << qint64(1000) << QStringLiteral("1.0k");
        QTest::newRow("thousands") << qint64(12'345) << QStringLiteral("12.3k");
        QTest::newRow("rounds up to a million") << qint64(999'960) << QStringLiteral("1.0M");
        QTest::newRow("millions") << qint64(1'200'000) << QStringLiteral("1.2M");
    }
    void tokens()
    {
        QFETCH(qint64, count);
        QFETCH(QString, shown);
        QCOMPARE(format::tokens(count), shown);
    }

    void unknownIsADashNeverZero()
    {
        QCOMPARE(format::money(std::optional<NanoUsd>()), QStringLiteral("—"));
        QCOMPARE(format::duration(std::optional<std::chrono::microseconds>()), QStringLiteral("—"));
        QCOMPARE(format::tokens(std::optional<std::int64_t>()), QStringLiteral("—"));
        QCOMPARE(format::tokenRate(std::nullopt), QStringLiteral("—"));
    }

    void ratesAndPrices()
    {
        QCOMPARE(format::tokenRate(71.4), QStringLiteral("71 tok/s"));
        QCOMPARE(format::tokenRate(8.44), QStringLiteral("8.4 tok/s"));
        QCOMPARE(format::pricePerMillion(*UnitPrice::fromDecimal("2.5")), QStringLiteral("$2.50 / M"));
        QCOMPARE(format::pricePerMillion(*UnitPrice::fromDecimal("0.0375")), QStringLiteral("$0.03750 / M"));
        QCOMPARE(format::exactTokens(12'345), QStringLiteral("12,345 tokens"));
    }

    void followsTheLocale()
    {
        QLocale::setDefault(QLocale(QLocale::German, QLocale::Germany));
        QCOMPARE(format::money(NanoUsd(1'234'560'000'000)), QStringLiteral("$1.234,56"));
        QCOMPARE(format::duration(std::chrono::microseconds(1240ms)), QStringLiteral("1,2 s"));
        QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedStates));
    }

    void relativeTimes()
    {
        const qint64 now = 1'780'000'000'000;
        QCOMPARE(format::relativeTime(now - 3'000, now), QStringLiteral("just now"));
        QVERIFY(format::relativeTime(now - 180'000, now).startsWith(QLatin1Char('3')));
        QVERIFY(format::relativeTime(now - 7'200'000, now).startsWith(QLatin1Char('2')));
        QCOMPARE(format::relativeTime(now + 60'000, now), format::absoluteTime(now + 60'000));
    }
};

QTEST_MAIN(FormatTest)
#include "FormatTest.moc"
