// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/openai_chat/UsageReader.h"

#include <algorithm>
#include <array>

namespace fairlead::wire::openai_chat {

using json::View;

namespace {

using Count = std::optional<std::int64_t>;

constexpr std::int64_t kMostTokens = 1'000'000'000'000;

Count count(View value)
{
    const Count found = value.integer();
    return found && *found >= 0 && *found <= kMostTokens ? found : std::nullopt;
}

Count first(const std::array<View, 4> &values)
{
    for (const View value : values) {
        if (const Count found = count(value))
            return found;
    }
    return std::nullopt;
}

/// Some count reasoning beside the completion (xAI, Gemini's layer), which only the total tells; some report
/// more reasoning than completion though the total says it is inside (OpenRouter).
void settleReasoning(chat::InclusiveCounts &counts, Count total, const Quirks &quirks)
{
    if (!counts.prompt || !counts.completion)
        return;
    const std::int64_t inside = *counts.prompt + *counts.completion;
    const std::int64_t reasoning = counts.reasoning.value_or(0);
    const bool outside = quirks.reasoningOutsideCompletion || (reasoning > 0 && total == inside + reasoning);
    if (outside && total && *total > inside) {
        if (!counts.reasoning)
            counts.reasoning = *total - inside;
        counts.completion = *total - *counts.prompt;
    }
    if (counts.reasoning)
        counts.reasoning = std::min(*counts.reasoning, *counts.completion);
}

/// What is counted twice (audio that was cached, parts that exceed the whole) is counted once, so that the
/// kinds add up to the provider's own totals.
void separate(chat::InclusiveCounts &counts)
{
    const auto within = [](Count &part, std::int64_t room) {
        if (part)
            part = std::min(*part, std::max<std::int64_t>(room, 0));
    };
    if (counts.completion)
        within(counts.audioOutput, *counts.completion - counts.reasoning.value_or(0));
    if (counts.prompt) {
        within(counts.cacheWrite, *counts.prompt - counts.cacheRead.value_or(0));
        within(
            counts.audioInput, *counts.prompt - counts.cacheRead.value_or(0) - counts.cacheWrite.value_or(0));
    }
}

std::optional<NanoUsd> reportedCost(View inTicks, View cost)
{
    // xAI counts in ticks of 1e-10 dollars: grok-3-mini's list price gives exactly the recorded figures.
    if (const Count ticks = inTicks.integer(); ticks && *ticks >= 0)
        return NanoUsd(*ticks / 10 + (*ticks % 10 >= 5 ? 1 : 0));
    const View amount = cost.isObject() ? cost["total_cost"] : cost; // Perplexity itemises
    return amount.isNumber() ? dollars(amount.raw()) : std::nullopt;
}

} // namespace

std::optional<NanoUsd> reportedCost(View usage)
{
    const auto [inTicks, cost] = usage.pick("cost_in_usd_ticks", "cost");
    return reportedCost(inTicks, cost);
}

chat::Usage readUsage(View usage, const Quirks &quirks)
{
    const auto
        [prompt, completion, total, promptDetails, completionDetails, cacheHit, numCached, cached, ticks,
         cost]
        = usage.pick(
            "prompt_tokens", "completion_tokens", "total_tokens", "prompt_tokens_details",
            "completion_tokens_details", "prompt_cache_hit_tokens", "num_cached_tokens", "cached_tokens",
            "cost_in_usd_ticks", "cost");
    const auto [promptCached, promptWritten, promptAudio]
        = promptDetails.pick("cached_tokens", "cache_write_tokens", "audio_tokens");
    const auto [reasoning, completionAudio] = completionDetails.pick("reasoning_tokens", "audio_tokens");
    chat::InclusiveCounts counts;
    counts.prompt = count(prompt);
    counts.completion = count(completion);
    counts.cacheRead = first({promptCached, cacheHit, numCached, cached});
    counts.cacheWrite = count(promptWritten);
    counts.audioInput = count(promptAudio);
    counts.reasoning = count(reasoning);
    counts.audioOutput = count(completionAudio);
    // Azure's Grok deployments leave cached tokens out of the prompt: 163 cached of a "prompt" of 7.
    if (counts.prompt && counts.cacheRead.value_or(0) > *counts.prompt)
        *counts.prompt += *counts.cacheRead;
    settleReasoning(counts, count(total), quirks);
    separate(counts);
    chat::Usage result = chat::fromInclusive(counts);
    result.reportedCost = reportedCost(ticks, cost);
    return result;
}

std::optional<NanoUsd> dollars(QByteArrayView number)
{
    constexpr std::int64_t mostMantissa = 99'999'999'999'999'999; // 17 digits: more is noise of a double
    constexpr std::int64_t mostNano = 1'000'000'000'000'000'000; // a billion dollars
    std::int64_t mantissa = 0;
    int exponent = 9; // of the result in nano-dollars
    bool fraction = false;
    qsizetype at = 0;
    for (; at < number.size() && number[at] != 'e' && number[at] != 'E'; ++at) {
        const char c = number[at];
        if (c == '.') {
            fraction = true;
        } else if (c < '0' || c > '9') {
            return std::nullopt;
        } else if (mantissa <= mostMantissa / 10) {
            mantissa = mantissa * 10 + (c - '0');
            exponent -= fraction ? 1 : 0;
        } else if (!fraction) {
            ++exponent;
        }
    }
    if (at < number.size()) {
        bool isNumber = false;
        const int written = number.sliced(at + 1).toByteArray().toInt(&isNumber);
        if (!isNumber)
            return std::nullopt;
        exponent += std::clamp(written, -1000, 1000);
    }
    for (; exponent > 0 && mantissa != 0; --exponent) {
        if (mantissa > mostNano / 10)
            return std::nullopt;
        mantissa *= 10;
    }
    bool roundUp = false;
    for (; exponent < 0 && (mantissa != 0 || roundUp); ++exponent) {
        roundUp = mantissa % 10 >= 5; // only the last digit cut off decides
        mantissa /= 10;
    }
    return NanoUsd(mantissa + (roundUp ? 1 : 0));
}

} // namespace fairlead::wire::openai_chat
