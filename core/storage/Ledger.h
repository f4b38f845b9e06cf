// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Result.h"
#include "metering/LedgerRecord.h"

#include <QObject>
#include <QString>

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
    QByteArray key;              ///< model ("provider/model"), provider, app; for Day/Hour the bucket's start in Unix ms
    qint64 requests = 0;
    qint64 failed = 0;
    qint64 unpriced = 0;
    NanoUsd cost;                ///< of the priced ones
    qint64 inputTokens = 0;
    qint64 cachedTokens = 0;
    qint64 outputTokens = 0;
    qint64 reasoningTokens = 0;
    std::optional<qint64> firstTextP50us;
    std::optional<qint64> firstTextP95us;
    std::optional<qint64> totalP50us;
};

struct LogQuery {
    TimeRange range;
    QByteArray app, provider, model, status;   ///< empty = any
    QByteArray text;                           ///< in model, message or id
    /// Rows older than this (exclusive), newest first; empty = from the newest.
    qint64 beforeMs = 0;
    QByteArray beforeId;
    int limit = 100;
};

/// A local tool with a token. The token itself is shown once and kept only as SHA-256.
struct AppRecord {
    QByteArray name;
    QByteArray tokenHash;   ///< 32 bytes
    QByteArray tokenHint;   ///< last four characters
    qint64 createdMs = 0;
    qint64 lastSeenMs = 0;
    std::vector<QByteArray> models;
    bool revoked = false;
};

/// Ledger and apps in SQLite (WAL) on a thread of their own. append() only queues; a batch is written every 200 ms or 500
/// rows, so kill -9 loses at most the last second. Queries run on the storage thread and answer on `context`'s thread;
/// when `context` dies first the answer is dropped.
class Ledger : public QObject, public metering::LedgerSink
{
    Q_OBJECT
public:
    template<typename T>
    using Callback = std::function<void(Result<T>)>;

    /// Opens or creates `<dataDir>/ledger.sqlite` (directory 0700, file 0600) and migrates it. A file from a newer version
    /// or a damaged one is an error that says what to do; it is never overwritten.
    [[nodiscard]] static Result<std::unique_ptr<Ledger>> open(const QString &dataDir);
    ~Ledger() override; ///< writes what is queued

    void append(LedgerRecord record) override;   // any thread
    /// Calls back once everything appended before is on disk.
    void flush(QObject *context, std::function<void()> done);

    void summary(const SummaryQuery &query, QObject *context, Callback<std::vector<SummaryRow>> done);
    void log(const LogQuery &query, QObject *context, Callback<std::vector<LedgerRecord>> done);
    void find(const QByteArray &requestId, QObject *context, Callback<std::optional<LedgerRecord>> done);

    /// Apps are few; they are read once and written through.
    [[nodiscard]] std::vector<AppRecord> apps() const;   // any thread
    void saveApp(const AppRecord &app, QObject *context, Callback<void> done);
    void removeApp(const QByteArray &name, QObject *context, Callback<void> done);

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
