// SPDX-License-Identifier: GPL-3.0-or-later
#include "routing/Patience.h"

#include <algorithm>

namespace fairlead::routing {

namespace {

constexpr milliseconds kUsualLimit = std::chrono::seconds(10);
constexpr milliseconds kLongLimit = std::chrono::seconds(120);
// A model that is always fast may be slow once: prompts differ.
constexpr milliseconds kLeastLimit = std::chrono::seconds(3);
constexpr int kTimesP99 = 2;

} // namespace

std::optional<milliseconds> firstTokenLimit(
    const config::RouteDeadlines &route, const TargetView &view, const Circumstances &circumstances)
{
    if (!circumstances.streamed)
        return std::nullopt;
    if (!route.adaptive || !circumstances.moreTargets)
        return route.firstToken;
    const milliseconds most = route.firstToken.value_or(kLongLimit);
    if (view.timed >= kLeastTimed && view.firstTokenP99)
        return std::clamp(*view.firstTokenP99 * kTimesP99, std::min(kLeastLimit, most), most);
    if (route.firstToken)
        return route.firstToken;
    return circumstances.thinksLong ? kLongLimit : kUsualLimit;
}

net::Timeouts timeoutsOf(
    const net::Timeouts &provider, const config::RouteDeadlines &route, std::optional<milliseconds> left)
{
    net::Timeouts timeouts = provider;
    timeouts.connect = route.connect.value_or(timeouts.connect);
    timeouts.idle = route.idle.value_or(timeouts.idle);
    // The head of a stream may come with its first token only.
    if (route.firstToken)
        timeouts.firstByte = std::max(timeouts.firstByte, *route.firstToken);
    if (left) {
        const bool providersIsShorter = timeouts.total > milliseconds(0) && timeouts.total < *left;
        timeouts.total = providersIsShorter ? timeouts.total : *left;
    }
    return timeouts;
}

} // namespace fairlead::routing
