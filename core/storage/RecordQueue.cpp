// SPDX-License-Identifier: GPL-3.0-or-later
#include "storage/RecordQueue.h"

#include "base/Logging.h"

#include <algorithm>
#include <iterator>

namespace fairlead::storage {

RecordQueue::Wake RecordQueue::push(metering::LedgerRecord record)
{
    const std::scoped_lock lock(m_mutex);
    m_records.push_back(std::move(record));
    trim();
    if (m_records.size() == m_batchRows)
        return Wake::Now;
    return m_records.size() == 1 ? Wake::Soon : Wake::None;
}

std::vector<metering::LedgerRecord> RecordQueue::take()
{
    const std::scoped_lock lock(m_mutex);
    const auto count = static_cast<std::ptrdiff_t>(std::min(m_batchRows, m_records.size()));
    const auto end = m_records.begin() + count;
    std::vector<metering::LedgerRecord> batch(
        std::make_move_iterator(m_records.begin()), std::make_move_iterator(end));
    m_records.erase(m_records.begin(), end);
    return batch;
}

void RecordQueue::putBack(std::vector<metering::LedgerRecord> batch)
{
    const std::scoped_lock lock(m_mutex);
    m_records.insert(
        m_records.begin(), std::make_move_iterator(batch.begin()), std::make_move_iterator(batch.end()));
    trim();
}

void RecordQueue::trim()
{
    constexpr qint64 kWarnEvery = 1'000;
    while (m_records.size() > m_mostRows) {
        m_records.pop_front();
        if (m_dropped++ % kWarnEvery == 0)
            qCWarning(lcStorage)
                << "the ledger cannot be written and its queue is full; requests lost so far:" << m_dropped;
    }
}

std::size_t RecordQueue::size() const
{
    const std::scoped_lock lock(m_mutex);
    return m_records.size();
}

qint64 RecordQueue::dropped() const
{
    const std::scoped_lock lock(m_mutex);
    return m_dropped;
}

} // namespace fairlead::storage
