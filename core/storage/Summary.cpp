// SPDX-License-Identifier: GPL-3.0-or-later
#include "storage/Summary.h"

#include "storage/RequestColumns.h"
#include "storage/RollupColumns.h"

#include <QSqlError>

#include <algorithm>

namespace fairlead::storage {

namespace {

// A multiple of a day far beyond any clock: the open end of a range.
constexpr qint64 kNever = kDayMs * 1'000'000;

// `width` and what follows it are the bucket widths that may be used.
void split(
    qint64 fromMs, qint64 toMs, std::vector<qint64>::const_iterator width,
    std::vector<qint64>::const_iterator end, std::vector<Segment> &into)
{
    if (fromMs >= toMs)
        return;
    if (width == end) {
        into.push_back(Segment{0, fromMs, toMs});
        return;
    }
    const qint64 first = -floorTo(-fromMs, *width);
    const qint64 last = floorTo(toMs, *width);
    if (first >= last) {
        split(fromMs, toMs, width + 1, end, into);
        return;
    }
    split(fromMs, first, width + 1, end, into);
    into.push_back(Segment{*width, first, last});
    split(last, toMs, width + 1, end, into);
}

SummaryRow rowOf(const QByteArray &key, const Rollup &rollup)
{
    SummaryRow row;
    row.key = key;
    row.requests = rollup.sums[Rollup::Requests];
    row.failed = rollup.sums[Rollup::Failed];
    row.unpriced = rollup.sums[Rollup::Unpriced];
    row.cost = NanoUsd(rollup.sums[Rollup::CostNano]);
    row.inputTokens = rollup.sums[Rollup::Input];
    row.cachedTokens = rollup.sums[Rollup::CacheRead];
    row.outputTokens = rollup.sums[Rollup::Output];
    row.reasoningTokens = rollup.sums[Rollup::Reasoning];
    row.firstTextP50us = rollup.firstText.quantile(0.5);
    row.firstTextP95us = rollup.firstText.quantile(0.95);
    row.totalP50us = rollup.total.quantile(0.5);
    return row;
}

} // namespace

std::vector<Segment> segmentsOf(TimeRange range, const std::vector<qint64> &widths)
{
    std::vector<Segment> segments;
    split(range.fromMs, range.toMs == 0 ? kNever : range.toMs, widths.begin(), widths.end(), segments);
    return segments;
}

bool Summary::byTime() const
{
    return m_query.groupBy == GroupBy::Day || m_query.groupBy == GroupBy::Hour;
}

bool Summary::fromTotals() const
{
    return m_query.groupBy == GroupBy::None || byTime();
}

// All that are kept, but for those that straddle two buckets of the answer.
std::vector<qint64> Summary::widths() const
{
    if (!fromTotals())
        return {kKeyWidths.begin(), kKeyWidths.end()};
    const qint64 offset = qint64(m_query.utcOffsetSeconds) * 1000;
    std::vector<qint64> widths;
    for (const qint64 width : kTotalWidths) {
        const bool fits = m_query.groupBy != GroupBy::Hour || width <= kHourMs;
        if (!byTime() || (fits && offset % width == 0))
            widths.push_back(width);
    }
    return widths;
}

QByteArray Summary::groupOf(const RollupKey &key, qint64 ms) const
{
    const qint64 offset = qint64(m_query.utcOffsetSeconds) * 1000;
    const auto bucket
        = [&](qint64 width) { return QByteArray::number(floorTo(ms + offset, width) - offset); };
    switch (m_query.groupBy) {
    case GroupBy::None:
        return {};
    case GroupBy::Model:
        return key.provider.isEmpty() ? key.model : key.provider + '/' + key.model;
    case GroupBy::Provider:
        return key.provider;
    case GroupBy::App:
        return key.app;
    case GroupBy::Origin:
        return key.origin;
    case GroupBy::Day:
        return bucket(kDayMs);
    case GroupBy::Hour:
        return bucket(kHourMs);
    }
    Q_UNREACHABLE();
}

Result<void> Summary::collect(const Database &database)
{
    // The sum over everything has a row also when there is nothing.
    if (m_query.groupBy == GroupBy::None)
        m_groups[QByteArray()];
    for (const Segment &segment : segmentsOf(m_query.range, widths())) {
        auto added = segment.width == 0 ? addRequests(database, segment) : addRollups(database, segment);
        if (!added)
            return added;
    }
    return {};
}

Result<void> Summary::addRollups(const Database &database, const Segment &segment)
{
    auto query = database.prepare(
        QStringLiteral("SELECT bucket_ms, provider, model, app, origin, %1 FROM rollups"
                       " WHERE total = ? AND width_ms = ? AND bucket_ms >= ? AND bucket_ms < ?")
            .arg(rollupColumns()));
    if (!query)
        return fail(query.error());
    Binder(*query)
        .integer(qint64(fromTotals()))
        .integer(segment.width)
        .integer(segment.fromMs)
        .integer(segment.toMs);
    if (!query->exec())
        return fail(database.error(query->lastError()));
    while (query->next()) {
        Columns columns(*query);
        const qint64 bucket = columns.integer();
        RollupKey key;
        key.provider = columns.text();
        key.model = columns.text();
        key.app = columns.text();
        key.origin = columns.text();
        mergeRollup(m_groups[groupOf(key, bucket)], columns);
    }
    if (query->lastError().isValid())
        return fail(database.error(query->lastError()));
    return {};
}

Result<void> Summary::addRequests(const Database &database, const Segment &segment)
{
    auto query
        = database.prepare(selectRequestsSql() + QStringLiteral(" WHERE started_ms >= ? AND started_ms < ?"));
    if (!query)
        return fail(query.error());
    Binder(*query).integer(segment.fromMs).integer(segment.toMs);
    if (!query->exec())
        return fail(database.error(query->lastError()));
    while (query->next()) {
        const LedgerRecord record = readRequest(*query).record;
        m_groups[groupOf(RollupKey::of(record), record.startedMs)].add(record);
    }
    if (query->lastError().isValid())
        return fail(database.error(query->lastError()));
    return {};
}

std::vector<SummaryRow> Summary::rows() const
{
    std::vector<SummaryRow> rows;
    rows.reserve(m_groups.size());
    for (const auto &group : m_groups)
        rows.push_back(rowOf(group.first, group.second));
    const bool time = byTime();
    std::stable_sort(rows.begin(), rows.end(), [time](const SummaryRow &a, const SummaryRow &b) {
        if (time)
            return a.key.toLongLong() < b.key.toLongLong();
        return a.cost != b.cost ? a.cost > b.cost : a.requests > b.requests;
    });
    return rows;
}

} // namespace fairlead::storage
