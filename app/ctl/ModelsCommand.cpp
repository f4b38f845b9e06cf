// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/Commands.h"

#include "app/ctl/Output.h"
#include "app/ctl/Session.h"
#include "app/ctl/Text.h"

namespace fairlead::app {

using gateway::ModelInfo;

namespace {

std::optional<std::int64_t> contextOf(const ModelInfo &model)
{
    return model.contextTokens == 0 ? std::nullopt : std::optional(model.contextTokens);
}

void writeModel(json::Writer &writer, const ModelInfo &model)
{
    writer.beginObject().member("name", model.name).member("kind", model.isRoute ? "route" : "model");
    writer.member("provider", model.provider).member("model", model.model);
    writer.member("display_name", model.displayName.toUtf8()).memberBoolean("ready", model.ready);
    memberCount(writer, "context_tokens", contextOf(model));
    memberPrice(writer, "input_usd_per_million", model.inputPrice);
    memberPrice(writer, "output_usd_per_million", model.outputPrice);
    writer.endObject();
}

} // namespace

QList<QCommandLineOption> modelsOptions()
{
    return {{QStringLiteral("provider"), QStringLiteral("Only those of one provider."), QStringLiteral("P")}};
}

ExitCode models(const Arguments &arguments)
{
    const auto gateway = openGateway(arguments.gatewayOptions());
    if (!gateway)
        return failed(gateway.error());
    const QByteArray provider = arguments.value("provider").toUtf8();
    json::Writer writer;
    writer.beginObject().key("models").beginArray();
    Table table({
        {"MODEL"},
        {"READY"},
        {"CONTEXT", Table::Align::Right},
        {"IN $/M", Table::Align::Right},
        {"OUT $/M", Table::Align::Right},
    });
    for (const ModelInfo &model : (*gateway)->models()) {
        if (!provider.isEmpty() && model.provider != provider)
            continue;
        writeModel(writer, model);
        table.add({
            model.name,
            model.ready ? "yes" : "no key",
            model.isRoute ? QByteArray("route") : text::count(contextOf(model)),
            text::price(model.inputPrice),
            text::price(model.outputPrice),
        });
    }
    writer.endArray().endObject();
    if (arguments.wantsJson())
        printJson(writer);
    else if (table.isEmpty())
        terminal::err("There are no models. `fairleadctl key set PROVIDER` brings those of a provider.\n");
    else
        terminal::out(table.text());
    return kSuccess;
}

} // namespace fairlead::app
