// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "storage/Database.h"
#include "storage/Rollup.h"
#include "storage/Statement.h"

#include <map>
#include <vector>

namespace fairlead::storage {

/// Writes batches of finished requests, their attempts and the rollups they add to, in one transaction each.
/// Keeps its statements prepared: preparing each time costs a third of the throughput.
class LedgerWriter
{
public:
    [[nodiscard]] static Result<LedgerWriter> prepare(Database &database);

    /// All of the batch or nothing; the number of rows now on disk. A row the schema refuses (an id that is
    /// there already) is left out with a warning: it would fail again for ever.
    [[nodiscard]] Result<int> write(const std::vector<metering::LedgerRecord> &batch);

private:
    struct Bucket {
        bool total; ///< over all keys; `key` is empty then
        qint64 width;
        qint64 start;
        RollupKey key;
        bool operator<(const Bucket &other) const;
    };

    explicit LedgerWriter(Database &database)
        : m_database(&database)
    { }
    [[nodiscard]] Result<bool> writeRequest(const metering::LedgerRecord &record);
    [[nodiscard]] Result<void> writeAttempts(qint64 request, const metering::LedgerRecord &record);
    [[nodiscard]] Result<void> addToRollup(const Bucket &bucket, Rollup added);

    Database *m_database;
    Statement m_insertRequest;
    Statement m_insertAttempt;
    QSqlQuery m_readRollup;
    QSqlQuery m_writeRollup;
};

} // namespace fairlead::storage
