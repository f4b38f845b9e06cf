// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/openai_responses/UsageReader.h"

#include "wire/openai_chat/UsageReader.h"

#include <algorithm>

namespace fairlead::wire::openai_responses {

using json::View;

namespace {

using Count = std::optional<std::int64_t>;

constexpr std::int64_t kMostTokens = 1'000'000'000'000;

Count count(View value)
{
    const Count found = value.integer();
    return found && *found >= 0 && *found <= kMostTokens ? found : std::nullopt;
}

} // namespace

chat::Usage readUsage(View usage)
{
    const auto [input, output, total, inputDetails, outputDetails] = usage.pick(
        "input_tokens", "output_tokens", "total_tokens", "input_tokens_details", "output_tokens_details");
    chat::InclusiveCounts counts;
    counts.prompt = count(input);
    counts.completion = count(output);
    counts.cacheRead = count(inputDetails["cached_tokens"]);
    counts.cacheWrite = count(inputDetails["cache_write_tokens"]);
    counts.reasoning = count(outputDetails["reasoning_tokens"]);
    if (counts.prompt && counts.completion) {
        // Who counts reasoning beside the output shows it in the total only.
        const Count whole = count(total);
        const std::int64_t reasoning = counts.reasoning.value_or(0);
        if (reasoning > 0 && whole == *counts.prompt + *counts.completion + reasoning)
            counts.completion = *counts.completion + reasoning;
    }
    if (counts.prompt) {
        if (counts.cacheRead)
            counts.cacheRead = std::min(*counts.cacheRead, *counts.prompt);
        if (counts.cacheWrite)
            counts.cacheWrite = std::min(*counts.cacheWrite, *counts.prompt - counts.cacheRead.value_or(0));
    }
    if (counts.completion && counts.reasoning)
        counts.reasoning = std::min(*counts.reasoning, *counts.completion);
    chat::Usage result = chat::fromInclusive(counts);
    result.reportedCost = openai_chat::reportedCost(usage);
    return result;
}

} // namespace fairlead::wire::openai_responses
