// SPDX-License-Identifier: GPL-3.0-or-later
#include "routing/Estimate.h"

#include "metering/TokenEstimate.h"

#include <algorithm>

namespace fairlead::routing {

namespace {

using chat::TokenKind;

// Four bytes a token is what English takes; three is on the safe side for code and other scripts.
constexpr std::int64_t kBytesPerToken = 3;
// Larger requests hold images or files, whose bytes say little; no model reads more text than this for less
// than it is worth to be told apart.
constexpr std::int64_t kMostInput = 200'000;
constexpr std::int64_t kMostAnswers = 128;

/// The dearest of some kinds, for as many tokens.
void addDearest(
    CostSum &sum, const metering::PriceRow &row, std::int64_t tokens, std::initializer_list<TokenKind> kinds)
{
    UnitPrice dearest;
    for (const TokenKind kind : kinds)
        dearest = std::max(dearest, row.prices[static_cast<std::size_t>(kind)].value_or(UnitPrice()));
    sum.add(tokens, dearest);
}

} // namespace

Estimate estimateOf(const wire::InboundCall &call)
{
    Estimate estimate;
    estimate.inputTokens
        = std::min<std::int64_t>(call.document.text().size() / kBytesPerToken + 1, kMostInput);
    // What each dialect calls it: Chat Completions (twice), Responses, Messages, Gemini, Ollama.
    const auto [most, mostNow, mostAnswer, gemini, ollama, answers] = call.document.root().pick(
        "max_tokens", "max_completion_tokens", "max_output_tokens", "generationConfig", "options", "n");
    for (const json::View cap :
         {mostNow, mostAnswer, most, gemini["maxOutputTokens"], ollama["num_predict"]}) {
        const auto tokens = cap.integer();
        if (tokens && *tokens >= 0) {
            estimate.outputTokens = *tokens;
            break;
        }
    }
    const std::int64_t count
        = std::clamp<std::int64_t>(answers.integerOr(gemini["candidateCount"].integerOr(1)), 1, kMostAnswers);
    if (count > 1)
        estimate.outputTokens = estimate.outputTokens.value_or(Estimate::kUnsaidOutput) * count;
    return estimate;
}

Estimate estimateOf(const chat::ChatRequest &request)
{
    Estimate estimate;
    estimate.inputTokens = std::min(metering::estimateInputTokens(request), kMostInput);
    estimate.outputTokens = request.maxOutputTokens;
    return estimate;
}

NanoUsd
upperCost(const Estimate &estimate, const Target &target, const metering::PriceBook &prices, WallTime when)
{
    const QByteArray &priced
        = target.provider->priceProvider.isEmpty() ? target.provider->id : target.provider->priceProvider;
    const auto row = prices.find(priced, target.model, when, estimate.inputTokens);
    if (!row)
        return NanoUsd();
    std::int64_t output = estimate.outputTokens.value_or(Estimate::kUnsaidOutput);
    const auto *facts = prices.facts(priced, target.model);
    if (facts && facts->mostOutputTokens > 0)
        output = std::min(output, facts->mostOutputTokens);
    CostSum sum;
    addDearest(sum, *row, estimate.inputTokens, {TokenKind::Input, TokenKind::CacheWrite5m});
    addDearest(sum, *row, output, {TokenKind::Output, TokenKind::Reasoning});
    if (row->perRequest)
        sum.add(*row->perRequest);
    return sum.rounded();
}

} // namespace fairlead::routing
