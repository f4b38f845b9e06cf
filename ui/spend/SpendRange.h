// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "storage/Ledger.h"

#include <QDate>
#include <QString>

#include <vector>

namespace fairlead::ui {

/// What the page looks back on, in the user's days.
enum class SpendRange { Today, SevenDays, ThirtyDays, ThisMonth };
inline constexpr int kSpendRanges = 4;

/// One bar of the chart.
struct SpendBucket {
    storage::TimeRange range;
    QString label; ///< "14:00", "3 Nov"
};

[[nodiscard]] QString rangeWords(SpendRange range);
/// Hours of today, else days, oldest first. Days of 23 and 25 hours are whole days.
[[nodiscard]] std::vector<SpendBucket> bucketsOf(SpendRange range, const QDate &today);
/// From the first bucket's start to the last one's end.
[[nodiscard]] storage::TimeRange wholeOf(const std::vector<SpendBucket> &buckets);

} // namespace fairlead::ui
