// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/log/Receipt.h"

#include "ui/Format.h"

#include <QCoreApplication>

#include <algorithm>

namespace fairlead::ui {

using chat::TokenKind;
using metering::LedgerRecord;
using metering::PriceRow;

namespace {

struct Text {
    Q_DECLARE_TR_FUNCTIONS(Receipt)
};

/// The row the request was booked at; nullopt if the book no longer has it, since prices change.
std::optional<PriceRow> bookedRow(const LedgerRecord &record, const metering::PriceBook &prices)
{
    // "provider/model@date", the provider being the one prices are listed under.
    const qsizetype slash = record.priceRow.indexOf('/');
    const qsizetype at = record.priceRow.lastIndexOf('@');
    if (slash <= 0 || at <= slash)
        return std::nullopt;
    auto row = prices.find(
        record.priceRow.first(slash), record.priceRow.sliced(slash + 1, at - slash - 1),
        WallTime(std::chrono::milliseconds(record.startedMs)), record.usage.totalInput(),
        record.usage.serviceTier);
    return row && row->id == record.priceRow ? row : std::nullopt;
}

QString noteOf(const LedgerRecord &record, bool hasRow)
{
    QString note;
    if (record.usage.reportedCost)
        note = Text::tr("The total is the provider's own figure.");
    else if (!record.cost)
        note = record.usage.isEmpty() ? Text::tr("The provider did not say what was used.")
                                      : Text::tr("The price of this model is not known.");
    else if (!record.priceRow.isEmpty())
        note = hasRow ? Text::tr("Price: %1 (%2)")
                            .arg(QString::fromUtf8(record.priceRow), QString::fromUtf8(record.priceSource))
                      : Text::tr("Price at that time: %1").arg(QString::fromUtf8(record.priceRow));
    if (record.usage.estimated)
        note += (note.isEmpty() ? QString() : QStringLiteral(" "))
                + Text::tr("Some of the tokens are estimated.");
    return note;
}

} // namespace

QString tokenKindWords(TokenKind kind)
{
    switch (kind) {
    case TokenKind::Input:
        return Text::tr("Read");
    case TokenKind::CacheRead:
        return Text::tr("Read from cache");
    case TokenKind::CacheWrite5m:
        return Text::tr("Written to cache");
    case TokenKind::CacheWrite1h:
        return Text::tr("Written to cache, 1 h");
    case TokenKind::AudioInput:
        return Text::tr("Audio heard");
    case TokenKind::Output:
        return Text::tr("Written");
    case TokenKind::Reasoning:
        return Text::tr("Thinking");
    case TokenKind::AudioOutput:
        return Text::tr("Audio spoken");
    }
    Q_UNREACHABLE();
}

Receipt receiptOf(const LedgerRecord &record, const metering::PriceBook &prices)
{
    Receipt receipt;
    const std::optional<PriceRow> row = bookedRow(record, prices);
    for (int i = 0; i < chat::kTokenKinds; ++i) {
        const auto kind = static_cast<TokenKind>(i);
        const auto tokens = record.usage.get(kind);
        if (!tokens || *tokens == 0)
            continue;
        ReceiptLine line{tokenKindWords(kind), format::count(*tokens), QString(), QString()};
        if (const auto price = row ? row->prices[static_cast<std::size_t>(i)] : std::nullopt) {
            CostSum sum;
            sum.add(*tokens, *price);
            line.price = format::pricePerMillion(*price);
            line.amount = format::money(sum.rounded());
        }
        receipt.lines.push_back(std::move(line));
    }
    if (row && row->perRequest)
        receipt.lines.push_back(
            {Text::tr("For the request"), QString(), QString(), format::money(*row->perRequest)});
    receipt.total = format::money(record.bookedCost());
    receipt.note = noteOf(record, row.has_value());
    return receipt;
}

} // namespace fairlead::ui
