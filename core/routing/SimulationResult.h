// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Money.h"

#include <QByteArray>

#include <chrono>
#include <optional>
#include <vector>

namespace fairlead::routing {

/// What would have been different under a rule, by requests that were. All of it is an estimate: the answers
/// would have been others.
struct Simulation {
    /// Requests that would have gone elsewhere, by where from and where to.
    struct Move {
        QByteArray from; ///< "provider/model"
        QByteArray to;
        int requests = 0;
        std::optional<NanoUsd> was; ///< nullopt = not known of all of them
        std::optional<NanoUsd> would;
    };

    int requests = 0; ///< that asked for the route
    int moved = 0;
    int refused = 0; ///< for which no target would have fitted
    int undecided = 0; ///< of these, because a condition asks for what the ledger does not keep
    std::vector<Move> moves; ///< most requests first
    /// Of the requests whose cost is known both ways.
    NanoUsd was;
    NanoUsd would;
    int unpriced = 0; ///< the others
    std::int64_t cacheLost = 0; ///< tokens that were read from a cache and would not have been
    /// Half of the requests had their first token by then; would have, by what was measured of the targets.
    std::optional<std::chrono::milliseconds> firstTokenWas;
    std::optional<std::chrono::milliseconds> firstTokenWould;
};

} // namespace fairlead::routing
