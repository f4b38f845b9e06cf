// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "routing/HedgeBudget.h"
#include "routing/KeyHealth.h"
#include "routing/KnownLimits.h"
#include "routing/NetworkWatch.h"
#include "routing/TargetHealth.h"
#include "routing/TargetStats.h"

namespace fairlead::routing {

/// All that routing remembers from one request to the next. Lives on the gateway thread.
struct Experience {
    explicit Experience(Clock &clock)
        : targets(clock)
        , keys(clock)
        , stats(clock)
        , hedges(clock)
        , network(clock)
    { }

    TargetHealth targets;
    KeyHealth keys;
    TargetStats stats;
    KnownLimits limits;
    HedgeBudget hedges;
    NetworkWatch network;
};

} // namespace fairlead::routing
