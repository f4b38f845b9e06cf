// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

#include <chrono>
#include <functional>
#include <memory>

namespace fairlead {

using std::chrono::milliseconds;
using SteadyTime = std::chrono::steady_clock::time_point;
/// UTC, for records and for people. Never subtract two of these: use SteadyTime for intervals.
using WallTime = std::chrono::sys_time<std::chrono::microseconds>;

/// A running one-shot timer; destroying it cancels it. Empty when it never started.
class TimerHandle
{
public:
    class Impl
    {
    public:
        Impl() = default;
        virtual ~Impl() = default;
        Q_DISABLE_COPY_MOVE(Impl)
    };

    TimerHandle() = default;
    explicit TimerHandle(std::unique_ptr<Impl> impl)
        : m_impl(std::move(impl))
    { }
    void cancel() { m_impl.reset(); }
    [[nodiscard]] explicit operator bool() const { return m_impl != nullptr; }

private:
    std::unique_ptr<Impl> m_impl;
};

/// Time, injected. Everything that waits or measures gets one of these, so that tests advance time instead of
/// sleeping.
class Clock
{
public:
    Clock() = default;
    virtual ~Clock() = default;
    Q_DISABLE_COPY_MOVE(Clock)

    [[nodiscard]] virtual WallTime wall() const = 0;
    [[nodiscard]] virtual SteadyTime steady() const = 0;
    /// Calls `fire` once, on the calling thread's event loop, when `delay` has passed, unless the handle dies
    /// first. `fire` may destroy the handle.
    [[nodiscard]] virtual TimerHandle after(milliseconds delay, std::function<void()> fire) = 0;
};

/// The machine's own clocks; timers by Qt's event loop of the calling thread.
class SystemClock final : public Clock
{
public:
    [[nodiscard]] WallTime wall() const override;
    [[nodiscard]] SteadyTime steady() const override;
    [[nodiscard]] TimerHandle after(milliseconds delay, std::function<void()> fire) override;
};

/// Milliseconds since 1970-01-01T00:00Z, the form of the ledger.
[[nodiscard]] inline qint64 toUnixMs(WallTime time)
{
    return std::chrono::duration_cast<milliseconds>(time.time_since_epoch()).count();
}

} // namespace fairlead
