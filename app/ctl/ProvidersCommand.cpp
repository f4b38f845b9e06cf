// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/Commands.h"

#include "app/ctl/Output.h"
#include "app/ctl/Session.h"

#include <algorithm>

namespace fairlead::app {

using gateway::ProviderInfo;
using secrets::KeyStatus;

namespace {

QByteArray keyWords(const ProviderInfo &provider)
{
    if (!provider.needsKey)
        return "needs none";
    const auto loaded = std::count_if(provider.keys.begin(), provider.keys.end(), [](const KeyStatus &key) {
        return key.state == KeyStatus::State::Loaded;
    });
    if (loaded == 0)
        return "missing";
    return loaded == 1 ? QByteArray("there") : QByteArray::number(static_cast<qlonglong>(loaded)) + " there";
}

void writeProvider(json::Writer &writer, const ProviderInfo &provider)
{
    writer.beginObject().member("id", provider.id).member("name", provider.name.toUtf8());
    writer.member("wire", provider.wire).member("base_url", provider.baseUrl.toUtf8());
    writer.memberBoolean("configured", provider.configured).memberBoolean("ready", provider.ready);
    writer.memberBoolean("needs_key", provider.needsKey).memberBoolean("local", provider.local);
    writer.memberInteger("keys", static_cast<std::int64_t>(provider.keys.size()));
    writer.memberInteger("models", static_cast<std::int64_t>(provider.models.size()));
    writer.member("keys_page", provider.keysPage.toString().toUtf8()).endObject();
}

} // namespace

QList<QCommandLineOption> providersOptions()
{
    return {{QStringLiteral("all"), QStringLiteral("Also those of the catalogue that are not set up.")}};
}

ExitCode providers(const Arguments &arguments)
{
    const auto gateway = openGateway(arguments.gatewayOptions());
    if (!gateway)
        return failed(gateway.error());
    json::Writer writer;
    writer.beginObject().key("providers").beginArray();
    Table table({{"PROVIDER"}, {"NAME"}, {"READY"}, {"KEY"}, {"MODELS", Table::Align::Right}, {"ADDRESS"}});
    for (const ProviderInfo &provider : (*gateway)->providers()) {
        if (!provider.configured && !arguments.isSet("all"))
            continue;
        writeProvider(writer, provider);
        table.add({
            provider.id,
            provider.name.toUtf8(),
            provider.ready ? "yes" : "no",
            keyWords(provider),
            provider.configured ? QByteArray::number(static_cast<qlonglong>(provider.models.size()))
                                : QByteArray("—"),
            provider.baseUrl.toUtf8(),
        });
    }
    writer.endArray().endObject();
    if (arguments.wantsJson()) {
        printJson(writer);
        return kSuccess;
    }
    terminal::out(table.text());
    if (!arguments.isSet("all"))
        terminal::err("\nfairleadctl providers --all lists the whole catalogue.\n");
    return kSuccess;
}

} // namespace fairlead::app
