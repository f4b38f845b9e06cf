// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Clock.h"
#include "base/Result.h"
#include "metering/PriceBook.h"
#include "json/View.h"

#include <QByteArrayView>

#include <optional>

/// One price list of one model, as it stands in resources/models (schema: resources/models/schema.json): base
/// prices, tiers by prompt size, service tiers and hours of the day. Read straight from the text when a row
/// is wanted.
namespace fairlead::metering {

struct PriceQuestion {
    WallTime when;
    std::int64_t inputTokens = 0;
    QByteArrayView serviceTier;
};

/// True if the list is the valid one at that time, going by its "from"; lists are asked newest first.
[[nodiscard]] bool priceListCovers(json::View list, WallTime when);

/// The row for the question; nullopt if this list has no price for that service tier. `PriceRow::id` is left
/// to the caller but for its suffix: "@2026-08-21" and "+flex", "+above-272000", "+peak" where they apply.
[[nodiscard]] std::optional<PriceRow> readPriceList(json::View list, const PriceQuestion &question);

/// Every price a decimal, every key known; the error names the key.
[[nodiscard]] Result<void> checkPriceList(json::View list);

} // namespace fairlead::metering
