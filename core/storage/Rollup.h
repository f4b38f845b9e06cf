// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metering/LedgerRecord.h"
#include "storage/LatencySketch.h"

#include <array>
#include <compare>

namespace fairlead::storage {

/// What requests are added up by. For a request nobody served, `provider` is empty and `model` the one asked
/// for.
struct RollupKey {
    QByteArray provider;
    QByteArray model;
    QByteArray app;
    QByteArray origin;

    [[nodiscard]] static RollupKey of(const metering::LedgerRecord &record);
    bool operator<(const RollupKey &other) const;
};

/// Sums over requests. Adding is all that is ever done to it, so parts of any size add up to the whole.
struct Rollup {
    enum Sum { Requests, Failed, Unpriced, CostNano, Input, CacheRead, Output, Reasoning, kSums };
    std::array<qint64, kSums> sums{};
    LatencySketch firstText; ///< of all that had a first token
    LatencySketch total; ///< of those that ended well: a refusal in 5 ms is not a fast answer

    void add(const metering::LedgerRecord &record);
    void merge(const Rollup &other);
};

inline constexpr qint64 kQuarterMs = 900'000;
inline constexpr qint64 kHourMs = 4 * kQuarterMs;
inline constexpr qint64 kDayMs = 24 * kHourMs;
/// Widths of the buckets kept for each key, coarse to fine; UTC.
inline constexpr std::array<qint64, 2> kKeyWidths{kDayMs, kHourMs};
/// And of those kept over all keys, for what is asked by time: days and hours of every time zone are made of
/// quarters.
inline constexpr std::array<qint64, 3> kTotalWidths{kDayMs, kHourMs, kQuarterMs};

/// Rounds towards the past, also before 1970.
[[nodiscard]] qint64 floorTo(qint64 ms, qint64 width);

} // namespace fairlead::storage
