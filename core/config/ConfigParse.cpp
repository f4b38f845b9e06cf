// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/Config.h"

#include "config/ConfigKeys.h"
#include "config/ConfigValues.h"
#include "json/View.h"

#include <algorithm>
#include <functional>

namespace fairlead::config {

namespace {

using json::View;
using Accepts = bool (*)(QByteArrayView);

constexpr auto kKeyHint
    = "Keys are never written in this file: store it with \"fairleadctl key set NAME\" and write "
      "\"keys\": [{\"keychain\": \"NAME\"}], or [{\"env\": \"VARIABLE\"}] to take it from the environment.";
constexpr auto kTokenHint = "Tokens are never written in this file: \"fairleadctl app add NAME\" makes one, "
                            "or name the environment variable "
                            "that holds it in \"token_env\".";

/// Reads values of one document; `where` is the place in words, "providers[1].base_url".
class Reader
{
public:
    explicit Reader(const json::Document &document)
        : m_document(document)
    { }

    [[nodiscard]] Result<Config> config() const;

private:
    using OnMember = std::function<Result<>(QByteArrayView key, View value, const QByteArray &where)>;

    [[nodiscard]] tl::unexpected<Error> error(View at, const QByteArray &where, const QByteArray &what) const
    {
        return fail(
            ErrorKind::Invalid, "line " + QByteArray::number(m_document.lineOf(at)) + ": "
                                    + (where.isEmpty() ? "" : where + ": ") + what);
    }
    [[nodiscard]] tl::unexpected<Error>
    unknownKey(View value, Section section, QByteArrayView key, const QByteArray &where) const;
    /// Calls `read` for each member of an object that may hold only this section's keys, each once.
    [[nodiscard]] Result<>
    object(View value, const QByteArray &where, Section section, const OnMember &read) const;
    template<typename T, typename Read>
    [[nodiscard]] Result<> list(View value, const QByteArray &where, std::vector<T> &into, Read read) const;

    [[nodiscard]] Result<QByteArray>
    text(View value, const QByteArray &where, Accepts accepts, QByteArrayView need) const;
    [[nodiscard]] Result<QByteArray>
    choice(View value, const QByteArray &where, std::span<const QByteArrayView> names) const;
    [[nodiscard]] Result<qint64> whole(View value, const QByteArray &where, qint64 least, qint64 most) const;
    [[nodiscard]] Result<bool> flag(View value, const QByteArray &where) const;
    [[nodiscard]] Result<NanoUsd> money(View value, const QByteArray &where) const;
    [[nodiscard]] Result<QByteArray>
    required(const QByteArray &found, View value, const QByteArray &where, QByteArrayView key) const;

    [[nodiscard]] Result<ServerConfig> server(View value, const QByteArray &where) const;
    [[nodiscard]] Result<AppConfig> app(View value, const QByteArray &where) const;
    [[nodiscard]] Result<AppConfig::Budget> budget(View value, const QByteArray &where) const;
    [[nodiscard]] Result<Limits> limits(View value, const QByteArray &where) const;
    [[nodiscard]] Result<ModelLimits> modelLimits(View value, const QByteArray &where) const;
    [[nodiscard]] Result<RunawayLimits> runaway(View value, const QByteArray &where) const;
    [[nodiscard]] Result<QDate> date(View value, const QByteArray &where) const;
    [[nodiscard]] Result<ProviderConfig> provider(View value, const QByteArray &where) const;
    [[nodiscard]] Result<KeyEntry> key(View value, const QByteArray &where) const;
    [[nodiscard]] Result<ProviderConfig::Timeouts> timeouts(View value, const QByteArray &where) const;
    [[nodiscard]] Result<std::vector<std::pair<QByteArray, QByteArray>>>
    params(View value, const QByteArray &where) const;
    [[nodiscard]] Result<RouteConfig> route(View value, const QByteArray &where) const;

    const json::Document &m_document;
};

/// Stores a read value, or hands its error on.
template<typename From, typename To>
Result<> put(Result<From> value, To &into)
{
    if (!value)
        return fail(value.error());
    into = std::move(*value);
    return {};
}

Result<> putText(Result<QByteArray> value, std::optional<QString> &into)
{
    return put(value.map([](const QByteArray &text) { return QString::fromUtf8(text); }), into);
}

bool isAnyText(QByteArrayView text)
{
    return !text.isEmpty() && text.size() <= 4096;
}

QByteArray described(View value)
{
    switch (value.kind()) {
    case json::Kind::Object:
        return "an object";
    case json::Kind::Array:
        return "a list";
    case json::Kind::String:
        return "a text";
    case json::Kind::Number:
        return "a number";
    case json::Kind::Bool:
        return "true or false";
    case json::Kind::Null:
    case json::Kind::Missing:
        return "null";
    }
    return {};
}

QByteArray joined(std::span<const QByteArrayView> names)
{
    QByteArray all;
    for (const QByteArrayView name : names) {
        if (!all.isEmpty())
            all += ", ";
        all += name;
    }
    return all;
}

tl::unexpected<Error>
Reader::unknownKey(View value, Section section, QByteArrayView key, const QByteArray &where) const
{
    if (isNameForKeys(key) || looksLikeKey(key)) {
        const bool token = section == Section::App || section == Section::Server;
        return error(value, where, token ? kTokenHint : kKeyHint);
    }
    const QByteArrayView near = nearest(key, keysOf(section));
    QByteArray what = "\"" + key.first(std::min<qsizetype>(key.size(), 64)).toByteArray()
                      + "\" is not a setting of " + nameOf(section).toByteArray();
    if (near.isEmpty())
        what += "; it has " + joined(keysOf(section));
    else
        what += "; did you mean \"" + near.toByteArray() + "\"?";
    return error(value, where, what);
}

Result<> Reader::object(View value, const QByteArray &where, Section section, const OnMember &read) const
{
    if (!value.isObject())
        return error(value, where, "must be an object ({...}), not " + described(value));
    const auto known = keysOf(section);
    std::vector<bool> seen(known.size());
    for (const auto &[key, member] : value.members()) {
        const auto at = std::find(known.begin(), known.end(), QByteArrayView(key));
        if (at == known.end())
            return unknownKey(member, section, key, where);
        const auto index = static_cast<size_t>(at - known.begin());
        const QByteArray place = where.isEmpty() ? key : where + "." + key;
        if (seen[index])
            return error(member, place, "is written twice");
        seen[index] = true;
        if (auto done = read(key, member, place); !done)
            return done;
    }
    return {};
}

template<typename T, typename Read>
Result<> Reader::list(View value, const QByteArray &where, std::vector<T> &into, Read read) const
{
    if (!value.isArray())
        return error(value, where, "must be a list ([...]), not " + described(value));
    for (const View element : value.elements()) {
        const QByteArray place = where + "[" + QByteArray::number(qsizetype(into.size())) + "]";
        Result<T> item = read(element, place);
        if (!item)
            return fail(item.error());
        into.push_back(std::move(*item));
    }
    return {};
}

Result<QByteArray>
Reader::text(View value, const QByteArray &where, Accepts accepts, QByteArrayView need) const
{
    const auto content = value.string();
    // The value is not repeated: what does not fit might be a key in the wrong place.
    if (!content)
        return error(value, where, "must be " + need.toByteArray() + ", not " + described(value));
    if (!accepts(*content))
        return error(value, where, "must be " + need.toByteArray());
    return *content;
}

Result<QByteArray>
Reader::choice(View value, const QByteArray &where, std::span<const QByteArrayView> names) const
{
    const QByteArray content = value.stringOr({});
    if (std::find(names.begin(), names.end(), QByteArrayView(content)) != names.end())
        return content;
    QByteArray what = "must be one of " + joined(names);
    if (const QByteArrayView near = nearest(content, names); !content.isEmpty() && !near.isEmpty())
        what += "; did you mean \"" + near.toByteArray() + "\"?";
    return error(value, where, what);
}

Result<qint64> Reader::whole(View value, const QByteArray &where, qint64 least, qint64 most) const
{
    const auto number = value.integer();
    if (number && *number >= least && *number <= most)
        return *number;
    return error(
        value, where,
        "must be a whole number from " + QByteArray::number(least) + " to " + QByteArray::number(most));
}

Result<bool> Reader::flag(View value, const QByteArray &where) const
{
    const auto state = value.boolean();
    if (!state)
        return error(value, where, "must be true or false, not " + described(value));
    return *state;
}

Result<NanoUsd> Reader::money(View value, const QByteArray &where) const
{
    const auto amount = NanoUsd::fromDecimal(value.stringOr({}));
    if (!amount || amount->nano() <= 0)
        return error(value, where, "must be an amount in US dollars above zero, written as a text: \"5.00\"");
    return *amount;
}

Result<QDate> Reader::date(View value, const QByteArray &where) const
{
    const QDate day = QDate::fromString(QString::fromUtf8(value.stringOr({})), Qt::ISODate);
    if (!day.isValid())
        return error(value, where, "must be a date such as \"2027-03-31\"");
    return day;
}

Result<QByteArray>
Reader::required(const QByteArray &found, View value, const QByteArray &where, QByteArrayView key) const
{
    if (found.isEmpty())
        return error(value, where, "needs \"" + key.toByteArray() + "\"");
    return found;
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
        return error(value, where, "must be an object ({...}), not " + described(value));
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

Result<RouteConfig> Reader::route(View value, const QByteArray &where) const
{
    RouteConfig route;
    const auto target = [this](View element, const QByteArray &place) {
        return text(element, place, isTarget, "\"provider/model\"");
    };
    const auto done = object(
        value, where, Section::Route, [&](QByteArrayView key, View v, const QByteArray &at) -> Result<> {
            if (key == "model")
                return put(text(v, at, isModelName, "the model name that tools will ask for"), route.model);
            if (key == "strategy")
                return put(choice(v, at, strategyNames()), route.strategy);
            if (key == "strict")
                return put(flag(v, at), route.strict);
            return list(v, at, route.targets, target);
        });
    if (!done)
        return fail(done.error());
    if (const auto model = required(route.model, value, where, "model"); !model)
        return fail(model.error());
    if (route.targets.empty())
        return error(value, where, "needs \"targets\": at least one \"provider/model\"");
    return route;
}

/// The first entry whose name another one has already.
template<typename Range, typename NameOf>
qsizetype firstDuplicate(const Range &range, NameOf nameOf)
{
    for (size_t i = 0; i < range.size(); ++i) {
        for (size_t j = 0; j < i; ++j) {
            if (nameOf(range[i]) == nameOf(range[j]))
                return static_cast<qsizetype>(i);
        }
    }
    return -1;
}

Result<Config> Reader::config() const
{
    Config config;
    const View root = m_document.root();
    const auto unique = [this](View list, const auto &entries, QByteArrayView what, auto nameOf) -> Result<> {
        const qsizetype at = firstDuplicate(entries, nameOf);
        if (at < 0)
            return {};
        return error(
            list.at(at), {},
            "a second " + what.toByteArray() + " \"" + nameOf(entries[static_cast<size_t>(at)]) + "\"");
    };
    const auto done
        = object(root, {}, Section::Root, [&](QByteArrayView key, View v, const QByteArray &at) -> Result<> {
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
              auto read = list(
                  v, at, config.routes, [this](View e, const QByteArray &place) { return route(e, place); });
              return read
                         ? unique(v, config.routes, "route for", [](const RouteConfig &r) { return r.model; })
                         : read;
          });
    if (!done)
        return fail(done.error());
    for (size_t i = 0; i < config.routes.size(); ++i) {
        const View targets = root["routes"].at(static_cast<qsizetype>(i))["targets"];
        if (auto once
            = unique(targets, config.routes[i].targets, "target", [](const QByteArray &t) { return t; });
            !once)
            return fail(once.error());
    }
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
