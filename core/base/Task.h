// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <qcorotask.h>

#include <coroutine>
#include <optional>
#include <utility>

namespace fairlead {

/// One asynchronous result. Rules of the house (GCC 12.2 destroys some temporaries twice, CONTRIBUTING.md
/// "Coroutines"): a statement with co_await or co_yield holds no braced object, no value-capturing lambda and
/// no ?:. Parameters of coroutines are taken by value. Errors travel as values; nothing throws across a
/// co_await.
template<typename T = void>
using Task = QCoro::Task<T>;

/// Lets a task run on by itself: QCoro keeps the frame of a dropped Task alive until it ends. Says at the
/// call that nobody waits, so whatever the task uses must outlive it or end it (a cancel token).
inline void detach(Task<> &&) { }

/// A one-shot rendezvous: one coroutine awaits, somebody else resolves. Single thread. Resolving before
/// anybody waits is fine; resolving twice keeps the first value. The waiter is resumed inside resolve(): call
/// it as the last thing you do, and do not touch members after it. Wait with `co_await promise.wait()` (QCoro
/// 0.8 copies a bare lvalue awaitable). Never destroy one that is awaited: resolve it first.
template<typename T>
class Promise
{
public:
    class Awaiter
    {
    public:
        explicit Awaiter(Promise &promise)
            : m_promise(&promise)
        { }
        [[nodiscard]] bool await_ready() const noexcept { return m_promise->m_value.has_value(); }
        void await_suspend(std::coroutine_handle<> waiter) noexcept { m_promise->m_waiter = waiter; }
        T await_resume() { return std::move(*m_promise->m_value); }

    private:
        Promise *m_promise;
    };

    Promise() = default;
    Promise(const Promise &) = delete;
    Promise &operator=(const Promise &) = delete;

    void resolve(T value)
    {
        if (m_value)
            return;
        m_value.emplace(std::move(value));
        if (const auto waiter = std::exchange(m_waiter, {}))
            waiter.resume();
    }
    [[nodiscard]] bool isResolved() const { return m_value.has_value(); }
    [[nodiscard]] bool isAwaited() const { return static_cast<bool>(m_waiter); }
    [[nodiscard]] Awaiter wait() { return Awaiter(*this); }

private:
    std::optional<T> m_value;
    std::coroutine_handle<> m_waiter;
};

/// A repeatable wake-up for "something changed, look again": one waiter at a time; a notify() with nobody
/// waiting is remembered once. The waiter is resumed inside notify(). Wait with `co_await signal.wait()`.
class Signal
{
public:
    class Awaiter
    {
    public:
        explicit Awaiter(Signal &signal)
            : m_signal(&signal)
        { }
        [[nodiscard]] bool await_ready() const noexcept { return m_signal->m_pending; }
        void await_suspend(std::coroutine_handle<> waiter) noexcept { m_signal->m_waiter = waiter; }
        void await_resume() noexcept { m_signal->m_pending = false; }

    private:
        Signal *m_signal;
    };

    Signal() = default;
    Signal(const Signal &) = delete;
    Signal &operator=(const Signal &) = delete;

    void notify()
    {
        if (const auto waiter = std::exchange(m_waiter, {}))
            waiter.resume();
        else
            m_pending = true;
    }
    [[nodiscard]] bool isAwaited() const { return static_cast<bool>(m_waiter); }
    [[nodiscard]] Awaiter wait() { return Awaiter(*this); }

private:
    bool m_pending = false;
    std::coroutine_handle<> m_waiter;
};

} // namespace fairlead
