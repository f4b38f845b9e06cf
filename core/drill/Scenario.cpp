// SPDX-License-Identifier: GPL-3.0-or-later
#include "drill/Scenario.h"

#include <algorithm>

namespace fairlead::drill {

using namespace std::chrono_literals;

const std::vector<Scenario> &scenarios()
{
    static const std::vector<Scenario> table{
        {.id = "S01",
         .fault = "429-once",
         .title = "429 with Retry-After: 2, once",
         .primary = "fault-429-once",
         .longest = 20s,
         .leastAtPrimary = 2,
         .firstGap = 1800ms,
         .burst = Scenario::Burst{1500ms, 2}},
        {.id = "S02",
         .fault = "429",
         .title = "429 for ever",
         .primary = "fault-429",
         .longest = 40s,
         .mostAtPrimary = 6,
         .burst = Scenario::Burst{3s, 4}},
        {.id = "S03",
         .fault = "500-once",
         .title = "500, once",
         .primary = "fault-500-once",
         .longest = 20s,
         .leastAtPrimary = 2},
        {.id = "S04",
         .fault = "503",
         .title = "503 for ever",
         .primary = "fault-503",
         .longest = 40s,
         .mostAtPrimary = 6},
        {.id = "S05",
         .fault = "reset",
         .title = "Connection reset before the answer",
         .primary = "fault-reset",
         .longest = 20s},
        {.id = "S06",
         .fault = "silence",
         .title = "No answer at all",
         .primary = "fault-silence",
         .longest = 130s,
         .within = 100s,
         .mostAtPrimary = 1},
        {.id = "S07",
         .fault = "slow",
         .title = "Head at once, first word after 20 s",
         .primary = "fault-slow",
         .longest = 60s,
         .within = 15s},
        {.id = "S08",
         .fault = "cut",
         .title = "Cut after 40 of 60 words",
         .primary = "fault-cut",
         .longest = 40s},
        {.id = "S09",
         .fault = "stall",
         .title = "Silent for 30 s after 20 words",
         .primary = "fault-stall",
         .longest = 70s,
         .within = 45s},
        {.id = "S10",
         .fault = "garbage",
         .title = "An event that is no JSON",
         .primary = "fault-garbage",
         .longest = 30s},
        {.id = "S11",
         .fault = "no-done",
         .title = "Complete, but never ended",
         .primary = "fault-no-done",
         .longest = 30s,
         .within = 8s},
        {.id = "S12",
         .fault = "context",
         .title = "Too long for the model",
         .primary = "fault-context",
         .longest = 20s,
         .leastAtPrimary = 1,
         .mostAtPrimary = 1},
        {.id = "S13",
         .fault = "filter",
         .title = "Refused by the content filter",
         .primary = "fault-filter",
         .wantsError = true,
         .longest = 20s,
         .leastAtPrimary = 1,
         .mostAtPrimary = 1},
        {.id = "S14",
         .fault = "prefill",
         .title = "Cut, and the fallback refuses prefill",
         .primary = "fault-cut",
         .fallback = "steady-no-prefill",
         .longest = 40s},
        {.id = "S15",
         .fault = "flaps",
         .title = "Down for 60 s, then healthy",
         .primary = "fault-flaps",
         .longest = 200s,
         .sequence = Scenario::Sequence{20, 4s, 60s, 30s}},
        {.id = "S16",
         .fault = "accounting",
         .title = "Who answered is who is named",
         .primary = "fault-503",
         .longest = 40s,
         .mostAtPrimary = 6,
         .wantsFallbackNamed = true},
    };
    return table;
}

const Scenario *findScenario(const QByteArray &name)
{
    const QByteArray wanted = name.toLower();
    const auto &all = scenarios();
    const auto found = std::find_if(all.begin(), all.end(), [&](const Scenario &scenario) {
        return scenario.id.toLower() == wanted || scenario.fault == wanted;
    });
    return found == all.end() ? nullptr : &*found;
}

} // namespace fairlead::drill
