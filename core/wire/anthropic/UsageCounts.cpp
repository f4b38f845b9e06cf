// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/anthropic/UsageCounts.h"

#include <algorithm>

namespace fairlead::wire::anthropic {

namespace {

void replace(std::optional<std::int64_t> &count, json::View value)
{
    if (const auto tokens = value.integer())
        count = std::max<std::int64_t>(*tokens, 0);
}

} // namespace

void UsageCounts::update(json::View usage, Output output)
{
    for (const auto &[key, value] : usage.members()) {
        if (key == "input_tokens") {
            replace(m_input, value);
        } else if (key == "cache_read_input_tokens") {
            replace(m_cacheRead, value);
        } else if (key == "cache_creation_input_tokens") {
            replace(m_cacheWrite, value);
        } else if (key == "cache_creation") {
            replace(m_cacheWrite1h, value["ephemeral_1h_input_tokens"]);
        } else if (key == "output_tokens" && output == Output::Final) {
            replace(m_output, value);
        } else if (key == "output_tokens_details") {
            replace(m_thinking, value["thinking_tokens"]);
        } else if (key == "service_tier") {
            m_tier = value.stringOr(m_tier);
        }
    }
}

chat::Usage UsageCounts::usage() const
{
    using chat::TokenKind;
    chat::Usage usage;
    usage.serviceTier = m_tier;
    if (m_input)
        usage.set(TokenKind::Input, *m_input);
    if (m_cacheRead)
        usage.set(TokenKind::CacheRead, *m_cacheRead);
    if (m_cacheWrite) {
        const std::int64_t hour = std::min(m_cacheWrite1h.value_or(0), *m_cacheWrite);
        usage.set(TokenKind::CacheWrite5m, *m_cacheWrite - hour);
        if (m_cacheWrite1h)
            usage.set(TokenKind::CacheWrite1h, hour);
    }
    if (m_output) {
        const std::int64_t thinking = std::min(m_thinking.value_or(0), *m_output);
        usage.set(TokenKind::Output, *m_output - thinking);
        if (m_thinking)
            usage.set(TokenKind::Reasoning, thinking);
    }
    return usage;
}

} // namespace fairlead::wire::anthropic
