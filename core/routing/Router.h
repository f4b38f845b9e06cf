// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "routing/RequestFacts.h"
#include "routing/RoutingTable.h"
#include "routing/Strategies.h"
#include "routing/WarmPrompts.h"

namespace fairlead::routing {

/// Orders the targets of a route for one request: conditions, canaries, strategy, and where the conversation
/// is warm. Says of every target why it was taken or passed over. Models named directly never come here.
class Router
{
public:
    using ViewOf = std::function<TargetView(const QByteArray &provider, const QByteArray &model)>;

    Router(Clock &clock, ViewOf viewOf, Random random);

    void setPrices(std::shared_ptr<const metering::PriceBook> prices) { m_prices = std::move(prices); }

    /// Orders plan.targets, and says the rest of what a plan holds. The failure, if no target fits, tells why
    /// of each. `plan` is one of `table`'s with a route.
    [[nodiscard]] std::optional<chat::Failure>
    order(const RoutingTable &table, RoutePlan &plan, const RequestFacts &facts);
    /// A request that was ordered here has been answered there.
    void answered(const QByteArray &conversation, const Target &target, std::int64_t tokens);

    /// What a request would cost there, about; nullopt = not known.
    [[nodiscard]] std::optional<NanoUsd>
    costAt(const Target &target, const RequestFacts &facts, const QByteArray &conversation) const;

private:
    class Walk;
    [[nodiscard]] bool draw(int permille) { return m_random() * 1000 < permille; }

    WarmPrompts m_warm;
    ViewOf m_viewOf;
    Random m_random;
    std::shared_ptr<const metering::PriceBook> m_prices;
};

} // namespace fairlead::routing
