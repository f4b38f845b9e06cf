// SPDX-License-Identifier: GPL-3.0-or-later
#include "storage/LedgerWriter.h"

#include "base/Logging.h"
#include "storage/Columns.h"
#include "storage/RollupColumns.h"

#include <QSqlError>
#include <QStringList>

#include <tuple>

namespace fairlead::storage {

using metering::AttemptRecord;
using metering::LedgerRecord;

namespace {

QString placeholders(int count)
{
    return QStringList(count, QStringLiteral("?")).join(QLatin1Char(','));
}

} // namespace

bool LedgerWriter::Bucket::operator<(const Bucket &other) const
{
    return std::tie(total, width, start, key) < std::tie(other.total, other.width, other.start, other.key);
}

Result<LedgerWriter> LedgerWriter::prepare(Database &database)
{
    LedgerWriter writer(database);
    const QString keyColumns = QStringLiteral("total, width_ms, bucket_ms, provider, model, app, origin");
    const std::pair<Statement *, QString> inserts[]{
        {&writer.m_insertRequest, QStringLiteral("INSERT INTO requests (%1) VALUES (%2)")
                                      .arg(requestColumns(), placeholders(requestColumnCount()))},
        {&writer.m_insertAttempt,
         QStringLiteral(
             "INSERT INTO attempts (request, n, provider, model, key_name, started_after_us, connect_us,"
             " first_byte_us, total_us, http_status, failure_class, message) VALUES (%1)")
             .arg(placeholders(12))},
    };
    for (const auto &insert : inserts) {
        auto statement = Statement::prepare(database, insert.second);
        if (!statement)
            return fail(statement.error());
        *insert.first = std::move(*statement);
    }
    const std::pair<QSqlQuery *, QString> queries[]{
        {&writer.m_readRollup,
         QStringLiteral(
             "SELECT %1 FROM rollups WHERE total = ? AND width_ms = ? AND bucket_ms = ? AND provider = ?"
             " AND model = ? AND app = ? AND origin = ?")
             .arg(rollupColumns())},
        {&writer.m_writeRollup, QStringLiteral("INSERT OR REPLACE INTO rollups (%1, %2) VALUES (%3)")
                                    .arg(keyColumns, rollupColumns(), placeholders(7 + rollupColumnCount()))},
    };
    for (const auto &entry : queries) {
        auto query = database.prepare(entry.second);
        if (!query)
            return fail(query.error());
        *entry.first = std::move(*query);
    }
    return writer;
}

Result<int> LedgerWriter::write(const std::vector<LedgerRecord> &batch)
{
    auto transaction = Transaction::begin(*m_database);
    if (!transaction)
        return fail(transaction.error());

    int written = 0;
    std::map<Bucket, Rollup> rollups;
    for (const LedgerRecord &record : batch) {
        const auto inserted = writeRequest(record);
        if (!inserted)
            return fail(inserted.error());
        if (!*inserted)
            continue;
        ++written;
        for (const qint64 width : kKeyWidths)
            rollups[Bucket{false, width, floorTo(record.startedMs, width), RollupKey::of(record)}].add(
                record);
        for (const qint64 width : kTotalWidths)
            rollups[Bucket{true, width, floorTo(record.startedMs, width), RollupKey()}].add(record);
    }
    for (auto &rollup : rollups) {
        if (auto added = addToRollup(rollup.first, std::move(rollup.second)); !added)
            return fail(added.error());
    }
    if (auto done = transaction->commit(); !done)
        return fail(done.error());
    return written;
}

Result<bool> LedgerWriter::writeRequest(const LedgerRecord &record)
{
    bindRequest(m_insertRequest, record);
    if (!m_insertRequest.run()) {
        const QSqlError &error = m_insertRequest.lastError();
        if (!Database::isFaultOfRow(error))
            return fail(m_database->error(error));
        qCWarning(lcStorage) << "request" << record.id << "was not booked:" << error.databaseText();
        return false;
    }
    const qint64 seq = m_insertRequest.lastInsertId();
    if (auto done = writeAttempts(seq, record); !done)
        return fail(done.error());
    return true;
}

Result<void> LedgerWriter::writeAttempts(qint64 request, const LedgerRecord &record)
{
    qint64 n = 0;
    for (const AttemptRecord &attempt : record.attempts) {
        Statement &insert = m_insertAttempt;
        insert.integer(request).integer(n++).text(attempt.provider).text(attempt.model).text(attempt.keyName);
        insert.micros(attempt.startedAfter)
            .micros(attempt.connect)
            .micros(attempt.firstByte)
            .micros(attempt.total);
        insert.integer(qint64(attempt.httpStatus)).text(attempt.failureClass).text(attempt.message);
        if (!insert.run())
            return fail(m_database->error(insert.lastError()));
    }
    return {};
}

Result<void> LedgerWriter::addToRollup(const Bucket &bucket, Rollup added)
{
    const auto bindKey = [&bucket](QSqlQuery &query) {
        Binder binder(query);
        binder.integer(qint64(bucket.total))
            .integer(bucket.width)
            .integer(bucket.start)
            .text(bucket.key.provider);
        binder.text(bucket.key.model).text(bucket.key.app).text(bucket.key.origin);
        return binder;
    };
    static_cast<void>(bindKey(m_readRollup));
    if (!m_readRollup.exec())
        return fail(m_database->error(m_readRollup.lastError()));
    if (m_readRollup.next()) {
        Columns columns(m_readRollup);
        mergeRollup(added, columns);
    }
    m_readRollup.finish();

    Binder binder = bindKey(m_writeRollup);
    bindRollup(binder, added);
    if (!m_writeRollup.exec())
        return fail(m_database->error(m_writeRollup.lastError()));
    return {};
}

} // namespace fairlead::storage
