// SPDX-License-Identifier: GPL-3.0-or-later
#include "drill/LeapingClock.h"

namespace fairlead::drill {

namespace {

using namespace std::chrono_literals;
using RealClock = std::chrono::steady_clock;

constexpr int kQuietTurns = 20;
constexpr auto kQuietTime = 250us;
// A turn that took longer was one in which this program did not run: what it saw before is old.
constexpr auto kLongTurn = 5ms;

} // namespace

class LeapingClock::Handle final : public TimerHandle::Impl
{
public:
    Handle(LeapingClock &clock, Key key)
        : m_clock(clock)
        , m_key(key)
    { }
    ~Handle() override { m_clock.m_timers.erase(m_key); }
    Q_DISABLE_COPY_MOVE(Handle)

private:
    LeapingClock &m_clock;
    Key m_key;
};

LeapingClock::LeapingClock()
{
    m_turns.setInterval(0);
    m_turns.callOnTimeout(&m_turns, [this] { turn(); });
}

WallTime LeapingClock::wall() const
{
    m_lookedAt = true;
    return std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now())
           + std::chrono::duration_cast<std::chrono::microseconds>(m_leapt);
}

SteadyTime LeapingClock::steady() const
{
    m_lookedAt = true;
    return RealClock::now() + m_leapt;
}

TimerHandle LeapingClock::after(milliseconds delay, std::function<void()> fire)
{
    const Key key{steady() + delay, ++m_lastId};
    m_timers.emplace(key, std::move(fire));
    if (!m_turns.isActive())
        m_turns.start();
    return TimerHandle(std::make_unique<Handle>(*this, key));
}

void LeapingClock::turn()
{
    const SteadyTime real = RealClock::now();
    const bool wasStopped = real - std::exchange(m_lastTurn, real) > kLongTurn;
    if (m_timers.empty()) {
        m_turns.stop();
        return;
    }
    const SteadyTime due = m_timers.begin()->first.due;
    if (due <= real + m_leapt) {
        fireFirst();
        return;
    }
    if (std::exchange(m_lookedAt, false) || wasStopped) {
        m_quietTurns = 0;
        m_quietSince = real;
        return;
    }
    if (++m_quietTurns < kQuietTurns || real - m_quietSince < kQuietTime)
        return;
    m_leapt = due - real;
    fireFirst();
}

void LeapingClock::fireFirst()
{
    m_quietTurns = 0;
    m_quietSince = m_lastTurn;
    auto first = m_timers.extract(m_timers.begin());
    first.mapped()();
}

} // namespace fairlead::drill
