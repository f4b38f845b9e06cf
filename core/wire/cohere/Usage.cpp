// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/cohere/Usage.h"

namespace fairlead::wire::cohere {

namespace {

std::optional<std::int64_t> count(json::View value)
{
    const auto found = value.integer();
    return found && *found >= 0 ? found : std::nullopt;
}

std::optional<std::int64_t> either(json::View first, json::View second)
{
    const auto found = count(first);
    return found ? found : count(second);
}

} // namespace

chat::Usage usageOf(json::View usage)
{
    const auto [tokens, billed, cached, reasoning]
        = usage.pick("tokens", "billed_units", "cached_tokens", "reasoning_tokens");
    chat::InclusiveCounts counts;
    counts.prompt = either(tokens["input_tokens"], billed["input_tokens"]);
    counts.completion = either(tokens["output_tokens"], billed["output_tokens"]);
    counts.cacheRead = either(cached, tokens["cached_tokens"]);
    counts.reasoning = either(reasoning, tokens["reasoning_tokens"]);
    return chat::fromInclusive(counts);
}

void writeUsage(json::Writer &writer, const chat::Usage &usage)
{
    using chat::TokenKind;
    writer.beginObject();
    for (const char *name : {"billed_units", "tokens"}) {
        writer.key(QByteArrayView(name)).beginObject();
        writer.memberInteger("input_tokens", usage.totalInput());
        writer.memberInteger("output_tokens", usage.totalOutput()).endObject();
    }
    if (const auto cached = usage.get(TokenKind::CacheRead))
        writer.memberInteger("cached_tokens", *cached);
    if (const auto reasoning = usage.get(TokenKind::Reasoning))
        writer.memberInteger("reasoning_tokens", *reasoning);
    writer.endObject();
}

} // namespace fairlead::wire::cohere
