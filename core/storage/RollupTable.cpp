// SPDX-License-Identifier: GPL-3.0-or-later
#include "storage/RollupTable.h"

#include "storage/RollupColumns.h"

#include <QSqlError>

#include <tuple>

namespace fairlead::storage {

using metering::LedgerRecord;

bool RollupTable::Bucket::operator<(const Bucket &other) const
{
    return std::tie(total, width, start, key) < std::tie(other.total, other.width, other.start, other.key);
}

Result<RollupTable> RollupTable::prepare(Database &database)
{
    RollupTable table(database);
    auto read = database.prepare(
        QStringLiteral("SELECT %1 FROM rollups WHERE total = ? AND width_ms = ? AND bucket_ms = ?"
                       " AND provider = ? AND model = ? AND app = ? AND origin = ?")
            .arg(rollupColumns()));
    auto write = Statement::prepare(
        database,
        QStringLiteral("INSERT OR REPLACE INTO rollups (total, width_ms, bucket_ms, provider, model, app,"
                       " origin, %1) VALUES (%2)")
            .arg(rollupColumns(), placeholders(7 + rollupColumnCount())));
    if (!read || !write)
        return fail(read ? write.error() : read.error());
    table.m_read = std::move(*read);
    table.m_write = std::move(*write);
    return table;
}

Result<void> RollupTable::add(const LedgerRecord &record, qint64 labelSet)
{
    const std::pair like(labelSet, floorTo(record.startedMs, kQuarterMs));
    auto targets = m_targets.constFind(like);
    if (targets == m_targets.cend()) {
        const auto entries = entriesOf(record);
        if (!entries)
            return fail(entries.error());
        targets = m_targets.insert(like, *entries);
    }
    for (Entry *entry : *targets)
        entry->rollup.add(record);
    return {};
}

Result<RollupTable::Entries> RollupTable::entriesOf(const LedgerRecord &record)
{
    Entries entries{};
    auto next = entries.begin();
    const auto append = [&](Bucket bucket) -> Result<void> {
        auto found = entry(std::move(bucket));
        if (!found)
            return fail(found.error());
        *next++ = *found;
        return {};
    };
    for (const qint64 width : kKeyWidths) {
        if (auto done = append({false, width, floorTo(record.startedMs, width), RollupKey::of(record)});
            !done)
            return fail(done.error());
    }
    for (const qint64 width : kTotalWidths) {
        if (auto done = append({true, width, floorTo(record.startedMs, width), RollupKey()}); !done)
            return fail(done.error());
    }
    return entries;
}

Result<RollupTable::Entry *> RollupTable::entry(Bucket bucket)
{
    auto at = m_entries.find(bucket);
    if (at == m_entries.end()) {
        auto stored = read(bucket);
        if (!stored)
            return fail(stored.error());
        at = m_entries.emplace(std::move(bucket), Entry{std::move(*stored)}).first;
    }
    at->second.added = true;
    return &at->second;
}

Result<Rollup> RollupTable::read(const Bucket &bucket)
{
    Binder(m_read)
        .integer(qint64(bucket.total))
        .integer(bucket.width)
        .integer(bucket.start)
        .text(bucket.key.provider)
        .text(bucket.key.model)
        .text(bucket.key.app)
        .text(bucket.key.origin);
    if (!m_read.exec())
        return fail(m_database->error(m_read.lastError()));
    Rollup rollup;
    if (m_read.next()) {
        Columns columns(m_read);
        mergeRollup(rollup, columns);
    }
    m_read.finish();
    return rollup;
}

Result<void> RollupTable::write()
{
    m_targets.clear();
    for (auto at = m_entries.begin(); at != m_entries.end();) {
        Entry &entry = at->second;
        if (!entry.added) {
            at = m_entries.erase(at);
            continue;
        }
        if (!write(at->first, entry.rollup))
            return fail(m_database->error(m_write.lastError()));
        entry.added = false;
        ++at;
    }
    return {};
}

bool RollupTable::write(const Bucket &bucket, const Rollup &rollup)
{
    m_write.integer(qint64(bucket.total))
        .integer(bucket.width)
        .integer(bucket.start)
        .text(bucket.key.provider)
        .text(bucket.key.model)
        .text(bucket.key.app)
        .text(bucket.key.origin);
    for (const qint64 sum : rollup.sums)
        m_write.integer(sum);
    const QByteArray firstText = rollup.firstText.toBytes();
    const QByteArray total = rollup.total.toBytes();
    return m_write.blob(firstText).blob(total).run();
}

void RollupTable::forget()
{
    m_targets.clear();
    m_entries.clear();
}

} // namespace fairlead::storage
