// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "chat/Failure.h"
#include "config/Config.h"
#include "metering/LedgerRecord.h"
#include "metering/PriceBook.h"
#include "providers/ProviderSpec.h"
#include "secrets/KeyRing.h"

#include <QHash>

#include <memory>
#include <vector>

namespace fairlead::routing {

struct ModelLimits;

/// One place a request can go.
struct Target {
    std::shared_ptr<const providers::ProviderSpec> provider;
    QByteArray model; ///< the provider's own name
    QByteArray reason; ///< why it is a candidate, for people: "route smart, 1st"
    bool strict = false; ///< no lossy translation
    std::shared_ptr<const ModelLimits> limits; ///< what the model refuses; null = nothing known
};

/// Where a request may go, in order. Never empty.
struct RoutePlan {
    QByteArray asked;
    /// The route that was asked for; null = a model named directly. Part of the table, and lives as long.
    const config::RouteConfig *route = nullptr;
    std::vector<Target> targets;

    // What Router adds for a route.
    std::vector<Target> shadows; ///< get a copy each
    std::vector<metering::Candidate> candidates; ///< all of them, and why
    QByteArray conversation; ///< for Router::answered(); empty = nobody will ask
    bool undecided = false; ///< a condition asked for something that is not known
};

/// Everything routing needs to know, as one immutable value: a change of configuration makes a new table, and
/// a request keeps the one it started with. URL, key, model and headers can so never come from two
/// configurations.
class RoutingTable
{
public:
    /// Builds the table. Errors name the offender and the fix: a provider without wire or base URL, a target
    /// whose provider is not configured or whose model that provider is said not to have. That routes lead
    /// nowhere but to targets is the config's own rule.
    [[nodiscard]] static Result<std::shared_ptr<const RoutingTable>> build(
        const config::Config &config,
        std::vector<std::shared_ptr<const providers::ProviderSpec>> extraProviders,
        std::shared_ptr<const metering::PriceBook> prices);

    /// A route's alias, `provider/model`, or a bare model id known to exactly one provider; any of them also
    /// with Ollama's default tag ":latest". Otherwise a Failure of class ModelMissing that says what would
    /// work.
    [[nodiscard]] tl::expected<RoutePlan, chat::Failure> resolve(QByteArrayView modelAsked) const;

    [[nodiscard]] std::shared_ptr<const providers::ProviderSpec> provider(QByteArrayView id) const;
    /// "provider/model" as a target; nullopt if there is no such provider, or it is switched off.
    [[nodiscard]] std::optional<Target> targetNamed(const QByteArray &name) const;
    [[nodiscard]] const std::vector<std::shared_ptr<const providers::ProviderSpec>> &providers() const
    {
        return m_providers;
    }
    [[nodiscard]] const std::vector<config::RouteConfig> &routes() const { return m_routes; }
    /// The route that answers to a name: its own, or the first whose pattern fits. Null if there is none.
    [[nodiscard]] const config::RouteConfig *routeFor(const QByteArray &modelAsked) const;
    /// Where a route can lead, through other routes too, each place once and as written; shadows are none.
    [[nodiscard]] std::vector<Target> targetsOf(const config::RouteConfig &route) const;
    /// Models a provider offers: those the config names, else those the catalogue knows as current.
    [[nodiscard]] std::vector<QByteArray> modelsOf(const providers::ProviderSpec &provider) const;

    /// Which keys each provider wants, in order.
    [[nodiscard]] const QHash<QByteArray, std::vector<secrets::KeyRef>> &wantedKeys() const
    {
        return m_wantedKeys;
    }

private:
    RoutingTable() = default;
    [[nodiscard]] Result<> addRoutes(const config::Config &config);
    [[nodiscard]] Result<> checkTarget(
        const config::Config &config, const config::RouteConfig &route,
        const config::RouteTarget &target) const;
    [[nodiscard]] bool offers(const providers::ProviderSpec &provider, const QByteArray &model) const;
    [[nodiscard]] Target makeTarget(
        std::shared_ptr<const providers::ProviderSpec> provider, QByteArray model, QByteArray reason) const;

    std::vector<std::shared_ptr<const providers::ProviderSpec>> m_providers;
    std::vector<config::RouteConfig> m_routes;
    QHash<QByteArray, std::size_t> m_routeNames;
    QHash<QByteArray, std::vector<secrets::KeyRef>> m_wantedKeys;
    std::shared_ptr<const metering::PriceBook> m_prices;
};

} // namespace fairlead::routing
