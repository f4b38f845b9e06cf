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

/// A price for something that is no token: a web search, a page, an image, a second of audio. Image tokens
/// are here too, as no usage report books them apart yet.
struct UnitFee {
    QByteArray unit; ///< "web_search", "query", "page", "image", "audio_second", "image_output" ...
    UnitPrice perMillion;
};

struct UnitCount {
    QByteArray unit;
    std::int64_t count = 0;
};

/// What one model of one provider costs, from one source and date. Prices by token kind; nullopt = this list
/// does not say.
struct PriceRow {
    QByteArray id; ///< stable: "openai/gpt-5.6-sol@2026-08-21", with "+tier" where a context tier or service
                   ///< tier applies
    QByteArray provider;
    QByteArray model;
    std::array<std::optional<UnitPrice>, chat::kTokenKinds> prices;
    std::optional<NanoUsd> perRequest;
    std::vector<UnitFee> fees;
    QByteArray source; ///< "genai-prices", "models.dev" ...
    QDate asOf; ///< date of the source
    QByteArray confidence; ///< "high", "medium", "low"
};

/// tokens x unit price = amount, one line of a receipt.
struct CostLine {
    chat::TokenKind kind = chat::TokenKind::Input;
    std::int64_t tokens = 0;
    std::optional<UnitPrice> price; ///< nullopt: unknown, and so is the total
};

/// units x price = amount, for what is no token.
struct FeeLine {
    QByteArray unit;
    std::int64_t count = 0;
    std::optional<UnitPrice> price;
};

struct Cost {
    std::vector<CostLine> lines; ///< kinds with tokens, in TokenKind order
    std::vector<FeeLine> fees;
    std::optional<NanoUsd> perRequest;
    std::optional<NanoUsd> total; ///< nullopt if any price needed is unknown; never 0 for unknown
    QByteArray priceRow; ///< PriceRow::id, empty if the model is not in the book
    QByteArray source;
};

/// All prices known at start, built from resources/models (no network). Immutable once loaded; look-ups are
/// cheap and thread-safe, and the whole can be swapped for a newer one.
class PriceBook
{
public:
    /// From the built-in resource, one provider's file at a time when it is first asked for: starting costs
    /// nothing. An unreadable file is a bug and yields no prices for its provider, with a log line.
    [[nodiscard]] static std::shared_ptr<const PriceBook> builtIn();
    /// From one file's text in the resources/models format; every row is checked and a key not known is an
    /// error.
    [[nodiscard]] static Result<std::shared_ptr<const PriceBook>> parse(const QByteArray &json);

    /// The row valid at that time for that many input tokens and that service tier ("" and "default" are the
    /// same; a tier the list has no price for gives nullopt). Model names match exactly, then by the
    /// catalogue's aliases (dated snapshots, "models/" prefix).
    [[nodiscard]] std::optional<PriceRow> find(
        QByteArrayView provider, QByteArrayView model, WallTime when, std::int64_t inputTokens = 0,
        QByteArrayView serviceTier = {}) const;

    /// What the usage costs; a kind with tokens and no price makes the total unknown, and so does a usage
    /// that says nothing. What a list leaves out is settled when the row is made: cached input costs as
    /// input, reasoning as output, as price pages mean it; nothing stands in for any other kind.
    [[nodiscard]] static Cost cost(
        const chat::Usage &usage, const std::optional<PriceRow> &row,
        const std::vector<UnitCount> &units = {});

    /// Catalogue of known models, for pickers: provider, model, context window, status.
    struct ModelFacts {
        QByteArray provider;
        QByteArray model;
        QByteArray name;
        std::int64_t contextTokens = 0; ///< 0 = not known
        std::int64_t mostOutputTokens = 0;
        QByteArray status; ///< "active", "preview", ...
        bool reasoning = false, tools = false, vision = false;
        bool prefill = false; ///< goes on with an answer that somebody else has begun
        QByteArray kind; ///< "chat", "embedding", "image" ...
        /// Request fields the model answers with an error, in Chat Completions' words: "temperature",
        /// "max_tokens" ...
        std::vector<QByteArray> refuses;
    };
    [[nodiscard]] const std::vector<ModelFacts> &models() const; ///< of all providers: reads every file
    [[nodiscard]] const std::vector<ModelFacts> &modelsOf(QByteArrayView provider) const;
    [[nodiscard]] const ModelFacts *facts(QByteArrayView provider, QByteArrayView model) const;

private:
    class Private;
    std::shared_ptr<const Private> d;
};

} // namespace fairlead::metering
