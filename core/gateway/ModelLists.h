// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "http/Exchange.h"
#include "json/Writer.h"
#include "metering/PriceBook.h"
#include "routing/RoutingTable.h"

#include <functional>

/// GET /v1/models and /v1/models/{id}, which three dialects share one path for: routes first, then every
/// provider/model.
namespace fairlead::gateway {

enum class ModelListStyle { OpenAi, Anthropic, Gemini };

/// Told by what the request carries, never by a value: the path /v1beta, the header anthropic-version, a key
/// as Google's clients send it.
[[nodiscard]] ModelListStyle modelListStyle(const http::Request &request);
/// Name of the wire whose errors go with it.
[[nodiscard]] QByteArray wireOf(ModelListStyle style);

/// Everything that can be asked for, in each dialect's shape.
class ModelLists
{
public:
    using MayUse = std::function<bool(QByteArrayView model)>;

    /// `createdUnixSeconds` stands for all models in OpenAI's shape; `mayUse` hides what the caller may not.
    ModelLists(
        const routing::RoutingTable &routing, const metering::PriceBook &prices, qint64 createdUnixSeconds,
        MayUse mayUse);

    /// One page of the list, as the query asks for it.
    [[nodiscard]] http::Response list(ModelListStyle style, const QByteArray &query) const;
    /// One model; its id may hold slashes.
    [[nodiscard]] tl::expected<http::Response, chat::Failure>
    one(ModelListStyle style, QByteArrayView id) const;

private:
    struct Entry {
        QByteArray id;
        QByteArray owner;
        const metering::PriceBook::ModelFacts *facts = nullptr; ///< null = not in the catalogue
    };

    [[nodiscard]] std::vector<Entry> entries() const;
    [[nodiscard]] const metering::PriceBook::ModelFacts *
    factsOf(const providers::ProviderSpec &provider, QByteArrayView model) const;
    [[nodiscard]] QByteArray openAiList() const;
    [[nodiscard]] QByteArray anthropicList(const QByteArray &query) const;
    [[nodiscard]] QByteArray geminiList(const QByteArray &query) const;
    void write(json::Writer &writer, ModelListStyle style, const Entry &entry) const;

    const routing::RoutingTable &m_routing;
    const metering::PriceBook &m_prices;
    qint64 m_created;
    MayUse m_mayUse;
};

} // namespace fairlead::gateway
