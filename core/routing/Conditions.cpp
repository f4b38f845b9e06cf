// SPDX-License-Identifier: GPL-3.0-or-later
#include "routing/Conditions.h"

#include "base/Pattern.h"
#include "config/ConfigKeys.h"

#include <QByteArrayList>
#include <QDateTime>

#include <algorithm>

namespace fairlead::routing {

namespace {

using config::Condition;
using Outcome = Verdict::Outcome;

/// "1,234,567"
QByteArray grouped(std::int64_t number)
{
    QByteArray text = QByteArray::number(static_cast<qlonglong>(number));
    for (qsizetype at = text.size() - 3; at > 0; at -= 3)
        text.insert(at, ',');
    return text;
}

/// "the app a" or "the apps a, b"
QByteArray listed(const char *noun, const std::vector<QByteArray> &names)
{
    return QByteArray("the ") + noun + (names.size() > 1 ? "s " : " ")
           + QByteArrayList(names.begin(), names.end()).join(", ");
}

bool matchesAny(const std::vector<QByteArray> &patterns, const QByteArray &text)
{
    return std::any_of(patterns.begin(), patterns.end(), [&](const QByteArray &pattern) {
        return matchesPattern(pattern, text);
    });
}

QByteArray daysText(const std::vector<int> &days)
{
    QByteArrayList names;
    for (const int day : days)
        names.append(config::dayNames()[static_cast<std::size_t>(day - 1)].toByteArray());
    return names.join(", ");
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

QByteArray tokensText(const Condition &condition)
{
    QByteArray text;
    if (condition.leastTokens)
        text = "from " + grouped(*condition.leastTokens);
    if (condition.mostTokens)
        text += (text.isEmpty() ? "up to " : " up to ") + grouped(*condition.mostTokens);
    return text + " tokens of prompt";
}

QByteArray timeText(const Condition &condition)
{
    QByteArray text;
    if (condition.hours)
        text = "from " + config::hoursText(*condition.hours).replace("-", " to ");
    if (!condition.days.empty())
        text += (text.isEmpty() ? "on " : " on ") + daysText(condition.days);
    return text;
}

QByteArray budgetText(const Condition &condition)
{
    QByteArray text;
    if (condition.leastBudget)
        text = "at least $" + condition.leastBudget->toDecimal();
    if (condition.mostBudget)
        text += (text.isEmpty() ? "at most $" : " and at most $") + condition.mostBudget->toDecimal();
    return "with " + text + " left of the budget";
}

Verdict checkTokens(const Condition &condition, const RequestFacts &facts)
{
    if (!condition.leastTokens && !condition.mostTokens)
        return {};
    const QByteArray reason = "only " + tokensText(condition);
    const auto &tokens = facts.content().inputTokens;
    if (!tokens)
        return known(tokens, reason);
    const bool holds
        = *tokens >= condition.leastTokens.value_or(0) && *tokens <= condition.mostTokens.value_or(*tokens);
    return unless(holds, reason + " (about " + grouped(*tokens) + " here)");
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
        const QByteArray reason = "only with the header " + header.name + ": " + header.value;
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
    const QByteArray reason = "only " + budgetText(condition);
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
        return {Outcome::Fails, "only for " + listed("app", condition.apps)};
    if (!condition.models.empty() && !matchesAny(condition.models, facts.modelAsked))
        return {Outcome::Fails, "only asked for as " + listed("model", condition.models)};
    if ((condition.hours || !condition.days.empty()) && !isOpen(condition, localTime(facts.now)))
        return {Outcome::Fails, "only " + timeText(condition)};
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

QByteArray conditionText(const Condition &condition)
{
    QByteArrayList parts;
    if (!condition.apps.empty())
        parts.append("for " + listed("app", condition.apps));
    if (!condition.models.empty())
        parts.append("asked for as " + listed("model", condition.models));
    for (const Condition::Header &header : condition.headers)
        parts.append("with the header " + header.name + ": " + header.value);
    if (condition.leastTokens || condition.mostTokens)
        parts.append(tokensText(condition));
    if (condition.tools)
        parts.append(*condition.tools ? "with tools" : "without tools");
    if (condition.images)
        parts.append(*condition.images ? "with images" : "without images");
    if (condition.hours || !condition.days.empty())
        parts.append(timeText(condition));
    if (condition.leastBudget || condition.mostBudget)
        parts.append(budgetText(condition));
    return parts.join(", ");
}

} // namespace fairlead::routing
