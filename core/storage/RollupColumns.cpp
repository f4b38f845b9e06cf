// SPDX-License-Identifier: GPL-3.0-or-later
#include "storage/RollupColumns.h"

#include "base/Logging.h"

namespace fairlead::storage {

QString rollupColumns()
{
    // In the order of Rollup::Sum.
    return QStringLiteral(
        "requests, failed, unpriced, cost_nano, input, cache_read, output, reasoning, first_text, duration");
}

int rollupColumnCount()
{
    return Rollup::kSums + 2;
}

void mergeRollup(Rollup &into, Columns &columns)
{
    for (qint64 &sum : into.sums)
        sum += columns.integer();
    for (LatencySketch *sketch : {&into.firstText, &into.total}) {
        if (!sketch->merge(columns.blob()))
            qCWarning(lcStorage) << "a latency sketch in the ledger is unreadable and left out";
    }
}

} // namespace fairlead::storage
