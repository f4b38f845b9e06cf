// SPDX-License-Identifier: GPL-3.0-or-later
#include "LedgerFixture.h"
#include "Stranger.h"

#include <QSignalSpy>
#include <QTest>
#include <QThread>

#include <atomic>
#include <thread>

using namespace fairlead;
using namespace fairlead::storage;
using chat::TokenKind;
using metering::AttemptRecord;
using metering::Micros;
using test::LedgerFixture;
using test::ledgerRecord;
using test::Stranger;

namespace {

// Every field set to something of its own.
LedgerRecord fullRecord()
{
    LedgerRecord record;
    record.id = "req_full";
    record.startedMs = 1'780'000'000'123;
    record.origin = "compare";
    record.app = "küche";
    record.dialect = "openai-chat";
    record.modelAsked = "smart";
    record.provider = "openrouter";
    record.model = "anthropic/claude-opus-5";
    record.streamed = true;
    record.status = LedgerRecord::Status::Incomplete;
    record.httpStatus = 207;
    record.failureClass = "protocol";
    record.message = "the stream was cut, 50% done_";
    record.finishReason = "length";
    record.queue = Micros(1);
    record.connect = Micros(2);
    record.firstByte = Micros(3);
    record.firstReasoning = Micros(4);
    record.firstText = Micros(5);
    record.total = Micros(6);
    for (int kind = 0; kind < chat::kTokenKinds; ++kind)
        record.usage.set(static_cast<TokenKind>(kind), 100 + kind);
    record.usage.estimated = true;
    record.usage.serviceTier = "flex";
    record.usage.reportedCost = NanoUsd(-7);
    record.cost = NanoUsd(9'007'199'254'740'993); // one more than a double can count
    record.priceRow = "openrouter/x@2026-08-21+flex";
    record.priceSource = "docs";
    record.losses = "seed; logprobs";
    record.parent = "req_whole";
    record.role = LedgerRecord::Role::Broken;
    record.route = "smart";
    record.rescue = "restart";
    record.candidates = {{"openai", "gpt", true, "first"}, {"lab", "m \"1\"", false, "only for app küche"}};
    AttemptRecord failed;
    failed.provider = "openai";
    failed.model = "gpt";
    failed.keyName = "work";
    failed.startedAfter = Micros(10);
    failed.connect = Micros(11);
    failed.firstByte = Micros(12);
    failed.total = Micros(13);
    failed.httpStatus = 429;
    failed.failureClass = "rate_limit";
    failed.message = "slow down";
    AttemptRecord served;
    served.provider = "openrouter";
    record.attempts = {failed, served};
    return record;
}

void compareAttempts(const AttemptRecord &a, const AttemptRecord &b)
{
    QCOMPARE(a.provider, b.provider);
    QCOMPARE(a.model, b.model);
    QCOMPARE(a.keyName, b.keyName);
    QCOMPARE(a.startedAfter, b.startedAfter);
    QCOMPARE(a.connect, b.connect);
    QCOMPARE(a.firstByte, b.firstByte);
    QCOMPARE(a.total, b.total);
    QCOMPARE(a.httpStatus, b.httpStatus);
    QCOMPARE(a.failureClass, b.failureClass);
    QCOMPARE(a.message, b.message);
}

QList<QByteArray> idsOf(const std::vector<LedgerRecord> &records)
{
    QList<QByteArray> ids;
    for (const LedgerRecord &record : records)
        ids += record.id;
    return ids;
}

} // namespace

class LedgerTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void keepsEveryField()
    {
        LedgerFixture fixture;
        const LedgerRecord in = fullRecord();
        fixture.ledger().append(in);
        fixture.reopen(); // closing writes what is queued
        const auto out = fixture.find("req_full");
        QVERIFY(out.has_value());
        QCOMPARE(out->startedMs, in.startedMs);
        QCOMPARE(out->origin, in.origin);
        QCOMPARE(out->app, in.app);
        QCOMPARE(out->dialect, in.dialect);
        QCOMPARE(out->modelAsked, in.modelAsked);
        QCOMPARE(out->provider, in.provider);
        QCOMPARE(out->model, in.model);
        QCOMPARE(out->streamed, in.streamed);
        QVERIFY(out->status == in.status);
        QCOMPARE(out->httpStatus, in.httpStatus);
        QCOMPARE(out->failureClass, in.failureClass);
        QCOMPARE(out->message, in.message);
        QCOMPARE(out->finishReason, in.finishReason);
        QCOMPARE(out->queue, in.queue);
        QCOMPARE(out->connect, in.connect);
        QCOMPARE(out->firstByte, in.firstByte);
        QCOMPARE(out->firstReasoning, in.firstReasoning);
        QCOMPARE(out->firstText, in.firstText);
        QCOMPARE(out->total, in.total);
        QVERIFY(out->usage == in.usage);
        QCOMPARE(out->cost->nano(), in.cost->nano());
        QCOMPARE(out->priceRow, in.priceRow);
        QCOMPARE(out->priceSource, in.priceSource);
        QCOMPARE(out->losses, in.losses);
        QCOMPARE(out->parent, in.parent);
        QVERIFY(out->role == in.role);
        QCOMPARE(out->route, in.route);
        QCOMPARE(out->rescue, in.rescue);
        QVERIFY(out->candidates == in.candidates);
        QCOMPARE(out->attempts.size(), std::size_t(2));
        compareAttempts(out->attempts[0], in.attempts[0]);
        compareAttempts(out->attempts[1], in.attempts[1]);
    }

    void onlyRequestsCountButEveryRowIsMoney()
    {
        using Role = LedgerRecord::Role;
        LedgerFixture fixture;
        for (const Role role : {Role::Request, Role::Hedge, Role::Shadow, Role::Broken}) {
            LedgerRecord record = ledgerRecord("req_" + metering::roleName(role), 1'000);
            record.role = role;
            record.firstText = Micros(role == Role::Request ? 100 : 900'000);
            if (role == Role::Broken)
                record.status = LedgerRecord::Status::Incomplete;
            fixture.ledger().append(record);
        }
        fixture.flush();
        for (const TimeRange range : {TimeRange{}, TimeRange{999, 1'001}}) { // sums, and row by row
            SummaryQuery query;
            query.range = range;
            const SummaryRow row = fixture.summary(query).front();
            QCOMPARE(row.requests, 1);
            QCOMPARE(row.failed, 0);
            QCOMPARE(row.cost.nano(), 4'000);
            QCOMPARE(row.outputTokens, 20);
            QVERIFY(row.firstTextP95us.value() < 1'000);
        }
    }

    void damagedCandidatesHideNoRequest()
    {
        LedgerFixture fixture;
        fixture.ledger().append(ledgerRecord("req_a", 1));
        fixture.close();
        Stranger(fixture.file()).exec(QStringLiteral("UPDATE requests SET candidates = '[[\"lab\",'"));
        fixture.reopen();
        const auto out = fixture.find("req_a");
        QVERIFY(out && out->candidates.empty());
    }

    void unknownStaysUnknown()
    {
        LedgerFixture fixture;
        LedgerRecord bare;
        bare.id = "req_bare";
        fixture.ledger().append(bare);
        fixture.flush();
        const auto out = fixture.find("req_bare");
        QVERIFY(out.has_value());
        QVERIFY(out->usage == chat::Usage());
        QVERIFY(!out->cost && !out->queue && !out->total && !out->firstText);
        QVERIFY(out->attempts.empty());
        QVERIFY(!fixture.find("req_other").has_value());
    }

    void pagesByKeyAlsoWithinOneMillisecond()
    {
        LedgerFixture fixture;
        for (int i = 0; i < 25; ++i)
            fixture.ledger().append(ledgerRecord("req_" + QByteArray::number(100 + i), 1'000 + i / 10));
        fixture.flush();
        LogQuery query;
        query.limit = 7;
        QList<QByteArray> seen;
        for (;;) {
            const auto page = fixture.log(query);
            if (page.empty())
                break;
            QVERIFY(page.size() <= 7);
            seen += idsOf(page);
            query.beforeMs = page.back().startedMs;
            query.beforeId = page.back().id;
        }
        QCOMPARE(seen.size(), 25);
        for (int i = 0; i < 25; ++i)
            QCOMPARE(seen[i], QByteArray("req_" + QByteArray::number(124 - i)));
    }

    void filtersTheLog_data()
    {
        QTest::addColumn<LogQuery>("query");
        QTest::addColumn<QList<QByteArray>>("ids");
        const QList<QByteArray> both{"req_full", "req_a"};
        const QList<QByteArray> full{"req_full"};
        const QList<QByteArray> a{"req_a"};
        const auto row = [](const char *name, void (*set)(LogQuery &), const QList<QByteArray> &ids) {
            LogQuery query;
            set(query);
            QTest::newRow(name) << query << ids;
        };
        row(
            "none", [](LogQuery &) {}, both);
        row(
            "app", [](LogQuery &q) { q.app = "editor"; }, a);
        row(
            "provider", [](LogQuery &q) { q.provider = "openrouter"; }, full);
        row(
            "model", [](LogQuery &q) { q.model = "m"; }, a);
        row(
            "model asked", [](LogQuery &q) { q.model = "smart"; }, both);
        row(
            "status", [](LogQuery &q) { q.status = "incomplete"; }, full);
        row("no such status", [](LogQuery &q) { q.status = "great"; }, {});
        row(
            "text in message", [](LogQuery &q) { q.text = "was cut"; }, full);
        row(
            "text in id", [](LogQuery &q) { q.text = "Q_A"; }, a);
        row(
            "percent is a percent", [](LogQuery &q) { q.text = "50% done_"; }, full);
        row("no wildcard", [](LogQuery &q) { q.text = "5_%"; }, {});
        row("quote", [](LogQuery &q) { q.text = "' OR 1=1 --"; }, {});
        row(
            "until", [](LogQuery &q) { q.range.toMs = 1'780'000'000'123; }, a);
        row(
            "from", [](LogQuery &q) { q.range.fromMs = 1'780'000'000'123; }, full);
        row(
            "of a request", [](LogQuery &q) { q.parent = "req_whole"; }, full);
        row(
            "of a role", [](LogQuery &q) { q.role = LedgerRecord::Role::Request; }, a);
        row("of a request without", [](LogQuery &q) { q.parent = "req_a"; }, {});
        row(
            "requests only", [](LogQuery &q) { q.requestsOnly = true; }, a);
        row(
            "limit below one", [](LogQuery &q) { q.limit = -3; }, full);
    }
    void filtersTheLog()
    {
        QFETCH(LogQuery, query);
        QFETCH(QList<QByteArray>, ids);
        LedgerFixture fixture;
        fixture.ledger().append(ledgerRecord("req_a", 1'000));
        fixture.ledger().append(fullRecord());
        fixture.flush();
        QCOMPARE(idsOf(fixture.log(query)), ids);
    }

    void writesByItselfAndTells()
    {
        LedgerLimits limits;
        limits.batchDelay = std::chrono::milliseconds(1);
        LedgerFixture fixture(limits);
        QSignalSpy written(&fixture.ledger(), &Ledger::rowsWritten);
        fixture.ledger().append(ledgerRecord("req_1", 1));
        QVERIFY(test::waitUntil([&] { return written.count() == 1; }));
        QCOMPARE(written.front().front().toInt(), 1);
        fixture.ledger().append(ledgerRecord("req_2", 2));
        QVERIFY(test::waitUntil([&] { return written.count() == 2; }));
    }

    void fullBatchDoesNotWaitForTheTimer()
    {
        LedgerLimits limits;
        limits.batchDelay = std::chrono::hours(1);
        limits.batchRows = 10;
        LedgerFixture fixture(limits);
        QSignalSpy written(&fixture.ledger(), &Ledger::rowsWritten);
        for (int i = 0; i < 10; ++i)
            fixture.ledger().append(ledgerRecord("req_" + QByteArray::number(i), i));
        QVERIFY(test::waitUntil([&] { return written.count() == 1; }));
        QCOMPARE(written.front().front().toInt(), 10);
    }

    void manyThreadsMayAppend()
    {
        LedgerFixture fixture;
        std::vector<std::thread> threads;
        for (int t = 0; t < 4; ++t) {
            threads.emplace_back([&fixture, t] {
                for (int i = 0; i < 500; ++i)
                    fixture.ledger().append(ledgerRecord("req_" + QByteArray::number(t * 1'000 + i), 1 + i));
            });
        }
        for (std::thread &thread : threads)
            thread.join();
        fixture.flush();
        QCOMPARE(fixture.summary({}).front().requests, 2'000);
    }

    void secondRequestOfAnIdIsLeftOut()
    {
        LedgerFixture fixture;
        fixture.ledger().append(ledgerRecord("req_1", 1));
        fixture.ledger().append(ledgerRecord("req_1", 2));
        fixture.ledger().append(ledgerRecord("req_2", 3));
        fixture.flush();
        QCOMPARE(fixture.log().size(), std::size_t(2));
        QCOMPARE(fixture.summary({}).front().requests, 2); // nor counted
    }

    void answersOnTheAskersThread()
    {
        LedgerFixture fixture;
        QThread elsewhere;
        QObject asker;
        asker.moveToThread(&elsewhere);
        elsewhere.start();
        std::atomic<QThread *> answeredOn{nullptr};
        fixture.ledger().log({}, &asker, [&](const auto &) { answeredOn = QThread::currentThread(); });
        QVERIFY(test::waitUntil([&] { return answeredOn.load() != nullptr; }));
        QCOMPARE(answeredOn.load(), &elsewhere);
        elsewhere.quit();
        elsewhere.wait();
    }

    void answerToADeadAskerIsDropped()
    {
        LedgerFixture fixture;
        bool answered = false;
        auto asker = std::make_unique<QObject>();
        fixture.ledger().summary({}, asker.get(), [&](const auto &) { answered = true; });
        fixture.ledger().flush(asker.get(), [&] { answered = true; });
        asker.reset();
        fixture.flush(); // was asked later, so the answers above have been and gone
        QVERIFY(!answered);
    }

    void closingAnswersWhatWasAsked()
    {
        LedgerFixture fixture;
        fixture.ledger().append(ledgerRecord("req_1", 1));
        QObject asker;
        int found = -1;
        fixture.ledger().flush(&asker, [] {});
        fixture.ledger().log({}, &asker, [&](const auto &rows) { found = rows ? int(rows->size()) : -2; });
        fixture.close();
        QVERIFY(test::waitUntil([&] { return found != -1; }));
        QCOMPARE(found, 1);
    }

    void appsAreWrittenThroughAndShared()
    {
        LedgerFixture fixture;
        AppRecord app;
        app.name = "my-editor";
        app.tokenHash = QByteArray(32, '\x80');
        app.tokenHash[5] = '\0';
        app.tokenHint = "…cdef";
        app.createdMs = 5;
        app.models = {"*", "openai/gpt"};
        QVERIFY(fixture.saveApp(app).has_value());
        QVERIFY(!fixture.saveApp(AppRecord()).has_value());
        fixture.reopen();
        QCOMPARE(fixture.ledger().apps().size(), std::size_t(1));
        QCOMPARE(fixture.ledger().apps()[0].tokenHash, app.tokenHash);
        QCOMPARE(fixture.ledger().apps()[0].tokenHint, app.tokenHint);
        QCOMPARE(fixture.ledger().apps()[0].models.size(), std::size_t(2));

        // Another process revokes it; being seen meanwhile does not bring it back.
        auto other = Ledger::open(fixture.folder());
        QVERIFY(other.has_value());
        app.revoked = true;
        QObject context;
        bool saved = false;
        (*other)->saveApp(app, &context, [&](const Result<void> &done) { saved = done.has_value(); });
        QVERIFY(test::waitUntil([&] { return saved; }));
        fixture.ledger().sawApp("my-editor", 77);
        fixture.ledger().sawApp("nobody", 77);
        fixture.ledger().append(ledgerRecord("req_1", 1));
        fixture.flush(); // a batch looks for changes of others
        QVERIFY(fixture.ledger().apps()[0].revoked);
        QVERIFY(fixture.refreshApps().has_value());
        QCOMPARE(fixture.ledger().apps()[0].lastSeenMs, 77);

        QVERIFY(fixture.removeApp("my-editor").has_value());
        QVERIFY(fixture.ledger().apps().empty());
        const auto again = fixture.removeApp("my-editor");
        QVERIFY(!again.has_value());
        QCOMPARE(again.error().kind(), ErrorKind::NotFound);
    }

    void controlsAreKeptOneOfAKindForEachApp()
    {
        using Kind = ControlRecord::Kind;
        LedgerFixture fixture;
        ControlRecord pause;
        pause.app = "my-editor";
        pause.reason = "lunch.";
        pause.setMs = 7;
        QVERIFY(fixture.saveControl(pause).has_value());
        ControlRecord raise;
        raise.kind = Kind::Raise;
        raise.app = "my-editor";
        raise.amount = NanoUsd(5);
        QVERIFY(fixture.saveControl(raise).has_value());
        raise.amount = NanoUsd(9'007'199'254'740'993);
        raise.untilMs = 99;
        QVERIFY(fixture.saveControl(raise).has_value());
        fixture.reopen();
        const auto controls = fixture.ledger().controls();
        QCOMPARE(controls.size(), std::size_t(2));
        QVERIFY(controls[0].kind == Kind::Pause);
        QCOMPARE(controls[0].reason, QByteArray("lunch."));
        QCOMPARE(controls[0].setMs, 7);
        QCOMPARE(controls[1].amount, raise.amount);
        QCOMPARE(controls[1].untilMs, 99);
        QVERIFY(fixture.removeControl(Kind::Pause, "my-editor").has_value());
        QVERIFY(fixture.removeControl(Kind::Pause, "nobody").has_value());
        QCOMPARE(fixture.ledger().controls().size(), std::size_t(1));
    }
};

QTEST_GUILESS_MAIN(LedgerTest)
#include "LedgerTest.moc"
