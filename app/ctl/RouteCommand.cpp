// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/Commands.h"

#include "app/ctl/Output.h"
#include "app/ctl/Session.h"

namespace fairlead::app {

ExitCode routeList(const Arguments &arguments)
{
    const auto config = config::loadConfig(arguments.configPath());
    if (!config)
        return failed(config.error());
    json::Writer writer;
    writer.beginObject().key("routes").beginArray();
    Table table({{"ROUTE"}, {"STRATEGY"}, {"TARGETS"}});
    for (const config::RouteConfig &route : config->routes) {
        writer.beginObject()
            .member("model", route.model)
            .member("strategy", route.strategy)
            .key("targets")
            .beginArray();
        QByteArrayList names;
        for (const config::RouteTarget &target : route.targets) {
            writer.string(target.name);
            names.append(target.name);
        }
        writer.endArray().endObject();
        table.add({route.model, route.strategy, names.join(", ")});
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

} // namespace fairlead::app
