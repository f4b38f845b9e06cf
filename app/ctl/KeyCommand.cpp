// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/Commands.h"

#include "app/ctl/KeyStoreProbe.h"
#include "app/ctl/Output.h"
#include "app/ctl/Session.h"
#include "providers/ProviderSpec.h"

#include <algorithm>

namespace fairlead::app {

using gateway::Gateway;
using gateway::KeyCheck;
using gateway::ProviderInfo;
using secrets::KeyRef;
using secrets::KeyStatus;

namespace {

QByteArray sourceName(KeyRef::Source source)
{
    return source == KeyRef::Source::Environment ? "environment" : "keychain";
}

QByteArray stateName(KeyStatus::State state)
{
    switch (state) {
    case KeyStatus::State::Reading:
        return "reading";
    case KeyStatus::State::Loaded:
        return "loaded";
    case KeyStatus::State::Missing:
        return "missing";
    case KeyStatus::State::Locked:
        return "locked";
    case KeyStatus::State::Unavailable:
        break;
    }
    return "unavailable";
}

/// The provider that the only argument names.
Result<ProviderInfo> findProvider(const Gateway &gateway, const QByteArray &id)
{
    const auto all = gateway.providers();
    const auto found
        = std::find_if(all.begin(), all.end(), [&](const ProviderInfo &info) { return info.id == id; });
    if (found == all.end())
        return fail(
            ErrorKind::NotFound,
            "There is no provider \"" + id + "\". `fairleadctl providers --all` lists them.");
    return *found;
}

QByteArray nothingKept(const KeyStoreState &store, const QByteArray &provider)
{
    const auto *spec = providers::Catalogue::builtIn().find(provider);
    const QByteArray variable = spec && !spec->environment.empty()
                                    ? spec->environment.front()
                                    : provider.toUpper().replace('-', '_') + "_API_KEY";
    return "Nothing was kept: there is no keychain here (" + store.info.reason.toUtf8()
           + "), and a key in this command's memory ends with it. Put the key into an environment variable "
             "of the server and"
             " name it in the config: { \"id\": \""
           + provider + "\", \"keys\": [ { \"env\": \"" + variable + "\" } ] }";
}

/// A key of somebody else's shape would be sent to the wrong company.
bool belongsHere(const Gateway &gateway, const QByteArray &provider, const Secret &key)
{
    const auto matches = gateway.providersMatchingKey(key);
    if (matches.empty() || std::find(matches.begin(), matches.end(), provider) != matches.end())
        return true;
    const QByteArray others = QByteArrayList(matches.begin(), matches.end()).join(", ");
    terminal::complain("Careful: this looks like a key of " + others + ", not of " + provider + '.');
    return !terminal::isInputTerminal() || terminal::confirm("Store it for " + provider + " all the same?");
}

} // namespace

ExitCode keySet(const Arguments &arguments)
{
    if (arguments.positional().size() != 1)
        return misused("Name the provider and nothing else: fairleadctl key set openai. The key is asked "
                       "for, or piped in.");
    const auto gateway = openGateway(arguments.gatewayOptions());
    if (!gateway)
        return failed(gateway.error());
    const QByteArray provider = arguments.positional().first().toUtf8();
    if (const auto known = findProvider(**gateway, provider); !known)
        return failed(known.error());
    const KeyStoreState store = probeKeyStore();
    if (!store.keepsKeys())
        return failed(Error(ErrorKind::Unavailable, nothingKept(store, provider)));

    const auto key = terminal::readSecret("Key for " + provider + " (it is not shown): ");
    if (!key)
        return failed(key.error());
    if (key->isEmpty())
        return failed(Error(ErrorKind::Invalid, "No key was entered; nothing was changed."));
    if (!belongsHere(**gateway, provider, *key))
        return kFailure;
    QObject context;
    const auto added = wait<void>([&](auto done) { (*gateway)->addKey(provider, *key, &context, done); });
    if (!added)
        return failed(added.error());
    if (arguments.wantsJson()) {
        json::Writer writer;
        writer.beginObject().member("provider", provider).memberBoolean("stored", true).key("store");
        store.writeJson(writer);
        writer.endObject();
        printJson(writer);
    } else {
        terminal::err(
            "Kept in " + store.info.name.toUtf8()
            + ". A running server takes it up by itself.\n"
              "Try it: fairleadctl key test "
            + provider + '\n');
    }
    return kSuccess;
}

ExitCode keyList(const Arguments &arguments)
{
    const auto gateway = openGateway(arguments.gatewayOptions());
    if (!gateway)
        return failed(gateway.error());
    const KeyStoreState store = probeKeyStore();
    json::Writer writer;
    writer.beginObject().key("store");
    store.writeJson(writer);
    writer.key("keys").beginArray();
    Table table({{"PROVIDER"}, {"FROM"}, {"NAME"}, {"STATE"}, {"KEY"}, {"NOTE"}});
    for (const ProviderInfo &provider : (*gateway)->providers()) {
        for (const KeyStatus &key : provider.keys) {
            writer.beginObject().member("provider", provider.id).member("source", sourceName(key.ref.source));
            writer.member("name", key.ref.name.toUtf8()).member("state", stateName(key.state));
            writer.member("hint", key.hint.toUtf8()).member("detail", key.detail.toUtf8()).endObject();
            table.add({
                provider.id,
                sourceName(key.ref.source),
                key.ref.name.toUtf8(),
                stateName(key.state),
                key.hint.toUtf8(),
                key.detail.toUtf8(),
            });
        }
    }
    writer.endArray().endObject();
    if (arguments.wantsJson()) {
        printJson(writer);
        return kSuccess;
    }
    if (!table.isEmpty())
        terminal::out(table.text() + '\n');
    terminal::err("Keys are kept in: " + store.words() + '\n');
    return kSuccess;
}

ExitCode keyTest(const Arguments &arguments)
{
    if (arguments.positional().size() != 1)
        return misused("Name the provider: fairleadctl key test openai");
    const auto gateway = openGateway(arguments.gatewayOptions());
    if (!gateway)
        return failed(gateway.error());
    const QByteArray provider = arguments.positional().first().toUtf8();
    QObject context;
    const auto check
        = wait<KeyCheck>([&](auto done) { (*gateway)->checkKey(provider, std::nullopt, &context, done); });
    if (!check)
        return failed(check.error());
    if (arguments.wantsJson()) {
        json::Writer writer;
        writer.beginObject().member("provider", provider).memberBoolean("works", check->works);
        writer.member("message", check->words.toUtf8()).key("models").beginArray();
        for (const QByteArray &model : check->models)
            writer.string(model);
        writer.endArray().endObject();
        printJson(writer);
    } else {
        terminal::out(terminal::harmless(check->words.toUtf8()) + '\n');
    }
    return check->works ? kSuccess : kFailure;
}

QList<QCommandLineOption> keyRemoveOptions()
{
    return {
        {QStringLiteral("name"), QStringLiteral("Only the key of this name (default: all in the keychain)."),
         QStringLiteral("NAME")}};
}

ExitCode keyRemove(const Arguments &arguments)
{
    if (arguments.positional().size() != 1)
        return misused("Name the provider: fairleadctl key remove openai");
    const auto gateway = openGateway(arguments.gatewayOptions());
    if (!gateway)
        return failed(gateway.error());
    const auto provider = findProvider(**gateway, arguments.positional().first().toUtf8());
    if (!provider)
        return failed(provider.error());
    const QString name = arguments.value("name");
    int removed = 0;
    QObject context;
    for (const KeyStatus &key : provider->keys) {
        const bool meant = name.isEmpty() ? key.ref.source == KeyRef::Source::Keychain : key.ref.name == name;
        if (!meant || (key.state == KeyStatus::State::Missing && name.isEmpty()))
            continue;
        const auto gone
            = wait<void>([&](auto done) { (*gateway)->removeKey(provider->id, key.ref, &context, done); });
        if (!gone)
            return failed(gone.error());
        ++removed;
    }
    if (removed == 0)
        return failed(
            Error(ErrorKind::NotFound, "The keychain holds no such key of \"" + provider->id + "\"."));
    if (arguments.wantsJson()) {
        json::Writer writer;
        writer.beginObject().member("provider", provider->id).memberInteger("removed", removed).endObject();
        printJson(writer);
    } else {
        terminal::err("Removed from the keychain. A running server lets go of it by itself.\n");
    }
    return kSuccess;
}

} // namespace fairlead::app
