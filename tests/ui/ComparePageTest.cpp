// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/ComparePage.h"
#include "support/Await.h"
#include "support/FakeGateway.h"
#include "ui/compare/ColumnView.h"
#include "ui/compare/Composer.h"
#include "ui/compare/ModelPicker.h"
#include "ui/compare/ReasoningStrip.h"
#include "ui/compare/ToolCallList.h"
#include "ui/models/ModelListModel.h"
#include "ui/widgets/ElidedLabel.h"
#include "ui/widgets/EmptyState.h"
#include "ui/widgets/InlineMessage.h"
#include "ui/widgets/MarkdownView.h"

#include <QLineEdit>
#include <QListView>
#include <QPushButton>
#include <QScrollArea>
#include <QScrollBar>
#include <QSettings>
#include <QSignalSpy>
#include <QTest>

using namespace fairlead;
using namespace fairlead::ui;
using compare::Column;

class ComparePageTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init()
    {
        m_gateway = std::make_unique<test::FakeGateway>();
        for (const char *model : {"fast", "slow", "thinker"})
            m_gateway->addModel("demo", model);
        m_gateway->addModel("openai", "gpt-5.6-sol", false);
        m_settings = std::make_unique<QSettings>(
            m_gateway->dataDir() + QStringLiteral("/window.ini"), QSettings::IniFormat);
        open();
    }
    void cleanup()
    {
        m_page.reset();
        m_settings.reset();
        m_gateway.reset();
    }

    void firstStartIsOneClickFromAComparison()
    {
        QVERIFY(m_page->emptyState()->isVisible());
        QTest::mouseClick(m_page->emptyState()->button(), Qt::LeftButton);
        QCOMPARE(m_page->comparison().columnCount(), 3);
        QVERIFY(!m_page->composer()->prompt().isEmpty());
        QVERIFY(m_page->comparison().isRunning());
        QVERIFY(!m_page->emptyState()->isVisible());
        QVERIFY(m_page->columnView(2)->isVisible());
    }

    void withoutAnyModelItLeadsToTheKeys()
    {
        for (auto &model : m_gateway->modelList)
            model.ready = false;
        Q_EMIT m_gateway->providersChanged();
        QSignalSpy asked(m_page.get(), &Page::pageRequested);
        QTest::mouseClick(m_page->emptyState()->button(), Qt::LeftButton);
        QCOMPARE(asked.size(), 1);
        QCOMPARE(asked[0][0].toByteArray(), QByteArray("keys"));
    }

    void returnSendsAndShiftReturnBreaksTheLine()
    {
        m_page->comparison().addColumn("demo/fast");
        PromptEditor *editor = m_page->composer()->promptEditor();
        QTest::keyClicks(editor, QStringLiteral("one"));
        QTest::keyClick(editor, Qt::Key_Return, Qt::ShiftModifier);
        QTest::keyClicks(editor, QStringLiteral("two"));
        QVERIFY(m_gateway->answers.empty());
        QTest::keyClick(editor, Qt::Key_Return);
        QCOMPARE(m_gateway->answers.size(), std::size_t(1));
        QCOMPARE(editor->toPlainText(), QStringLiteral("one\ntwo"));

        m_page->composer()->setSendKey(PromptEditor::SendKey::ControlReturn);
        QTest::keyClick(editor, Qt::Key_Return);
        QCOMPARE(m_gateway->answers.size(), std::size_t(1));
        QTest::keyClick(editor, Qt::Key_Return, Qt::ControlModifier);
        QCOMPARE(m_gateway->answers.size(), std::size_t(2));
    }

    void nothingIsSentWithoutPromptOrColumn()
    {
        QPushButton *send = m_page->composer()->sendButton();
        QVERIFY(!send->isEnabled());
        m_page->composer()->setPrompt(QStringLiteral("hello"));
        QVERIFY(!send->isEnabled());
        QVERIFY(!send->toolTip().isEmpty());
        m_page->comparison().addColumn("demo/fast");
        QVERIFY(send->isEnabled());
        m_page->composer()->setPrompt(QStringLiteral("  "));
        QVERIFY(!send->isEnabled());
        QTest::keyClick(m_page->composer()->promptEditor(), Qt::Key_Return);
        QVERIFY(m_gateway->answers.empty());
    }

    void anAnswerStreamsIntoItsColumn()
    {
        ask({"demo/thinker"});
        test::FakeAnswer *answer = m_gateway->answerOf("demo/thinker");
        ColumnView *view = m_page->columnView(0);
        QVERIFY(!view->reasoning()->isVisible());
        answer->think("Let me see \xe2\x82");
        answer->think("\xac.");
        QVERIFY(view->reasoning()->isVisible());
        QVERIFY(!view->reasoning()->isOpen());
        answer->say("# Title\n\nSome **words**");
        answer->finishOk();
        QCOMPARE(view->answer()->toPlainText(), QStringLiteral("Title\nSome words"));
        QVERIFY(view->reasoning()->title().contains(QStringLiteral("Thought")));
        QVERIFY(footerText(0).contains(QStringLiteral("First 400 ms")));
        QVERIFY(footerText(0).contains(QStringLiteral("$0.006120")));
    }

    void anErrorSaysWhatHappenedAndOffersARerun()
    {
        ask({"demo/fast"});
        m_gateway->answerOf("demo/fast")->fail("The provider is busy. Try again.");
        InlineMessage *error = m_page->columnView(0)->error();
        QVERIFY(error->isVisible());
        QCOMPARE(error->text(), QStringLiteral("The provider is busy. Try again."));
        QTest::mouseClick(error->findChild<QPushButton *>(), Qt::LeftButton);
        QVERIFY(!error->isVisible());
        QCOMPARE(m_page->comparison().column(0)->state(), Column::State::Waiting);
    }

    void escapeStopsAll()
    {
        ask({"demo/fast", "demo/slow"});
        QTest::keyClick(m_page.get(), Qt::Key_Escape);
        QVERIFY(test::waitUntil([&] { return !m_page->comparison().isRunning(); }));
        QCOMPARE(m_page->comparison().column(1)->state(), Column::State::Stopped);
    }

    void theBestIsToldByWeightAmongFinishedOnes()
    {
        ask({"demo/fast", "demo/slow", "demo/thinker"});
        finish("demo/fast", 200, 6'000'000);
        QVERIFY(!m_page->columnView(0)->footer()->best()); // nothing to compare with
        finish("demo/slow", 900, 2'000'000);
        QVERIFY(m_page->columnView(0)->footer()->best().testFlag(ColumnFooter::FirstText));
        QVERIFY(!m_page->columnView(0)->footer()->best().testFlag(ColumnFooter::Cost));
        QVERIFY(m_page->columnView(1)->footer()->best().testFlag(ColumnFooter::Cost));
        m_gateway->answerOf("demo/thinker")->fail("no");
        QVERIFY(!m_page->columnView(2)->footer()->best());
    }

    void unknownFiguresSayWhy()
    {
        ask({"demo/fast"});
        metering::LedgerRecord bare;
        m_gateway->answerOf("demo/fast")->finish(bare);
        QVERIFY(footerText(0).contains(QStringLiteral("—")));
        for (const ElidedLabel *label : m_page->columnView(0)->footer()->findChildren<ElidedLabel *>()) {
            if (label->text().contains(QStringLiteral("—")))
                QVERIFY2(!label->accessibleDescription().isEmpty(), qPrintable(label->text()));
        }
    }

    void toolCallsAreCards()
    {
        ask({"demo/fast"});
        m_gateway->answerOf("demo/fast")
            ->send({chat::ToolCallBegin(0, "a", "weather"), chat::ToolCallDelta(0, "{\"city\":\"Rome\"}")});
        auto *list = m_page->columnView(0)->findChild<ToolCallList *>();
        QVERIFY(list->isVisible());
        QVERIFY(list->height() > 0);
        m_page->comparison().rerun(0);
        QVERIFY(!list->isVisible());
    }

    void columnsMoveAndGo()
    {
        ask({"demo/fast", "demo/slow", "demo/thinker"});
        ColumnView *slow = m_page->columnView(1);
        Q_EMIT slow->wished(ColumnView::Wish::MoveLeft);
        QCOMPARE(m_page->columnView(0), slow);
        QVERIFY(test::waitUntil([&] { return slow->x() == 0; }));
        Q_EMIT slow->wished(ColumnView::Wish::Remove);
        QCOMPARE(m_page->comparison().columnCount(), 2);
        const QPointer<ColumnView> gone = slow;
        QCoreApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);
        QVERIFY(gone.isNull());
        QCOMPARE(
            m_settings->value(QStringLiteral("compare/columns")).toStringList(),
            (QStringList{QStringLiteral("demo/fast"), QStringLiteral("demo/thinker")}));
    }

    void columnsNeverGetTooNarrow()
    {
        m_page->resize(900, 700);
        for (int i = 0; i < compare::Comparison::kMostColumns; ++i)
            m_page->comparison().addColumn("demo/fast");
        const auto *scroll = m_page->findChild<QScrollArea *>();
        QVERIFY(test::waitUntil([&] { return scroll->horizontalScrollBar()->maximum() > 0; }));
        for (int i = 0; i < 6; ++i)
            QVERIFY(m_page->columnView(i)->width() >= m_page->columnView(i)->minimumSizeHint().width());
    }

    void draftAndColumnsSurvive()
    {
        m_page->comparison().addColumn("demo/fast");
        m_page->comparison().addColumn("demo/slow");
        m_page->comparison().moveColumn(1, 0);
        m_page->composer()->setPrompt(QStringLiteral("draft"));
        m_page->composer()->setSystemPrompt(QStringLiteral("be kind"));
        // On disk before anything is closed: what a crash would leave.
        const QString file = m_settings->fileName();
        QVERIFY(test::waitUntil([&] {
            return QSettings(file, QSettings::IniFormat).value(QStringLiteral("compare/prompt")).toString()
                   == QStringLiteral("draft");
        }));
        m_page.reset();
        open();
        QCOMPARE(m_page->composer()->prompt(), QStringLiteral("draft"));
        QCOMPARE(m_page->composer()->systemPrompt(), QStringLiteral("be kind"));
        QVERIFY(m_page->composer()->systemEditor()->isVisible());
        QCOMPARE(m_page->comparison().columnCount(), 2);
        QCOMPARE(m_page->comparison().column(0)->modelName(), QByteArray("demo/slow"));
    }

    void thePickerSearchesAndTakesOnlyWhatIsReady()
    {
        auto *picker = new ModelPicker(*m_gateway, m_page.get());
        QSignalSpy chosen(picker, &ModelPicker::chosen);
        picker->popUp(m_page.get());
        auto *search = picker->findChild<QLineEdit *>();
        auto *list = picker->findChild<QListView *>();
        QTest::keyClicks(search, QStringLiteral("GPT"));
        QCOMPARE(list->model()->rowCount(), 1);
        QVERIFY(list->model()
                    ->index(0, 0)
                    .data(ModelListModel::NoteRole)
                    .toString()
                    .contains(QStringLiteral("not set up")));
        QTest::keyClick(search, Qt::Key_Return);
        QVERIFY(chosen.isEmpty());
        search->clear();
        QTest::keyClick(search, Qt::Key_Down);
        QTest::keyClick(search, Qt::Key_Return);
        QCOMPARE(chosen.size(), 1);
        QCOMPARE(chosen[0][0].toByteArray(), QByteArray("demo/slow"));
    }

    void longWordsAreElidedWithATip()
    {
        ElidedLabel label(QStringLiteral("[Ðéḿöñšŧřåŧîöñšþřöṽîđéř ŵîŧĥ å ṽéřý łöñĝ ñåḿé]"));
        label.resize(60, 20);
        QVERIFY(label.isElided());
        QVERIFY(label.minimumSizeHint().width() < 60);
        label.resize(label.sizeHint());
        QVERIFY(!label.isElided());
    }

    void pseudoLongNamesKeepTheColumnWidth()
    {
        m_gateway->addModel("a-provider-with-quite-a-long-name", QByteArray("model-").repeated(30));
        m_page->resize(1200, 700);
        m_page->comparison().addColumn(m_gateway->modelList.back().name);
        m_page->comparison().addColumn("demo/fast");
        QVERIFY(test::waitUntil([&] { return m_page->columnView(0)->width() > 100; }));
        QVERIFY(std::abs(m_page->columnView(0)->width() - m_page->columnView(1)->width()) <= 1);
    }

    void destroyedMidStream()
    {
        ask({"demo/fast", "demo/slow"});
        m_gateway->answerOf("demo/fast")->say("text");
        const QPointer<test::FakeAnswer> running = m_gateway->answerOf("demo/fast");
        m_page.reset();
        QVERIFY(running.isNull());
    }

private:
    void open()
    {
        m_page = std::make_unique<ComparePage>(PageContext{*m_gateway, *m_settings});
        m_page->resize(1200, 800);
        m_page->show();
        QVERIFY(QTest::qWaitForWindowExposed(m_page.get()));
        m_page->activateWindow();
    }
    void ask(const QList<QByteArray> &models)
    {
        for (const QByteArray &model : models)
            m_page->comparison().addColumn(model);
        m_page->composer()->setPrompt(QStringLiteral("question"));
        m_page->composer()->sendButton()->click();
    }
    void finish(const QByteArray &model, int firstMs, qint64 nano)
    {
        metering::LedgerRecord record;
        record.streamed = true;
        record.firstText = std::chrono::milliseconds(firstMs);
        record.total = std::chrono::milliseconds(firstMs + 1000);
        record.usage.set(chat::TokenKind::Output, 100);
        record.cost = NanoUsd(nano);
        m_gateway->answerOf(model)->finish(record);
    }
    [[nodiscard]] QString footerText(int column) const
    {
        QStringList words;
        for (const ElidedLabel *label : m_page->columnView(column)->footer()->findChildren<ElidedLabel *>())
            words += label->text();
        return words.join(QLatin1Char(' '));
    }

    std::unique_ptr<test::FakeGateway> m_gateway;
    std::unique_ptr<QSettings> m_settings;
    std::unique_ptr<ComparePage> m_page;
};

QTEST_MAIN(ComparePageTest)
#include "ComparePageTest.moc"
