// SPDX-License-Identifier: GPL-3.0-or-later
#include "LedgerFixture.h"
#include "Stranger.h"
#include "storage/Rollup.h"

#include <QFile>
#include <QTest>

using namespace fairlead;
using namespace fairlead::storage;
using chat::TokenKind;
using metering::AttemptRecord;
using metering::Micros;
using test::LedgerFixture;
using test::ledgerRecord;
using test::Stranger;

namespace {

// Instead of the file there is one that schema 1 wrote.
void makeFirstLedger(const QString &file)
{
    QFile script(QStringLiteral(FAIRLEAD_TEST_DATA "/storage/ledger-v1.sql"));
    if (!script.open(QIODevice::ReadOnly))
        qFatal("the test's own ledger is missing");
    QFile::remove(file);
    Stranger writer(file);
    for (const QByteArray &statement : script.readAll().split(';')) {
        if (!statement.trimmed().isEmpty())
            writer.exec(QString::fromUtf8(statement));
    }
}

// req_one of that file, as it is booked today.
LedgerRecord sameAsOne(const QByteArray &id)
{
    LedgerRecord record;
    record.id = id;
    record.startedMs = 1'780'000'000'003;
    record.origin = "proxy";
    record.app = "editor";
    record.dialect = "openai-chat";
    record.modelAsked = "smart";
    record.provider = "lab";
    record.model = "m-2026";
    record.streamed = true;
    record.httpStatus = 200;
    record.finishReason = "stop";
    record.queue = Micros(1);
    record.connect = Micros(2);
    record.firstByte = Micros(3);
    record.firstReasoning = Micros(4);
    record.firstText = Micros(5);
    record.total = Micros(6);
    for (int kind = 0; kind < chat::kTokenKinds; ++kind)
        record.usage.set(static_cast<TokenKind>(kind), 10 + kind);
    record.usage.estimated = true;
    record.usage.serviceTier = "flex";
    record.usage.reportedCost = NanoUsd(18);
    record.cost = NanoUsd(19);
    record.priceRow = "lab/m@1";
    record.priceSource = "docs";
    record.losses = "seed";
    AttemptRecord attempt;
    attempt.provider = "lab";
    attempt.model = "m";
    attempt.keyName = "work";
    attempt.startedAfter = Micros(20);
    attempt.connect = Micros(21);
    attempt.firstByte = Micros(22);
    attempt.total = Micros(23);
    attempt.httpStatus = 200;
    record.attempts = {attempt};
    return record;
}

} // namespace

class LedgerFileTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void firstSchemaBecomesOurs()
    {
        LedgerFixture fixture;
        fixture.close();
        makeFirstLedger(fixture.file());
        fixture.reopen();
        QCOMPARE(fixture.log().size(), std::size_t(3));
        QCOMPARE(fixture.ledger().apps().size(), std::size_t(1));

        const auto none = fixture.find("req_none");
        QVERIFY(none.has_value());
        QVERIFY(none->attempts.empty());
        QVERIFY(!none->queue && !none->cost && !none->usage.get(TokenKind::Input));
        QCOMPARE(none->message, QByteArray("no such model"));
        QCOMPARE(none->failureClass, QByteArray("not_found"));
        QCOMPARE(none->total, Micros(7));

        const auto three = fixture.find("req_three");
        QVERIFY(three.has_value());
        QCOMPARE(three->attempts.size(), std::size_t(3));
        QCOMPARE(three->attempts[0].provider, QByteArray("first"));
        QCOMPARE(three->attempts[1].failureClass, QByteArray("overloaded"));
        QCOMPARE(three->attempts[1].message, QByteArray("busy"));
        QCOMPARE(three->attempts[2].provider, QByteArray("lab"));
        QCOMPARE(three->attempts[2].firstByte, Micros(36));

        // A row of the old file and the same one written today differ in nothing, their labels included.
        fixture.ledger().append(sameAsOne("req_new"));
        fixture.close();
        Stranger reader(fixture.file());
        QStringList columns;
        for (int i = 0;; ++i) {
            const QString name = reader
                                     .exec(QStringLiteral("SELECT name FROM pragma_table_info('requests')"
                                                          " WHERE name NOT IN ('seq', 'id', 'started_ms')"
                                                          " LIMIT 1 OFFSET %1")
                                               .arg(i))
                                     .toString();
            if (name.isEmpty())
                break;
            columns += name;
        }
        QVERIFY(columns.contains(QStringLiteral("label_set")));
        const QVariant kinds
            = reader.exec(QStringLiteral("SELECT count(*) FROM (SELECT DISTINCT %1 FROM requests"
                                         " WHERE id IN ('req_one', 'req_new'))")
                              .arg(columns.join(QLatin1Char(','))));
        QCOMPARE(kinds.toInt(), 1);
        QCOMPARE(reader.exec(QStringLiteral("SELECT count(*) FROM attempts")).toInt(), 2);
        QCOMPARE(reader.exec(QStringLiteral("PRAGMA integrity_check")).toString(), QStringLiteral("ok"));
    }

    void labelsStandOnce()
    {
        LedgerFixture fixture;
        for (int i = 0; i < 4; ++i) {
            for (int k = 0; k < 10; ++k) {
                LedgerRecord record
                    = ledgerRecord("req_" + QByteArray::number(i * 10 + k), 1'000 + i * 10 + k);
                // Joined without their lengths these two would be the same.
                record.app = k % 2 ? "ab" : "a";
                record.dialect = k % 2 ? "c" : "bc";
                fixture.ledger().append(record);
            }
            if (i % 2)
                fixture.flush();
            else
                fixture.reopen();
        }
        LogQuery query;
        query.app = "ab";
        QCOMPARE(fixture.log(query).size(), std::size_t(20));
        QCOMPARE(fixture.log(query).front().dialect, QByteArray("c"));
        fixture.close();
        QCOMPARE(Stranger(fixture.file()).exec(QStringLiteral("SELECT count(*) FROM labels")).toInt(), 2);
    }

    void labelsBeyondMemoryAreStillRight()
    {
        constexpr int kModels = 4'500; // more than are kept
        LedgerFixture fixture;
        for (int round = 0; round < 2; ++round) {
            for (int i = 0; i < kModels; ++i) {
                LedgerRecord record
                    = ledgerRecord("req_" + QByteArray::number(round * kModels + i), 1'000 + i);
                record.modelAsked = "model-" + QByteArray::number(i);
                fixture.ledger().append(record);
            }
            fixture.flush();
        }
        for (const int i : {0, 3'999, 4'000, 4'499, 4'500, 8'999}) {
            const auto found = fixture.find("req_" + QByteArray::number(i));
            QVERIFY(found.has_value());
            QCOMPARE(found->modelAsked, QByteArray("model-" + QByteArray::number(i % kModels)));
        }
        QCOMPARE(fixture.summary({}).front().requests, qint64(2 * kModels));
    }

    // The rollups of the last batch are kept in memory: what another process adds must not be lost.
    void writersOfTwoProcessesAddUp()
    {
        LedgerFixture ours;
        auto theirs = Ledger::open(ours.folder());
        QVERIFY(theirs.has_value());
        QObject context;
        Rollup sum;
        for (int i = 0; i < 12; ++i) {
            LedgerRecord record = ledgerRecord("req_" + QByteArray::number(i), kDayMs + i);
            record.firstText = Micros(1'000 << i);
            sum.add(record);
            if (i % 3 == 0) {
                bool done = false;
                (*theirs)->append(record);
                (*theirs)->flush(&context, [&done] { done = true; });
                QVERIFY(test::waitUntil([&] { return done; }));
            } else {
                ours.ledger().append(record);
                ours.flush();
            }
        }
        SummaryQuery query;
        query.range = {kDayMs, 2 * kDayMs};
        for (const GroupBy group : {GroupBy::None, GroupBy::Model, GroupBy::Hour}) {
            query.groupBy = group;
            const auto rows = ours.summary(query);
            QCOMPARE(rows.size(), std::size_t(1));
            QCOMPARE(rows.front().requests, 12);
            QCOMPARE(rows.front().cost.nano(), sum.sums[Rollup::CostNano]);
            QCOMPARE(rows.front().firstTextP50us, sum.firstText.quantile(0.5));
            QCOMPARE(rows.front().firstTextP95us, sum.firstText.quantile(0.95));
        }
    }
};

QTEST_GUILESS_MAIN(LedgerFileTest)
#include "LedgerFileTest.moc"
