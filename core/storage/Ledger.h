// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Result.h"
#include "metering/LedgerRecord.h"

#include <QObject>
#include <QString>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace fairlead::storage {

using metering::LedgerRecord;

/// Half-open range of Unix milliseconds, UTC; 0 = open end.
struct TimeRange {
    qint64 fromMs = 0;
    qint64 toMs = 0;
};

enum class GroupBy { None, Model, Provider, App, Origin, Day, Hour };

struct SummaryQuery {
    TimeRange range;
    GroupBy groupBy = GroupBy::None;
    /// Time zone offset for Day and Hour buckets.
    int utcOffsetSeconds = 0;
};

/// Sums over one group. Requests whose cost is unknown are counted apart, never as $0.
struct SummaryRow {
    /// Model ("provider/model"; the model asked for where nobody served), provider, app; for Day/Hour the
    /// bucket's start in Unix ms. Empty for GroupBy::None, which always has exactly one row.
    QByteArray key;
    qint64 requests = 0;
    qint64 failed = 0; ///< Failed and Incomplete; who cancelled did not fail
    qint64 unpriced = 0; ///< served, at a cost we do not know
    NanoUsd cost; ///< of the priced ones, as booked (LedgerRecord::bookedCost)
    qint64 inputTokens = 0; ///< everything read, cached included
    qint64 cachedTokens = 0; ///< of these, read from a cache
    qint64 outputTokens = 0; ///< everything written, reasoning included
    qint64 reasoningTokens = 0; ///< of these, reasoning
    std::optional<qint64> firstTextP50us;
    std::optional<qint64> firstTextP95us;
    std::optional<qint64> totalP50us;
};

struct LogQuery {
    TimeRange range;
    QByteArray app, provider, model, status; ///< empty = any
    QByteArray parent; ///< only the rows that belong to this request
    bool requestsOnly = false; ///< without the rows that belong to another
    std::optional<LedgerRecord::Role> role; ///< only such rows
    QByteArray text; ///< in model, message or id
    /// Rows older than this (exclusive), newest first; empty = from the newest.
    qint64 beforeMs = 0;
    QByteArray beforeId;
    int limit = 100;
};

/// A local tool with a token. The token itself is shown once and kept only as SHA-256.
struct AppRecord {
    QByteArray name;
    QByteArray tokenHash; ///< 32 bytes
    QByteArray tokenHint; ///< last four characters
    qint64 createdMs = 0;
    qint64 lastSeenMs = 0;
    std::vector<QByteArray> models;
    bool revoked = false;
};

/// What somebody has switched while the program runs. One of a kind for each app.
struct ControlRecord {
    enum class Kind { Pause, Raise }; // the numbers are in the database
    Kind kind = Kind::Pause;
    QByteArray app; ///< empty = all
    NanoUsd amount; ///< of a raise
    qint64 untilMs = 0; ///< when a raise ends
    QByteArray reason; ///< of a pause
    qint64 setMs = 0;
};

/// How long rows wait and how many may; the defaults are what the program runs with.
struct LedgerLimits {
    std::chrono::milliseconds batchDelay{200};
    std::size_t batchRows = 4'000; ///< fewer, larger batches under load: each rewrites the rollups once
    /// Rows kept in memory while the database cannot be written; beyond that the oldest are dropped, with a
    /// warning.
    std::size_t mostQueued = 100'000;
    /// Patience with another process that holds the write lock.
    std::chrono::milliseconds busyTimeout{2'000};
    std::chrono::milliseconds retryAfter{1'000};
};

/// Ledger and apps in SQLite (WAL) on a thread of their own. append() only queues; a batch is written every
/// 200 ms or 4,000 rows, so kill -9 loses at most the last second. Queries run on the storage thread and
/// answer on `context`'s thread; when `context` dies first the answer is dropped.
class Ledger : public QObject, public metering::LedgerSink
{
    Q_OBJECT
public:
    template<typename T>
    using Callback = std::function<void(Result<T>)>;

    /// Opens or creates `<dataDir>/ledger.sqlite` (directory 0700, file 0600) and migrates it. A file from a
    /// newer version or a damaged one is an error that says what to do; it is never overwritten.
    [[nodiscard]] static Result<std::unique_ptr<Ledger>>
    open(const QString &dataDir, const LedgerLimits &limits = {});
    ~Ledger() override; ///< writes what is queued

    void append(LedgerRecord record) override; // any thread
    /// Calls back once everything appended before is on disk, or could not be written now (then writeFailed
    /// says why and the rows stay queued).
    void flush(QObject *context, std::function<void()> done);

    void summary(const SummaryQuery &query, QObject *context, Callback<std::vector<SummaryRow>> done);
    void log(const LogQuery &query, QObject *context, Callback<std::vector<LedgerRecord>> done);
    void find(const QByteArray &requestId, QObject *context, Callback<std::optional<LedgerRecord>> done);

    /// Apps and controls are few; they are read once and written through. Changes by another process are seen
    /// with the next batch, or at once by refreshApps().
    [[nodiscard]] std::vector<AppRecord> apps() const; // any thread
    void refreshApps(QObject *context, Callback<void> done);
    /// Notes that an app was seen and nothing else: saving a record read earlier could undo a revocation made
    /// since.
    void sawApp(const QByteArray &name, qint64 atMs);
    void saveApp(const AppRecord &app, QObject *context, Callback<void> done);
    void removeApp(const QByteArray &name, QObject *context, Callback<void> done);

    [[nodiscard]] std::vector<ControlRecord> controls() const; // any thread
    void saveControl(const ControlRecord &control, QObject *context, Callback<void> done);
    void
    removeControl(ControlRecord::Kind kind, const QByteArray &app, QObject *context, Callback<void> done);

Q_SIGNALS:
    /// After each batch, on the ledger's own thread affinity (the opener's): rows newly on disk.
    void rowsWritten(int count);
    /// A batch could not be written (disk full); it is kept and tried again.
    void writeFailed(const QString &message);

private:
    class Private;
    explicit Ledger(std::unique_ptr<Private> d);
    std::unique_ptr<Private> d;
};

} // namespace fairlead::storage
