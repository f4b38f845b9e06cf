// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/Clock.h"

#include <QTimer>

namespace fairlead {

namespace {

class QtTimerHandle final : public TimerHandle::Impl
{
public:
    QtTimerHandle(milliseconds delay, std::function<void()> fire)
    {
        m_timer.setSingleShot(true);
        m_timer.setTimerType(delay < milliseconds(2000) ? Qt::PreciseTimer : Qt::CoarseTimer);
        // The function is moved out first: it may destroy this handle, and with it the timer and the
        // connection.
        m_timer.callOnTimeout(&m_timer, [fire = std::move(fire)]() mutable {
            const std::function<void()> call = std::move(fire);
            call();
        });
        m_timer.start(delay);
    }

private:
    QTimer m_timer;
};

} // namespace

WallTime SystemClock::wall() const
{
    return std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
}

SteadyTime SystemClock::steady() const
{
    return std::chrono::steady_clock::now();
}

TimerHandle SystemClock::after(milliseconds delay, std::function<void()> fire)
{
    return TimerHandle(std::make_unique<QtTimerHandle>(delay, std::move(fire)));
}

} // namespace fairlead
