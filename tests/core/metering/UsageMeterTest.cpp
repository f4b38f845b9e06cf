// SPDX-License-Identifier: GPL-3.0-or-later
#include "metering/UsageMeter.h"
#include "support/ManualClock.h"

#include <QTest>

using namespace fairlead;
using namespace fairlead::metering;
using namespace std::chrono_literals;
using chat::TokenKind;
using Status = LedgerRecord::Status;

namespace {

std::shared_ptr<const PriceBook> book()
{
    auto parsed = PriceBook::parse(R"({"provider":"lab","models":{
        "m":{"name":"M","status":"active","prices":[{"as_of":"2026-01-01","source":"docs","input":"1","output":"10",
             "service":{"flex":{"input":"0.5","output":"5"}}}]},
        "m-mini":{"name":"Mini","status":"active","prices":[{"as_of":"2026-01-01","source":"docs","input":"0.1","output":"1"}]}
    }})");
    if (!parsed)
        qFatal("%s", parsed.error().message().constData());
    return *parsed;
}

chat::Usage usage(std::int64_t input, std::int64_t output)
{
    chat::Usage result;
    result.set(TokenKind::Input, input);
    result.set(TokenKind::Output, output);
    return result;
}

// A meter whose request arrived 2 ms ago.
struct Bench {
    test::ManualClock clock;
    UsageMeter meter{clock, book()};

    explicit Bench(bool streamed = true)
    {
        const SteadyTime received = clock.steady();
        clock.advance(2ms);
        meter.begin("req_1", "proxy", "editor", "openai-chat", "smart", streamed, received);
    }
    void serve()
    {
        meter.attemptStarted("lab", "m", "main");
        clock.advance(10ms);
        meter.serving(Micros(4000), Micros(9000), 200);
    }
};

} // namespace

class UsageMeterTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void booksTheFasterOfTwoAndTheSlowerApart()
    {
        Bench bench;
        bench.meter.setPromptBytes(4000);
        bench.meter.attemptStarted("lab", "m", "main");
        const std::size_t first = bench.meter.latestAttempt();
        bench.clock.advance(500ms);
        bench.meter.attemptStarted("lab", "m-mini", "main");
        const std::size_t second = bench.meter.latestAttempt();
        bench.clock.advance(100ms);

        const LedgerRecord lost = bench.meter.lostRace(second, "req_2", "lab");
        QVERIFY(lost.role == LedgerRecord::Role::Hedge && lost.status == Status::Cancelled);
        QCOMPARE(lost.parent, QByteArray("req_1"));
        QCOMPARE(lost.model, QByteArray("m-mini"));
        QVERIFY(lost.total == 100ms);
        QCOMPARE(lost.cost, std::optional<NanoUsd>(NanoUsd(100'000))); // 1,000 tokens, as estimated
        QVERIFY(lost.usage.estimated && lost.attempts.empty());

        bench.meter.goBackTo(first, "lab");
        bench.meter.serving(Micros(4000), Micros(550'000), 203);
        bench.meter.observe(chat::UsageReport(usage(1000, 10)));
        const LedgerRecord broken
            = bench.meter.brokeOff("req_3", chat::Failure(chat::FailureClass::Protocol, 0, "cut"));
        QCOMPARE(broken.model, QByteArray("m"));
        QCOMPARE(broken.httpStatus, 203); // its own, not the later one's
        const LedgerRecord record = bench.meter.end(Status::Failed, 502);
        QCOMPARE(record.attempts.size(), std::size_t(2));
        QCOMPARE(record.attempts[first].failureClass, QByteArray("protocol"));
        QCOMPARE(record.attempts[second].failureClass, QByteArray("cancelled"));
        QVERIFY(record.firstByte == 552ms);
    }

    void booksAWholeLife()
    {
        Bench bench;
        bench.clock.advance(1ms);
        bench.meter.attemptStarted("flaky", "m", "k1");
        bench.clock.advance(5ms);
        chat::Failure failure(chat::FailureClass::RateLimit, 429, "too fast");
        bench.meter.attemptFailed(failure);
        bench.serve();
        bench.meter.observe(chat::Started("id", "m"));
        bench.clock.advance(1ms);
        bench.meter.observe(chat::ReasoningDelta("hm"));
        bench.clock.advance(1ms);
        bench.meter.observe(chat::TextDelta("")); // an empty delta is no token
        bench.clock.advance(1ms);
        bench.meter.observe(chat::TextDelta("Hello"));
        bench.clock.advance(100ms);
        bench.meter.observe(chat::Finished(chat::FinishReason::Stop));
        bench.meter.observe(chat::UsageReport(usage(100, 51)));
        bench.meter.setLosses("seed");
        const LedgerRecord record = bench.meter.end(Status::Ok, 200);

        QCOMPARE(record.startedMs, toUnixMs(bench.clock.wall()) - 121);
        QCOMPARE(record.queue->count(), 3'000);
        QCOMPARE(record.firstByte->count(), 17'000);
        QCOMPARE(record.connect->count(), 4'000);
        QCOMPARE(record.firstReasoning->count(), 19'000);
        QCOMPARE(record.firstText->count(), 21'000);
        QCOMPARE(record.total->count(), 121'000);
        QCOMPARE(record.provider, QByteArray("lab"));
        QCOMPARE(record.finishReason, QByteArray("stop"));
        QCOMPARE(record.losses, QByteArray("seed"));
        QCOMPARE(record.cost->toDecimal(), QByteArray("0.00061"));
        QCOMPARE(record.priceRow, QByteArray("lab/m@2026-01-01"));
        QVERIFY(!record.usage.estimated);
        QCOMPARE(*record.tokensPerSecond(), 500.0);
        QCOMPARE(record.attempts.size(), std::size_t(2));
        QCOMPARE(record.attempts[0].failureClass, QByteArray("rate_limit"));
        QCOMPARE(record.attempts[0].httpStatus, 429);
        QCOMPARE(record.attempts[0].total->count(), 5'000);
        QCOMPARE(record.attempts[1].startedAfter->count(), 8'000);
        QCOMPARE(record.attempts[1].total->count(), 113'000);
        QVERIFY(record.attempts[1].failureClass.isEmpty());
    }

    void wholeAnswerWithoutUsageStaysUnknown()
    {
        Bench bench;
        bench.meter.setPromptBytes(400);
        bench.serve();
        bench.meter.observe(chat::TextDelta("Hello, world"));
        bench.meter.observe(chat::Finished(chat::FinishReason::Stop));
        const LedgerRecord record = bench.meter.end(Status::Ok, 200);
        QVERIFY(record.usage.isEmpty());
        QVERIFY(!record.cost.has_value());
        QVERIFY(!record.tokensPerSecond().has_value());
    }

    void cutStreamIsEstimatedAndMarked_data()
    {
        QTest::addColumn<qint64>("promptBytes");
        QTest::addColumn<qint64>("reportedInput");
        QTest::addColumn<qint64>("reportedOutput");
        QTest::addColumn<qint64>("output");
        QTest::addColumn<QByteArray>("cost");
        QTest::newRow("nothing reported")
            << qint64(400) << qint64(-1) << qint64(-1) << qint64(3) << QByteArray("0.00013");
        QTest::newRow("prompt not counted")
            << qint64(0) << qint64(-1) << qint64(-1) << qint64(3) << QByteArray();
        QTest::newRow("early report of one token")
            << qint64(400) << qint64(50) << qint64(1) << qint64(3) << QByteArray("0.00008");
        QTest::newRow("report beyond the text")
            << qint64(400) << qint64(50) << qint64(9) << qint64(9) << QByteArray("0.00014");
    }
    void cutStreamIsEstimatedAndMarked()
    {
        QFETCH(qint64, promptBytes);
        QFETCH(qint64, reportedInput);
        QFETCH(qint64, reportedOutput);
        QFETCH(qint64, output);
        QFETCH(QByteArray, cost);
        Bench bench;
        bench.meter.setPromptBytes(promptBytes);
        bench.serve();
        if (reportedInput >= 0)
            bench.meter.observe(chat::UsageReport(usage(reportedInput, reportedOutput)));
        bench.meter.observe(chat::TextDelta("Hello, world")); // 12 bytes, about 3 tokens
        const chat::Failure failure(chat::FailureClass::Cancelled, 0, "the client left");
        const LedgerRecord record = bench.meter.end(Status::Cancelled, 499, &failure);
        QCOMPARE(record.usage.get(TokenKind::Output).value_or(-1), output);
        QCOMPARE(record.usage.estimated, reportedOutput < output);
        QCOMPARE(record.cost ? record.cost->toDecimal() : QByteArray(), cost);
        QCOMPARE(record.failureClass, QByteArray("cancelled"));
        QCOMPARE(record.attempts.back().failureClass, QByteArray("cancelled"));
    }

    void finalReportOfACutStreamStands()
    {
        Bench bench;
        bench.serve();
        bench.meter.observe(chat::TextDelta(QByteArray(400, 'x')));
        bench.meter.observe(chat::Finished(chat::FinishReason::Length));
        bench.meter.observe(chat::UsageReport(usage(10, 7)));
        const LedgerRecord record = bench.meter.end(Status::Incomplete, 200);
        QCOMPARE(record.usage.get(TokenKind::Output).value_or(-1), 7);
        QVERIFY(!record.usage.estimated);
    }

    void outputWithoutInputCostsNothingKnown()
    {
        Bench bench;
        bench.serve();
        bench.meter.observe(chat::TextDelta("x"));
        bench.meter.observe(chat::Finished(chat::FinishReason::Stop));
        chat::Usage half;
        half.set(TokenKind::Output, 23);
        bench.meter.observe(chat::UsageReport(half));
        const LedgerRecord record = bench.meter.end(Status::Ok, 200);
        QCOMPARE(record.usage.get(TokenKind::Output).value_or(-1), 23);
        QVERIFY(!record.cost.has_value());
    }

    void failedBeforeAnythingCostsNothingKnown()
    {
        Bench bench(false);
        bench.meter.setPromptBytes(400);
        bench.meter.attemptStarted("lab", "m", "main");
        const chat::Failure failure(chat::FailureClass::Credential, 401, "wrong key");
        bench.meter.attemptFailed(failure);
        const LedgerRecord record = bench.meter.end(Status::Failed, 401, &failure);
        QVERIFY(record.provider.isEmpty());
        QVERIFY(record.usage.isEmpty());
        QVERIFY(!record.cost.has_value());
        QCOMPARE(record.message, QByteArray("wrong key"));
        QVERIFY(!record.firstByte.has_value());
    }

    void streamFailureIsToldWithoutBeingPassed()
    {
        Bench bench;
        bench.serve();
        bench.meter.observe(chat::Failed(chat::Failure(chat::FailureClass::Protocol, 200, "cut")));
        const LedgerRecord record = bench.meter.end(Status::Incomplete, 200);
        QCOMPARE(record.failureClass, QByteArray("protocol"));
        QCOMPARE(record.attempts.back().message, QByteArray("cut"));
    }

    void pricesByTheModelAndTierServed()
    {
        Bench served;
        served.serve();
        served.meter.observe(chat::Started("id", "m-mini-2026-07-01"));
        served.meter.observe(chat::UsageReport(usage(1'000'000, 0)));
        QCOMPARE(served.meter.cost().total->toDecimal(), QByteArray("0.1"));

        Bench renamed; // a gateway's own name for the model is in no list: the target's is
        renamed.serve();
        renamed.meter.observe(chat::Started("id", "vendor/strange-name"));
        chat::Usage flex = usage(1'000'000, 0);
        flex.serviceTier = "flex";
        renamed.meter.observe(chat::UsageReport(flex));
        const LedgerRecord record = renamed.meter.end(Status::Ok, 200);
        QCOMPARE(record.cost->toDecimal(), QByteArray("0.5"));
        QCOMPARE(record.priceRow, QByteArray("lab/m@2026-01-01+flex"));
        QCOMPARE(record.model, QByteArray("vendor/strange-name"));
    }

    void providersOwnFigureIsBookedAndOursKept()
    {
        Bench bench;
        bench.meter.attemptStarted("my-lab", "m", "main", "lab");
        bench.meter.serving(std::nullopt, std::nullopt, 200);
        chat::Usage reported = usage(1'000'000, 0);
        reported.reportedCost = NanoUsd(990'000'000);
        bench.meter.observe(chat::UsageReport(reported));
        const LedgerRecord record = bench.meter.end(Status::Ok, 200);
        QCOMPARE(record.cost->toDecimal(), QByteArray("1"));
        QCOMPARE(record.bookedCost()->toDecimal(), QByteArray("0.99"));
        QVERIFY(!record.connect.has_value());
        QVERIFY(record.firstByte.has_value());
    }

    void strayCallsAreHarmless()
    {
        test::ManualClock clock;
        UsageMeter meter(clock, nullptr);
        meter.attemptFailed(chat::Failure());
        meter.serving(std::nullopt, std::nullopt, 200);
        meter.observe(chat::UsageReport(usage(1, 1)));
        QVERIFY(!meter.end(Status::Failed, 500).cost.has_value());
    }

    void statusNamesReadBack()
    {
        for (const Status status : {Status::Ok, Status::Failed, Status::Cancelled, Status::Incomplete})
            QVERIFY(statusByName(statusName(status)) == status);
        QVERIFY(!statusByName("fine").has_value());
    }
};

QTEST_GUILESS_MAIN(UsageMeterTest)
#include "UsageMeterTest.moc"
