// SPDX-License-Identifier: GPL-3.0-or-later
#include "support/ManualClock.h"

namespace fairlead::test {

class ManualClock::Handle final : public TimerHandle::Impl
{
public:
    Handle(ManualClock &clock, Key key)
        : m_clock(clock)
        , m_key(key)
    { }
    ~Handle() override { m_clock.m_timers.erase(m_key); }
    Q_DISABLE_COPY_MOVE(Handle)

private:
    ManualClock &m_clock;
    Key m_key;
};

TimerHandle ManualClock::after(milliseconds delay, std::function<void()> fire)
{
    const Key key{m_steady + delay, ++m_lastId};
    m_timers.emplace(key, std::move(fire));
    return TimerHandle(std::make_unique<Handle>(*this, key));
}

void ManualClock::advance(milliseconds by)
{
    const SteadyTime until = m_steady + by;
    while (!m_timers.empty() && m_timers.begin()->first.due <= until) {
        auto node = m_timers.extract(m_timers.begin());
        m_wall += std::chrono::duration_cast<std::chrono::microseconds>(node.key().due - m_steady);
        m_steady = node.key().due;
        node.mapped()();
    }
    m_wall += std::chrono::duration_cast<std::chrono::microseconds>(until - m_steady);
    m_steady = until;
}

} // namespace fairlead::test
