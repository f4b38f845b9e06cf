// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metering/LedgerRecord.h"

#include <deque>
#include <mutex>
#include <vector>

namespace fairlead::storage {

/// Records on their way to the storage thread. Bounded: when it is full the oldest goes.
class RecordQueue
{
public:
    /// What the writer has to be told after a push.
    enum class Wake { None, Soon, Now };

    RecordQueue(std::size_t batchRows, std::size_t mostRows)
        : m_batchRows(batchRows)
        , m_mostRows(mostRows)
    { }

    [[nodiscard]] Wake push(metering::LedgerRecord record);
    /// At most one batch, oldest first. Emptying the queue makes the next push wake the writer again.
    [[nodiscard]] std::vector<metering::LedgerRecord> take();
    /// A batch that could not be written, back to the front.
    void putBack(std::vector<metering::LedgerRecord> batch);
    [[nodiscard]] std::size_t size() const;
    [[nodiscard]] qint64 dropped() const;

private:
    void trim();

    const std::size_t m_batchRows;
    const std::size_t m_mostRows;
    mutable std::mutex m_mutex;
    std::deque<metering::LedgerRecord> m_records;
    qint64 m_dropped = 0;
};

} // namespace fairlead::storage
