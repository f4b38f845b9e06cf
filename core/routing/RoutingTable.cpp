// SPDX-License-Identifier: GPL-3.0-or-later
#include "routing/RoutingTable.h"

#include "base/Pattern.h"
#include "providers/Addressing.h"
#include "wire/Codec.h"

#include <QHostAddress>

#include <algorithm>
#include <functional>

namespace fairlead::routing {

namespace {

using providers::Authentication;
using providers::Catalogue;
using providers::ProviderSpec;

constexpr int kMostNamesInWords = 8;
// What Ollama's clients may put behind a name without a tag.
constexpr QByteArrayView kDefaultTag = ":latest";

/// "a, b, c and 12 more"
QByteArray inWords(std::vector<QByteArray> names)
{
    QByteArray text;
    const auto shown = std::min<std::size_t>(names.size(), kMostNamesInWords);
    for (std::size_t i = 0; i < shown; ++i)
        text += (i ? ", " : "") + names[i];
    if (names.size() > shown)
        text += " and " + QByteArray::number(static_cast<qulonglong>(names.size() - shown)) + " more";
    return text;
}

bool isLoopback(const QUrl &url)
{
    const QString host = url.host();
    return host == QLatin1String("localhost") || QHostAddress(host).isLoopback();
}

void applyTimeouts(const config::ProviderConfig::Timeouts &from, net::Timeouts &to)
{
    to.connect = from.connect.value_or(to.connect);
    to.firstByte = from.firstByte.value_or(to.firstByte);
    to.idle = from.idle.value_or(to.idle);
    to.total = from.total.value_or(to.total);
}

/// The catalogue's entry (or a blank one) with everything the config says on top.
Result<std::shared_ptr<const ProviderSpec>> makeSpec(const config::ProviderConfig &entry)
{
    auto spec = std::make_shared<ProviderSpec>();
    const ProviderSpec *known = Catalogue::builtIn().find(entry.id);
    if (known)
        *spec = *known;
    spec->id = entry.id;
    if (entry.name)
        spec->name = *entry.name;
    if (spec->name.isEmpty())
        spec->name = QString::fromUtf8(entry.id);
    if (entry.wire)
        spec->wire = *entry.wire;
    if (entry.baseUrl) {
        spec->ownBaseUrl = true;
        spec->baseUrl = QUrl(*entry.baseUrl, QUrl::StrictMode);
        spec->local = isLoopback(spec->baseUrl);
    }
    if (entry.http2)
        spec->http2 = *entry.http2;
    if (entry.caFile) {
        auto tls = providers::trusting(*entry.caFile);
        if (!tls)
            return fail(tls.error().in("provider \"" + entry.id + "\""));
        spec->caFile = *entry.caFile;
        spec->tls = std::move(*tls);
    }
    if (!entry.models.empty())
        spec->models = entry.models;
    applyTimeouts(entry.timeouts, spec->timeouts);
    spec->rotateKeys = entry.keyUse == config::ProviderConfig::KeyUse::Rotate;
    if (spec->priceProvider.isEmpty())
        spec->priceProvider = spec->id;

    const QByteArray who = "provider \"" + entry.id + "\"";
    if (spec->wire.isEmpty())
        return fail(
            ErrorKind::Invalid, who + " is not in the catalogue, so it needs \"wire\" (one of "
                                    + inWords(wire::wireNames()) + ")");
    const wire::Wire *wire = wire::findWire(spec->wire);
    if (!wire || !wire->upstream)
        return fail(
            ErrorKind::Invalid, who + " speaks \"" + spec->wire
                                    + "\", which this version cannot use yet; it can use "
                                    + inWords(wire::wireNames()));
    if (entry.auth) {
        auto auth = Authentication::byName(*entry.auth);
        if (!auth)
            return fail(auth.error().in(who));
        spec->auth = *auth;
    } else if (!known && entry.wire) {
        // A provider of one's own authenticates as its dialect's inventor does.
        const QByteArray name = spec->wire == "anthropic" ? "x-api-key"
                                : spec->wire == "gemini"  ? "x-goog-api-key"
                                : spec->wire == "bedrock" ? "aws-sigv4"
                                                          : "bearer";
        spec->auth = *Authentication::byName(name);
    }
    if (auto filled = providers::fillIn(*spec, entry.params); !filled)
        return fail(ErrorKind::Invalid, who + ' ' + filled.error().message());
    if (spec->baseUrl.isEmpty())
        return fail(ErrorKind::Invalid, who + " needs \"base_url\"");
    return spec;
}

std::vector<secrets::KeyRef> keysToRead(const config::ProviderConfig &entry, const ProviderSpec &spec)
{
    using secrets::KeyRef;
    std::vector<KeyRef> keys;
    for (const config::KeyEntry &key : entry.keys) {
        KeyRef ref;
        ref.source = key.source == config::KeyEntry::Source::Environment ? KeyRef::Source::Environment
                                                                         : KeyRef::Source::Keychain;
        ref.name = key.name;
        keys.push_back(std::move(ref));
    }
    if (!keys.empty() || !spec.auth.needsKey())
        return keys;

    // Not said: the keychain entry named like the provider, then the variables its key is usually in.
    if (!spec.local) {
        KeyRef ref;
        ref.name = QString::fromUtf8(spec.id);
        keys.push_back(std::move(ref));
    }
    for (const QByteArray &variable : spec.environment) {
        if (!secrets::fromEnvironment(QString::fromUtf8(variable)).isEmpty()) {
            KeyRef ref;
            ref.source = KeyRef::Source::Environment;
            ref.name = QString::fromUtf8(variable);
            keys.push_back(std::move(ref));
            break;
        }
    }
    return keys;
}

chat::Failure modelMissing(QByteArray message)
{
    chat::Failure failure(chat::FailureClass::ModelMissing, 404, std::move(message));
    failure.code = "model_not_found";
    failure.param = "model";
    return failure;
}

} // namespace

Result<std::shared_ptr<const RoutingTable>> RoutingTable::build(
    const config::Config &config, std::vector<std::shared_ptr<const providers::ProviderSpec>> extraProviders,
    std::shared_ptr<const metering::PriceBook> prices)
{
    std::shared_ptr<RoutingTable> table(new RoutingTable);
    table->m_prices = std::move(prices);
    for (const config::ProviderConfig &entry : config.providers) {
        if (!entry.enabled)
            continue;
        const auto extra = std::find_if(extraProviders.begin(), extraProviders.end(), [&](const auto &spec) {
            return spec->id == entry.id;
        });
        if (extra != extraProviders.end())
            continue; // the demo, named in the config: it is what it is
        auto spec = makeSpec(entry);
        if (!spec)
            return fail(spec.error());
        table->m_wantedKeys.insert(entry.id, keysToRead(entry, **spec));
        table->m_providers.push_back(std::move(*spec));
    }
    for (auto &extra : extraProviders) {
        if (!table->provider(extra->id))
            table->m_providers.push_back(std::move(extra));
    }

    if (auto added = table->addRoutes(config); !added)
        return fail(added.error());
    return std::shared_ptr<const RoutingTable>(std::move(table));
}

Result<> RoutingTable::addRoutes(const config::Config &config)
{
    for (const config::RouteConfig &route : config.routes) {
        for (const config::RouteTarget &target : route.targets) {
            if (auto sound = checkTarget(config, route, target); !sound)
                return sound;
        }
        m_routeNames.insert(route.model, m_routes.size());
        m_routes.push_back(route);
    }
    return {};
}

Result<> RoutingTable::checkTarget(
    const config::Config &config, const config::RouteConfig &route, const config::RouteTarget &target) const
{
    const qsizetype slash = target.name.indexOf('/');
    if (slash < 0) {
        const bool known = std::any_of(config.routes.begin(), config.routes.end(), [&](const auto &other) {
            return other.model == target.name;
        });
        if (known)
            return {};
        return fail(
            ErrorKind::Invalid,
            "route \"" + route.model + "\": the target \"" + target.name + "\" is no route");
    }
    const QByteArray id = target.name.left(slash);
    const QByteArray model = target.name.mid(slash + 1);
    const QByteArray line
        = target.line.number > 0 ? "line " + QByteArray::number(target.line.number) + ": " : QByteArray();
    const QByteArray what = line + "route \"" + route.model + "\": the target \"" + target.name + "\" names ";
    const auto entry = std::find_if(
        config.providers.begin(), config.providers.end(), [&](const auto &it) { return it.id == id; });
    const bool configured = entry != config.providers.end();
    const auto spec = provider(id);
    if (!spec) {
        if (configured && !entry->enabled)
            return {};
        return fail(
            ErrorKind::Invalid, what + "the provider \"" + id
                                    + "\", which is not configured; add { \"id\": \"" + id
                                    + "\" } to \"providers\"");
    }
    // Only a list somebody wrote says what there is not: the catalogue does not know tomorrow's models.
    const bool listed
        = Catalogue::builtIn().find(id) ? configured && !entry->models.empty() : !spec->models.empty();
    if (listed && !offers(*spec, model))
        return fail(
            ErrorKind::Invalid, what + "the model \"" + model + "\", which is not among the models of \"" + id
                                    + "\" (" + inWords(spec->models)
                                    + "); name one of them, or add it to that " + "provider's \"models\"");
    return {};
}

const config::RouteConfig *RoutingTable::routeFor(const QByteArray &modelAsked) const
{
    if (const auto named = m_routeNames.constFind(modelAsked); named != m_routeNames.cend())
        return &m_routes[*named];
    std::optional<bool> direct; // most tables have no pattern, and nobody need find out
    for (const config::RouteConfig &route : m_routes) {
        if (!route.isPattern() || !matchesPattern(route.model, modelAsked))
            continue;
        // Whoever names a provider means it, but for a pattern that has a provider in it too.
        if (!direct) {
            const qsizetype slash = modelAsked.indexOf('/');
            direct = slash > 0 && provider(QByteArrayView(modelAsked).first(slash)) != nullptr;
        }
        if (!*direct || route.model.contains('/'))
            return &route;
    }
    return nullptr;
}

std::optional<Target> RoutingTable::targetNamed(const QByteArray &name) const
{
    const qsizetype slash = name.indexOf('/');
    auto spec = slash > 0 ? provider(QByteArrayView(name).first(slash)) : nullptr;
    if (!spec)
        return std::nullopt;
    return makeTarget(std::move(spec), name.mid(slash + 1), {});
}

std::vector<Target> RoutingTable::targetsOf(const config::RouteConfig &route) const
{
    std::vector<Target> targets;
    std::vector<const config::RouteConfig *> seen;
    const std::function<void(const config::RouteConfig &)> add = [&](const config::RouteConfig &from) {
        if (std::find(seen.begin(), seen.end(), &from) != seen.end())
            return;
        seen.push_back(&from);
        for (const config::RouteTarget &place : from.targets) {
            if (place.shadow)
                continue;
            if (!place.name.contains('/')) {
                add(m_routes[m_routeNames.value(place.name)]);
                continue;
            }
            auto found = targetNamed(place.name);
            if (!found)
                continue;
            const bool known = std::any_of(targets.begin(), targets.end(), [&](const Target &target) {
                return target.provider == found->provider && target.model == found->model;
            });
            if (known)
                continue;
            const auto number = QByteArray::number(static_cast<qulonglong>(targets.size() + 1));
            found->reason = "route " + route.model + ", target " + number;
            found->strict = route.strict;
            targets.push_back(std::move(*found));
        }
    };
    add(route);
    return targets;
}

std::shared_ptr<const providers::ProviderSpec> RoutingTable::provider(QByteArrayView id) const
{
    const auto it = std::find_if(m_providers.begin(), m_providers.end(), [&](const auto &spec) {
        return QByteArrayView(spec->id) == id;
    });
    return it == m_providers.end() ? nullptr : *it;
}

std::vector<QByteArray> RoutingTable::modelsOf(const providers::ProviderSpec &provider) const
{
    if (!provider.models.empty())
        return provider.models;
    std::vector<QByteArray> models;
    if (!m_prices)
        return models;
    for (const auto &facts : m_prices->modelsOf(provider.priceProvider)) {
        if (facts.status == "active" || facts.status == "preview")
            models.push_back(facts.model);
    }
    return models;
}

Target RoutingTable::makeTarget(
    std::shared_ptr<const providers::ProviderSpec> provider, QByteArray model, QByteArray reason) const
{
    Target target;
    target.provider = std::move(provider);
    target.model = std::move(model);
    target.reason = std::move(reason);
    return target;
}

bool RoutingTable::offers(const ProviderSpec &provider, const QByteArray &model) const
{
    const std::vector<QByteArray> models = modelsOf(provider);
    return std::find(models.begin(), models.end(), model) != models.end();
}

tl::expected<RoutePlan, chat::Failure> RoutingTable::resolve(QByteArrayView modelAsked) const
{
    RoutePlan plan;
    plan.asked = modelAsked.toByteArray();

    // 1. a route's alias
    if (const config::RouteConfig *route = routeFor(plan.asked)) {
        plan.route = route;
        plan.targets = targetsOf(*route);
        if (plan.targets.empty())
            return tl::make_unexpected(modelMissing(
                "Every target of the route \"" + plan.asked
                + "\" is switched off. Enable one of its providers."));
        return plan;
    }

    // 2. provider/model; the model may be one we have never heard of
    const qsizetype slash = plan.asked.indexOf('/');
    if (slash > 0) {
        if (auto spec = provider(modelAsked.first(slash))) {
            if (slash + 1 == plan.asked.size())
                return tl::make_unexpected(
                    modelMissing("\"" + plan.asked + "\" names a provider but no model."));
            QByteArray model = plan.asked.mid(slash + 1);
            if (model.endsWith(kDefaultTag) && !offers(*spec, model)) {
                const QByteArray untagged = model.chopped(kDefaultTag.size());
                if (offers(*spec, untagged))
                    model = untagged;
            }
            plan.targets.push_back(makeTarget(std::move(spec), std::move(model), "named by the caller"));
            return plan;
        }
    }

    // 3. a bare model id (which may itself hold a slash) known to exactly one provider
    std::vector<QByteArray> owners;
    for (const auto &spec : m_providers) {
        if (offers(*spec, plan.asked)) {
            owners.push_back(spec->id + '/' + plan.asked);
            plan.targets.push_back(makeTarget(spec, plan.asked, "the only provider with this model"));
        }
    }
    if (plan.targets.size() == 1)
        return plan;
    if (plan.targets.size() > 1)
        return tl::make_unexpected(modelMissing(
            "Several providers have \"" + plan.asked + "\". Ask for one of " + inWords(owners)
            + ", or make a route with that name."));

    if (plan.asked.endsWith(kDefaultTag)) {
        if (auto untagged = resolve(modelAsked.chopped(kDefaultTag.size())))
            return untagged;
    }

    std::vector<QByteArray> known;
    for (const config::RouteConfig &route : m_routes) {
        if (!route.isPattern())
            known.push_back(route.model);
    }
    for (const auto &spec : m_providers) {
        const std::vector<QByteArray> models = modelsOf(*spec);
        known.push_back(spec->id + '/' + (models.empty() ? QByteArray("<model>") : models.front()));
    }
    if (known.empty())
        return tl::make_unexpected(modelMissing(
            "There is no model \"" + plan.asked
            + "\", as no provider is configured yet. Add one in the window under"
              " Providers & keys, or with: fairleadctl key set <provider>"));
    return tl::make_unexpected(modelMissing(
        "There is no route, provider/model or model \"" + plan.asked + "\". There are for example "
        + inWords(known) + ". GET /v1/models lists all of them."));
}

} // namespace fairlead::routing
