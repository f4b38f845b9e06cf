// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metering/PriceBook.h"
#include "routing/RoutingTable.h"
#include "wire/Codec.h"

#include <optional>

namespace fairlead::routing {

/// The most a request is expected to take, before anybody has answered.
struct Estimate {
    std::int64_t inputTokens = 0;
    std::optional<std::int64_t> outputTokens; ///< what the caller allows; nullopt = does not say

    /// An answer whose caller sets no limit is taken to be this long at most: what models could write is
    /// often ten times as much, and reserving that would stop a small budget at its first request.
    static constexpr std::int64_t kUnsaidOutput = 16'384;
};

/// By the request's size and by what it allows for the answer, in whatever dialect.
[[nodiscard]] Estimate estimateOf(const wire::InboundCall &call);
[[nodiscard]] Estimate estimateOf(const chat::ChatRequest &request);

/// What that costs at a target at most; 0 if its prices are not known.
[[nodiscard]] NanoUsd
upperCost(const Estimate &estimate, const Target &target, const metering::PriceBook &prices, WallTime when);

} // namespace fairlead::routing
