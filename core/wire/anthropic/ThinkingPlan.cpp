// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/anthropic/ThinkingPlan.h"

#include "wire/anthropic/ModelTraits.h"

#include <algorithm>
#include <array>

namespace fairlead::wire::anthropic {

namespace {

using chat::ChatRequest;

// Sent when the caller gives no cap: within every current model's range, and short of the non-streaming time
// limit.
constexpr std::int64_t kDefaultMaxTokens = 8192;
// Messages API: budget_tokens >= 1024 and < max_tokens.
constexpr std::int64_t kLeastBudget = 1024;

struct EffortRow {
    QByteArrayView effort; ///< the caller's word
    QByteArrayView adaptive; ///< output_config.effort
    std::int64_t budget; ///< budget_tokens; the vendor names no standard
};
constexpr std::array<EffortRow, 6> kEfforts{{
    {"minimal", "low", 1024},
    {"low", "low", 2048},
    {"medium", "medium", 8192},
    {"high", "high", 16384},
    {"xhigh", "xhigh", 20480},
    {"max", "max", 24576},
}};

const EffortRow *rowOf(QByteArrayView effort)
{
    const auto row = std::find_if(
        kEfforts.begin(), kEfforts.end(), [&](const EffortRow &r) { return r.effort == effort; });
    return row == kEfforts.end() ? nullptr : &*row;
}

/// The least effort whose budget is enough.
const EffortRow &rowFor(std::int64_t budget)
{
    const auto row = std::find_if(
        kEfforts.begin(), kEfforts.end(), [&](const EffortRow &r) { return r.budget >= budget; });
    return row == kEfforts.end() ? kEfforts.back() : *row;
}

ThinkingStyle styleOf(const ChatRequest &request, const Quirks &quirks)
{
    if (quirks.thinkingStyle == "adaptive")
        return ThinkingStyle::Adaptive;
    if (quirks.thinkingStyle == "budget")
        return ThinkingStyle::Budget;
    return traitsOf(request.model).thinking;
}

/// With a budget, Anthropic wants the assistant turn of a running tool loop to begin with its thinking; a
/// history that came through a dialect without a place for it cannot give that. (Adaptive thinking asks
/// nothing of the history.)
bool loopLacksThinking(const ChatRequest &request)
{
    const auto isResult = [](const chat::Message &message) {
        return message.role == chat::Role::Tool
               || std::any_of(message.parts.begin(), message.parts.end(), [](const chat::Part &part) {
                      return std::holds_alternative<chat::ToolResultPart>(part);
                  });
    };
    auto message = request.messages.rbegin();
    if (message == request.messages.rend() || !isResult(*message))
        return false;
    while (message != request.messages.rend() && message->role != chat::Role::Assistant)
        ++message;
    if (message == request.messages.rend())
        return false;
    return std::none_of(message->parts.begin(), message->parts.end(), [](const chat::Part &part) {
        const auto *reasoning = std::get_if<chat::ReasoningPart>(&part);
        return reasoning && reasoning->origin == "anthropic"
               && (!reasoning->signature.isEmpty() || !reasoning->redacted.isEmpty());
    });
}

void planAdaptive(
    const ChatRequest &request, const chat::Reasoning &asked, ThinkingPlan &plan, Losses &losses)
{
    // To callers of this dialect effort is about the whole answer; thinking is asked for by itself.
    const bool own = request.dialect == "anthropic";
    if (!own || asked.budgetTokens) {
        plan.mode = ThinkingPlan::Mode::Adaptive;
        if (!own || asked.includeText)
            plan.display = asked.includeText.value_or(true) ? "summarized" : "omitted";
    }
    if (asked.effort.isEmpty()) {
        if (asked.budgetTokens.value_or(-1) > 0) {
            plan.effort = rowFor(*asked.budgetTokens).adaptive.toByteArray();
            losses.approximated(
                "reasoning.budget_tokens", "this model takes an effort, sent: " + plan.effort);
        }
    } else if (const EffortRow *row = rowOf(asked.effort)) {
        plan.effort = row->adaptive.toByteArray();
    } else {
        losses.dropped("reasoning_effort", "unknown level " + asked.effort);
    }
    if (plan.effort == "xhigh" && !traitsOf(request.model).xhigh)
        plan.effort = QByteArrayLiteral("high");
    if (!asked.effort.isEmpty() && !plan.effort.isEmpty() && plan.effort != asked.effort)
        losses.approximated("reasoning_effort", "sent: " + plan.effort);
}

void planBudget(const ChatRequest &request, const chat::Reasoning &asked, ThinkingPlan &plan, Losses &losses)
{
    const EffortRow *row
        = rowOf(asked.effort.isEmpty() ? QByteArrayView("medium") : QByteArrayView(asked.effort));
    if (!row) {
        losses.dropped("reasoning_effort", "unknown level " + asked.effort);
        return;
    }
    const std::int64_t wanted = asked.budgetTokens.value_or(-1) > 0 ? *asked.budgetTokens : row->budget;
    plan.budget = std::max(wanted, kLeastBudget);
    if (!request.maxOutputTokens) {
        // Nobody set a limit, so room is made for the answer behind the thinking.
        plan.maxTokens = std::min(plan.budget + plan.maxTokens, traitsOf(request.model).mostOutput);
    }
    if (plan.maxTokens <= kLeastBudget) {
        plan.budget = 0;
        losses.dropped("reasoning_effort", "max_tokens leaves no room for the least budget of 1024 tokens");
        return;
    }
    plan.budget = std::min(plan.budget, plan.maxTokens - 1);
    plan.mode = ThinkingPlan::Mode::Enabled;
    if (asked.includeText)
        plan.display = *asked.includeText ? "summarized" : "omitted";
    if (plan.budget != asked.budgetTokens.value_or(-1))
        losses.approximated("reasoning_effort", "budget_tokens " + QByteArray::number(plan.budget));
}

std::int64_t maxTokensOf(const ChatRequest &request, const Quirks &quirks, Losses &losses)
{
    if (request.maxOutputTokens)
        return *request.maxOutputTokens;
    const std::int64_t chosen
        = quirks.defaultMaxTokens.value_or(std::min(kDefaultMaxTokens, traitsOf(request.model).mostOutput));
    losses.chosen("max_tokens", "required here and not given");
    return chosen;
}

} // namespace

ThinkingPlan planThinking(const ChatRequest &request, const Quirks &quirks, bool forcedTool, Losses &losses)
{
    ThinkingPlan plan;
    plan.maxTokens = maxTokensOf(request, quirks, losses);
    if (!request.reasoning)
        return plan;
    const chat::Reasoning &asked = *request.reasoning;
    const bool wordless = asked.effort.isEmpty() && !asked.budgetTokens;
    if (wordless && !asked.includeText.value_or(false) && asked.summary.isEmpty())
        return plan;

    const ThinkingStyle style = styleOf(request, quirks);
    if (asked.effort == "none" || (asked.effort.isEmpty() && asked.budgetTokens == 0)) {
        // Where thinking must be asked for, silence is off already.
        plan.mode
            = style == ThinkingStyle::Adaptive ? ThinkingPlan::Mode::Disabled : ThinkingPlan::Mode::Unsaid;
        return plan;
    }
    if (style == ThinkingStyle::None) {
        losses.dropped("reasoning_effort", "this model does not think");
    } else if (forcedTool) {
        losses.dropped("reasoning_effort", "Anthropic refuses thinking with a forced tool");
    } else if (style == ThinkingStyle::Adaptive) {
        planAdaptive(request, asked, plan, losses);
    } else if (loopLacksThinking(request)) {
        losses.dropped("reasoning_effort", "the tool call being answered came without its signed thinking");
    } else {
        planBudget(request, asked, plan, losses);
    }
    return plan;
}

} // namespace fairlead::wire::anthropic
