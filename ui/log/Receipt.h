// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metering/LedgerRecord.h"
#include "metering/PriceBook.h"

#include <QString>

#include <vector>

namespace fairlead::ui {

/// tokens x price = amount, as text.
struct ReceiptLine {
    QString what;
    QString tokens;
    QString price;
    QString amount;
};

/// What a request cost and why, as far as the price it was booked at is still known.
struct Receipt {
    std::vector<ReceiptLine> lines;
    QString total;
    QString note; ///< where the price comes from, or why there is none
};

[[nodiscard]] QString tokenKindWords(chat::TokenKind kind);
[[nodiscard]] Receipt receiptOf(const metering::LedgerRecord &record, const metering::PriceBook &prices);

} // namespace fairlead::ui
