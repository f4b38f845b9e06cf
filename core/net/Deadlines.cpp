// SPDX-License-Identifier: GPL-3.0-or-later
#include "net/Deadlines.h"

#include <algorithm>

namespace fairlead::net {

Deadlines::Deadlines(Clock &clock)
    : m_clock(clock)
{ }

void Deadlines::add(Waiter *waiter)
{
    m_waiters.push_back(waiter);
}

void Deadlines::remove(Waiter *waiter)
{
    // The newest go first as a rule: short exchanges come and go beside long streams.
    const auto found = std::find(m_waiters.rbegin(), m_waiters.rend(), waiter);
    if (found != m_waiters.rend())
        m_waiters.erase(std::next(found).base());
}

void Deadlines::note(SteadyTime deadline)
{
    if (m_ringsAt && *m_ringsAt <= deadline)
        return;
    m_ringsAt = deadline;
    const auto left = std::chrono::ceil<milliseconds>(deadline - m_clock.steady());
    m_timer = m_clock.after(std::max(left, milliseconds(0)), [this] { ring(); });
}

void Deadlines::ring()
{
    m_ringsAt.reset();
    const SteadyTime now = m_clock.steady();
    std::vector<Waiter *> overdue;
    std::optional<SteadyTime> next;
    for (Waiter *waiter : m_waiters) {
        const auto deadline = waiter->nextDeadline();
        if (!deadline)
            continue;
        if (*deadline <= now)
            overdue.push_back(waiter);
        else if (!next || *deadline < *next)
            next = deadline;
    }
    if (next)
        note(*next);
    for (Waiter *waiter : overdue) {
        // One that is told may take others with it.
        if (std::find(m_waiters.begin(), m_waiters.end(), waiter) != m_waiters.end())
            waiter->deadlinePassed();
    }
}

} // namespace fairlead::net
