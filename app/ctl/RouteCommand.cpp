// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/Commands.h"

#include "app/ctl/Output.h"
#include "app/ctl/Session.h"
#include "app/ctl/Text.h"
#include "config/ConditionText.h"
#include "config/RouteFormat.h"
#include "json/View.h"

#include <QFile>

namespace fairlead::app {

using config::RouteConfig;
using config::RouteTarget;
using routing::Simulation;

namespace {

constexpr qint64 kLargestRule = 1 << 20;

/// What else is said of a target, in words.
QByteArray notesOf(const RouteTarget &target, const RouteConfig &route)
{
    QByteArrayList notes;
    if (route.strategy == "weighted" && !target.isCanary() && !target.shadow)
        notes.append("weight " + QByteArray::number(target.weight));
    if (target.shadow)
        notes.append("shadow");
    if (target.sharePermille)
        notes.append((target.shadow ? "of " : "canary for ") + config::permilleText(*target.sharePermille));
    if (target.when)
        notes.append("only " + config::conditionText(*target.when));
    return notes.join(", ");
}

Result<QByteArray> readRule(const QString &path)
{
    QFile file(path);
    const bool opened
        = path == QLatin1String("-") ? file.open(stdin, QIODevice::ReadOnly) : file.open(QIODevice::ReadOnly);
    if (!opened)
        return fail(ErrorKind::NotFound, path.toUtf8() + ": cannot be read: " + file.errorString().toUtf8());
    const QByteArray text = file.read(kLargestRule + 1);
    if (text.size() > kLargestRule)
        return fail(ErrorKind::TooLarge, path.toUtf8() + ": is larger than 1 MiB and surely no route");
    return text;
}

/// A route as it stands in a config file. It may lead to routes of the config, which are read with it.
Result<RouteConfig> parseRule(const QByteArray &rule, const config::Config &config)
{
    const auto document = json::Document::parse(rule);
    if (!document)
        return fail(document.error());
    const QByteArray name = document->root()["model"].stringOr({});
    QByteArray text = "{\"routes\":[" + rule;
    for (const RouteConfig &other : config.routes) {
        if (other.model == name)
            continue;
        json::Writer writer;
        writer.beginObject();
        config::writeRoute(writer, other);
        writer.endObject();
        text += ',' + writer.take();
    }
    auto parsed = config::parseConfig(text + "]}");
    if (!parsed)
        return fail(parsed.error());
    return parsed->routes.front();
}

QByteArray difference(NanoUsd was, NanoUsd would)
{
    const NanoUsd change = would - was;
    if (change.nano() == 0)
        return "the same";
    const QByteArray amount = text::money(NanoUsd(std::abs(change.nano())));
    return amount + (change.nano() < 0 ? " less" : " more");
}

QByteArray share(int part, int all)
{
    return all == 0 ? QByteArray() : " (" + QByteArray::number(100.0 * part / all, 'f', 0) + " %)";
}

QByteArray wordsOf(const RouteConfig &route, const Simulation &result, int days)
{
    QByteArray words = "Route " + route.model + ", by the requests of the last " + QByteArray::number(days)
                       + " days: " + QByteArray::number(result.requests) + '\n';
    if (result.requests == 0)
        return words + "None asked for it.\n";
    words += "  would have gone elsewhere  " + QByteArray::number(result.moved)
             + share(result.moved, result.requests) + '\n';
    if (result.refused > 0)
        words += "  no target would have fitted  " + QByteArray::number(result.refused) + '\n';
    if (result.undecided > 0)
        words += "  a condition could not be told  " + QByteArray::number(result.undecided)
                 + " (headers, tools and images are not in the ledger)\n";
    words += "  cost  " + text::money(result.was) + " -> about " + text::money(result.would) + " ("
             + difference(result.was, result.would) + ")\n";
    if (result.unpriced > 0)
        words += "  without a known cost  " + QByteArray::number(result.unpriced) + '\n';
    if (result.cacheLost > 0)
        words += "  tokens no longer read from a cache  " + text::count(result.cacheLost) + '\n';
    if (result.firstTokenWas && result.firstTokenWould)
        words += "  first token, half of them by  " + text::duration(*result.firstTokenWas) + " -> about "
                 + text::duration(*result.firstTokenWould) + '\n';
    return words;
}

QByteArray movesOf(const Simulation &result)
{
    Table table(
        {{"FROM"},
         {"TO"},
         {"REQUESTS", Table::Align::Right},
         {"WAS", Table::Align::Right},
         {"ABOUT", Table::Align::Right}});
    for (const Simulation::Move &move : result.moves)
        table.add(
            {move.from, move.to, QByteArray::number(move.requests), text::money(move.was),
             text::money(move.would)});
    return table.isEmpty() ? QByteArray() : '\n' + table.text();
}

void writeSimulation(json::Writer &writer, const RouteConfig &route, const Simulation &result)
{
    writer.beginObject().member("route", route.model);
    writer.memberInteger("requests", result.requests).memberInteger("moved", result.moved);
    writer.memberInteger("refused", result.refused).memberInteger("undecided", result.undecided);
    memberMoney(writer, "was_usd", result.was);
    memberMoney(writer, "would_usd", result.would);
    writer.memberInteger("unpriced", result.unpriced);
    writer.memberInteger("cached_tokens_lost", result.cacheLost);
    memberMs(writer, "first_token_was_ms", result.firstTokenWas);
    memberMs(writer, "first_token_would_ms", result.firstTokenWould);
    writer.key("moves").beginArray();
    for (const Simulation::Move &move : result.moves) {
        writer.beginObject().member("from", move.from).member("to", move.to);
        writer.memberInteger("requests", move.requests);
        memberMoney(writer, "was_usd", move.was);
        memberMoney(writer, "would_usd", move.would);
        writer.endObject();
    }
    writer.endArray().endObject();
}

/// Those to simulate: the one in --rule, the one that is named, or all.
Result<std::vector<RouteConfig>> wanted(const Arguments &arguments, const config::Config &config)
{
    if (arguments.isSet("rule")) {
        const auto rule = readRule(arguments.value("rule"));
        if (!rule)
            return fail(rule.error());
        auto route = parseRule(*rule, config);
        if (!route)
            return fail(route.error().in("the rule"));
        return std::vector<RouteConfig>{std::move(*route)};
    }
    const QByteArray name = arguments.positional().value(0).toUtf8();
    std::vector<RouteConfig> routes;
    for (const RouteConfig &route : config.routes) {
        if (name.isEmpty() || route.model == name)
            routes.push_back(route);
    }
    if (routes.empty() && !name.isEmpty())
        return fail(
            ErrorKind::NotFound, "There is no route \"" + name + "\". `fairleadctl route list` lists them.");
    if (routes.empty())
        return fail(ErrorKind::NotFound, "There are no routes. Try one with --rule FILE.");
    return routes;
}

} // namespace

ExitCode routeList(const Arguments &arguments)
{
    const auto config = config::loadConfig(arguments.configPath());
    if (!config)
        return failed(config.error());
    json::Writer writer;
    writer.beginObject().key("routes").beginArray();
    Table table({{"ROUTE"}, {"STRATEGY"}, {"TARGET"}, {"NOTES"}});
    for (const RouteConfig &route : config->routes) {
        writer.beginObject();
        config::writeRoute(writer, route);
        writer.endObject();
        bool first = true;
        for (const RouteTarget &target : route.targets) {
            table.add(
                {first ? route.model : QByteArray(),
                 first ? route.strategy + (route.sticky ? ", sticky" : "") : QByteArray(), target.name,
                 notesOf(target, route)});
            first = false;
        }
    }
    writer.endArray().endObject();
    if (arguments.wantsJson())
        printJson(writer);
    else if (table.isEmpty())
        terminal::err(
            "There are no routes. They stand under \"routes\" in " + arguments.configPath().toUtf8() + ".\n");
    else
        terminal::out(table.text());
    return kSuccess;
}

QList<QCommandLineOption> routeSimulateOptions()
{
    return {
        {QStringLiteral("days"), QStringLiteral("How many days back (default: 7)."), QStringLiteral("N")},
        {QStringLiteral("rule"),
         QStringLiteral("A route that is not in the config yet, as JSON; - reads standard input."),
         QStringLiteral("FILE")},
    };
}

ExitCode routeSimulate(const Arguments &arguments)
{
    constexpr int kMostDays = 3'660;
    const auto days = arguments.number("days", 1, kMostDays, 7);
    if (!days)
        return misused(days.error().message());
    if (arguments.positional().size() > 1 || (arguments.isSet("rule") && !arguments.positional().isEmpty()))
        return misused("Name one route, or give one with --rule.");
    const auto gateway = openGateway(arguments.gatewayOptions());
    if (!gateway)
        return failed(gateway.error());
    const auto routes = wanted(arguments, (*gateway)->config());
    if (!routes)
        return failed(routes.error());

    json::Writer writer;
    writer.beginObject().memberInteger("days", *days).key("routes").beginArray();
    QByteArray words;
    for (const RouteConfig &route : *routes) {
        QObject context;
        const auto result
            = wait<Simulation>([&](auto done) { (*gateway)->simulateRoute(route, *days, &context, done); });
        if (!result)
            return failed(result.error());
        writeSimulation(writer, route, *result);
        words += (words.isEmpty() ? "" : "\n") + wordsOf(route, *result, *days) + movesOf(*result);
    }
    writer.endArray().endObject();
    if (arguments.wantsJson())
        printJson(writer);
    else
        terminal::out(words);
    return kSuccess;
}

} // namespace fairlead::app
