// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Clock.h"

#include <optional>
#include <vector>

namespace fairlead::net {

/// One timer for the deadlines of many exchanges. Nearly all of them are met, so nothing is moved when they
/// change: the timer stands at the earliest ever noted, and when it rings everybody is asked again.
class Deadlines
{
public:
    class Waiter
    {
    public:
        Waiter() = default;
        Q_DISABLE_COPY_MOVE(Waiter)
        [[nodiscard]] virtual std::optional<SteadyTime> nextDeadline() const = 0;
        /// It has passed. May destroy this and other waiters.
        virtual void deadlinePassed() = 0;

    protected:
        ~Waiter() = default;
    };

    explicit Deadlines(Clock &clock);
    Q_DISABLE_COPY_MOVE(Deadlines)

    void add(Waiter *waiter);
    void remove(Waiter *waiter);
    /// A deadline that may be earlier than all noted so far.
    void note(SteadyTime deadline);

private:
    void ring();

    Clock &m_clock;
    std::vector<Waiter *> m_waiters;
    std::optional<SteadyTime> m_ringsAt;
    TimerHandle m_timer;
};

} // namespace fairlead::net
