// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtGlobal>

#include <functional>
#include <memory>

namespace fairlead {

/// Why somebody stopped waiting; decides what the ledger says.
enum class CancelReason { None, ClientGone, UserStopped, Shutdown, TimedOut, Superseded };

namespace detail {
struct CancelState;
}

/// Keeps one callback of a CancelToken registered; destroying it forgets the callback.
class CancelRegistration
{
public:
    CancelRegistration() = default;
    CancelRegistration(std::weak_ptr<detail::CancelState> state, quint64 id);
    CancelRegistration(CancelRegistration &&other) noexcept;
    CancelRegistration &operator=(CancelRegistration &&other) noexcept;
    CancelRegistration(const CancelRegistration &) = delete;
    CancelRegistration &operator=(const CancelRegistration &) = delete;
    ~CancelRegistration();
    void reset();

private:
    std::weak_ptr<detail::CancelState> m_state;
    quint64 m_id = 0;
};

/// The listening end of a cancellation: cheap to copy, one thread. A default token can never be cancelled.
class CancelToken
{
public:
    CancelToken() = default;
    [[nodiscard]] bool isCancelled() const;
    [[nodiscard]] CancelReason reason() const;
    /// Calls `callback` once when cancelled (at once if it already is). The callback may do anything, also
    /// destroy its own registration.
    [[nodiscard]] CancelRegistration onCancel(std::function<void()> callback) const;

private:
    friend class CancelSource;
    explicit CancelToken(std::shared_ptr<detail::CancelState> state);
    std::shared_ptr<detail::CancelState> m_state;
};

/// The sending end. Cancelling twice is harmless; the first reason stands. Destroying the source does not
/// cancel.
class CancelSource
{
public:
    CancelSource();
    [[nodiscard]] CancelToken token() const;
    void cancel(CancelReason reason) const;
    [[nodiscard]] bool isCancelled() const;

private:
    std::shared_ptr<detail::CancelState> m_state;
};

} // namespace fairlead
