// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/gemini/Thinking.h"

#include <algorithm>
#include <array>
#include <optional>

namespace fairlead::wire::gemini {

namespace {

using chat::ChatRequest;
using chat::Reasoning;

struct EffortRow {
    QByteArrayView effort;
    QByteArrayView level;
    std::int64_t budget;
};
// Budgets as Google's own OpenAI layer maps reasoning_effort (ai.google.dev/gemini-api/docs/openai,
// "Thinking"); 24576 is also the most a 2.5 Flash takes.
constexpr std::array<EffortRow, 7> kEfforts{{
    {"none", "minimal", 0},
    {"minimal", "minimal", 1024},
    {"low", "low", 1024},
    {"medium", "medium", 8192},
    {"high", "high", 24576},
    {"xhigh", "high", 24576},
    {"max", "high", 24576},
}};
// 2.5 Pro cannot stop thinking.
constexpr std::int64_t kLeastProBudget = 128;

constexpr std::array<QByteArrayView, 7> kThoughtless{
    "gemini-1", "gemini-2.0", "gemini-pro-vision", "gemini-exp", "gemma-2", "gemma-3", "learnlm"};

const EffortRow *rowOf(QByteArrayView effort)
{
    const auto row = std::find_if(
        kEfforts.begin(), kEfforts.end(), [&](const EffortRow &r) { return r.effort == effort; });
    return row == kEfforts.end() ? nullptr : &*row;
}

bool isPro(const ChatRequest &request)
{
    return request.model.contains("-pro");
}

QByteArray levelFor(const ChatRequest &request, const Reasoning &asked, Losses &losses)
{
    QByteArray level;
    QByteArray said = asked.effort;
    if (const EffortRow *row = rowOf(asked.effort)) {
        level = row->level.toByteArray();
    } else if (!asked.effort.isEmpty()) {
        losses.dropped("reasoning_effort", "unknown level " + asked.effort);
    } else if (asked.budgetTokens && *asked.budgetTokens >= 0) {
        const auto enough = std::find_if(kEfforts.begin(), kEfforts.end(), [&](const EffortRow &r) {
            return r.budget >= *asked.budgetTokens;
        });
        level = (enough == kEfforts.end() ? kEfforts.back() : *enough).level.toByteArray();
        said = QByteArray::number(*asked.budgetTokens) + " tokens";
    }
    // Pro models have no "minimal", and the first of them no "medium".
    if (isPro(request) && level == "minimal")
        level = QByteArrayLiteral("low");
    if (request.model.contains("gemini-3-pro") && level == "medium")
        level = QByteArrayLiteral("high");
    if (!level.isEmpty() && level != said)
        losses.approximated("reasoning_effort", said + " became thinkingLevel " + level);
    return level;
}

std::optional<std::int64_t> budgetFor(const ChatRequest &request, const Reasoning &asked, Losses &losses)
{
    std::optional<std::int64_t> budget = asked.budgetTokens;
    if (!budget && !asked.effort.isEmpty()) {
        const EffortRow *row = rowOf(asked.effort);
        if (!row) {
            losses.dropped("reasoning_effort", "unknown level " + asked.effort);
            return std::nullopt;
        }
        budget = row->budget;
        if (row->budget > 0)
            losses.approximated("reasoning_effort", "thinkingBudget " + QByteArray::number(row->budget));
    }
    if (budget == 0 && isPro(request)) {
        losses.approximated("reasoning_effort", "this model cannot stop thinking, thinkingBudget 128");
        budget = kLeastProBudget;
    }
    return budget;
}

} // namespace

ThinkingStyle thinkingStyleOf(QByteArrayView model, const Quirks &quirks)
{
    if (quirks.thinkingStyle == "level")
        return ThinkingStyle::Level;
    if (quirks.thinkingStyle == "budget")
        return ThinkingStyle::Budget;
    const QByteArray name = model.toByteArray().toLower();
    if (name.contains("gemini-2.5") || name.contains("robotics-er-1.5"))
        return ThinkingStyle::Budget;
    const bool thoughtless = std::any_of(
        kThoughtless.begin(), kThoughtless.end(), [&](QByteArrayView part) { return name.contains(part); });
    return thoughtless ? ThinkingStyle::None : ThinkingStyle::Level;
}

void writeThinking(const ChatRequest &request, const Quirks &quirks, json::Writer &writer, Losses &losses)
{
    if (!request.reasoning)
        return;
    const Reasoning &asked = *request.reasoning;
    const bool off = asked.effort == "none" || (asked.effort.isEmpty() && asked.budgetTokens == 0);
    const ThinkingStyle style = thinkingStyleOf(request.model, quirks);
    if (style == ThinkingStyle::None) {
        if (!off)
            losses.dropped("reasoning_effort", "this model does not think");
        return;
    }
    writer.key("thinkingConfig").beginObject();
    if (style == ThinkingStyle::Level) {
        if (const QByteArray level = levelFor(request, asked, losses); !level.isEmpty())
            writer.member("thinkingLevel", level);
    } else if (const auto budget = budgetFor(request, asked, losses)) {
        writer.memberInteger("thinkingBudget", *budget);
    }
    writer.memberBoolean("includeThoughts", !off && asked.includeText.value_or(true));
    writer.endObject();
}

} // namespace fairlead::wire::gemini
