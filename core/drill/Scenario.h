// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Clock.h"

#include <QByteArray>

#include <optional>
#include <vector>

namespace fairlead::drill {

/// One fault and what is expected of who stands before it: a row of a table. The faults, their order and the
/// thresholds are those of the public benchmark "failoverbench"
/// (https://github.com/failoverbench/failoverbench, scenarios/catalogue.yaml); the provider that fails is our
/// own demo.
struct Scenario {
    struct Burst {
        milliseconds window{0};
        int most = 0;
    };
    struct Sequence {
        int count = 0;
        milliseconds every{0};
        milliseconds down{0}; ///< for how long the provider is
        milliseconds backWithin{0}; ///< of its recovery it is asked again
    };

    QByteArray id = {}; ///< "S08"
    QByteArray fault = {}; ///< "cut": the name to ask for it
    QByteArray title = {};
    QByteArray primary = {}; ///< the demo model that fails
    QByteArray fallback = "steady";
    bool wantsError = false; ///< the right end is the provider's own error
    milliseconds longest{0}; ///< after that it hangs
    std::optional<milliseconds> within = {}; ///< it should be over by then
    int leastAtPrimary = 0;
    int mostAtPrimary = 1000;
    milliseconds firstGap{0}; ///< at least, between the first two tries at the primary
    std::optional<Burst> burst = {}; ///< the most tries at the primary when it has just failed
    bool wantsFallbackNamed = false; ///< the answer names who gave it
    std::optional<Sequence> sequence = {};
};

[[nodiscard]] const std::vector<Scenario> &scenarios();
/// By id or by the fault's name, in any case; nullptr if there is none.
[[nodiscard]] const Scenario *findScenario(const QByteArray &name);

} // namespace fairlead::drill
