// SPDX-License-Identifier: GPL-3.0-or-later
#include "routing/RateWindow.h"

#include <algorithm>

namespace fairlead::routing {

namespace {

qint64 secondOf(SteadyTime time)
{
    return std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
}

} // namespace

void RateWindow::forget(qint64 second)
{
    if (second <= m_second)
        return;
    if (second - m_second >= qint64(kSlots)) {
        m_slots.fill(0);
        m_sum = 0;
    } else {
        for (qint64 s = m_second + 1; s <= second; ++s)
            m_sum -= std::exchange(slot(s), 0);
    }
    m_second = second;
}

void RateWindow::add(SteadyTime now, qint64 amount)
{
    forget(secondOf(now));
    slot(m_second) += amount;
    m_sum += amount;
}

qint64 RateWindow::sum(SteadyTime now)
{
    forget(secondOf(now));
    return m_sum;
}

milliseconds RateWindow::untilAtMost(SteadyTime now, qint64 most)
{
    qint64 left = sum(now);
    if (left <= most)
        return milliseconds(0);
    // The oldest first: when its slot is needed again, it is out.
    qint64 second = m_second - qint64(kSlots) + 1;
    while (left > most && second <= m_second)
        left -= slot(second++);
    const SteadyTime free{std::chrono::seconds(second - 1 + qint64(kSlots))};
    return std::chrono::ceil<milliseconds>(free - now);
}

} // namespace fairlead::routing
