// SPDX-License-Identifier: GPL-3.0-or-later
// What a request costs the ledger, beside bare SQLite writing the same columns into a table without an index:
//   bench.ledger [rows] [rows at a time]
// For instructions, which a busy machine does not blur, take the ledger thread's total from
//   valgrind --tool=callgrind --separate-threads=yes bench.ledger 40000
#include "base/Ids.h"
#include "storage/Ledger.h"

#include <QCoreApplication>
#include <QTemporaryDir>

#include <sqlite3.h>

#include <sys/resource.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>

using namespace fairlead;
using chat::TokenKind;
using metering::AttemptRecord;
using metering::Micros;
using storage::Ledger;
using storage::LedgerRecord;

namespace {

constexpr qint64 kStart = 1'790'000'000'000;

struct Spent {
    double wall;
    double cpu;
};

double seconds(const timeval &time)
{
    return double(time.tv_sec) + double(time.tv_usec) / 1e6;
}

double cpuSeconds(int who)
{
    rusage usage{};
    getrusage(who, &usage);
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double ownCpu()
{
    return cpuSeconds(RUSAGE_THREAD);
}

// Of every other thread: building the records is not the ledger's work.
double othersCpu()
{
    return cpuSeconds(RUSAGE_SELF) - cpuSeconds(RUSAGE_THREAD);
}

template<typename Work>
Spent spent(double (*cpu)(), const Work &work)
{
    const auto begun = std::chrono::steady_clock::now();
    const double before = cpu();
    work();
    const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - begun;
    return Spent{wall.count(), cpu() - before};
}

// As the gateway books them: a handful of models and apps, now and then a second attempt, and texts of its
// own for each request, as decoded.
LedgerRecord record(int i)
{
    static constexpr std::array<const char *, 4> kModels{
        "gpt-5.6-sol", "claude-sonnet-5-5", "gemini-3.8-flash", "mistral-large-latest"};
    static constexpr std::array<const char *, 4> kProviders{"openai", "anthropic", "google", "mistral"};
    static constexpr std::array<const char *, 3> kApps{"my-editor", "coding-agent", "chat-ui"};
    const auto which = static_cast<std::size_t>(i) % kModels.size();

    LedgerRecord record;
    record.startedMs = kStart + i / 10;
    record.id = newRequestId(record.startedMs);
    record.origin = "proxy";
    record.app = kApps[static_cast<std::size_t>(i) % kApps.size()];
    record.dialect = "openai-chat";
    record.modelAsked = kModels[which];
    record.provider = kProviders[which];
    record.model = kModels[which];
    record.streamed = i % 2 == 0;
    record.httpStatus = 200;
    record.finishReason = "stop";
    record.queue = Micros(90 + i % 31);
    record.firstByte = Micros(400'000 + i * 37 % 300'000);
    record.firstText = Micros(450'000 + i * 37 % 300'000);
    record.total = Micros(900'000 + i * 53 % 2'000'000);
    record.usage.set(TokenKind::Input, 900 + i % 500);
    record.usage.set(TokenKind::CacheRead, i % 3 * 512);
    record.usage.set(TokenKind::Output, 200 + i % 300);
    record.usage.set(TokenKind::Reasoning, i % 2 * 64);
    record.cost = NanoUsd(1'234'500 + i);
    record.priceRow = record.provider + '/' + record.model + "@2026-08-21";
    record.priceSource = "docs";

    AttemptRecord attempt;
    attempt.provider = record.provider;
    attempt.model = record.model;
    attempt.keyName = "default";
    attempt.startedAfter = record.queue;
    attempt.firstByte = *record.firstByte - *record.queue;
    attempt.total = *record.total - *record.queue;
    attempt.httpStatus = 200;
    if (i % 50 == 0) {
        AttemptRecord failed = attempt;
        failed.httpStatus = 429;
        failed.failureClass = "rate_limit";
        failed.message = "slow down";
        record.attempts.push_back(failed);
    }
    record.attempts.push_back(attempt);
    return record;
}

void waitForFlush(Ledger &ledger)
{
    bool done = false;
    QObject context;
    ledger.flush(&context, [&done] { done = true; });
    while (!done)
        QCoreApplication::processEvents(QEventLoop::WaitForMoreEvents);
}

Spent throughLedger(int rows, int atATime)
{
    const QTemporaryDir folder;
    auto ledger = Ledger::open(folder.path());
    if (!ledger)
        std::abort();
    return spent(othersCpu, [&] {
        for (int i = 0; i < rows; ++i) {
            (*ledger)->append(record(i));
            if (i % atATime == atATime - 1)
                waitForFlush(**ledger);
        }
        waitForFlush(**ledger);
    });
}

void run(sqlite3 *database, const char *sql)
{
    if (sqlite3_exec(database, sql, nullptr, nullptr, nullptr) != SQLITE_OK)
        std::abort();
}

// Eleven texts and twenty numbers a row.
void insertBare(sqlite3 *database, int rows)
{
    run(database, "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"
                  "CREATE TABLE t (a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u,v,w,x,y,z,aa,ab,ac,ad,ae)");
    sqlite3_stmt *insert = nullptr;
    sqlite3_prepare_v2(
        database, "INSERT INTO t VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)", -1,
        &insert, nullptr);
    const LedgerRecord values = record(1);
    const std::array texts{values.id,         values.origin,      values.app,   values.dialect,
                           values.modelAsked, values.provider,    values.model, values.finishReason,
                           values.priceRow,   values.priceSource, values.losses};
    for (int i = 0; i < rows; ++i) {
        if (i % 4'000 == 0)
            run(database, i == 0 ? "BEGIN" : "COMMIT; BEGIN");
        int column = 0;
        for (const QByteArray &text : texts)
            sqlite3_bind_text(
                insert, ++column, text.constData(), static_cast<int>(text.size()), SQLITE_STATIC);
        while (column < 31)
            sqlite3_bind_int64(insert, ++column, kStart / 1'000 + i);
        if (sqlite3_step(insert) != SQLITE_DONE)
            std::abort();
        sqlite3_reset(insert);
    }
    run(database, "COMMIT");
    sqlite3_finalize(insert);
}

Spent throughBareSqlite(int rows)
{
    const QTemporaryDir folder;
    sqlite3 *database = nullptr;
    if (sqlite3_open(qPrintable(folder.filePath(QStringLiteral("bare"))), &database) != SQLITE_OK)
        std::abort();
    const Spent took = spent(ownCpu, [&] { insertBare(database, rows); });
    sqlite3_close(database);
    return took;
}

void line(const char *name, int rows, const Spent &spent)
{
    std::printf(
        "%-14s %9.0f rows/s %7.2f us of processor time a row\n", name, rows / spent.wall,
        spent.cpu * 1e6 / rows);
}

} // namespace

int main(int argc, char **argv)
{
    QCoreApplication app(argc, argv);
    const int rows = argc > 1 ? std::max(1, std::atoi(argv[1])) : 200'000;
    const int atATime = argc > 2 ? std::max(1, std::atoi(argv[2])) : 4'000;
    const Spent ledger = throughLedger(rows, atATime);
    const Spent bare = throughBareSqlite(rows);
    line("ledger", rows, ledger);
    line("bare SQLite", rows, bare);
    std::printf("%.2f times the processor time of bare SQLite\n", ledger.cpu / bare.cpu);
    return 0;
}
