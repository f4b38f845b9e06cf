// SPDX-License-Identifier: GPL-3.0-or-later
#include "compare/Comparison.h"
#include "support/Await.h"
#include "support/FakeGateway.h"
#include "support/ManualClock.h"

#include <QSignalSpy>
#include <QTest>

using namespace fairlead;
using namespace std::chrono_literals;
using compare::Column;
using State = compare::Column::State;
using metering::LedgerRecord;

Q_DECLARE_METATYPE(fairlead::compare::Column::State)

namespace {

const QByteArray kModel = QByteArrayLiteral("demo/fast");

chat::ChatRequest request()
{
    chat::ChatRequest made;
    made.model = QByteArrayLiteral("somebody/else");
    return made;
}

} // namespace

class ColumnTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init()
    {
        m_gateway = std::make_unique<test::FakeGateway>();
        m_clock = std::make_unique<test::ManualClock>();
        m_column = std::make_unique<Column>(*m_gateway, kModel, *m_clock);
    }
    void cleanup()
    {
        m_column.reset();
        m_gateway.reset();
        m_clock.reset();
    }

    void walksThroughItsStates()
    {
        QSignalSpy texts(m_column.get(), &Column::textAppended);
        QSignalSpy thoughts(m_column.get(), &Column::reasoningAppended);
        QCOMPARE(m_column->state(), State::Idle);
        m_column->ask(request());
        QCOMPARE(m_column->state(), State::Waiting);
        QCOMPARE(answer()->request().model, kModel);
        QCOMPARE(answer()->origin(), QByteArray("compare"));

        m_clock->advance(200ms);
        answer()->think("hm");
        QCOMPARE(m_column->state(), State::Thinking);
        m_clock->advance(4100ms);
        QCOMPARE(m_column->thinkingTime(), std::optional<metering::Micros>(4100ms));
        QVERIFY(!m_column->figures().firstText.has_value());

        answer()->say("Hello ");
        QCOMPARE(m_column->state(), State::Streaming);
        QCOMPARE(m_column->figures().firstText, std::optional<metering::Micros>(4300ms));
        m_clock->advance(10s);
        QCOMPARE(m_column->thinkingTime(), std::optional<metering::Micros>(4100ms)); // it stands still now
        answer()->say("world");
        answer()->finishOk();
        QCOMPARE(m_column->state(), State::Done);
        QCOMPARE(m_column->text(), QByteArray("Hello world"));
        QCOMPARE(m_column->reasoningText(), QByteArray("hm"));
        QCOMPARE(texts.size(), 2);
        QCOMPARE(thoughts.size(), 1);
        QVERIFY(!m_column->isRunning());
    }

    void takesFiguresFromTheRecord()
    {
        m_column->ask(request());
        answer()->say("x");
        answer()->finishOk();
        const Column::Figures &figures = m_column->figures();
        QCOMPARE(figures.firstText, std::optional<metering::Micros>(400ms));
        QCOMPARE(figures.total, std::optional<metering::Micros>(2400ms));
        QCOMPARE(figures.inputTokens, std::optional<std::int64_t>(35));
        QCOMPARE(figures.outputTokens, std::optional<std::int64_t>(142));
        QCOMPARE(qRound(figures.tokensPerSecond.value_or(0)), 71);
        QCOMPARE(figures.cost, std::optional<NanoUsd>(NanoUsd(6'120'400)));
        QCOMPARE(figures.finishReason, QByteArray("stop"));
        QCOMPARE(figures.provider, QByteArray("demo"));
        QCOMPARE(figures.requestId, QByteArray("req_1"));
    }

    void unknownStaysUnknown()
    {
        m_column->ask(request());
        answer()->say("x");
        LedgerRecord bare;
        answer()->finish(bare);
        const Column::Figures &figures = m_column->figures();
        QVERIFY(!figures.cost.has_value());
        QVERIFY(!figures.inputTokens.has_value());
        QVERIFY(!figures.tokensPerSecond.has_value());
    }

    void endings_data()
    {
        QTest::addColumn<int>("status");
        QTest::addColumn<QByteArray>("message");
        QTest::addColumn<State>("state");
        QTest::addColumn<bool>("explained");
        QTest::newRow("ok") << int(LedgerRecord::Status::Ok) << QByteArray() << State::Done << false;
        QTest::newRow("failed") << int(LedgerRecord::Status::Failed) << QByteArray("No key.") << State::Failed
                                << true;
        QTest::newRow("failed silently")
            << int(LedgerRecord::Status::Failed) << QByteArray() << State::Failed << true;
        QTest::newRow("cut") << int(LedgerRecord::Status::Incomplete) << QByteArray("Cut.") << State::Failed
                             << true;
        QTest::newRow("cancelled") << int(LedgerRecord::Status::Cancelled) << QByteArray() << State::Stopped
                                   << false;
    }
    void endings()
    {
        QFETCH(int, status);
        QFETCH(QByteArray, message);
        QFETCH(State, state);
        QFETCH(bool, explained);
        m_column->ask(request());
        LedgerRecord record;
        record.status = static_cast<LedgerRecord::Status>(status);
        record.message = message;
        answer()->finish(record);
        QCOMPARE(m_column->state(), state);
        QCOMPARE(!m_column->errorText().isEmpty(), explained);
        if (!message.isEmpty())
            QCOMPARE(m_column->errorText(), QString::fromUtf8(message));
    }

    void aFailureEventSaysMoreThanTheRecord()
    {
        m_column->ask(request());
        answer()->send({chat::Failed(
            chat::Failure(chat::FailureClass::Credential, 401, "The key is wrong. Replace it."))});
        QCOMPARE(m_column->state(), State::Waiting); // the end is the record's to say
        LedgerRecord record;
        record.status = LedgerRecord::Status::Failed;
        record.message = QByteArrayLiteral("401");
        answer()->finish(record);
        QCOMPARE(m_column->errorText(), QStringLiteral("The key is wrong. Replace it."));
    }

    void gathersToolCallsAndRefusals()
    {
        QSignalSpy calls(m_column.get(), &Column::toolCallsChanged);
        m_column->ask(request());
        answer()->send(
            {chat::ToolCallBegin(0, "a", "weather"), chat::ToolCallDelta(0, "{\"city\":"),
             chat::ToolCallBegin(1, "b", "time"), chat::ToolCallDelta(0, "\"Rome\"}"),
             chat::ToolCallDelta(-1, "x"), chat::ToolCallDelta(1'000'000, "x")});
        QCOMPARE(m_column->state(), State::Streaming);
        QCOMPARE(calls.size(), 1);
        const auto tools = m_column->toolCalls();
        QCOMPARE(tools.size(), std::size_t(2));
        QCOMPARE(tools[0].arguments, QByteArray("{\"city\":\"Rome\"}"));
        QCOMPARE(tools[1].name, QByteArray("time"));
        answer()->send({chat::RefusalDelta("I cannot."), chat::TextDelta("other choice", 1)});
        QCOMPARE(m_column->text(), QByteArray("I cannot."));
    }

    void stopsAndKeepsWhatCame()
    {
        m_column->ask(request());
        answer()->say("half");
        m_column->stop();
        QVERIFY(m_column->isRunning()); // until the gateway says so
        QVERIFY(test::waitUntil([&] { return m_column->state() == State::Stopped; }));
        QCOMPARE(m_column->text(), QByteArray("half"));
        m_column->stop(); // harmless
    }

    void askingAgainReplacesTheRunningAnswer()
    {
        QSignalSpy cleared(m_column.get(), &Column::cleared);
        m_column->ask(request());
        const QPointer<test::FakeAnswer> first = answer();
        first->say("old");
        m_column->ask(request());
        QCOMPARE(cleared.size(), 2);
        QVERIFY(m_column->text().isEmpty());
        QVERIFY(!first || first->wasCancelled());
        if (first)
            first->say("late");
        QVERIFY(m_column->text().isEmpty());
        answer()->say("new");
        QCoreApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);
        QVERIFY(first.isNull());
        QCOMPARE(m_column->text(), QByteArray("new"));
        QCOMPARE(m_column->state(), State::Streaming);
    }

    void askingAgainFromItsOwnSignalIsSafe()
    {
        int asked = 0;
        connect(m_column.get(), &Column::stateChanged, this, [&] {
            if (m_column->state() == State::Failed && ++asked < 3)
                m_column->ask(request());
        });
        m_column->ask(request());
        answer()->fail("first");
        answer()->fail("second");
        QCOMPARE(m_column->state(), State::Waiting);
        answer()->finishOk();
        QCOMPARE(m_column->state(), State::Done);
    }

    void destroyedMidStreamTakesTheAnswerAlong()
    {
        m_column->ask(request());
        const QPointer<test::FakeAnswer> running = answer();
        running->say("x");
        m_column.reset();
        QVERIFY(running.isNull());
    }

    void anEndlessAnswerIsStopped()
    {
        m_column->ask(request());
        const QByteArray piece(1024 * 1024, 'a');
        for (int i = 0; i < 8; ++i)
            answer()->say(piece);
        QCOMPARE(m_column->state(), State::Streaming);
        answer()->say("one more");
        QVERIFY(answer()->wasCancelled());
        QVERIFY(test::waitUntil([&] { return m_column->state() == State::Failed; }));
        QVERIFY(m_column->errorText().contains(QLatin1Char('8')));
        QCOMPARE(m_column->text().size(), Column::kMostTextBytes);
    }

    void clearGoesBackToIdle()
    {
        m_column->ask(request());
        answer()->say("x");
        m_column->clear();
        QCOMPARE(m_column->state(), State::Idle);
        QVERIFY(m_column->text().isEmpty());
        QVERIFY(!m_column->figures().firstText.has_value());
    }

private:
    [[nodiscard]] test::FakeAnswer *answer() const { return m_gateway->answerOf(kModel); }

    std::unique_ptr<test::FakeGateway> m_gateway;
    std::unique_ptr<test::ManualClock> m_clock;
    std::unique_ptr<Column> m_column;
};

QTEST_GUILESS_MAIN(ColumnTest)
#include "ColumnTest.moc"
