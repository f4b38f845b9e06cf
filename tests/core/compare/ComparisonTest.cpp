// SPDX-License-Identifier: GPL-3.0-or-later
#include "compare/Comparison.h"
#include "support/Await.h"
#include "support/FakeGateway.h"

#include <QSignalSpy>
#include <QTest>

using namespace fairlead;
using compare::Column;
using compare::Comparison;

class ComparisonTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init()
    {
        m_gateway = std::make_unique<test::FakeGateway>();
        m_comparison = std::make_unique<Comparison>(*m_gateway);
    }
    void cleanup()
    {
        m_comparison.reset();
        m_gateway.reset();
    }

    void asksEveryColumnTheSame()
    {
        addTwo();
        QSignalSpy running(m_comparison.get(), &Comparison::runningChanged);
        QVERIFY(!m_comparison->hasPrompt());
        m_comparison->send(QStringLiteral("Grüße"), QStringLiteral("Be brief."));
        QVERIFY(m_comparison->hasPrompt());
        QVERIFY(m_comparison->isRunning());
        for (const QByteArray model : {"demo/fast", "demo/slow"}) {
            const chat::ChatRequest &request = answer(model)->request();
            QVERIFY(request.stream);
            QVERIFY(request.includeUsage);
            QCOMPARE(request.messages.size(), std::size_t(2));
            QVERIFY(request.messages[0].role == chat::Role::System);
            QCOMPARE(std::get<chat::TextPart>(request.messages[1].parts[0]).text, QByteArray("Grüße"));
        }
        answer("demo/fast")->finishOk();
        QVERIFY(m_comparison->isRunning());
        answer("demo/slow")->finishOk();
        QVERIFY(!m_comparison->isRunning());
        QCOMPARE(running.size(), 2);
    }

    void anEmptySystemPromptIsNotSent()
    {
        addTwo();
        m_comparison->send(QStringLiteral("a"), QStringLiteral(" \n"));
        QCOMPARE(answer("demo/fast")->request().messages.size(), std::size_t(1));
    }

    void reRunsOneOrTheFailed()
    {
        addTwo();
        m_comparison->rerunAll(); // nothing was sent yet
        QVERIFY(m_gateway->answers.empty());
        m_comparison->send(QStringLiteral("a"), QString());
        answer("demo/fast")->finishOk();
        answer("demo/slow")->fail("busy");
        QCOMPARE(m_comparison->failedCount(), 1);
        m_comparison->rerunFailed();
        QCOMPARE(m_gateway->answers.size(), std::size_t(3));
        QCOMPARE(m_comparison->column(0)->state(), Column::State::Done);
        QCOMPARE(m_comparison->column(1)->state(), Column::State::Waiting);
        QCOMPARE(m_comparison->failedCount(), 0);
        m_comparison->rerun(0);
        QCOMPARE(m_comparison->column(0)->state(), Column::State::Waiting);
        m_comparison->rerun(7); // no such column
        QCOMPARE(m_gateway->answers.size(), std::size_t(4));
    }

    void stopsAll()
    {
        addTwo();
        m_comparison->send(QStringLiteral("a"), QString());
        m_comparison->stopAll();
        QVERIFY(test::waitUntil([&] { return !m_comparison->isRunning(); }));
        QCOMPARE(m_comparison->column(1)->state(), Column::State::Stopped);
    }

    void holdsSixColumnsAtMost()
    {
        for (int i = 0; i < Comparison::kMostColumns; ++i)
            QVERIFY(m_comparison->addColumn("demo/fast"));
        QVERIFY(!m_comparison->addColumn("demo/fast"));
        QCOMPARE(m_comparison->columnCount(), 6);
    }

    void removesAndMoves()
    {
        addTwo();
        m_comparison->addColumn("demo/thinker");
        QSignalSpy removed(m_comparison.get(), &Comparison::columnRemoved);
        QSignalSpy moved(m_comparison.get(), &Comparison::columnMoved);
        m_comparison->moveColumn(2, 0);
        QCOMPARE(names(), (QList<QByteArray>{"demo/thinker", "demo/fast", "demo/slow"}));
        m_comparison->moveColumn(0, 9);
        m_comparison->moveColumn(1, 1);
        QCOMPARE(moved.size(), 1);

        m_comparison->send(QStringLiteral("a"), QString());
        const QPointer<Column> column = m_comparison->column(1);
        const QPointer<test::FakeAnswer> running = answer("demo/fast");
        m_comparison->removeColumn(1);
        QCOMPARE(removed.size(), 1);
        QCOMPARE(m_comparison->indexOf(column), -1);
        QCoreApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);
        QVERIFY(column.isNull());
        QVERIFY(running.isNull());
        QCOMPARE(names(), (QList<QByteArray>{"demo/thinker", "demo/slow"}));
        answer("demo/thinker")->finishOk();
        answer("demo/slow")->finishOk();
        QVERIFY(!m_comparison->isRunning());
    }

    void removingTheLastRunningColumnEndsTheRun()
    {
        m_comparison->addColumn("demo/fast");
        m_comparison->send(QStringLiteral("a"), QString());
        m_comparison->removeColumn(0);
        QVERIFY(!m_comparison->isRunning());
    }

    void destroyedWhileRunning()
    {
        addTwo();
        m_comparison->send(QStringLiteral("a"), QString());
        const QPointer<test::FakeAnswer> running = answer("demo/fast");
        m_comparison.reset();
        QVERIFY(running.isNull());
    }

private:
    void addTwo()
    {
        m_comparison->addColumn("demo/fast");
        m_comparison->addColumn("demo/slow");
    }
    [[nodiscard]] QList<QByteArray> names() const
    {
        QList<QByteArray> all;
        for (int i = 0; i < m_comparison->columnCount(); ++i)
            all += m_comparison->column(i)->modelName();
        return all;
    }
    [[nodiscard]] test::FakeAnswer *answer(const QByteArray &model) const
    {
        return m_gateway->answerOf(model);
    }

    std::unique_ptr<test::FakeGateway> m_gateway;
    std::unique_ptr<Comparison> m_comparison;
};

QTEST_GUILESS_MAIN(ComparisonTest)
#include "ComparisonTest.moc"
