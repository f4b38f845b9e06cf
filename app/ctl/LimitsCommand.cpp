// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/Commands.h"
#include "app/ctl/LimitOptions.h"
#include "app/ctl/Output.h"
#include "app/ctl/Session.h"
#include "app/ctl/Text.h"

#include <algorithm>

namespace fairlead::app {

using gateway::BudgetInfo;
using gateway::LocalGateway;
using gateway::PauseInfo;

namespace {

QByteArray whoIs(const QByteArray &app)
{
    return app.isEmpty() ? QByteArray("The server") : "The app \"" + app + '"';
}

/// The gateway, once the app is one of its own (or none is named).
Result<std::unique_ptr<LocalGateway>> gatewayWith(const Arguments &arguments, const QByteArray &app)
{
    auto gateway = LocalGateway::create(arguments.gatewayOptions());
    if (!gateway || app.isEmpty())
        return gateway;
    const auto apps = (*gateway)->apps();
    const bool known = std::any_of(
        apps.begin(), apps.end(), [&](const gateway::AppInfo &info) { return info.name == app; });
    if (!known)
        return fail(
            ErrorKind::NotFound, "There is no app \"" + app + "\". `fairleadctl app list` lists them.");
    return gateway;
}

ExitCode tell(const Arguments &arguments, const QByteArray &app, bool paused)
{
    if (arguments.wantsJson()) {
        json::Writer writer;
        writer.beginObject().member("app", app).memberBoolean("paused", paused).endObject();
        printJson(writer);
    } else if (paused) {
        terminal::err(
            whoIs(app)
            + " is paused: new requests are refused, running ones finish. To go on: fairleadctl resume"
            + (app.isEmpty() ? QByteArray() : ' ' + app) + '\n');
    } else {
        terminal::err(whoIs(app) + " goes on.\n");
    }
    return kSuccess;
}

QByteArray scopeWords(const BudgetInfo &budget)
{
    return budget.name.isEmpty() ? budget.scope : budget.scope + ' ' + budget.name;
}

} // namespace

QList<QCommandLineOption> pauseOptions()
{
    return {
        {QStringLiteral("reason"), QStringLiteral("What refused tools are told."), QStringLiteral("TEXT")}};
}

ExitCode pause(const Arguments &arguments)
{
    if (arguments.positional().size() > 1)
        return misused("Name one app, or none to pause them all: fairleadctl pause my-editor");
    const QByteArray app = arguments.positional().value(0).toUtf8();
    const auto gateway = gatewayWith(arguments, app);
    if (!gateway)
        return failed(gateway.error());
    QByteArray reason = arguments.value("reason").simplified().left(200).toUtf8();
    if (!reason.isEmpty() && !reason.endsWith('.'))
        reason += '.';
    QObject context;
    const auto paused = wait<void>([&](auto done) { (*gateway)->pause(app, reason, &context, done); });
    return paused ? tell(arguments, app, true) : failed(paused.error());
}

ExitCode resume(const Arguments &arguments)
{
    if (arguments.positional().size() > 1)
        return misused("Name one app, or none for what was paused for all: fairleadctl resume my-editor");
    const QByteArray app = arguments.positional().value(0).toUtf8();
    const auto gateway = LocalGateway::create(arguments.gatewayOptions());
    if (!gateway)
        return failed(gateway.error());
    const auto pauses = (*gateway)->pauses();
    const bool paused
        = std::any_of(pauses.begin(), pauses.end(), [&](const PauseInfo &info) { return info.app == app; });
    if (!paused)
        return failed(Error(ErrorKind::NotFound, whoIs(app) + " is not paused."));
    QObject context;
    const auto resumed = wait<void>([&](auto done) { (*gateway)->resume(app, &context, done); });
    return resumed ? tell(arguments, app, false) : failed(resumed.error());
}

QList<QCommandLineOption> budgetRaiseOptions()
{
    return {
        {QStringLiteral("for"), QStringLiteral("For how long (default: 1h)."), QStringLiteral("TIME"),
         QStringLiteral("1h")}};
}

ExitCode budgetRaise(const Arguments &arguments)
{
    const QStringList words = arguments.positional();
    if (words.isEmpty() || words.size() > 2)
        return misused("Say who may spend how much more: fairleadctl budget raise my-editor 2 --for 1h");
    const auto amount = amountOf(words.last());
    if (!amount)
        return misused(amount.error().message());
    const auto during = durationOf(arguments.value("for"));
    if (!during)
        return misused(during.error().message());
    const QByteArray app = words.size() == 2 ? words.first().toUtf8() : QByteArray();
    const auto gateway = gatewayWith(arguments, app);
    if (!gateway)
        return failed(gateway.error());
    QObject context;
    const auto raised
        = wait<void>([&](auto done) { (*gateway)->raiseBudget(app, *amount, *during, &context, done); });
    if (!raised)
        return failed(raised.error());
    if (arguments.wantsJson()) {
        json::Writer writer;
        writer.beginObject().member("app", app);
        memberMoney(writer, "raised_usd", *amount);
        writer.memberInteger("seconds", during->count()).endObject();
        printJson(writer);
    } else {
        terminal::err(
            whoIs(app) + " may spend " + text::money(*amount) + " more for "
            + text::duration(std::chrono::duration_cast<std::chrono::microseconds>(*during)) + ".\n");
    }
    return kSuccess;
}

ExitCode budgetList(const Arguments &arguments)
{
    const auto gateway = LocalGateway::create(arguments.gatewayOptions());
    if (!gateway)
        return failed(gateway.error());
    QObject context;
    const auto budgets
        = wait<std::vector<BudgetInfo>>([&](auto done) { (*gateway)->budgets(&context, done); });
    if (!budgets)
        return failed(budgets.error());
    json::Writer writer;
    writer.beginObject().key("budgets").beginArray();
    Table table(
        {{"OF"},
         {"PER"},
         {"BUDGET", Table::Align::Right},
         {"RAISED", Table::Align::Right},
         {"SPENT", Table::Align::Right},
         {"BEYOND"},
         {"BEGINS ANEW"}});
    for (const BudgetInfo &budget : *budgets) {
        writer.beginObject().member("scope", budget.scope).member("name", budget.name);
        writer.member("per", budget.per);
        memberMoney(writer, "budget_usd", budget.usd);
        memberMoney(writer, "raised_usd", budget.raised);
        memberMoney(writer, "spent_usd", budget.spent);
        writer.memberBoolean("hard", budget.hard);
        memberTime(writer, "resets", budget.resetsMs);
        writer.endObject();
        table.add(
            {scopeWords(budget), budget.per, text::money(budget.usd), text::money(budget.raised),
             text::money(budget.spent), budget.hard ? "refused" : "warned", text::time(budget.resetsMs)});
    }
    writer.endArray().endObject();
    if (arguments.wantsJson())
        printJson(writer);
    else if (table.isEmpty())
        terminal::err("There are no budgets. `fairleadctl app add NAME --budget 5/day` makes one.\n");
    else
        terminal::out(table.text());
    return kSuccess;
}

} // namespace fairlead::app
