// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>

#include <optional>
#include <vector>

namespace fairlead::storage {

/// Counts durations in buckets of equal relative width, so that sketches of any hours add up to the sketch of
/// all of them and a percentile is right within 1.6 %: 32 buckets for each power of two, integers only, below
/// 32 us exact.
class LatencySketch
{
public:
    void add(qint64 microseconds, qint64 times = 1);
    void merge(const LatencySketch &other);
    /// Adds a stored sketch; false if the bytes are none (nothing is added then).
    bool merge(const QByteArray &stored);
    /// Sparse pairs of (bucket distance, count) as variable-length integers; empty if nothing was counted.
    [[nodiscard]] QByteArray toBytes() const;

    [[nodiscard]] qint64 count() const { return m_count; }
    /// The duration that `fraction` of all are not above; nullopt if nothing was counted.
    [[nodiscard]] std::optional<qint64> quantile(double fraction) const;

private:
    std::vector<qint64> m_buckets; ///< grown to the highest in use
    qint64 m_count = 0;
};

} // namespace fairlead::storage
