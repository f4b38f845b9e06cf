// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Clock.h"

#include <map>

namespace fairlead::test {

/// Time that moves only when told to: advance() fires what falls due, in order, and 60 s time-outs test in no
/// time.
class ManualClock final : public Clock
{
public:
    [[nodiscard]] WallTime wall() const override { return m_wall; }
    [[nodiscard]] SteadyTime steady() const override { return m_steady; }
    [[nodiscard]] TimerHandle after(milliseconds delay, std::function<void()> fire) override;

    void advance(milliseconds by);
    void setWall(WallTime wall) { m_wall = wall; }
    [[nodiscard]] int timerCount() const { return static_cast<int>(m_timers.size()); }

private:
    class Handle;
    struct Key {
        SteadyTime due;
        quint64 id;
        auto operator<=>(const Key &) const = default;
    };

    // A fixed date in 2026, so that prices by date are reproducible.
    WallTime m_wall = WallTime(std::chrono::seconds(1'780'000'000));
    SteadyTime m_steady = SteadyTime(std::chrono::hours(1));
    quint64 m_lastId = 0;
    std::map<Key, std::function<void()>> m_timers;
};

} // namespace fairlead::test
