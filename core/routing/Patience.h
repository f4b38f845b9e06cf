// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/RouteConfig.h"
#include "net/HttpTransport.h"
#include "routing/TargetStats.h"

#include <optional>

namespace fairlead::routing {

/// What is known before one try begins.
struct Circumstances {
    bool streamed = false; ///< a whole answer has no first token
    bool moreTargets = false; ///< somebody else could answer
    bool thinksLong = false; ///< a model that reasons, or one that a local server may have to load first
};

/// How long the first meaningful event of a try may take; nullopt = as long as the transport lets it.
///
/// What a route says holds. Without it, and only while another target is left: twice the target's own
/// measured p99, within bounds; and where too little has been measured, a time that is long for its kind of
/// model.
[[nodiscard]] std::optional<milliseconds> firstTokenLimit(
    const config::RouteDeadlines &route, const TargetView &view, const Circumstances &circumstances);

/// The transport's time-outs of one try: the provider's own with the route's on top. `left` is what remains
/// of the route's total.
[[nodiscard]] net::Timeouts timeoutsOf(
    const net::Timeouts &provider, const config::RouteDeadlines &route, std::optional<milliseconds> left);

/// As many answers it takes to go by them.
inline constexpr int kLeastTimed = 20;

} // namespace fairlead::routing
