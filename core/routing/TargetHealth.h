// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Clock.h"
#include "routing/RoutingTable.h"

#include <QHash>

namespace fairlead::routing {

/// What providers have asked us to stay away from, and until when. Only a provider's own Retry-After counts:
/// a target is then tried last, never left out, so that a route with one target still works.
class TargetHealth
{
public:
    explicit TargetHealth(Clock &clock)
        : m_clock(clock)
    { }

    void restUntilRetryAfter(const Target &target, const chat::Failure &failure);
    [[nodiscard]] bool isResting(const Target &target) const;
    /// The same targets, resting ones last; the order is otherwise kept.
    [[nodiscard]] std::vector<Target> inOrderOfTrying(std::vector<Target> targets) const;

private:
    [[nodiscard]] static QByteArray keyOf(const Target &target)
    {
        return target.provider->id + '/' + target.model;
    }

    Clock &m_clock;
    QHash<QByteArray, SteadyTime> m_restingUntil;
};

} // namespace fairlead::routing
