// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/Money.h"

#include <QTest>

#include <limits>

using namespace fairlead;

class MoneyTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void readsAndWritesExactDecimals_data()
    {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<qint64>("nano");
        QTest::newRow("zero") << QByteArray("0") << qint64(0);
        QTest::newRow("whole") << QByteArray("12") << qint64(12'000'000'000);
        QTest::newRow("cache read") << QByteArray("0.0375") << qint64(37'500'000);
        QTest::newRow("one nano") << QByteArray("0.000000001") << qint64(1);
        QTest::newRow("negative") << QByteArray("-1.5") << qint64(-1'500'000'000);
        QTest::newRow("largest") << QByteArray("9223372036.854775807") << std::numeric_limits<qint64>::max();
    }
    void readsAndWritesExactDecimals()
    {
        QFETCH(QByteArray, text);
        QFETCH(qint64, nano);
        const auto money = NanoUsd::fromDecimal(text);
        QVERIFY(money.has_value());
        QCOMPARE(money->nano(), nano);
        QCOMPARE(money->toDecimal(), text);
    }

    void refusesWhatWouldRound_data()
    {
        QTest::addColumn<QByteArray>("text");
        for (const char *text :
             {"", "-", ".", "1.", ".5", "1e3", "+1", "1,5", " 1", "0.0000000001", "9223372036.854775808",
              "99999999999", "1.2.3", "NaN"})
            QTest::newRow(*text ? text : "empty") << QByteArray(text);
    }
    void refusesWhatWouldRound()
    {
        QFETCH(QByteArray, text);
        const auto money = NanoUsd::fromDecimal(text);
        QVERIFY(!money.has_value());
        QCOMPARE(money.error().kind(), ErrorKind::Invalid);
    }

    void sumsExactlyAndRoundsOnce()
    {
        // 1,000,001 tokens at $0.0375 a million: 37,500,037.5 nano-dollars, half up.
        CostSum sum;
        sum.add(1'000'001, *UnitPrice::fromDecimal("0.0375"));
        QCOMPARE(sum.rounded().nano(), qint64(37'500'038));

        // Three thirds of a nano-dollar are one, not zero: rounding each would lose them.
        CostSum thirds;
        for (int i = 0; i < 3; ++i)
            thirds.add(1, *UnitPrice::fromDecimal("0.000333334"));
        QCOMPARE(thirds.rounded().nano(), qint64(1));

        // A trillion tokens at $180 a million does not overflow on the way.
        CostSum large;
        large.add(1'000'000'000'000 / 100'000, *UnitPrice::fromDecimal("180"));
        QCOMPARE(large.rounded(), NanoUsd(1'800'000'000'000));
    }
};

QTEST_GUILESS_MAIN(MoneyTest)
#include "MoneyTest.moc"
