// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/RouteFormat.h"

#include "config/ConfigKeys.h"

namespace fairlead::config {

namespace {

using json::Writer;

/// One is written as itself, more as a list.
void oneOrMore(Writer &writer, QByteArrayView key, const std::vector<QByteArray> &texts)
{
    if (texts.empty())
        return;
    if (texts.size() == 1) {
        writer.member(key, texts.front());
        return;
    }
    writer.key(key).beginArray();
    for (const QByteArray &text : texts)
        writer.string(text);
    writer.endArray();
}

void optionalInteger(Writer &writer, QByteArrayView key, std::optional<qint64> number)
{
    if (number)
        writer.memberInteger(key, *number);
}

void optionalFlag(Writer &writer, QByteArrayView key, std::optional<bool> flag)
{
    if (flag)
        writer.memberBoolean(key, *flag);
}

void optionalMoney(Writer &writer, QByteArrayView key, std::optional<NanoUsd> amount)
{
    if (amount)
        writer.member(key, amount->toDecimal());
}

void optionalLimit(Writer &writer, QByteArrayView key, std::optional<std::chrono::milliseconds> limit)
{
    if (limit)
        writer.memberInteger(key, limit->count());
}

void writeCondition(Writer &writer, const Condition &condition)
{
    writer.key("when").beginObject();
    oneOrMore(writer, "app", condition.apps);
    oneOrMore(writer, "model", condition.models);
    if (!condition.headers.empty()) {
        writer.key("header").beginObject();
        for (const Condition::Header &header : condition.headers)
            writer.member(header.name, header.value);
        writer.endObject();
    }
    optionalInteger(writer, "min_tokens", condition.leastTokens);
    optionalInteger(writer, "max_tokens", condition.mostTokens);
    optionalFlag(writer, "tools", condition.tools);
    optionalFlag(writer, "images", condition.images);
    if (condition.hours)
        writer.member("hours", hoursText(*condition.hours));
    std::vector<QByteArray> days;
    for (const int day : condition.days)
        days.push_back(dayNames()[static_cast<std::size_t>(day - 1)].toByteArray());
    oneOrMore(writer, "days", days);
    optionalMoney(writer, "min_budget_left", condition.leastBudget);
    optionalMoney(writer, "max_budget_left", condition.mostBudget);
    writer.endObject();
}

void writeTarget(Writer &writer, const RouteTarget &target)
{
    if (target == RouteTarget(target.name)) {
        writer.string(target.name);
        return;
    }
    writer.beginObject();
    writer.member("target", target.name);
    if (target.weight != 1)
        writer.memberInteger("weight", target.weight);
    if (target.when)
        writeCondition(writer, *target.when);
    if (target.sharePermille)
        writer.member("share", permilleText(*target.sharePermille));
    if (target.shadow)
        writer.memberBoolean("shadow", true);
    writer.endObject();
}

void writeDeadlines(Writer &writer, const RouteDeadlines &deadlines)
{
    if (deadlines == RouteDeadlines())
        return;
    writer.key("deadlines").beginObject();
    optionalLimit(writer, "connect_ms", deadlines.connect);
    optionalLimit(writer, "first_token_ms", deadlines.firstToken);
    optionalLimit(writer, "idle_ms", deadlines.idle);
    optionalLimit(writer, "total_ms", deadlines.total);
    if (!deadlines.adaptive)
        writer.memberBoolean("adaptive", false);
    writer.endObject();
}

void writeHedge(Writer &writer, const Hedge &hedge)
{
    writer.key("hedge").beginObject();
    if (hedge.percentile)
        writer.member("after", 'p' + QByteArray::number(*hedge.percentile));
    else
        optionalLimit(writer, "after", hedge.after);
    writer.member("max_usd", hedge.mostUsd.toDecimal());
    writer.member("per", hedge.per);
    writer.endObject();
}

} // namespace

void writeRoute(Writer &writer, const RouteConfig &route)
{
    writer.member("model", route.model);
    writer.member("strategy", route.strategy);
    writer.key("targets").beginArray();
    for (const RouteTarget &target : route.targets)
        writeTarget(writer, target);
    writer.endArray();
    if (route.sticky)
        writer.memberBoolean("sticky", true);
    if (route.recovery)
        writer.member("recovery", recoveryNames()[static_cast<std::size_t>(*route.recovery)]);
    writeDeadlines(writer, route.deadlines);
    if (route.hedge)
        writeHedge(writer, *route.hedge);
    if (route.mostAttempts)
        writer.memberInteger("max_attempts", *route.mostAttempts);
    if (route.strict)
        writer.memberBoolean("strict", true);
}

} // namespace fairlead::config
