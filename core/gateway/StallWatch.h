// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Clock.h"

#include <cstddef>
#include <vector>

namespace fairlead::gateway {

/// Looks after answers that say nothing: those that stall, and those that are complete but whose connection
/// does not end. One coarse timer for all of them, and nothing to do for an answer that speaks.
class StallWatch
{
public:
    /// Whoever waits for an answer.
    class Watched
    {
    public:
        Watched() = default;
        virtual ~Watched() = default;
        Q_DISABLE_COPY_MOVE(Watched)

        /// Has anything been said since this was asked last? Also true while nobody waits.
        [[nodiscard]] virtual bool hasSpoken() = 0;
        /// How long it may be silent.
        [[nodiscard]] virtual milliseconds patience() const = 0;
        /// It was silent for longer. May destroy this and others.
        virtual void stalled() = 0;

    private:
        friend class StallWatch;
        SteadyTime m_silentSince;
        std::size_t m_place = 0;
    };

    explicit StallWatch(Clock &clock)
        : m_clock(clock)
    { }

    void add(Watched &watched);
    void remove(Watched &watched);

private:
    void arm();
    void sweep();

    Clock &m_clock;
    std::vector<Watched *> m_watched;
    TimerHandle m_timer;
};

} // namespace fairlead::gateway
