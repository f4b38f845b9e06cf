// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/SpendPage.h"
#include "support/Await.h"
#include "support/FakeGateway.h"
#include "ui/models/SummaryModel.h"
#include "ui/spend/SpendChart.h"
#include "ui/widgets/DataTable.h"
#include "ui/widgets/EmptyState.h"
#include "ui/widgets/StatTile.h"

#include <QAbstractItemModelTester>
#include <QDateTime>
#include <QSettings>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

using namespace fairlead;
using namespace fairlead::ui;
using metering::LedgerRecord;
using storage::SummaryRow;
using namespace std::chrono_literals;

class SpendPageTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init()
    {
        m_dir = std::make_unique<QTemporaryDir>();
        m_settings
            = std::make_unique<QSettings>(m_dir->filePath(QStringLiteral("w.ini")), QSettings::IniFormat);
        m_gateway = std::make_unique<test::FakeGateway>();
        m_count = 0;
    }
    void cleanup()
    {
        m_page.reset();
        m_gateway.reset();
    }

    void bucketsAreWholeDays_data()
    {
        QTest::addColumn<SpendRange>("range");
        QTest::addColumn<QDate>("today");
        QTest::addColumn<int>("buckets");
        QTest::addColumn<QDate>("first");
        const QDate day(2026, 11, 22);
        QTest::newRow("today") << SpendRange::Today << day << 24 << day;
        QTest::newRow("7 days") << SpendRange::SevenDays << day << 7 << day.addDays(-6);
        QTest::newRow("30 days") << SpendRange::ThirtyDays << day << 30 << day.addDays(-29);
        QTest::newRow("month") << SpendRange::ThisMonth << day << 22 << QDate(2026, 11, 1);
        QTest::newRow("first of a month")
            << SpendRange::ThisMonth << QDate(2027, 1, 1) << 1 << QDate(2027, 1, 1);
    }
    void bucketsAreWholeDays()
    {
        QFETCH(SpendRange, range);
        QFETCH(QDate, today);
        QFETCH(QDate, first);
        const auto buckets = bucketsOf(range, today);
        QTEST(static_cast<int>(buckets.size()), "buckets");
        QCOMPARE(buckets.front().range.fromMs, first.startOfDay().toMSecsSinceEpoch());
        QCOMPARE(buckets.back().range.toMs, today.addDays(1).startOfDay().toMSecsSinceEpoch());
        for (std::size_t i = 1; i < buckets.size(); ++i)
            QCOMPARE(buckets[i].range.fromMs, buckets[i - 1].range.toMs);
    }

    void unknownIsNeverZero()
    {
        QCOMPARE(costWords(NanoUsd(), 0), QStringLiteral("$0"));
        QCOMPARE(costWords(NanoUsd(), 3), QStringLiteral("—"));
        QCOMPARE(costWords(NanoUsd(1'200'000'000), 3), QStringLiteral("≥ $1.20"));
        QCOMPARE(unpricedWords(3), QStringLiteral("3 without a price"));
    }

    void cachedTokensAreApart()
    {
        SummaryModel model(SummaryModel::By::Model);
        QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        std::vector<SummaryRow> rows(3);
        rows[0].key = "openai/a";
        rows[0].inputTokens = 1000;
        rows[0].cachedTokens = 400;
        rows[0].outputTokens = 70;
        rows[0].firstTextP50us = 250'000;
        rows[1].key = "openai/b";
        rows[2].key = "anthropic/c";
        rows[2].unpriced = 2;
        model.apply(rows);
        QCOMPARE(cell(model, 0, SummaryModel::Input), QStringLiteral("600"));
        QCOMPARE(cell(model, 0, SummaryModel::Cached), QStringLiteral("400"));
        QCOMPARE(cell(model, 0, SummaryModel::FirstP50), QStringLiteral("250 ms"));
        QCOMPARE(cell(model, 0, SummaryModel::FirstP95), QStringLiteral("—"));
        QCOMPARE(cell(model, 2, SummaryModel::Cost), QStringLiteral("—"));
        QCOMPARE(cell(model, 2, SummaryModel::Unpriced), QStringLiteral("2 without a price"));
        // One provider, one colour; its second model is lighter.
        const auto series = [&](int row) { return model.index(row, 0).data(role::Series).toInt(); };
        QCOMPARE(series(0), series(1));
        QVERIFY(series(0) != series(2));
        QCOMPARE(model.index(1, 0).data(role::Shade).toInt(), 1);

        QSignalSpy reset(&model, &QAbstractItemModel::modelReset);
        QSignalSpy moved(&model, &QAbstractItemModel::rowsMoved);
        std::swap(rows[0], rows[2]);
        model.apply(rows);
        QVERIFY(moved.size() >= 1);
        QCOMPARE(reset.size(), 0);
    }

    void anEmptyLedgerOffersOneAction()
    {
        open();
        QVERIFY(m_page->emptyState()->isVisible());
        QSignalSpy asked(m_page.get(), &Page::pageRequested);
        Q_EMIT m_page->emptyState()->actionTriggered();
        QCOMPARE(asked.size(), 1);
        QCOMPARE(asked.front().front().toByteArray(), QByteArray("compare"));
    }

    void tilesAndTablesSayWhatTheLedgerHolds()
    {
        const qint64 now = QDateTime::currentMSecsSinceEpoch();
        add(now, "openai", "a", NanoUsd(1'500'000'000));
        add(now, "openai", "a", NanoUsd(500'000'000));
        add(now, "anthropic", "c", std::nullopt);
        add(now - 40LL * 86'400'000, "openai", "old", NanoUsd(9'000'000'000));
        open();
        QCOMPARE(m_page->tile(0)->value(), QStringLiteral("≥ $2.00"));
        QCOMPARE(m_page->tile(1)->value(), QStringLiteral("3"));
        const int firstMs = m_page->tile(2)->value().section(QLatin1Char(' '), 0, 0).toInt();
        QVERIFY2(
            firstMs > 390 && firstMs < 410, qPrintable(m_page->tile(2)->value())); // a sketch, within 2 %
        QCOMPARE(m_page->tile(3)->value(), QStringLiteral("450"));
        QCOMPARE(m_page->modelTable()->model()->rowCount(), 2);
        QVERIFY(!m_page->modelTable()->isColumnHidden(SummaryModel::Unpriced));
        QCOMPARE(m_page->chart()->layerCount(), 1);
        QCOMPARE(m_page->chart()->valueOf(0, 29), 2.0);
        QCOMPARE(m_page->chart()->valueOf(0, 28), 0.0);
        QVERIFY(m_page->chart()->tipOf(0, 29).contains(QStringLiteral("$2.00")));
        QVERIFY(m_page->chart()->tipOf(1, 29).isEmpty());
    }

    void withoutAnyCostTheChartShowsTokens()
    {
        add(QDateTime::currentMSecsSinceEpoch(), "demo", "fast", NanoUsd());
        open();
        QCOMPARE(m_page->tile(0)->value(), QStringLiteral("$0"));
        QCOMPARE(m_page->chart()->layerCount(), 1);
        QCOMPARE(m_page->chart()->valueOf(0, 29), 150.0);
    }

    void theRangeIsKept()
    {
        open();
        m_page->setRange(SpendRange::Today);
        QVERIFY(test::waitUntil([&] { return m_page->isSettled(); }));
        QCOMPARE(m_page->shown().buckets.size(), bucketsOf(SpendRange::Today, QDate::currentDate()).size());
        open();
        QCOMPARE(m_page->shown().range, SpendRange::Today);
    }

    void newRowsComeInWhileItIsVisible()
    {
        add(QDateTime::currentMSecsSinceEpoch(), "openai", "a", NanoUsd(1'000'000'000));
        open();
        QCOMPARE(m_page->tile(0)->value(), QStringLiteral("$1.00"));
        add(QDateTime::currentMSecsSinceEpoch(), "openai", "a", NanoUsd(1'000'000'000));
        QVERIFY(test::waitUntil([&] { return m_page->tile(0)->value() == QStringLiteral("$2.00"); }));
    }

private:
    static QString cell(const QAbstractItemModel &model, int row, int column)
    {
        return model.index(row, column).data().toString();
    }

    void
    add(qint64 startedMs, const QByteArray &provider, const QByteArray &model, std::optional<NanoUsd> cost)
    {
        LedgerRecord record;
        record.id = "req_" + QByteArray::number(++m_count);
        record.startedMs = startedMs;
        record.provider = provider;
        record.model = model;
        record.modelAsked = provider + '/' + model;
        record.firstText = 400ms;
        record.total = 900ms;
        record.usage.set(chat::TokenKind::Input, 100);
        record.usage.set(chat::TokenKind::Output, 50);
        record.cost = cost;
        m_gateway->ledger().append(record);
    }
    void open()
    {
        bool written = false;
        m_gateway->ledger().flush(this, [&] { written = true; });
        QVERIFY(test::waitUntil([&] { return written; }));
        m_page = std::make_unique<SpendPage>(PageContext{*m_gateway, *m_settings});
        m_page->resize(1200, 800);
        m_page->show();
        QVERIFY(test::waitUntil([&] { return m_page->isSettled(); }));
    }

    int m_count = 0;
    std::unique_ptr<QTemporaryDir> m_dir;
    std::unique_ptr<QSettings> m_settings;
    std::unique_ptr<test::FakeGateway> m_gateway;
    std::unique_ptr<SpendPage> m_page;
};

QTEST_MAIN(SpendPageTest)
#include "SpendPageTest.moc"
