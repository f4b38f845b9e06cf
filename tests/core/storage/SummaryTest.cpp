// SPDX-License-Identifier: GPL-3.0-or-later
#include "storage/Summary.h"
#include "LedgerFixture.h"

#include <QTest>

#include <random>

using namespace fairlead;
using namespace fairlead::storage;
using chat::TokenKind;

namespace {

constexpr qint64 kDay0 = 20'000 * kDayMs; // a day in 2024

// What the rollups must come to, the slow way.
SummaryRow
addedUp(const std::vector<LedgerRecord> &records, const std::function<bool(const LedgerRecord &)> &wanted)
{
    Rollup sum;
    for (const LedgerRecord &record : records) {
        if (wanted(record))
            sum.add(record);
    }
    SummaryRow row;
    row.requests = sum.sums[Rollup::Requests];
    row.failed = sum.sums[Rollup::Failed];
    row.unpriced = sum.sums[Rollup::Unpriced];
    row.cost = NanoUsd(sum.sums[Rollup::CostNano]);
    row.outputTokens = sum.sums[Rollup::Output];
    row.firstTextP95us = sum.firstText.quantile(0.95);
    row.totalP50us = sum.total.quantile(0.5);
    return row;
}

void compare(const SummaryRow &row, const SummaryRow &expected)
{
    QCOMPARE(row.requests, expected.requests);
    QCOMPARE(row.failed, expected.failed);
    QCOMPARE(row.unpriced, expected.unpriced);
    QCOMPARE(row.cost.nano(), expected.cost.nano());
    QCOMPARE(row.outputTokens, expected.outputTokens);
    QCOMPARE(row.firstTextP95us, expected.firstTextP95us);
    QCOMPARE(row.totalP50us, expected.totalP50us);
}

} // namespace

class SummaryTest : public QObject
{
    Q_OBJECT
    std::unique_ptr<test::LedgerFixture> m_fixture;
    std::vector<LedgerRecord> m_records;

private Q_SLOTS:
    // Five days of mixed requests, written in several batches.
    void initTestCase()
    {
        m_fixture = std::make_unique<test::LedgerFixture>();
        std::mt19937 random(11);
        for (int i = 0; i < 1'500; ++i) {
            LedgerRecord record
                = test::ledgerRecord("req_" + QByteArray::number(i), kDay0 + random() % (5 * kDayMs));
            record.model = random() % 2 ? "m" : "n";
            record.app = random() % 3 ? "editor" : "terminal";
            record.origin = random() % 4 ? "proxy" : "compare";
            record.cost = NanoUsd(random() % 1'000'000);
            record.firstText = metering::Micros(random() % 2'000'000);
            record.total = *record.firstText + metering::Micros(random() % 1'000'000);
            switch (random() % 10) {
            case 0:
                record.cost.reset();
                break;
            case 1:
                record.status = LedgerRecord::Status::Incomplete;
                break;
            case 2:
                record.status = LedgerRecord::Status::Cancelled;
                break;
            case 3:
                record.status = LedgerRecord::Status::Failed;
                record.provider.clear();
                record.model.clear();
                record.cost.reset();
                record.firstText.reset();
                break;
            case 4:
                record.usage.reportedCost = NanoUsd(5);
                break;
            default:
                break;
            }
            m_records.push_back(record);
            m_fixture->ledger().append(record);
        }
        m_fixture->flush();
    }
    void cleanupTestCase() { m_fixture.reset(); }

    void splitsRangesIntoWholeBuckets_data()
    {
        QTest::addColumn<qint64>("from");
        QTest::addColumn<qint64>("to");
        QTest::addColumn<QByteArray>("segments");
        QTest::newRow("one day") << 0 * kDayMs << kDayMs << QByteArray("d0-24 ");
        QTest::newRow("inside an hour") << qint64(1) << qint64(2) << QByteArray("r ");
        QTest::newRow("over an hour's edge") << kHourMs - 1 << kHourMs + 1 << QByteArray("r ");
        QTest::newRow("hours") << kHourMs << 3 * kHourMs << QByteArray("h1-3 ");
        QTest::newRow("ragged days") << 23 * kHourMs - 1 << 49 * kHourMs + 1
                                     << QByteArray("r h23-24 d24-48 h48-49 r ");
        QTest::newRow("empty") << qint64(5) << qint64(5) << QByteArray();
        QTest::newRow("upside down") << qint64(6) << qint64(5) << QByteArray();
    }
    void splitsRangesIntoWholeBuckets()
    {
        QFETCH(qint64, from);
        QFETCH(qint64, to);
        QFETCH(QByteArray, segments);
        QByteArray text;
        qint64 at = from;
        for (const Segment &segment : segmentsOf(TimeRange{from, to}, {kDayMs, kHourMs})) {
            QCOMPARE(segment.fromMs, at); // no gap, no overlap
            at = segment.toMs;
            if (segment.width == 0)
                text += "r ";
            else
                text += (segment.width == kDayMs ? "d" : "h") + QByteArray::number(segment.fromMs / kHourMs)
                        + '-' + QByteArray::number(segment.toMs / kHourMs) + ' ';
        }
        QCOMPARE(text, segments);
    }

    void anyRangeAddsUp_data()
    {
        QTest::addColumn<qint64>("from");
        QTest::addColumn<qint64>("to");
        QTest::newRow("everything") << qint64(0) << qint64(0);
        QTest::newRow("from a moment on") << kDay0 + kDayMs + 12'345 << qint64(0);
        QTest::newRow("until a moment") << qint64(0) << kDay0 + kDayMs + 12'345;
        QTest::newRow("ragged") << kDay0 + 5 * kHourMs + 777 << kDay0 + 3 * kDayMs + 5 * kHourMs + 999;
        QTest::newRow("whole days") << kDay0 + kDayMs << kDay0 + 3 * kDayMs;
        QTest::newRow("minutes") << kDay0 + kHourMs + 60'000 << kDay0 + kHourMs + 30 * 60'000;
        QTest::newRow("before anything") << qint64(0) << kDay0 - kDayMs;
    }
    void anyRangeAddsUp()
    {
        QFETCH(qint64, from);
        QFETCH(qint64, to);
        SummaryQuery query;
        query.range = TimeRange{from, to};
        const auto rows = m_fixture->summary(query);
        QCOMPARE(rows.size(), std::size_t(1));
        compare(rows.front(), addedUp(m_records, [&](const LedgerRecord &record) {
                    return record.startedMs >= from && (to == 0 || record.startedMs < to);
                }));
    }

    void groupsAddUp_data()
    {
        QTest::addColumn<int>("groupBy");
        QTest::addColumn<int>("utcOffset");
        QTest::newRow("model") << int(GroupBy::Model) << 0;
        QTest::newRow("provider") << int(GroupBy::Provider) << 0;
        QTest::newRow("app") << int(GroupBy::App) << 0;
        QTest::newRow("origin") << int(GroupBy::Origin) << 0;
        QTest::newRow("days of UTC") << int(GroupBy::Day) << 0;
        QTest::newRow("days of Berlin") << int(GroupBy::Day) << 3'600;
        QTest::newRow("days of Kathmandu") << int(GroupBy::Day) << 20'700;
        QTest::newRow("days of New York") << int(GroupBy::Day) << -18'000;
        QTest::newRow("hours") << int(GroupBy::Hour) << 0;
        QTest::newRow("hours of India") << int(GroupBy::Hour) << 19'800;
    }
    void groupsAddUp()
    {
        QFETCH(int, groupBy);
        QFETCH(int, utcOffset);
        const auto keyOf = [&](const LedgerRecord &record) -> QByteArray {
            const qint64 offset = utcOffset * 1000LL;
            switch (static_cast<GroupBy>(groupBy)) {
            case GroupBy::Model:
                return record.provider.isEmpty() ? record.modelAsked : record.provider + '/' + record.model;
            case GroupBy::Provider:
                return record.provider;
            case GroupBy::App:
                return record.app;
            case GroupBy::Origin:
                return record.origin;
            case GroupBy::Day:
                return QByteArray::number(floorTo(record.startedMs + offset, kDayMs) - offset);
            case GroupBy::Hour:
                return QByteArray::number(floorTo(record.startedMs + offset, kHourMs) - offset);
            case GroupBy::None:
                return {};
            }
            Q_UNREACHABLE();
        };
        SummaryQuery query;
        query.groupBy = static_cast<GroupBy>(groupBy);
        query.utcOffsetSeconds = utcOffset;
        const auto rows = m_fixture->summary(query);
        qint64 requests = 0;
        for (std::size_t i = 0; i < rows.size(); ++i) {
            const QByteArray &key = rows[i].key;
            compare(rows[i], addedUp(m_records, [&](const LedgerRecord &record) {
                        return keyOf(record) == key;
                    }));
            requests += rows[i].requests;
            if (i > 0 && (query.groupBy == GroupBy::Day || query.groupBy == GroupBy::Hour))
                QVERIFY(rows[i - 1].key.toLongLong() < key.toLongLong());
            else if (i > 0)
                QVERIFY(rows[i - 1].cost >= rows[i].cost);
        }
        QCOMPARE(requests, qint64(m_records.size()));
    }
};

QTEST_GUILESS_MAIN(SummaryTest)
#include "SummaryTest.moc"
