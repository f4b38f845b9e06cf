// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "http/Exchange.h"
#include "metering/PriceBook.h"
#include "routing/RoutingTable.h"
#include "json/View.h"

#include <optional>

namespace fairlead::gateway {

/// What Ollama's tools ask about models beside chatting: /api/tags, /api/show, /api/version, /api/ps and
/// /api/pull. https://docs.ollama.com/api
class OllamaHandlers
{
public:
    OllamaHandlers(
        const routing::RoutingTable &routing, const metering::PriceBook &prices, qint64 nowUnixSeconds)
        : m_routing(routing)
        , m_prices(prices)
        , m_now(nowUnixSeconds)
    { }

    [[nodiscard]] http::Response answer(const http::Request &request) const;

    /// Tools "load" a model by a chat without words. Every model of ours is always loaded: the answer Ollama
    /// gives then. Nothing if the request has something to say.
    [[nodiscard]] std::optional<http::Response> loaded(const http::Request &request) const;

private:
    [[nodiscard]] http::Response tags() const;
    [[nodiscard]] http::Response show(json::View request) const;
    [[nodiscard]] http::Response pull(json::View request) const;

    const routing::RoutingTable &m_routing;
    const metering::PriceBook &m_prices;
    qint64 m_now;
};

} // namespace fairlead::gateway
