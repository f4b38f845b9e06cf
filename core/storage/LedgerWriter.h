// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "storage/Database.h"
#include "storage/LabelTable.h"
#include "storage/RollupTable.h"
#include "storage/Statement.h"

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
    LedgerWriter(Database &database, LabelTable labels, RollupTable rollups);
    [[nodiscard]] Result<int> writeAll(const std::vector<metering::LedgerRecord> &batch);
    [[nodiscard]] Result<void> forgetWhatOthersChanged();
    [[nodiscard]] Result<bool> writeRequest(const metering::LedgerRecord &record, qint64 labelSet);
    [[nodiscard]] Result<void> writeEarlierAttempts(qint64 request, const metering::LedgerRecord &record);

    Database *m_database;
    LabelTable m_labels;
    RollupTable m_rollups;
    Statement m_insertRequest;
    Statement m_insertAttempt;
    qint64 m_dataVersion = 0;
};

} // namespace fairlead::storage
