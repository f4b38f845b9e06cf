// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/bedrock/UsageCounts.h"

#include <algorithm>

namespace fairlead::wire::bedrock {

namespace {

using chat::TokenKind;

void setCount(chat::Usage &usage, TokenKind kind, json::View value)
{
    if (const auto tokens = value.integer())
        usage.set(kind, std::max<std::int64_t>(*tokens, 0));
}

/// What was written for an hour, if the details say so.
std::int64_t writtenForAnHour(json::View details)
{
    std::int64_t tokens = 0;
    for (const json::View detail : details.elements()) {
        if (detail["ttl"].equals("1h"))
            tokens += std::max<std::int64_t>(detail["inputTokens"].integerOr(0), 0);
    }
    return tokens;
}

} // namespace

chat::Usage usageOf(json::View usage)
{
    chat::Usage counts;
    setCount(counts, TokenKind::Input, usage["inputTokens"]);
    setCount(counts, TokenKind::Output, usage["outputTokens"]);
    setCount(counts, TokenKind::CacheRead, usage["cacheReadInputTokens"]);
    if (const auto written = usage["cacheWriteInputTokens"].integer()) {
        const std::int64_t all = std::max<std::int64_t>(*written, 0);
        const std::int64_t hour = std::min(writtenForAnHour(usage["cacheDetails"]), all);
        counts.set(TokenKind::CacheWrite5m, all - hour);
        if (hour > 0)
            counts.set(TokenKind::CacheWrite1h, hour);
    }
    return counts;
}

} // namespace fairlead::wire::bedrock
