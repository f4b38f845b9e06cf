// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/RouteParse.h"

#include "base/Pattern.h"
#include "config/ConfigValues.h"

#include <QByteArrayList>

#include <algorithm>

namespace fairlead::config {

namespace {

using json::View;
using std::chrono::milliseconds;

constexpr qint64 kDayMs = 24 * 60 * 60 * 1000;
constexpr qint64 kMostWeight = 1'000'000;
constexpr qint64 kMostTokens = 1'000'000'000;

bool isAnyValue(QByteArrayView text)
{
    return !text.isEmpty() && text.size() <= 1024;
}

bool isTargetOrRoute(QByteArrayView text)
{
    return text.contains('/') ? isTarget(text) : isModelName(text);
}

bool isShare(QByteArrayView text)
{
    return permilleFrom(text).has_value();
}

bool isHours(QByteArrayView text)
{
    return hoursFrom(text).has_value();
}

Result<std::vector<Condition::Header>>
readHeaders(const ConfigReader &reader, View value, const QByteArray &where)
{
    std::vector<Condition::Header> headers;
    if (!value.isObject())
        return reader.wrongType(value, where, "an object ({...})");
    for (const auto &[name, member] : value.members()) {
        if (looksLikeKey(member.stringOr({})))
            return reader.error(member, where, kKeyHint);
        if (!isHeaderName(name))
            return reader.error(member, where, "names are of letters, digits and -: \"x-team\"");
        const QByteArray place = where + "." + name;
        auto pattern
            = reader.text(member, place, isAnyValue, "the header's value, in which * stands for anything");
        if (!pattern)
            return fail(pattern.error());
        headers.push_back({name.toLower(), std::move(*pattern)});
    }
    return headers;
}

Result<int> readDay(const ConfigReader &reader, View value, const QByteArray &where)
{
    const auto names = dayNames();
    return reader.choice(value, where, names).map([names](const QByteArray &name) {
        return static_cast<int>(std::find(names.begin(), names.end(), QByteArrayView(name)) - names.begin())
               + 1;
    });
}

/// What no request can ever meet.
QByteArray impossible(const Condition &condition)
{
    if (condition == Condition())
        return "says nothing; leave \"when\" out, or name what must hold";
    if (condition.leastTokens && condition.mostTokens && *condition.leastTokens > *condition.mostTokens)
        return "can never hold: \"min_tokens\" is above \"max_tokens\"";
    if (condition.leastBudget && condition.mostBudget && *condition.leastBudget > *condition.mostBudget)
        return "can never hold: \"min_budget_left\" is above \"max_budget_left\"";
    if (condition.hours && condition.hours->from == condition.hours->to)
        return "can never hold: \"hours\" ends when it begins; leave it out for the whole day";
    return {};
}

Result<Condition> readCondition(const ConfigReader &reader, View value, const QByteArray &where)
{
    Condition condition;
    const auto pattern = [&reader](View element, const QByteArray &place) {
        return reader.text(element, place, isAnyValue, "a name, in which * stands for anything");
    };
    const auto day
        = [&reader](View element, const QByteArray &place) { return readDay(reader, element, place); };
    const auto done = reader.object(
        value, where, Section::Condition, [&](QByteArrayView key, View v, const QByteArray &at) -> Result<> {
            if (key == "app")
                return reader.oneOrMore(v, at, condition.apps, pattern);
            if (key == "model")
                return reader.oneOrMore(v, at, condition.models, pattern);
            if (key == "header")
                return put(readHeaders(reader, v, at), condition.headers);
            if (key == "min_tokens")
                return put(reader.whole(v, at, 1, kMostTokens), condition.leastTokens);
            if (key == "max_tokens")
                return put(reader.whole(v, at, 1, kMostTokens), condition.mostTokens);
            if (key == "tools")
                return put(reader.flag(v, at), condition.tools);
            if (key == "images")
                return put(reader.flag(v, at), condition.images);
            if (key == "hours")
                return put(
                    reader.text(v, at, isHours, "a span of the local day, \"22:00-06:00\"")
                        .map([](const QByteArray &text) { return *hoursFrom(text); }),
                    condition.hours);
            if (key == "days")
                return reader.oneOrMore(v, at, condition.days, day);
            return put(
                reader.money(v, at), key == "min_budget_left" ? condition.leastBudget : condition.mostBudget);
        });
    if (!done)
        return fail(done.error());
    if (const QByteArray why = impossible(condition); !why.isEmpty())
        return reader.error(value, where, why);
    std::sort(condition.days.begin(), condition.days.end());
    condition.days.erase(std::unique(condition.days.begin(), condition.days.end()), condition.days.end());
    return condition;
}

Result<QByteArray> readTargetName(const ConfigReader &reader, View value, const QByteArray &where)
{
    return reader.text(value, where, isTargetOrRoute, "\"provider/model\" or the name of another route");
}

Result<RouteTarget> readTarget(const ConfigReader &reader, View value, const QByteArray &where)
{
    RouteTarget target;
    target.line.number = reader.lineOf(value);
    if (!value.isObject()) {
        if (auto named = put(readTargetName(reader, value, where), target.name); !named)
            return fail(named.error());
        return target;
    }
    const auto done = reader.object(
        value, where, Section::Target, [&](QByteArrayView key, View v, const QByteArray &at) -> Result<> {
            if (key == "target")
                return put(readTargetName(reader, v, at), target.name);
            if (key == "weight")
                return put(
                    reader.whole(v, at, 1, kMostWeight).map([](qint64 n) { return static_cast<int>(n); }),
                    target.weight);
            if (key == "when")
                return put(readCondition(reader, v, at), target.when);
            if (key == "share")
                return put(
                    reader
                        .text(v, at, isShare, "a share above nothing and below all, like \"5%\" or \"0.5%\"")
                        .map([](const QByteArray &text) { return *permilleFrom(text); }),
                    target.sharePermille);
            return put(reader.flag(v, at), target.shadow);
        });
    if (!done)
        return fail(done.error());
    if (const auto name = reader.required(target.name, value, where, "target"); !name)
        return fail(name.error());
    return target;
}

Result<RouteDeadlines> readDeadlines(const ConfigReader &reader, View value, const QByteArray &where)
{
    RouteDeadlines deadlines;
    const auto done = reader.object(
        value, where, Section::Deadlines, [&](QByteArrayView key, View v, const QByteArray &at) -> Result<> {
            if (key == "adaptive")
                return put(reader.flag(v, at), deadlines.adaptive);
            const auto limit = reader.whole(v, at, 1, kDayMs).map([](qint64 n) { return milliseconds(n); });
            if (key == "connect_ms")
                return put(limit, deadlines.connect);
            if (key == "first_token_ms")
                return put(limit, deadlines.firstToken);
            if (key == "idle_ms")
                return put(limit, deadlines.idle);
            return put(limit, deadlines.total);
        });
    if (!done)
        return fail(done.error());
    return deadlines;
}

Result<> readAfter(const ConfigReader &reader, View value, const QByteArray &where, Hedge &hedge)
{
    if (!value.isString())
        return put(
            reader.whole(value, where, 1, kDayMs).map([](qint64 n) { return milliseconds(n); }), hedge.after);
    return put(
        reader.choice(value, where, percentileNames()).map([](const QByteArray &name) {
            return name.mid(1).toInt();
        }),
        hedge.percentile);
}

Result<Hedge> readHedge(const ConfigReader &reader, View value, const QByteArray &where)
{
    Hedge hedge;
    const auto done = reader.object(
        value, where, Section::Hedge, [&](QByteArrayView key, View v, const QByteArray &at) -> Result<> {
            if (key == "after")
                return readAfter(reader, v, at, hedge);
            if (key == "max_usd")
                return put(reader.money(v, at), hedge.mostUsd);
            return put(reader.choice(v, at, budgetPeriods()), hedge.per);
        });
    if (!done)
        return fail(done.error());
    if (!hedge.after && !hedge.percentile)
        return reader.error(value, where, "needs \"after\": \"p95\", or milliseconds");
    return hedge;
}

Recovery recoveryByName(const QByteArray &name)
{
    const auto names = recoveryNames();
    return static_cast<Recovery>(std::find(names.begin(), names.end(), QByteArrayView(name)) - names.begin());
}

/// What the targets of one route must be together.
Result<>
checkTargets(const ConfigReader &reader, const RouteConfig &route, View value, const QByteArray &where)
{
    int ordinary = 0;
    int canaries = 0;
    int shares = 0;
    for (const RouteTarget &target : route.targets) {
        canaries += target.isCanary() ? 1 : 0;
        shares += target.isCanary() ? *target.sharePermille : 0;
        ordinary += !target.isCanary() && !target.shadow ? 1 : 0;
    }
    const View list = value["targets"];
    const QByteArray place = where + ".targets";
    if (route.targets.empty())
        return reader.error(value, where, "needs \"targets\": at least one \"provider/model\"");
    if (ordinary == 0)
        return reader.error(
            list, place, "needs a target that is neither a shadow nor a canary (\"share\"), for the rest");
    if (shares >= 1000)
        return reader.error(list, place, "the shares come to 100% or more; leave some for the other targets");
    const bool another = ordinary + canaries > 1 || !route.targets.front().name.contains('/');
    if (route.hedge && !another)
        return reader.error(value["hedge"], where + ".hedge", "needs a second target to go to");
    return {};
}

const RouteConfig *routeNamed(const std::vector<RouteConfig> &routes, const QByteArray &name)
{
    const auto at
        = std::find_if(routes.begin(), routes.end(), [&](const auto &route) { return route.model == name; });
    return at == routes.end() ? nullptr : &*at;
}

/// Looks for a way from a route back to itself through targets that are routes. Each route is gone into once.
class Circles
{
public:
    explicit Circles(const std::vector<RouteConfig> &routes)
        : m_routes(routes)
    { }

    /// The way; empty if there is none.
    QByteArrayList from(const RouteConfig &route)
    {
        if (m_way.contains(route.model))
            return m_way.mid(m_way.indexOf(route.model)) << route.model;
        if (m_done.contains(route.model))
            return {};
        m_way.append(route.model);
        for (const RouteTarget &target : route.targets) {
            const RouteConfig *next = target.name.contains('/') ? nullptr : routeNamed(m_routes, target.name);
            QByteArrayList found = next ? from(*next) : QByteArrayList();
            if (!found.isEmpty())
                return found;
        }
        m_way.removeLast();
        m_done.append(route.model);
        return {};
    }

private:
    const std::vector<RouteConfig> &m_routes;
    QByteArrayList m_way;
    QByteArrayList m_done;
};

/// A name no request for this route can have been made by.
bool isNeverAsked(const RouteConfig &route, const Condition &condition)
{
    return !route.isPattern() && !condition.models.empty()
           && std::none_of(condition.models.begin(), condition.models.end(), [&](const QByteArray &pattern) {
                  return matchesPattern(pattern, route.model);
              });
}

} // namespace

Result<RouteConfig> readRoute(const ConfigReader &reader, View value, const QByteArray &where)
{
    RouteConfig route;
    route.line.number = reader.lineOf(value);
    const auto target
        = [&reader](View element, const QByteArray &place) { return readTarget(reader, element, place); };
    const auto done = reader.object(
        value, where, Section::Route, [&](QByteArrayView key, View v, const QByteArray &at) -> Result<> {
            if (key == "model")
                return put(
                    reader.text(v, at, isModelName, "the model name that tools will ask for"), route.model);
            if (key == "strategy")
                return put(reader.choice(v, at, strategyNames()), route.strategy);
            if (key == "targets")
                return reader.list(v, at, route.targets, target);
            if (key == "sticky")
                return put(reader.flag(v, at), route.sticky);
            if (key == "recovery")
                return put(reader.choice(v, at, recoveryNames()).map(recoveryByName), route.recovery);
            if (key == "deadlines")
                return put(readDeadlines(reader, v, at), route.deadlines);
            if (key == "hedge")
                return put(readHedge(reader, v, at), route.hedge);
            if (key == "max_attempts")
                return put(
                    reader.whole(v, at, 1, kMostAttempts).map([](qint64 n) { return static_cast<int>(n); }),
                    route.mostAttempts);
            return put(reader.flag(v, at), route.strict);
        });
    if (!done)
        return fail(done.error());
    if (const auto model = reader.required(route.model, value, where, "model"); !model)
        return fail(model.error());
    if (auto sound = checkTargets(reader, route, value, where); !sound)
        return fail(sound.error());
    return route;
}

Result<> checkRoutes(const ConfigReader &reader, View list, const std::vector<RouteConfig> &routes)
{
    const auto named
        = reader.unique(list, routes, "route for", [](const RouteConfig &route) { return route.model; });
    if (!named)
        return named;
    for (std::size_t i = 0; i < routes.size(); ++i) {
        const QByteArray where = "routes[" + QByteArray::number(qsizetype(i)) + "]";
        const View targets = list.at(static_cast<qsizetype>(i))["targets"];
        auto once = reader.unique(
            targets, routes[i].targets, "target", [](const RouteTarget &t) { return t.name; });
        if (!once)
            return once;
        for (std::size_t t = 0; t < routes[i].targets.size(); ++t) {
            const RouteTarget &target = routes[i].targets[t];
            const View at = targets.at(static_cast<qsizetype>(t));
            const QByteArray place = where + ".targets[" + QByteArray::number(qsizetype(t)) + "]";
            if (!target.name.contains('/') && !routeNamed(routes, target.name))
                return reader.error(
                    at, place,
                    "\"" + target.name
                        + "\" is no route of this file; write \"provider/model\", or add a route "
                          "with that name");
            if (target.when && isNeverAsked(routes[i], *target.when))
                return reader.error(
                    at["when"], place + ".when",
                    "can never hold: this route is asked for as \"" + routes[i].model
                        + "\", which \"model\" does not match");
        }
        if (const QByteArrayList way = Circles(routes).from(routes[i]); !way.isEmpty())
            return reader.error(
                targets, where + ".targets",
                "goes round in a circle: " + way.join(" -> ")
                    + "; let one of them name a \"provider/model\" instead");
    }
    return {};
}

} // namespace fairlead::config
