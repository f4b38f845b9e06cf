// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Clock.h"
#include "chat/Failure.h"

#include <QByteArray>

#include <optional>
#include <vector>

namespace fairlead::routing {

/// Whether it is the machine's own way to the world that is broken, not the providers: it is offline, behind
/// a login page, has just woken up, or several providers that have nothing in common cannot be reached at
/// once. Failures during such a state open no breaker.
class NetworkWatch
{
public:
    enum class State {
        Fine,
        Offline, ///< the system says so
        CaptivePortal, ///< likewise: a login page answers in everybody's place
        JustWoken, ///< connections from before the sleep are dead
        Unreachable, ///< several providers at once cannot be reached
    };
    /// What the system tells, where it tells anything.
    enum class Reachability { Unknown, Offline, CaptivePortal, Online };

    explicit NetworkWatch(Clock &clock);

    void setReachability(Reachability reachability);
    /// The way to the world has changed (another network, a VPN): connections may break, for no fault of
    /// anybody's.
    void changed();
    /// Tells of a failed attempt; true if it is the network's fault as far as can be told.
    [[nodiscard]] bool explains(const QByteArray &provider, bool local, const chat::Failure &failure);
    /// A provider beyond this machine has answered: there is a way, whatever the system says.
    void succeeded()
    {
        m_lost.clear();
        m_contradicted = true;
    }
    [[nodiscard]] State state();

    /// How long after a change or a sleep failures are still its fault.
    static constexpr std::chrono::seconds kUnsettled{15};
    /// Within that time providers fail together.
    static constexpr std::chrono::seconds kTogether{10};

private:
    struct Lost {
        QByteArray provider;
        SteadyTime at;
    };

    void noticeSleep();

    Clock &m_clock;
    Reachability m_reachability = Reachability::Unknown;
    bool m_contradicted = false; ///< somebody has answered since
    std::chrono::microseconds m_offset{0}; ///< of the wall clock to the monotonic one
    std::optional<SteadyTime> m_unsettledUntil;
    std::vector<Lost> m_lost; ///< one a provider, within kTogether
};

} // namespace fairlead::routing
