// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "storage/Database.h"
#include "storage/Rollup.h"
#include "storage/Statement.h"

#include <QHash>

#include <array>
#include <map>
#include <utility>

namespace fairlead::storage {

/// Adds requests up. The buckets of the last batch stay in memory: the next one most likely adds to the same,
/// and reading a sketch back costs as much as many requests.
class RollupTable
{
public:
    [[nodiscard]] static Result<RollupTable> prepare(Database &database);

    /// To all buckets it belongs to; `labelSet` is the record's row in `labels`.
    [[nodiscard]] Result<void> add(const metering::LedgerRecord &record, qint64 labelSet);
    /// Writes what was added to.
    [[nodiscard]] Result<void> write();
    /// After a rollback, and when somebody else has written to the file.
    void forget();

private:
    struct Bucket {
        bool total; ///< over all keys; `key` is empty then
        qint64 width;
        qint64 start;
        RollupKey key;
        bool operator<(const Bucket &other) const;
    };
    struct Entry {
        Rollup rollup;
        bool added = false;
    };
    using Entries = std::array<Entry *, kKeyWidths.size() + kTotalWidths.size()>;

    explicit RollupTable(Database &database)
        : m_database(&database)
    { }
    [[nodiscard]] Result<Entries> entriesOf(const metering::LedgerRecord &record);
    [[nodiscard]] Result<Entry *> entry(Bucket bucket);
    [[nodiscard]] Result<Rollup> read(const Bucket &bucket);
    [[nodiscard]] bool write(const Bucket &bucket, const Rollup &rollup);

    Database *m_database;
    QSqlQuery m_read;
    Statement m_write;
    std::map<Bucket, Entry> m_entries;
    /// By label set and quarter: requests alike in both add to the same buckets.
    QHash<std::pair<qint64, qint64>, Entries> m_targets;
};

} // namespace fairlead::storage
