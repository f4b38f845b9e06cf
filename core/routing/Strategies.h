// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Money.h"
#include "routing/TargetStats.h"

#include <functional>
#include <optional>
#include <vector>

namespace fairlead::routing {

/// What strategies compare targets by.
struct Contender {
    int weight = 1;
    std::optional<NanoUsd> cost; ///< of this request there; nullopt = not known
    TargetView view;
};

/// The order to try contenders in, and why each has its place.
struct Ranked {
    std::size_t index = 0;
    QByteArray reason;
};

using Random = std::function<double()>; ///< in [0, 1)

/// What of the contenders a strategy looks at, so that nobody works out the rest.
[[nodiscard]] bool needsCost(QByteArrayView strategy);
[[nodiscard]] bool needsViews(QByteArrayView strategy);

/// Every contender once. Those that are alike, or of whom nothing is known, keep their order.
[[nodiscard]] std::vector<Ranked>
rank(QByteArrayView strategy, const std::vector<Contender> &contenders, const Random &random);

} // namespace fairlead::routing
