// SPDX-License-Identifier: GPL-3.0-or-later
#include "storage/Schema.h"

#include "storage/Database.h"

#include <QStringList>

#include <vector>

namespace fairlead::storage {

namespace {

// "Frld", in the header of every ledger: tells ours from other people's databases.
constexpr qint64 kApplicationId = 0x46726c64;

// Steps from version n to n + 1. Never edit one that was released: add the next. Money is in 1e-9 dollars,
// durations are in microseconds; NULL is "not known" or "did not happen", never 0.
const std::vector<QStringList> &steps()
{
    static const std::vector<QStringList> all{
        {
            QStringLiteral(
                "CREATE TABLE requests ("
                " seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, started_ms INTEGER NOT NULL,"
                " origin TEXT NOT NULL, app TEXT NOT NULL, dialect TEXT NOT NULL, model_asked TEXT NOT NULL,"
                " provider TEXT NOT NULL, model TEXT NOT NULL, streamed INTEGER NOT NULL,"
                " status INTEGER NOT NULL, http_status INTEGER NOT NULL, failure_class TEXT NOT NULL,"
                " message TEXT NOT NULL, finish_reason TEXT NOT NULL,"
                " queue_us INTEGER, connect_us INTEGER, first_byte_us INTEGER, first_reasoning_us INTEGER,"
                " first_text_us INTEGER, total_us INTEGER,"
                " input INTEGER, cache_read INTEGER, cache_write_5m INTEGER, cache_write_1h INTEGER,"
                " audio_input INTEGER, output INTEGER, reasoning INTEGER, audio_output INTEGER,"
                " estimated INTEGER NOT NULL, service_tier TEXT NOT NULL,"
                " reported_nano INTEGER, cost_nano INTEGER, price_row TEXT NOT NULL,"
                " price_source TEXT NOT NULL, losses TEXT NOT NULL)"),
            QStringLiteral("CREATE INDEX requests_by_time ON requests (started_ms, id)"),
            QStringLiteral(
                "CREATE TABLE attempts ("
                " request INTEGER NOT NULL, n INTEGER NOT NULL, provider TEXT NOT NULL, model TEXT NOT NULL,"
                " key_name TEXT NOT NULL, started_after_us INTEGER, connect_us INTEGER, first_byte_us "
                "INTEGER,"
                " total_us INTEGER, http_status INTEGER NOT NULL, failure_class TEXT NOT NULL,"
                " message TEXT NOT NULL, PRIMARY KEY (request, n)) WITHOUT ROWID"),
            QStringLiteral(
                "CREATE TABLE rollups ("
                " total INTEGER NOT NULL, width_ms INTEGER NOT NULL, bucket_ms INTEGER NOT NULL,"
                " provider TEXT NOT NULL, model TEXT NOT NULL, app TEXT NOT NULL, origin TEXT NOT NULL,"
                " requests INTEGER NOT NULL, failed INTEGER NOT NULL, unpriced INTEGER NOT NULL,"
                " cost_nano INTEGER NOT NULL, input INTEGER NOT NULL, cache_read INTEGER NOT NULL,"
                " output INTEGER NOT NULL, reasoning INTEGER NOT NULL,"
                " first_text BLOB NOT NULL, duration BLOB NOT NULL,"
                " PRIMARY KEY (total, width_ms, bucket_ms, provider, model, app, origin)) WITHOUT ROWID"),
            QStringLiteral(
                "CREATE TABLE apps ("
                " name TEXT PRIMARY KEY, token_hash BLOB NOT NULL, token_hint TEXT NOT NULL,"
                " created_ms INTEGER NOT NULL, last_seen_ms INTEGER NOT NULL, models TEXT NOT NULL,"
                " revoked INTEGER NOT NULL) WITHOUT ROWID"),
            QStringLiteral("PRAGMA application_id = %1").arg(kApplicationId),
        },
    };
    return all;
}

} // namespace

Result<qint64> schemaVersion(const Database &database)
{
    const auto version = database.number(QStringLiteral("PRAGMA user_version"));
    if (!version)
        return version;
    const auto application = database.number(QStringLiteral("PRAGMA application_id"));
    const auto tables = database.number(QStringLiteral("SELECT count(*) FROM sqlite_master"));
    if (!application || !tables)
        return fail(application ? tables.error() : application.error());
    const bool empty = *version == 0 && *tables == 0;
    if (!empty && *application != kApplicationId)
        return fail(
            ErrorKind::Invalid,
            "this is a database of another program; move it away or choose another data folder");
    const auto ours = static_cast<qint64>(steps().size());
    if (*version > ours)
        return fail(
            ErrorKind::Invalid, "it was written by a newer version of Fairlead (schema "
                                    + QByteArray::number(*version) + ", this one knows "
                                    + QByteArray::number(ours)
                                    + "); update Fairlead or choose another data folder");
    return version;
}

Result<void> migrate(Database &database)
{
    // The common case takes no lock.
    auto version = schemaVersion(database);
    while (version && *version < static_cast<qint64>(steps().size())) {
        auto transaction = Transaction::begin(database);
        if (!transaction)
            return fail(transaction.error());
        // Another process may have done the step while we waited for the lock.
        const auto now = schemaVersion(database);
        if (!now)
            return fail(now.error());
        if (*now == *version) {
            for (const QString &statement : steps()[static_cast<std::size_t>(*version)]) {
                if (auto done = database.exec(statement); !done)
                    return done;
            }
            if (auto done = database.exec(QStringLiteral("PRAGMA user_version = %1").arg(*version + 1));
                !done)
                return done;
        }
        if (auto done = transaction->commit(); !done)
            return done;
        version = schemaVersion(database);
    }
    if (!version)
        return fail(version.error());
    return {};
}

} // namespace fairlead::storage
