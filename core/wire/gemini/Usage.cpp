// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/gemini/Usage.h"

#include <algorithm>
#include <cstdint>
#include <optional>

namespace fairlead::wire::gemini {

namespace {

using Count = std::optional<std::int64_t>;

Count audioIn(json::View details)
{
    Count tokens;
    for (const json::View detail : details.elements()) {
        // 4: AUDIO where the caller asked for enums as numbers.
        if (detail["modality"].equals("AUDIO") || detail["modality"].integer() == 4)
            tokens = tokens.value_or(0) + std::max<std::int64_t>(detail["tokenCount"].integerOr(0), 0);
    }
    return tokens;
}

std::int64_t atLeastZero(std::int64_t value)
{
    return std::max<std::int64_t>(value, 0);
}

Count countOf(json::View value)
{
    const Count tokens = value.integer();
    return tokens ? Count(atLeastZero(*tokens)) : tokens;
}

} // namespace

chat::Usage usageOf(json::View metadata)
{
    using chat::TokenKind;
    Count prompt, candidates, thoughts, cached, tools, total, audio, cachedAudio, audioOut;
    chat::Usage usage;
    for (const auto &[key, value] : metadata.members()) {
        if (key == "promptTokenCount")
            prompt = countOf(value);
        else if (key == "candidatesTokenCount")
            candidates = countOf(value);
        else if (key == "thoughtsTokenCount")
            thoughts = countOf(value);
        else if (key == "cachedContentTokenCount")
            cached = countOf(value);
        else if (key == "toolUsePromptTokenCount")
            tools = countOf(value);
        else if (key == "totalTokenCount")
            total = countOf(value);
        else if (key == "promptTokensDetails")
            audio = audioIn(value);
        else if (key == "cacheTokensDetails")
            cachedAudio = audioIn(value);
        else if (key == "candidatesTokensDetails")
            audioOut = audioIn(value);
        else if (key == "serviceTier")
            usage.serviceTier = value.stringOr({});
    }
    if (!candidates && total && prompt)
        candidates = atLeastZero(*total - *prompt - thoughts.value_or(0) - tools.value_or(0));
    if (audio)
        audio = std::clamp<std::int64_t>(
            *audio - cachedAudio.value_or(0), 0, atLeastZero(prompt.value_or(0) - cached.value_or(0)));

    if (prompt || tools) {
        const std::int64_t fresh = prompt.value_or(0) - cached.value_or(0) - audio.value_or(0);
        usage.set(TokenKind::Input, atLeastZero(fresh) + tools.value_or(0));
    }
    if (cached)
        usage.set(TokenKind::CacheRead, *cached);
    if (audio)
        usage.set(TokenKind::AudioInput, *audio);
    if (candidates)
        usage.set(TokenKind::Output, atLeastZero(*candidates - audioOut.value_or(0)));
    if (thoughts)
        usage.set(TokenKind::Reasoning, *thoughts);
    if (audioOut)
        usage.set(TokenKind::AudioOutput, *audioOut);
    return usage;
}

} // namespace fairlead::wire::gemini
