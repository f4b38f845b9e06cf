// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Clock.h"

#include <QTimer>

#include <map>

namespace fairlead::drill {

/// Time that leaps to the next timer whenever nothing is left to do: half a minute of silence is over at
/// once, while everything that does happen happens through real sockets. For programs of one thread that talk
/// to themselves over loopback, where what was written can be read in the same turn of the event loop: if
/// nobody has looked at the clock for some turns, nobody is doing anything.
class LeapingClock final : public Clock
{
public:
    LeapingClock();

    [[nodiscard]] WallTime wall() const override;
    [[nodiscard]] SteadyTime steady() const override;
    [[nodiscard]] TimerHandle after(milliseconds delay, std::function<void()> fire) override;

private:
    class Handle;
    struct Key {
        SteadyTime due;
        quint64 id;
        auto operator<=>(const Key &) const = default;
    };

    void turn();
    void fireFirst();

    std::map<Key, std::function<void()>> m_timers;
    QTimer m_turns;
    SteadyTime::duration m_leapt{0};
    SteadyTime m_lastTurn;
    SteadyTime m_quietSince;
    quint64 m_lastId = 0;
    int m_quietTurns = 0;
    mutable bool m_lookedAt = false;
};

} // namespace fairlead::drill
