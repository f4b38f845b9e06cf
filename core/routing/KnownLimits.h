// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "routing/RoutingTable.h"

namespace fairlead::routing {

/// What a model answers with an error, in Chat Completions' words.
struct ModelLimits {
    struct Field {
        QByteArray name; ///< "temperature", "max_tokens" (then max_completion_tokens is taken) ...
        bool learnt = false; ///< from the provider's own error, not from the catalogue
    };
    std::vector<Field> refused;
    bool noSystemRole = false; ///< learnt: instructions go in as "developer"
    bool noDeveloperRole = false; ///< learnt: as "system"
};

/// The limits of every model asked for so far: from the catalogue, and learnt once from the provider's own
/// 400. Lessons last as long as the process.
class KnownLimits
{
public:
    void setPrices(std::shared_ptr<const metering::PriceBook> prices) { m_prices = std::move(prices); }

    /// Null if nothing is known.
    [[nodiscard]] std::shared_ptr<const ModelLimits> of(const Target &target);
    /// True if the failure says something new about the target that another try can heed.
    [[nodiscard]] bool learn(const Target &target, const chat::Failure &failure);

private:
    struct Latest {
        std::shared_ptr<const providers::ProviderSpec> provider;
        QByteArray model;
        std::shared_ptr<const ModelLimits> limits;
    };

    [[nodiscard]] std::shared_ptr<const ModelLimits> lookUp(const Target &target);
    [[nodiscard]] std::shared_ptr<const ModelLimits> fromCatalogue(const Target &target) const;

    std::shared_ptr<const metering::PriceBook> m_prices;
    QHash<QByteArray, std::shared_ptr<const ModelLimits>> m_known; ///< by provider/model
    Latest m_latest;
};

} // namespace fairlead::routing
