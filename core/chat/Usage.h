// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Money.h"

#include <QByteArray>

#include <array>
#include <cstdint>
#include <optional>

namespace fairlead::chat {

/// The disjoint kinds tokens are billed in: no token is counted twice, and the sum over all kinds is the
/// whole. Whether a provider counts cached tokens inside its prompt figure or beside it, and reasoning inside
/// its completion figure or beside it, is settled by the decoder, once.
enum class TokenKind {
    Input, ///< fresh text input
    CacheRead,
    CacheWrite5m, ///< also writes whose lifetime is not said
    CacheWrite1h,
    AudioInput,
    Output, ///< visible output, tool calls included
    Reasoning, ///< output the caller pays for and may not see
    AudioOutput,
};
inline constexpr int kTokenKinds = 8;

/// Stable names for JSON, CSV and the database: "input", "cache_read", "cache_write_5m", ...
[[nodiscard]] QByteArray tokenKindName(TokenKind kind);

/// Tokens of one answer by disjoint kind. nullopt is "the provider did not say", which is not 0.
class Usage
{
public:
    [[nodiscard]] std::optional<std::int64_t> get(TokenKind kind) const
    {
        return m_tokens[static_cast<std::size_t>(kind)];
    }
    [[nodiscard]] std::int64_t valueOrZero(TokenKind kind) const { return get(kind).value_or(0); }
    void set(TokenKind kind, std::int64_t tokens) { m_tokens[static_cast<std::size_t>(kind)] = tokens; }

    /// True if nothing is known.
    [[nodiscard]] bool isEmpty() const;
    /// Sums over what is known: everything read, everything written.
    [[nodiscard]] std::int64_t totalInput() const;
    [[nodiscard]] std::int64_t totalOutput() const;

    /// What the provider itself says the answer cost (OpenRouter's usage.cost, xAI's ticks).
    std::optional<NanoUsd> reportedCost;
    /// The tier the provider says it served ("default", "flex", "priority"); prices depend on it.
    QByteArray serviceTier;
    /// True if some figure is our own estimate (a stream cut before usage came).
    bool estimated = false;

    bool operator==(const Usage &) const = default;

private:
    std::array<std::optional<std::int64_t>, kTokenKinds> m_tokens;
};

/// Builds disjoint figures from a provider whose prompt count includes cache reads (and writes) and whose
/// completion count includes reasoning: OpenAI's way. Negative differences are clamped to 0.
struct InclusiveCounts {
    std::optional<std::int64_t> prompt;
    std::optional<std::int64_t> completion;
    std::optional<std::int64_t> cacheRead;
    std::optional<std::int64_t> cacheWrite;
    std::optional<std::int64_t> reasoning;
    std::optional<std::int64_t> audioInput;
    std::optional<std::int64_t> audioOutput;
};
[[nodiscard]] Usage fromInclusive(const InclusiveCounts &counts);

} // namespace fairlead::chat
