// SPDX-License-Identifier: GPL-3.0-or-later
#include "storage/LatencySketch.h"

#include <QTest>

#include <algorithm>
#include <random>

using namespace fairlead::storage;

class LatencySketchTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void quantilesAreRightWithinTheBucket_data()
    {
        QTest::addColumn<double>("fraction");
        QTest::newRow("median") << 0.5;
        QTest::newRow("p95") << 0.95;
        QTest::newRow("p99") << 0.99;
        QTest::newRow("least") << 0.0;
        QTest::newRow("most") << 1.0;
    }
    void quantilesAreRightWithinTheBucket()
    {
        QFETCH(double, fraction);
        std::mt19937_64 random(7);
        std::lognormal_distribution<double> spread(13.0, 1.5); // around 0.4 s
        std::vector<qint64> values;
        LatencySketch whole;
        LatencySketch even;
        LatencySketch odd;
        for (int i = 0; i < 20'000; ++i) {
            const auto value = static_cast<qint64>(spread(random));
            values.push_back(value);
            whole.add(value);
            (i % 2 ? odd : even).add(value);
        }
        std::sort(values.begin(), values.end());
        const auto rank = std::max<std::size_t>(1, static_cast<std::size_t>(fraction * 20'000.0 + 0.5));
        const auto exact = static_cast<double>(values[rank - 1]);
        const auto seen = static_cast<double>(whole.quantile(fraction).value_or(-1));
        QVERIFY2(std::abs(seen - exact) <= exact * 0.017 + 1, qPrintable(QString::number(seen / exact)));

        // Halves, one of them through its stored form, add up to the same.
        QVERIFY(even.merge(odd.toBytes()));
        QCOMPARE(even.quantile(fraction), whole.quantile(fraction));
        QCOMPARE(even.toBytes(), whole.toBytes());
        QVERIFY(whole.toBytes().size() < 1200);
    }

    void smallValuesAreExactAndHugeOnesCapped()
    {
        for (const qint64 value : {0, 1, 17, 31}) {
            LatencySketch sketch;
            sketch.add(value);
            QCOMPARE(sketch.quantile(0.5).value_or(-1), value);
        }
        LatencySketch sketch;
        sketch.add(-5);
        sketch.add(std::numeric_limits<qint64>::max());
        QCOMPARE(sketch.quantile(0).value_or(-1), qint64(0));
        QVERIFY(sketch.quantile(1).value_or(0) < qint64(90'000) * 1'000'000);
        QCOMPARE(sketch.count(), qint64(2));
    }

    void emptyKnowsNothing()
    {
        LatencySketch sketch;
        QVERIFY(!sketch.quantile(0.5).has_value());
        QVERIFY(sketch.toBytes().isEmpty());
        QVERIFY(sketch.merge(QByteArray()));
        QCOMPARE(sketch.count(), qint64(0));
    }

    void refusesForeignBytes_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::newRow("half a pair") << QByteArray("\x01", 1);
        QTest::newRow("open number") << QByteArray("\x01\xff", 2);
        QTest::newRow("bucket beyond a day") << QByteArray("\xff\xff\xff\x7f\x01", 5);
        QTest::newRow("buckets add up beyond it") << QByteArray("\xff\x07\x01\xff\x07\x01", 6);
        QTest::newRow("endless number") << QByteArray(64, '\xff');
    }
    void refusesForeignBytes()
    {
        QFETCH(QByteArray, bytes);
        LatencySketch sketch;
        sketch.add(100);
        const QByteArray before = sketch.toBytes();
        QVERIFY(!sketch.merge(bytes));
        QCOMPARE(sketch.toBytes(), before);
    }
};

QTEST_GUILESS_MAIN(LatencySketchTest)
#include "LatencySketchTest.moc"
