// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Clock.h"

#include <array>

namespace fairlead::routing {

/// What came within the last 60 seconds, kept by the second. A window is never shorter than that, so that no
/// 60 seconds hold more than the limit.
class RateWindow
{
public:
    void add(SteadyTime now, qint64 amount);
    [[nodiscard]] qint64 sum(SteadyTime now);
    /// How long until no more than `most` are within the window; 0 if so now.
    [[nodiscard]] milliseconds untilAtMost(SteadyTime now, qint64 most);

private:
    static constexpr std::size_t kSlots = 61; // the running second and 60 whole ones
    void forget(qint64 second);
    /// Seconds before the clock's first may be asked for.
    [[nodiscard]] qint64 &slot(qint64 second)
    {
        return m_slots[static_cast<std::size_t>(second + qint64(kSlots)) % kSlots];
    }

    std::array<qint64, kSlots> m_slots{};
    qint64 m_second = 0; ///< the newest one there is a slot of
    qint64 m_sum = 0;
};

} // namespace fairlead::routing
