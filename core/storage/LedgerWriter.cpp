// SPDX-License-Identifier: GPL-3.0-or-later
#include "storage/LedgerWriter.h"

#include "base/Logging.h"
#include "storage/Candidates.h"

#include <QSqlError>

namespace fairlead::storage {

using metering::LedgerRecord;

LedgerWriter::LedgerWriter(Database &database, LabelTable labels, RollupTable rollups)
    : m_database(&database)
    , m_labels(std::move(labels))
    , m_rollups(std::move(rollups))
{ }

Result<LedgerWriter> LedgerWriter::prepare(Database &database)
{
    auto labels = LabelTable::prepare(database);
    auto rollups = RollupTable::prepare(database);
    auto insertRequest = Statement::prepare(database, insertRequestSql());
    auto insertAttempt = Statement::prepare(database, insertAttemptSql());
    if (!labels)
        return fail(labels.error());
    if (!rollups)
        return fail(rollups.error());
    if (!insertRequest || !insertAttempt)
        return fail(insertRequest ? insertAttempt.error() : insertRequest.error());
    LedgerWriter writer(database, std::move(*labels), std::move(*rollups));
    writer.m_insertRequest = std::move(*insertRequest);
    writer.m_insertAttempt = std::move(*insertAttempt);
    return writer;
}

Result<int> LedgerWriter::write(const std::vector<LedgerRecord> &batch)
{
    auto written = writeAll(batch);
    if (!written) {
        m_labels.forget();
        m_rollups.forget();
    }
    return written;
}

Result<int> LedgerWriter::writeAll(const std::vector<LedgerRecord> &batch)
{
    auto transaction = Transaction::begin(*m_database);
    if (!transaction)
        return fail(transaction.error());
    if (auto done = forgetWhatOthersChanged(); !done)
        return fail(done.error());
    int written = 0;
    for (const LedgerRecord &record : batch) {
        const auto labelSet = m_labels.idOf(labelsOf(record));
        if (!labelSet)
            return fail(labelSet.error());
        const auto inserted = writeRequest(record, *labelSet);
        if (!inserted)
            return fail(inserted.error());
        if (!*inserted)
            continue;
        if (auto added = m_rollups.add(record, *labelSet); !added)
            return fail(added.error());
        ++written;
    }
    if (auto done = m_rollups.write(); !done)
        return fail(done.error());
    if (auto done = transaction->commit(); !done)
        return fail(done.error());
    return written;
}

// Inside the transaction, so that nobody can write between the look and our own writing.
Result<void> LedgerWriter::forgetWhatOthersChanged()
{
    const auto version = m_database->dataVersion();
    if (!version)
        return fail(version.error());
    if (std::exchange(m_dataVersion, *version) != *version)
        m_rollups.forget();
    return {};
}

Result<bool> LedgerWriter::writeRequest(const LedgerRecord &record, qint64 labelSet)
{
    const QByteArray candidates = candidatesText(record.candidates);
    bindRequest(m_insertRequest, record, candidates, labelSet);
    if (!m_insertRequest.run()) {
        const QSqlError &error = m_insertRequest.lastError();
        if (!Database::isFaultOfRow(error))
            return fail(m_database->error(error));
        qCWarning(lcStorage) << "request" << record.id << "was not booked:" << error.databaseText();
        return false;
    }
    if (record.attempts.size() > 1) {
        if (auto done = writeEarlierAttempts(m_insertRequest.lastInsertId(), record); !done)
            return fail(done.error());
    }
    return true;
}

Result<void> LedgerWriter::writeEarlierAttempts(qint64 request, const LedgerRecord &record)
{
    for (std::size_t n = 0; n + 1 < record.attempts.size(); ++n) {
        bindAttempt(m_insertAttempt, request, static_cast<qint64>(n), record.attempts[n]);
        if (!m_insertAttempt.run())
            return fail(m_database->error(m_insertAttempt.lastError()));
    }
    return {};
}

} // namespace fairlead::storage
