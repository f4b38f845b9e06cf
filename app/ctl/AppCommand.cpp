// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/Commands.h"

#include "app/ctl/LimitOptions.h"
#include "app/ctl/Output.h"
#include "app/ctl/Session.h"
#include "app/ctl/Text.h"

#include <algorithm>

namespace fairlead::app {

using gateway::AppInfo;
using gateway::LocalGateway;
using gateway::NewApp;

namespace {

QByteArray stateOf(const AppInfo &app)
{
    if (app.revoked)
        return "revoked";
    if (app.expired)
        return "expired";
    if (app.paused)
        return "paused";
    return app.fromConfig ? "config" : "active";
}

} // namespace

ExitCode appAdd(const Arguments &arguments)
{
    if (arguments.positional().size() != 1)
        return misused("Name one app: fairleadctl app add my-editor");
    const auto settings = appSettings(arguments.positional().first().toUtf8(), arguments);
    if (!settings)
        return misused(settings.error().message());
    auto gateway = LocalGateway::create(arguments.gatewayOptions());
    if (!gateway)
        return failed(gateway.error());
    QObject context;
    const auto added = wait<NewApp>([&](auto done) { (*gateway)->addApp(*settings, &context, done); });
    if (!added)
        return failed(added.error());
    const QByteArray token = added->token.reveal().toByteArray();
    if (arguments.wantsJson()) {
        json::Writer writer;
        writer.beginObject().member("name", added->name).member("token", token).endObject();
        printJson(writer);
    } else {
        terminal::out(token + '\n');
        terminal::err(
            "This is the token of \"" + added->name + "\": shown this once, kept only as a hash.\n");
    }
    return kSuccess;
}

ExitCode appList(const Arguments &arguments)
{
    auto gateway = LocalGateway::create(arguments.gatewayOptions());
    if (!gateway)
        return failed(gateway.error());
    json::Writer writer;
    writer.beginObject().key("apps").beginArray();
    Table table({{"APP"}, {"STATE"}, {"TOKEN"}, {"CREATED"}, {"LAST SEEN"}});
    for (const AppInfo &app : (*gateway)->apps()) {
        writer.beginObject()
            .member("name", app.name)
            .member("state", stateOf(app))
            .member("token_hint", app.tokenHint);
        memberTime(writer, "created", app.createdMs);
        memberTime(writer, "last_seen", app.lastSeenMs);
        writer.endObject();
        const QByteArray token = app.fromConfig ? QByteArray("from the environment") : "…" + app.tokenHint;
        table.add({app.name, stateOf(app), token, text::time(app.createdMs), text::time(app.lastSeenMs)});
    }
    writer.endArray().endObject();
    if (arguments.wantsJson())
        printJson(writer);
    else if (table.isEmpty())
        terminal::err("There are no apps. `fairleadctl app add NAME` makes one and prints its token.\n");
    else
        terminal::out(table.text());
    return kSuccess;
}

ExitCode appRevoke(const Arguments &arguments)
{
    if (arguments.positional().size() != 1)
        return misused("Name one app: fairleadctl app revoke my-editor");
    auto gateway = LocalGateway::create(arguments.gatewayOptions());
    if (!gateway)
        return failed(gateway.error());
    const QByteArray name = arguments.positional().first().toUtf8();
    const auto all = (*gateway)->apps();
    const auto app
        = std::find_if(all.begin(), all.end(), [&](const AppInfo &info) { return info.name == name; });
    if (app == all.end())
        return failed(Error(
            ErrorKind::NotFound, "There is no app \"" + name + "\". `fairleadctl app list` lists them."));
    if (app->fromConfig)
        return failed(
            Error(ErrorKind::Invalid, "The app \"" + name + "\" stands in the config: take it out there."));
    QObject context;
    const auto revoked = wait<void>([&](auto done) { (*gateway)->revokeApp(name, &context, done); });
    if (!revoked)
        return failed(revoked.error());
    if (arguments.wantsJson()) {
        json::Writer writer;
        writer.beginObject().member("name", name).memberBoolean("revoked", true).endObject();
        printJson(writer);
    } else {
        terminal::err("The token of \"" + name + "\" is no longer taken.\n");
    }
    return kSuccess;
}

} // namespace fairlead::app
