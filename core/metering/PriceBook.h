// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Clock.h"
#include "base/Money.h"
#include "base/Result.h"
#include "chat/Usage.h"

#include <QByteArray>
#include <QDate>

#include <array>
#include <memory>
#include <optional>
#include <vector>

namespace fairlead::metering {

/// What one model of one provider costs, from one source and date. Prices by token kind; nullopt = this list does not say.
struct PriceRow {
    QByteArray id;        ///< stable: "openai/gpt-5.6-sol@2026-08-21", with "+tier" where a context tier or service tier applies
    QByteArray provider;
    QByteArray model;
    std::array<std::optional<UnitPrice>, chat::kTokenKinds> prices;
    std::optional<NanoUsd> perRequest;
    QByteArray source;    ///< "genai-prices", "models.dev" ...
    QDate asOf;           ///< date of the source
    QByteArray confidence;///< "high", "medium", "low"
};

/// tokens x unit price = amount, one line of a receipt.
struct CostLine {
    chat::TokenKind kind = chat::TokenKind::Input;
    std::int64_t tokens = 0;
    std::optional<UnitPrice> price;  ///< nullopt: unknown, and so is the total
};

struct Cost {
    std::vector<CostLine> lines;      ///< kinds with tokens, in TokenKind order
    std::optional<NanoUsd> total;     ///< nullopt if any price needed is unknown; never 0 for unknown
    QByteArray priceRow;              ///< PriceRow::id, empty if the model is not in the book
    QByteArray source;
};

/// All prices known at start, built from resources/models (no network). Immutable once loaded; look-ups are cheap and
/// thread-safe, and the whole can be swapped for a newer one.
class PriceBook
{
public:
    /// From the built-in resource; an unreadable resource is a bug and yields an empty book with a log line.
    [[nodiscard]] static std::shared_ptr<const PriceBook> builtIn();
    /// From one file's text in the resources/models format.
    [[nodiscard]] static Result<std::shared_ptr<const PriceBook>> parse(const QByteArray &json);

    /// The row valid at that time for that many input tokens and that service tier ("" and "default" are the same; a tier
    /// the list has no price for gives nullopt). Model names match exactly, then by the catalogue's aliases (dated
    /// snapshots, "models/" prefix).
    [[nodiscard]] std::optional<PriceRow>
    find(QByteArrayView provider, QByteArrayView model, WallTime when, std::int64_t inputTokens = 0,
         QByteArrayView serviceTier = {}) const;

    /// What the usage costs. Reasoning is priced as output and cache writes for 1 h as 5 min only where the row itself says
    /// so (facts carry the rule); a kind with tokens and no price makes the total unknown.
    [[nodiscard]] static Cost cost(const chat::Usage &usage, const std::optional<PriceRow> &row);

    /// Catalogue of known models, for pickers: provider, model, context window, status.
    struct ModelFacts {
        QByteArray provider;
        QByteArray model;
        QByteArray name;
        std::int64_t contextTokens = 0;  ///< 0 = not known
        std::int64_t mostOutputTokens = 0;
        QByteArray status;               ///< "active", "preview", ...
        bool reasoning = false, tools = false, vision = false;
    };
    [[nodiscard]] const std::vector<ModelFacts> &models() const;
    [[nodiscard]] const ModelFacts *facts(QByteArrayView provider, QByteArrayView model) const;

private:
    class Private;
    std::shared_ptr<const Private> d;
};

} // namespace fairlead::metering
