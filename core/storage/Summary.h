// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "storage/Database.h"
#include "storage/Ledger.h"
#include "storage/Rollup.h"

#include <map>
#include <vector>

namespace fairlead::storage {

/// A part of a time range that one kind of row answers.
struct Segment {
    qint64 width; ///< bucket width of the rollups to read; 0 = the requests themselves
    qint64 fromMs;
    qint64 toMs;
    bool operator==(const Segment &) const = default;
};

/// Splits a range into as few rows as there are: whole buckets of the widths given, coarse to fine, and
/// single requests at the ragged ends.
[[nodiscard]] std::vector<Segment> segmentsOf(TimeRange range, const std::vector<qint64> &widths);

/// One summary being added up.
class Summary
{
public:
    explicit Summary(const SummaryQuery &query)
        : m_query(query)
    { }
    [[nodiscard]] Result<void> collect(const Database &database);
    /// Buckets in order of time, everything else dearest first.
    [[nodiscard]] std::vector<SummaryRow> rows() const;

private:
    [[nodiscard]] Result<void> addRollups(const Database &database, const Segment &segment);
    [[nodiscard]] Result<void> addRequests(const Database &database, const Segment &segment);
    [[nodiscard]] QByteArray groupOf(const RollupKey &key, qint64 ms) const;
    [[nodiscard]] bool byTime() const;
    [[nodiscard]] bool fromTotals() const;
    [[nodiscard]] std::vector<qint64> widths() const;

    SummaryQuery m_query;
    std::map<QByteArray, Rollup> m_groups;
};

} // namespace fairlead::storage
