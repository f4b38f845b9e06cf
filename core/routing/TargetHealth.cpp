// SPDX-License-Identifier: GPL-3.0-or-later
#include "routing/TargetHealth.h"

#include <algorithm>

namespace fairlead::routing {

namespace {
// A provider that says "tomorrow" is believed for this long, then asked again.
constexpr std::chrono::minutes kLongestRest{10};
} // namespace

void TargetHealth::restUntilRetryAfter(const Target &target, const chat::Failure &failure)
{
    using chat::FailureClass;
    const bool asksForRest
        = failure.failureClass == FailureClass::RateLimit || failure.failureClass == FailureClass::Overloaded;
    if (!asksForRest || !failure.retryAfter)
        return;
    const auto rest = std::min<milliseconds>(*failure.retryAfter, kLongestRest);
    m_restingUntil.insert(keyOf(target), m_clock.steady() + rest);
}

bool TargetHealth::isResting(const Target &target) const
{
    const auto it = m_restingUntil.find(keyOf(target));
    return it != m_restingUntil.end() && m_clock.steady() < *it;
}

std::vector<Target> TargetHealth::inOrderOfTrying(std::vector<Target> targets) const
{
    if (!m_restingUntil.isEmpty())
        std::stable_partition(
            targets.begin(), targets.end(), [this](const Target &target) { return !isResting(target); });
    return targets;
}

} // namespace fairlead::routing
