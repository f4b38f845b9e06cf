// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/Config.h"

#include "config/ConfigReader.h"
#include "config/ConfigValues.h"
#include "config/RouteParse.h"

#include <array>

namespace fairlead::config {

namespace {

using json::View;

/// Reads the objects of the file, each into its value.
class Reader : public ConfigReader
{
public:
    using ConfigReader::ConfigReader;

    [[nodiscard]] Result<Config> config() const;

private:
    [[nodiscard]] Result<ServerConfig> server(View value, const QByteArray &where) const;
    [[nodiscard]] Result<ServerConfig::Tls> tls(View value, const QByteArray &where) const;
    [[nodiscard]] Result<AppConfig> app(View value, const QByteArray &where) const;
    [[nodiscard]] Result<AppConfig::Budget> budget(View value, const QByteArray &where) const;
    [[nodiscard]] Result<Limits> limits(View value, const QByteArray &where) const;
    [[nodiscard]] Result<ModelLimits> modelLimits(View value, const QByteArray &where) const;
    [[nodiscard]] Result<RunawayLimits> runaway(View value, const QByteArray &where) const;
    [[nodiscard]] Result<ProviderConfig> provider(View value, const QByteArray &where) const;
    [[nodiscard]] Result<KeyEntry> key(View value, const QByteArray &where) const;
    [[nodiscard]] Result<ProviderConfig::Timeouts> timeouts(View value, const QByteArray &where) const;
    [[nodiscard]] Result<std::vector<std::pair<QByteArray, QByteArray>>>
    params(View value, const QByteArray &where) const;
};

ProviderConfig::KeyUse keyUseByName(const QByteArray &name)
{
    return name == "rotate" ? ProviderConfig::KeyUse::Rotate : ProviderConfig::KeyUse::Order;
}

bool isAnyText(QByteArrayView text)
{
    return !text.isEmpty() && text.size() <= 4096;
}

Result<ServerConfig::Tls> Reader::tls(View value, const QByteArray &where) const
{
    ServerConfig::Tls tls;
    const auto done = object(
        value, where, Section::Tls, [&](QByteArrayView key, View v, const QByteArray &at) -> Result<> {
            return put(
                text(v, at, isAnyText, "the path of a PEM file").map([](const QByteArray &path) {
                    return QString::fromUtf8(path);
                }),
                key == "cert_file" ? tls.certFile : tls.keyFile);
        });
    if (!done)
        return fail(done.error());
    if (tls.certFile.isEmpty() || tls.keyFile.isEmpty())
        return error(value, where, "needs \"cert_file\" and \"key_file\"");
    return tls;
}

Result<ServerConfig> Reader::server(View value, const QByteArray &where) const
{
    constexpr qint64 kSmallestBody = 1024;
    constexpr qint64 kLargestBody = qint64(1) << 30;
    ServerConfig server;
    const auto done = object(
        value, where, Section::Server, [&](QByteArrayView key, View v, const QByteArray &at) -> Result<> {
            if (key == "host")
                return putText(
                    text(v, at, isListenAddress, "\"localhost\" or an IP address of this machine"),
                    server.host);
            if (key == "port")
                return put(
                    whole(v, at, 0, 65535).map([](qint64 n) { return static_cast<quint16>(n); }),
                    server.port);
            if (key == "auth") {
                static constexpr std::array kNames{QByteArrayView("token"), QByteArrayView("none")};
                return put(
                    choice(v, at, kNames).map([](const QByteArray &name) {
                        return name == "none" ? ServerConfig::Auth::None : ServerConfig::Auth::Token;
                    }),
                    server.auth);
            }
            if (key == "lan")
                return put(flag(v, at), server.lan);
            if (key == "tls")
                return put(tls(v, at), server.tls);
            if (key == "max_body_bytes")
                return put(whole(v, at, kSmallestBody, kLargestBody), server.mostBodyBytes);
            std::vector<QString> origins;
            const auto origin = [this](View element, const QByteArray &place) {
                return text(
                           element, place, isOrigin,
                           "an origin, scheme and host with nothing after: \"https://app.example\"")
                    .map([](const QByteArray &content) { return QString::fromUtf8(content); });
            };
            if (auto read = list(v, at, origins, origin); !read)
                return read;
            server.corsOrigins = QStringList(origins.begin(), origins.end());
            return {};
        });
    if (!done)
        return fail(done.error());
    if (server.host) {
        if (const auto open = whyNotListenOn(*server.host, server))
            return error(value["host"], where + ".host", open->message());
    }
    return server;
}

Result<AppConfig::Budget> Reader::budget(View value, const QByteArray &where) const
{
    AppConfig::Budget budget;
    const auto done = object(
        value, where, Section::Budget, [&](QByteArrayView key, View v, const QByteArray &at) -> Result<> {
            if (key == "usd")
                return put(money(v, at), budget.usd);
            if (key == "per")
                return put(choice(v, at, budgetPeriods()), budget.per);
            return put(flag(v, at), budget.hard);
        });
    if (!done)
        return fail(done.error());
    if (budget.usd == NanoUsd())
        return error(value, where, "needs \"usd\"");
    if (const auto per = required(budget.per, value, where, "per"); !per)
        return fail(per.error());
    return budget;
}

Result<Limits> Reader::limits(View value, const QByteArray &where) const
{
    constexpr qint64 kMostPerMinute = 1'000'000;
    constexpr qint64 kMostTokens = 1'000'000'000'000;
    Limits limits;
    const auto done = object(
        value, where, Section::Limits, [&](QByteArrayView key, View v, const QByteArray &at) -> Result<> {
            if (key == "requests_per_minute")
                return put(whole(v, at, 1, kMostPerMinute), limits.requestsPerMinute);
            if (key == "tokens_per_minute")
                return put(whole(v, at, 1, kMostTokens), limits.tokensPerMinute);
            if (key == "concurrent")
                return put(whole(v, at, 1, kMostPerMinute), limits.concurrent);
            if (key == "usd_per_day")
                return put(money(v, at), limits.usdPerDay);
            if (key == "usd_per_week")
                return put(money(v, at), limits.usdPerWeek);
            if (key == "usd_per_month")
                return put(money(v, at), limits.usdPerMonth);
            return put(flag(v, at), limits.hard);
        });
    if (!done)
        return fail(done.error());
    return limits;
}

Result<ModelLimits> Reader::modelLimits(View value, const QByteArray &where) const
{
    ModelLimits entry;
    const auto done = object(
        value, where, Section::ModelLimits,
        [&](QByteArrayView key, View v, const QByteArray &at) -> Result<> {
            if (key == "model") {
                return put(
                    text(v, at, isModelName, "\"provider/model\", in which * stands for anything"),
                    entry.model);
            }
            return put(limits(v, at), entry.limits);
        });
    if (!done)
        return fail(done.error());
    if (const auto model = required(entry.model, value, where, "model"); !model)
        return fail(model.error());
    return entry;
}

Result<RunawayLimits> Reader::runaway(View value, const QByteArray &where) const
{
    constexpr qint64 kMostCalls = 1000;
    RunawayLimits runaway;
    const auto done = object(
        value, where, Section::Runaway, [&](QByteArrayView key, View v, const QByteArray &at) -> Result<> {
            if (key == "same_calls")
                return put(whole(v, at, 0, kMostCalls), runaway.sameCalls);
            return put(money(v, at), runaway.usdPerMinute);
        });
    if (!done)
        return fail(done.error());
    return runaway;
}

Result<AppConfig> Reader::app(View value, const QByteArray &where) const
{
    AppConfig app;
    const auto pattern = [this](View element, const QByteArray &place) {
        return text(element, place, isModelName, "a model name, in which * stands for anything");
    };
    const auto done = object(
        value, where, Section::App, [&](QByteArrayView key, View v, const QByteArray &at) -> Result<> {
            if (key == "name")
                return put(
                    text(v, at, isAppName, "a name of letters, digits and . _ -, 64 at most"), app.name);
            if (key == "token_env") {
                return put(
                    text(
                        v, at, isEnvironmentName, "the name of an environment variable, not the token itself")
                        .map([](const QByteArray &name) { return QString::fromUtf8(name); }),
                    app.tokenEnv);
            }
            if (key == "models")
                return list(v, at, app.models, pattern);
            if (key == "limits")
                return put(limits(v, at), app.limits);
            if (key == "runaway")
                return put(runaway(v, at), app.runaway);
            if (key == "program") {
                return put(
                    text(v, at, isAbsolutePath, "the whole path of a program")
                        .map([](const QByteArray &path) { return QString::fromUtf8(path); }),
                    app.program);
            }
            if (key == "expires")
                return put(date(v, at), app.expires);
            return put(budget(v, at), app.budget);
        });
    if (!done)
        return fail(done.error());
    if (const auto name = required(app.name, value, where, "name"); !name)
        return fail(name.error());
    return app;
}

Result<KeyEntry> Reader::key(View value, const QByteArray &where) const
{
    if (!value.isObject())
        return error(value, where, kKeyHint);
    KeyEntry entry;
    const auto done = object(
        value, where, Section::Key, [&](QByteArrayView key, View v, const QByteArray &at) -> Result<> {
            if (looksLikeKey(v.stringOr({})))
                return error(v, at, kKeyHint);
            const bool environment = key == "env";
            entry.source = environment ? KeyEntry::Source::Environment : KeyEntry::Source::Keychain;
            const Accepts accepts = environment ? isKeyVariable : isKeychainName;
            const QByteArrayView need = environment ? QByteArrayView("the name of an environment variable")
                                                    : QByteArrayView("the name of a keychain entry");
            return put(
                text(v, at, accepts, need).map([](const QByteArray &name) {
                    return QString::fromUtf8(name);
                }),
                entry.name);
        });
    if (!done)
        return fail(done.error());
    if (value.count() != 1)
        return error(value, where, "must be either {\"keychain\": \"NAME\"} or {\"env\": \"VARIABLE\"}");
    return entry;
}

Result<ProviderConfig::Timeouts> Reader::timeouts(View value, const QByteArray &where) const
{
    constexpr qint64 kDay = 24 * 60 * 60 * 1000;
    ProviderConfig::Timeouts timeouts;
    const auto done = object(
        value, where, Section::Timeouts, [&](QByteArrayView key, View v, const QByteArray &at) -> Result<> {
            // Only the total may be 0, no limit: without the others a dead connection would be waited for for
            // ever.
            const auto limit = whole(v, at, key == "total_ms" ? 0 : 1, kDay).map([](qint64 n) {
                return std::chrono::milliseconds(n);
            });
            if (key == "connect_ms")
                return put(limit, timeouts.connect);
            if (key == "first_byte_ms")
                return put(limit, timeouts.firstByte);
            if (key == "idle_ms")
                return put(limit, timeouts.idle);
            return put(limit, timeouts.total);
        });
    if (!done)
        return fail(done.error());
    return timeouts;
}

/// Names are the provider's own, so any may stand here; whether one means something is found out later.
Result<std::vector<std::pair<QByteArray, QByteArray>>>
Reader::params(View value, const QByteArray &where) const
{
    constexpr qsizetype kLongestValue = 1024;
    const auto isValue = [](QByteArrayView text) { return !text.isEmpty() && text.size() <= kLongestValue; };
    std::vector<std::pair<QByteArray, QByteArray>> params;
    if (!value.isObject())
        return wrongType(value, where, "an object ({...})");
    for (const auto &[name, member] : value.members()) {
        if (isNameForKeys(name) || looksLikeKey(name) || looksLikeKey(member.stringOr({})))
            return error(member, where, kKeyHint);
        if (!isParameterName(name))
            return error(member, where, "names are of lower-case letters, digits and _: \"region\"");
        const QByteArray place = where + "." + name;
        for (const auto &[known, text] : params) {
            if (known == name)
                return error(member, place, "is written twice");
        }
        auto read = text(member, place, isValue, "a text, 1024 bytes at most");
        if (!read)
            return fail(read.error());
        params.emplace_back(name, std::move(*read));
    }
    return params;
}

Result<ProviderConfig> Reader::provider(View value, const QByteArray &where) const
{
    ProviderConfig provider;
    const auto model = [this](View element, const QByteArray &place) {
        return text(element, place, isModelName, "a model name");
    };
    const auto oneKey = [this](View element, const QByteArray &place) { return key(element, place); };
    const auto done = object(
        value, where, Section::Provider, [&](QByteArrayView key, View v, const QByteArray &at) -> Result<> {
            if (key == "id")
                return put(
                    text(v, at, isProviderId, "lower-case letters, digits and . _ -, 64 at most"),
                    provider.id);
            if (key == "name")
                return putText(text(v, at, isAnyText, "a text"), provider.name);
            if (key == "wire")
                return put(choice(v, at, wireNames()), provider.wire);
            if (key == "base_url") {
                return putText(
                    text(
                        v, at, isBaseUrl,
                        "an http:// or https:// address without user, password, query or fragment"),
                    provider.baseUrl);
            }
            if (key == "params")
                return put(params(v, at), provider.params);
            if (key == "auth")
                return put(choice(v, at, authenticationNames()), provider.auth);
            if (key == "keys")
                return v.isString() ? Result<>(error(v, at, kKeyHint)) : list(v, at, provider.keys, oneKey);
            if (key == "key_use")
                return put(choice(v, at, keyUseNames()).map(keyUseByName), provider.keyUse);
            if (key == "models")
                return list(v, at, provider.models, model);
            if (key == "http2")
                return put(flag(v, at), provider.http2);
            if (key == "ca_file")
                return putText(text(v, at, isAnyText, "the path of a PEM file"), provider.caFile);
            if (key == "timeouts")
                return put(timeouts(v, at), provider.timeouts);
            if (key == "limits")
                return put(limits(v, at), provider.limits);
            return put(flag(v, at), provider.enabled);
        });
    if (!done)
        return fail(done.error());
    if (const auto id = required(provider.id, value, where, "id"); !id)
        return fail(id.error());
    return provider;
}

Result<Config> Reader::config() const
{
    Config config;
    const auto done = object(
        root(), {}, Section::Root, [&](QByteArrayView key, View v, const QByteArray &at) -> Result<> {
            if (key == "$schema") {
                return put(
                    text(v, at, isAnyText, "the address of the schema").map([](const QByteArray &t) {
                        return QString::fromUtf8(t);
                    }),
                    config.schema);
            }
            if (key == "server")
                return put(server(v, at), config.server);
            if (key == "apps") {
                auto read = list(
                    v, at, config.apps, [this](View e, const QByteArray &place) { return app(e, place); });
                return read ? unique(v, config.apps, "app named", [](const AppConfig &a) { return a.name; })
                            : read;
            }
            if (key == "providers") {
                auto read = list(v, at, config.providers, [this](View e, const QByteArray &place) {
                    return provider(e, place);
                });
                return read ? unique(
                           v, config.providers, "provider with the id",
                           [](const ProviderConfig &p) { return p.id; })
                            : read;
            }
            if (key == "limits")
                return put(limits(v, at), config.limits);
            if (key == "runaway")
                return put(runaway(v, at), config.runaway);
            if (key == "model_limits") {
                auto read = list(v, at, config.modelLimits, [this](View e, const QByteArray &place) {
                    return modelLimits(e, place);
                });
                return read ? unique(
                           v, config.modelLimits, "entry for the model",
                           [](const ModelLimits &m) { return m.model; })
                            : read;
            }
            return list(v, at, config.routes, [this](View e, const QByteArray &place) {
                return readRoute(*this, e, place);
            });
        });
    if (!done)
        return fail(done.error());
    if (auto sound = checkRoutes(*this, root()["routes"], config.routes); !sound)
        return fail(sound.error());
    return config;
}

} // namespace

Result<Config> parseConfig(const QByteArray &text)
{
    const auto document = json::Document::parse(text);
    if (!document)
        return fail(document.error());
    return Reader(*document).config();
}

} // namespace fairlead::config
