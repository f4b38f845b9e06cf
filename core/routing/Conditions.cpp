// SPDX-License-Identifier: GPL-3.0-or-later
#include "routing/Conditions.h"

#include "base/Pattern.h"
#include "config/ConditionText.h"

#include <QDateTime>

#include <algorithm>

namespace fairlead::routing {

namespace {

using config::Condition;
using Outcome = Verdict::Outcome;

bool matchesAny(const std::vector<QByteArray> &patterns, const QByteArray &text)
{
    return std::any_of(patterns.begin(), patterns.end(), [&](const QByteArray &pattern) {
        return matchesPattern(pattern, text);
    });
}

Verdict unless(bool holds, const QByteArray &reason)
{
    return holds ? Verdict() : Verdict{Outcome::Fails, reason};
}

template<typename T>
Verdict known(const std::optional<T> &value, const QByteArray &reason)
{
    return value ? Verdict() : Verdict{Outcome::Unknown, reason + " (not known here)"};
}

/// A span that goes on past midnight belongs to the day it began on.
bool isOpen(const Condition &condition, const QDateTime &local)
{
    const int minute = local.time().msecsSinceStartOfDay() / 60'000;
    int day = local.date().dayOfWeek();
    if (const auto &hours = condition.hours) {
        const bool overnight = hours->to < hours->from;
        const bool early = minute < hours->to;
        if (overnight ? minute < hours->from && !early : minute < hours->from || !early)
            return false;
        if (overnight && early)
            day = local.date().addDays(-1).dayOfWeek();
    }
    const std::vector<int> &days = condition.days;
    return days.empty() || std::find(days.begin(), days.end(), day) != days.end();
}

Verdict checkTokens(const Condition &condition, const RequestFacts &facts)
{
    if (!condition.leastTokens && !condition.mostTokens)
        return {};
    const QByteArray reason = "only " + config::tokensText(condition);
    const auto &tokens = facts.content().inputTokens;
    if (!tokens)
        return known(tokens, reason);
    const bool holds
        = *tokens >= condition.leastTokens.value_or(0) && *tokens <= condition.mostTokens.value_or(*tokens);
    return unless(holds, reason + " (about " + config::grouped(*tokens) + " here)");
}

Verdict checkFlag(
    const std::optional<bool> &wanted, const RequestFacts &facts, std::optional<bool> RequestContent::*member,
    const char *what)
{
    if (!wanted)
        return {};
    const QByteArray reason = QByteArray(*wanted ? "only with " : "only without ") + what;
    const auto &has = facts.content().*member;
    return has ? unless(*has == *wanted, reason) : known(has, reason);
}

Verdict checkHeaders(const Condition &condition, const RequestFacts &facts)
{
    for (const Condition::Header &header : condition.headers) {
        const QByteArray reason = "only " + config::headerText(header);
        if (!facts.headers)
            return {Outcome::Unknown, reason + " (not known here)"};
        if (!matchesPattern(header.value, facts.headers->value(header.name)))
            return {Outcome::Fails, reason};
    }
    return {};
}

Verdict checkBudget(const Condition &condition, const RequestFacts &facts)
{
    if (!condition.leastBudget && !condition.mostBudget)
        return {};
    const QByteArray reason = "only " + config::budgetText(condition);
    if (!facts.budgetLeft)
        return {Outcome::Unknown, reason + " (not known here)"};
    const auto left = facts.budgetLeft(facts.app);
    // Without a budget there is always enough, and never little.
    if (!left)
        return unless(!condition.mostBudget, reason + " (there is none)");
    const bool holds
        = *left >= condition.leastBudget.value_or(*left) && *left <= condition.mostBudget.value_or(*left);
    return unless(holds, reason + " ($" + left->toDecimal() + " left)");
}

QDateTime localTime(WallTime now)
{
    return QDateTime::fromMSecsSinceEpoch(toUnixMs(now), Qt::LocalTime);
}

} // namespace

Verdict check(const Condition &condition, const RequestFacts &facts)
{
    // What costs nothing to know comes first.
    if (!condition.apps.empty() && !matchesAny(condition.apps, facts.app))
        return {Outcome::Fails, "only " + config::appsText(condition)};
    if (!condition.models.empty() && !matchesAny(condition.models, facts.modelAsked))
        return {Outcome::Fails, "only " + config::modelsText(condition)};
    if ((condition.hours || !condition.days.empty()) && !isOpen(condition, localTime(facts.now)))
        return {Outcome::Fails, "only " + config::timeText(condition)};
    for (const Verdict &verdict : {checkHeaders(condition, facts), checkBudget(condition, facts)}) {
        if (verdict.outcome != Outcome::Holds)
            return verdict;
    }
    if (Verdict tokens = checkTokens(condition, facts); tokens.outcome != Outcome::Holds)
        return tokens;
    if (Verdict tools = checkFlag(condition.tools, facts, &RequestContent::tools, "tools");
        tools.outcome != Outcome::Holds)
        return tools;
    return checkFlag(condition.images, facts, &RequestContent::images, "images");
}

} // namespace fairlead::routing
