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
        // Texts that repeat from request to request go to a table of their own, the last attempt into its
        // request's row.
        {
            QStringLiteral(
                "CREATE TABLE labels ("
                " label_set INTEGER PRIMARY KEY,"
                " origin TEXT NOT NULL, app TEXT NOT NULL, dialect TEXT NOT NULL, model_asked TEXT NOT NULL,"
                " provider TEXT NOT NULL, model TEXT NOT NULL, failure_class TEXT NOT NULL,"
                " finish_reason TEXT NOT NULL, service_tier TEXT NOT NULL, price_row TEXT NOT NULL,"
                " price_source TEXT NOT NULL, losses TEXT NOT NULL, last_provider TEXT NOT NULL,"
                " last_model TEXT NOT NULL, last_key_name TEXT NOT NULL, last_failure_class TEXT NOT NULL)"),
            QStringLiteral(
                "CREATE TABLE whole_requests AS SELECT requests.*, coalesce(n + 1, 0) AS attempts,"
                " coalesce(attempts.provider, '') AS last_provider,"
                " coalesce(attempts.model, '') AS last_model,"
                " coalesce(attempts.key_name, '') AS last_key_name,"
                " coalesce(attempts.failure_class, '') AS last_failure_class,"
                " attempts.started_after_us AS last_started_after_us,"
                " attempts.connect_us AS last_connect_us, attempts.first_byte_us AS last_first_byte_us,"
                " attempts.total_us AS last_total_us,"
                " coalesce(attempts.http_status, 0) AS last_http_status,"
                " coalesce(attempts.message, '') AS last_message"
                " FROM requests LEFT JOIN attempts ON request = seq"
                " AND n = (SELECT max(n) FROM attempts WHERE request = seq)"),
            QStringLiteral("DROP TABLE requests"),
            QStringLiteral(
                "CREATE TABLE requests ("
                " seq INTEGER PRIMARY KEY, label_set INTEGER NOT NULL, id TEXT NOT NULL UNIQUE,"
                " started_ms INTEGER NOT NULL, streamed INTEGER NOT NULL, status INTEGER NOT NULL,"
                " http_status INTEGER NOT NULL, message TEXT NOT NULL, queue_us INTEGER, connect_us INTEGER,"
                " first_byte_us INTEGER, first_reasoning_us INTEGER, first_text_us INTEGER, total_us INTEGER,"
                " input INTEGER, cache_read INTEGER, cache_write_5m INTEGER, cache_write_1h INTEGER,"
                " audio_input INTEGER, output INTEGER, reasoning INTEGER, audio_output INTEGER,"
                " estimated INTEGER NOT NULL, reported_nano INTEGER, cost_nano INTEGER,"
                " attempts INTEGER NOT NULL, last_started_after_us INTEGER, last_connect_us INTEGER,"
                " last_first_byte_us INTEGER, last_total_us INTEGER, last_http_status INTEGER NOT NULL,"
                " last_message TEXT NOT NULL)"),
            QStringLiteral(
                "INSERT INTO labels (origin, app, dialect, model_asked, provider, model, failure_class,"
                " finish_reason, service_tier, price_row, price_source, losses, last_provider, last_model,"
                " last_key_name, last_failure_class)"
                " SELECT DISTINCT origin, app, dialect, model_asked, provider, model, failure_class,"
                " finish_reason, service_tier, price_row, price_source, losses, last_provider, last_model,"
                " last_key_name, last_failure_class FROM whole_requests"),
            // All columns of labels but its number are in both.
            QStringLiteral(
                "INSERT INTO requests SELECT"
                " seq, label_set, id, started_ms, streamed, status, http_status, message, queue_us,"
                " connect_us, first_byte_us, first_reasoning_us, first_text_us, total_us, input, cache_read,"
                " cache_write_5m, cache_write_1h, audio_input, output, reasoning, audio_output, estimated,"
                " reported_nano, cost_nano, attempts, last_started_after_us, last_connect_us,"
                " last_first_byte_us, last_total_us, last_http_status, last_message"
                " FROM whole_requests NATURAL JOIN labels"),
            QStringLiteral("DROP TABLE whole_requests"),
            QStringLiteral(
                "DELETE FROM attempts WHERE n + 1 = (SELECT attempts FROM requests WHERE seq = request)"),
            // Requests of one millisecond are few: sorting them by id is cheaper than keeping them sorted.
            QStringLiteral("CREATE INDEX requests_by_time ON requests (started_ms)"),
        },
        {
            QStringLiteral("ALTER TABLE requests ADD COLUMN kind INTEGER NOT NULL DEFAULT 0"),
        },
        // What a request cost besides its own answer has rows of its own, found by the request's id.
        {
            QStringLiteral("ALTER TABLE requests ADD COLUMN role INTEGER NOT NULL DEFAULT 0"),
            QStringLiteral("ALTER TABLE requests ADD COLUMN parent TEXT NOT NULL DEFAULT ''"),
            QStringLiteral("ALTER TABLE requests ADD COLUMN candidates TEXT NOT NULL DEFAULT ''"),
            QStringLiteral("ALTER TABLE labels ADD COLUMN route TEXT NOT NULL DEFAULT ''"),
            QStringLiteral("ALTER TABLE labels ADD COLUMN rescue TEXT NOT NULL DEFAULT ''"),
            QStringLiteral("CREATE INDEX requests_by_parent ON requests (parent) WHERE parent != ''"),
        },
        {
            QStringLiteral(
                "CREATE TABLE controls ("
                " kind INTEGER NOT NULL, app TEXT NOT NULL, amount_nano INTEGER NOT NULL,"
                " until_ms INTEGER NOT NULL, reason TEXT NOT NULL, set_ms INTEGER NOT NULL,"
                " PRIMARY KEY (kind, app)) WITHOUT ROWID"),
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
