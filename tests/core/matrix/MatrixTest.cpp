// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/matrix/Verdict.h"

#include <QLoggingCategory>
#include <QTest>

using namespace fairlead;
using namespace fairlead::test::matrix;

/// Every caller's dialect through the gateway to every provider's dialect and back: what is said arrives, or
/// the loss is told.
class MatrixTest : public QObject
{
    Q_OBJECT

    const std::vector<Cell> m_cells = cells();

private Q_SLOTS:
    void initTestCase() { QLoggingCategory::setFilterRules(QStringLiteral("fairlead.*.info=false")); }

    /// The data say the same in every dialect, or say what they leave out.
    void callersAskTheSame_data()
    {
        QTest::addColumn<QByteArray>("dialect");
        for (const QByteArray &name : inboundDialects())
            QTest::newRow(name.constData()) << name;
    }
    void callersAskTheSame()
    {
        QFETCH(QByteArray, dialect);
        const Dialect &words = Dialect::of(dialect);
        for (const Scenario &scenario : scenarios()) {
            if (scenario.asks.isEmpty() || !words.canAsk(scenario))
                continue;
            const Outcome outcome = Cell(dialect, "openai-chat", scenario).run();
            QVERIFY2(outcome.error.isEmpty(), outcome.error.constData());
            for (const QByteArray &line : without(outcome.asked, scenario.asks))
                QCOMPARE(aspectOf(line), QByteArray("max")); // Anthropic demands one
            for (const QByteArray &line : without(scenario.asks, outcome.asked))
                QVERIFY2(words.leavesUnsaid(aspectOf(line)), line.constData());
        }
    }

    void providersAnswerTheSame_data()
    {
        QTest::addColumn<QByteArray>("dialect");
        for (const QByteArray &name : upstreamDialects())
            QTest::newRow(name.constData()) << name;
    }
    void providersAnswerTheSame()
    {
        QFETCH(QByteArray, dialect);
        for (const Scenario &scenario : scenarios()) {
            if (scenario.end != Scenario::End::Whole || !Dialect::of(dialect).canAnswer(scenario))
                continue;
            const Outcome outcome = Cell("openai-chat", dialect, scenario).run();
            QCOMPARE(without(outcome.said, {"sealed"}).join('\n'), scenario.says.join('\n'));
        }
    }

    void passes_data()
    {
        QTest::addColumn<std::size_t>("index");
        for (std::size_t i = 0; i < m_cells.size(); ++i)
            QTest::newRow(m_cells[i].name().constData()) << i;
        // Every pair of dialects is there.
        QVERIFY(m_cells.size() > inboundDialects().size() * upstreamDialects().size() * 8);
    }
    void passes()
    {
        QFETCH(std::size_t, index);
        const Cell &cell = m_cells.at(index);
        QCOMPARE(problemsOf(cell, cell.run()).join('\n'), QByteArray());
    }
};

QTEST_GUILESS_MAIN(MatrixTest)
#include "MatrixTest.moc"
