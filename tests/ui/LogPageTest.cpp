// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/LogPage.h"
#include "support/Await.h"
#include "support/FakeGateway.h"
#include "ui/log/LogDetails.h"
#include "ui/log/Receipt.h"
#include "ui/models/LogModel.h"
#include "ui/widgets/CopyField.h"
#include "ui/widgets/DataTable.h"
#include "ui/widgets/EmptyState.h"

#include <QAbstractItemModelTester>
#include <QClipboard>
#include <QComboBox>
#include <QGuiApplication>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QScrollBar>
#include <QSettings>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <QToolButton>

using namespace fairlead;
using namespace fairlead::ui;
using metering::LedgerRecord;
using Status = LedgerRecord::Status;
using namespace std::chrono_literals;

namespace {

constexpr qint64 kStart = 1'780'000'000'000;

LedgerRecord recordOf(int n, Status status = Status::Ok)
{
    LedgerRecord record;
    record.id = "req_" + QByteArray::number(10'000 + n);
    record.startedMs = kStart + n * 1000LL;
    record.app = "editor";
    record.origin = "proxy";
    record.provider = n % 2 ? "openai" : "anthropic";
    record.model = n % 2 ? "gpt-5.6-sol" : "claude-sonnet-5-5";
    record.modelAsked = "smart";
    record.status = status;
    record.firstText = 400ms;
    record.total = 2400ms;
    record.usage.set(chat::TokenKind::Input, 1200);
    record.usage.set(chat::TokenKind::Output, 142);
    record.cost = NanoUsd(6'120'400);
    metering::AttemptRecord attempt;
    attempt.provider = record.provider;
    attempt.model = record.model;
    attempt.total = record.total;
    record.attempts.push_back(attempt);
    if (status == Status::Failed) {
        record.failureClass = chat::failureClassName(chat::FailureClass::Overloaded);
        record.message = "The provider is overloaded. Try again in a moment.";
        record.cost.reset();
        record.usage = chat::Usage();
    }
    return record;
}

} // namespace

class LogPageTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init()
    {
        m_dir = std::make_unique<QTemporaryDir>();
        m_settings
            = std::make_unique<QSettings>(m_dir->filePath(QStringLiteral("w.ini")), QSettings::IniFormat);
        m_gateway = std::make_unique<test::FakeGateway>();
        m_gateway->addModel("openai", "gpt-5.6-sol");
        m_gateway->addModel("anthropic", "claude-sonnet-5-5");
    }
    void cleanup()
    {
        m_page.reset();
        m_gateway.reset();
    }

    void pagesComeNewestFirstAndOnDemand()
    {
        for (int i = 0; i < 250; ++i)
            m_gateway->ledger().append(recordOf(i));
        flush();
        LogModel model(m_gateway->ledger());
        model.setFilter({});
        QVERIFY(!model.canFetchMore(QModelIndex())); // nothing to follow yet
        settle(model);
        QCOMPARE(model.rowCount(), 100);
        QCOMPARE(model.rowAt(0)->key, recordOf(249).id);
        while (model.canFetchMore(QModelIndex())) {
            model.fetchMore(QModelIndex());
            QVERIFY(!model.canFetchMore(QModelIndex())); // one page at a time
            settle(model);
        }
        QCOMPARE(model.rowCount(), 250);
        for (int i = 0; i < 250; ++i)
            QCOMPARE(model.rowAt(i)->key, recordOf(249 - i).id);
    }

    void aViewThatAsksInsideEverySignalGetsEachRowOnce()
    {
        for (int i = 0; i < 250; ++i)
            m_gateway->ledger().append(recordOf(i));
        flush();
        LogModel model(m_gateway->ledger());
        // The tester calls fetchMore() from every signal of the model.
        QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        model.setFilter({});
        QVERIFY(test::waitUntil([&] { return model.rowCount() >= 250 && !model.isLoading(); }));
        QCOMPARE(model.rowCount(), 250);
    }

    void aLateRowGoesToItsPlace()
    {
        for (const int n : {0, 1, 3, 4})
            m_gateway->ledger().append(recordOf(n));
        flush();
        LogModel model(m_gateway->ledger());
        QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        model.setFilter({});
        settle(model);
        QSignalSpy inserted(&model, &QAbstractItemModel::rowsInserted);
        QSignalSpy reset(&model, &QAbstractItemModel::modelReset);
        m_gateway->ledger().append(recordOf(2)); // began earlier, ended later
        m_gateway->ledger().append(recordOf(5));
        flush();
        model.fetchNew(recordOf(2).startedMs);
        settle(model);
        QCOMPARE(model.rowCount(), 6);
        for (int i = 0; i < 6; ++i)
            QCOMPARE(model.rowAt(i)->key, recordOf(5 - i).id);
        QCOMPARE(inserted.size(), 2);
        QCOMPARE(reset.size(), 0);
    }

    void anOlderFiltersAnswerIsDropped()
    {
        m_gateway->ledger().append(recordOf(0));
        m_gateway->ledger().append(recordOf(1, Status::Failed));
        flush();
        LogModel model(m_gateway->ledger());
        model.setFilter({});
        storage::LogQuery failed;
        failed.status = "failed";
        model.setFilter(failed);
        settle(model);
        QCOMPARE(model.rowCount(), 1);
        QCOMPARE(cell(model, 0, LogModel::Status), QStringLiteral("Overloaded"));
        QCOMPARE(cell(model, 0, LogModel::Cost), QStringLiteral("—"));
        QCOMPARE(cell(model, 0, LogModel::Input), QStringLiteral("—"));
    }

    void cellsAreWords()
    {
        m_gateway->ledger().append(recordOf(1));
        flush();
        LogModel model(m_gateway->ledger());
        model.setFilter({});
        settle(model);
        QCOMPARE(cell(model, 0, LogModel::App), QStringLiteral("editor"));
        QCOMPARE(cell(model, 0, LogModel::Served), QStringLiteral("openai/gpt-5.6-sol"));
        QCOMPARE(cell(model, 0, LogModel::Status), QStringLiteral("Answered"));
        QCOMPARE(cell(model, 0, LogModel::First), QStringLiteral("400 ms"));
        QCOMPARE(cell(model, 0, LogModel::Input), QStringLiteral("1.2k"));
        QCOMPARE(cell(model, 0, LogModel::Cost), QStringLiteral("$0.006120"));
        QCOMPARE(cell(model, 0, LogModel::Attempts), QStringLiteral("1"));
        QCOMPARE(appWords({}, "compare"), QStringLiteral("Compare"));
        QCOMPARE(appWords("compare", "compare"), QStringLiteral("Compare"));
        QCOMPARE(appWords("my-editor", "proxy"), QStringLiteral("my-editor"));
        QCOMPARE(failureWords("something_new"), QStringLiteral("something_new"));
    }

    void receiptMultipliesWhatThePriceRowSays()
    {
        const auto prices = metering::PriceBook::builtIn();
        const auto row
            = prices->find("openai", "gpt-4o", WallTime(std::chrono::milliseconds(kStart)), 1'000'000);
        QVERIFY(row);
        LedgerRecord record = recordOf(1);
        record.startedMs = kStart;
        record.usage = chat::Usage();
        record.usage.set(chat::TokenKind::Input, 1'000'000);
        record.priceRow = row->id;
        record.cost = NanoUsd(2'500'000'000);
        const Receipt receipt = receiptOf(record, *prices);
        QCOMPARE(receipt.lines.size(), std::size_t(1));
        QVERIFY(!receipt.lines.front().price.isEmpty());
        QCOMPARE(receipt.lines.front().amount, QStringLiteral("$2.50"));
        QCOMPARE(receipt.total, QStringLiteral("$2.50"));
        QVERIFY(receipt.note.contains(QString::fromUtf8(row->id)));

        record.priceRow = "openai/gpt-4o@1999-01-01"; // booked at a price the book no longer has
        const Receipt old = receiptOf(record, *prices);
        QVERIFY(old.lines.front().price.isEmpty());
        QCOMPARE(old.total, QStringLiteral("$2.50"));
        record.cost.reset();
        record.priceRow.clear();
        QCOMPARE(receiptOf(record, *prices).total, QStringLiteral("—"));
        QVERIFY(receiptOf(record, *prices).note.contains(QStringLiteral("not known")));
    }

    void selectingARowShowsItAndItsIdIsCopied()
    {
        m_gateway->ledger().append(recordOf(0));
        m_gateway->ledger().append(recordOf(1, Status::Failed));
        open();
        QVERIFY(!m_page->details()->isVisible());
        m_page->table()->selectRow(0);
        QVERIFY(m_page->details()->isVisible());
        QCOMPARE(m_page->details()->requestId(), recordOf(1).id);
        m_page->details()->idField()->button()->click();
        QCOMPARE(QGuiApplication::clipboard()->text(), QString::fromUtf8(recordOf(1).id));
        QCOMPARE(m_page->findChild<QLabel *>(QStringLiteral("log.total"))->text(), QStringLiteral("—"));
        QTest::keyClick(m_page->table(), Qt::Key_C, Qt::ControlModifier);
        QVERIFY(QGuiApplication::clipboard()->text().contains(QStringLiteral("\teditor\tsmart\t")));
        m_page->table()->clearSelection();
        QVERIFY(!m_page->details()->isVisible());
    }

    void filtersNarrowAndAreCleared()
    {
        for (int i = 0; i < 6; ++i)
            m_gateway->ledger().append(recordOf(i, i == 3 ? Status::Failed : Status::Ok));
        open();
        auto *status = m_page->findChild<QComboBox *>(QStringLiteral("log.status"));
        auto *provider = m_page->findChild<QComboBox *>(QStringLiteral("log.provider"));
        auto *clear = m_page->findChild<QPushButton *>(QStringLiteral("log.clear"));
        QVERIFY(!clear->isVisible());
        provider->setCurrentIndex(provider->findData(QByteArray("openai")));
        settlePage();
        QCOMPARE(m_page->model()->rowCount(), 3);
        status->setCurrentIndex(status->findData(QByteArray("failed")));
        settlePage();
        QCOMPARE(m_page->model()->rowCount(), 1);
        m_page->findChild<QLineEdit *>(QStringLiteral("log.text"))->setText(QStringLiteral("no such words"));
        QVERIFY(test::waitUntil([&] { return m_page->emptyState()->isVisible(); }));
        QVERIFY(clear->isVisible());
        Q_EMIT m_page->emptyState()->actionTriggered();
        settlePage();
        QCOMPARE(m_page->model()->rowCount(), 6);
        QVERIFY(!clear->isVisible());
        QCOMPARE(provider->currentIndex(), 0);
    }

    void newRowsKeepSelectionAndPlace()
    {
        for (int i = 0; i < 90; ++i)
            m_gateway->ledger().append(recordOf(i));
        open();
        DataTable *table = m_page->table();
        table->verticalScrollBar()->setValue(400);
        table->selectRow(30);
        const QByteArray chosen = m_page->details()->requestId();
        const auto placeOf = [&] {
            for (int row = 0; row < m_page->model()->rowCount(); ++row) {
                if (m_page->model()->rowAt(row)->key == chosen)
                    return table->rowViewportPosition(row);
            }
            return -1;
        };
        table->verticalScrollBar()->setValue(400);
        const int before = placeOf();
        for (int i = 90; i < 95; ++i)
            m_gateway->ledger().append(recordOf(i));
        QVERIFY(test::waitUntil([&] { return m_page->model()->rowCount() == 95; }));
        QCOMPARE(placeOf(), before);
        QCOMPARE(m_page->model()->rowAt(table->selectionModel()->selectedRows().front().row())->key, chosen);
        QCOMPARE(m_page->details()->requestId(), chosen);

        table->verticalScrollBar()->setValue(0); // at the top one follows
        m_gateway->ledger().append(recordOf(95));
        QVERIFY(test::waitUntil([&] { return m_page->model()->rowCount() == 96; }));
        QCOMPARE(table->verticalScrollBar()->value(), 0);
    }

    void anEmptyLogOffersOneAction()
    {
        open();
        QVERIFY(m_page->emptyState()->isVisible());
        QSignalSpy asked(m_page.get(), &Page::pageRequested);
        Q_EMIT m_page->emptyState()->actionTriggered();
        QCOMPARE(asked.size(), 1);
        m_gateway->ledger().append(recordOf(0));
        QVERIFY(test::waitUntil(
            [&] { return m_page->table()->isVisible() && m_page->model()->rowCount() == 1; }));
    }

private:
    static QString cell(const QAbstractItemModel &model, int row, int column)
    {
        return model.index(row, column).data().toString();
    }
    static void settle(const LogModel &model)
    {
        QVERIFY(test::waitUntil([&] { return !model.isLoading(); }));
    }
    void settlePage()
    {
        QVERIFY(test::waitUntil([&] { return m_page->isSettled(); }));
    }
    void flush()
    {
        bool written = false;
        m_gateway->ledger().flush(this, [&] { written = true; });
        QVERIFY(test::waitUntil([&] { return written; }));
    }
    void open()
    {
        flush();
        m_page = std::make_unique<LogPage>(PageContext{*m_gateway, *m_settings});
        m_page->resize(1300, 700);
        m_page->show();
        settlePage();
    }

    std::unique_ptr<QTemporaryDir> m_dir;
    std::unique_ptr<QSettings> m_settings;
    std::unique_ptr<test::FakeGateway> m_gateway;
    std::unique_ptr<LogPage> m_page;
};

QTEST_MAIN(LogPageTest)
#include "LogPageTest.moc"
