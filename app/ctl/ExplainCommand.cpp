// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/Commands.h"

#include "app/ctl/Output.h"
#include "app/ctl/Records.h"
#include "app/ctl/Session.h"
#include "app/ctl/Text.h"
#include "metering/PriceBook.h"
#include "providers/ProviderSpec.h"

namespace fairlead::app {

using metering::AttemptRecord;
using metering::Cost;
using metering::CostLine;
using metering::LedgerRecord;
using metering::PriceBook;
using metering::PriceRow;

namespace {

/// The cost as today's price book works it out again.
struct Receipt {
    std::optional<PriceRow> row;
    Cost cost;
    bool same = false; ///< the row and the amount are those that were booked
};

Receipt makeReceipt(const LedgerRecord &record)
{
    const auto *spec = providers::Catalogue::builtIn().find(record.provider);
    const QByteArray provider
        = spec && !spec->priceProvider.isEmpty() ? spec->priceProvider : record.provider;
    const WallTime when{std::chrono::milliseconds(record.startedMs)};
    const auto prices = PriceBook::builtIn();
    const auto find = [&](const QByteArray &model) {
        return prices->find(provider, model, when, record.usage.totalInput(), record.usage.serviceTier);
    };
    Receipt receipt;
    receipt.row = find(record.model);
    // An answer may name a snapshot that no list knows; the attempt knows what was asked for.
    if (!receipt.row && !record.attempts.empty())
        receipt.row = find(record.attempts.back().model);
    receipt.cost = PriceBook::cost(record.usage, receipt.row);
    receipt.same = receipt.cost.priceRow == record.priceRow && receipt.cost.total == record.cost;
    return receipt;
}

std::optional<NanoUsd> amountOf(const CostLine &line)
{
    if (!line.price)
        return std::nullopt;
    CostSum sum;
    sum.add(line.tokens, *line.price);
    return sum.rounded();
}

void writeReceipt(json::Writer &writer, const Receipt &receipt)
{
    writer.beginObject().key("lines").beginArray();
    for (const CostLine &line : receipt.cost.lines) {
        writer.beginObject()
            .member("kind", chat::tokenKindName(line.kind))
            .memberInteger("tokens", line.tokens);
        memberPrice(writer, "usd_per_million", line.price);
        memberMoney(writer, "amount_usd", amountOf(line));
        writer.endObject();
    }
    writer.endArray();
    memberMoney(writer, "per_request_usd", receipt.cost.perRequest);
    memberMoney(writer, "total_usd", receipt.cost.total);
    writer.member("price_row", receipt.cost.priceRow).member("price_source", receipt.cost.source);
    writer.memberBoolean("matches_booked", receipt.same).endObject();
}

QByteArray fact(const char *name, const QByteArray &value)
{
    return QByteArray(name).leftJustified(14) + terminal::harmless(value) + '\n';
}

QByteArray factsOf(const LedgerRecord &record)
{
    QByteArray status = metering::statusName(record.status);
    if (record.httpStatus != 0)
        status += " (HTTP " + QByteArray::number(record.httpStatus) + ')';
    QByteArray text = fact("Request", record.id) + fact("Time", text::time(record.startedMs))
                      + fact("Asked by", record.app + " (" + record.origin + ')')
                      + fact("Asked for", record.modelAsked) + fact("Served by", servedBy(record))
                      + fact("Status", status);
    if (!record.failureClass.isEmpty())
        text += fact("Failure", record.failureClass + ": " + record.message);
    if (!record.finishReason.isEmpty())
        text += fact("Finished by", record.finishReason);
    if (!record.route.isEmpty())
        text += fact("Route", record.route);
    if (!record.rescue.isEmpty())
        text += fact("Rescued by", record.rescue);
    if (record.role != LedgerRecord::Role::Request)
        text += fact("Role", metering::roleName(record.role) + " of " + record.parent);
    if (!record.losses.isEmpty())
        text += fact("Translation", record.losses);
    return text;
}

QByteArray timesOf(const LedgerRecord &record)
{
    return "\nTimes, since the request was read\n" + fact("  Queue", text::duration(record.queue))
           + fact("  First byte", text::duration(record.firstByte))
           + fact("  Reasoning", text::duration(record.firstReasoning))
           + fact("  First text", text::duration(record.firstText))
           + fact("  Total", text::duration(record.total))
           + fact("  Speed", text::tokenRate(record.tokensPerSecond()));
}

QByteArray candidatesOf(const LedgerRecord &record)
{
    Table table({{"CANDIDATE"}, {"DECISION"}, {"WHY"}});
    for (const metering::Candidate &candidate : record.candidates)
        table.add(
            {candidate.provider + '/' + candidate.model, candidate.taken ? "taken" : "passed over",
             terminal::harmless(candidate.reason)});
    return table.isEmpty() ? QByteArray() : '\n' + table.text();
}

/// The answers that cost money besides the request's own.
QByteArray companionsOf(const std::vector<LedgerRecord> &rows)
{
    Table table({{"BESIDES"}, {"ROLE"}, {"SERVED BY"}, {"STATUS"}, {"COST", Table::Align::Right}});
    for (const LedgerRecord &row : rows)
        table.add(
            {row.id, metering::roleName(row.role), servedBy(row), metering::statusName(row.status),
             text::money(row.bookedCost())});
    return table.isEmpty() ? QByteArray() : '\n' + table.text();
}

QByteArray attemptsOf(const LedgerRecord &record)
{
    Table table({
        {"ATTEMPT"},
        {"KEY"},
        {"AFTER", Table::Align::Right},
        {"CONNECT", Table::Align::Right},
        {"FIRST BYTE", Table::Align::Right},
        {"TOTAL", Table::Align::Right},
        {"HTTP", Table::Align::Right},
        {"RESULT"},
    });
    for (const AttemptRecord &attempt : record.attempts) {
        const bool served = attempt.failureClass.isEmpty();
        table.add({
            attempt.provider + '/' + attempt.model,
            attempt.keyName.isEmpty() ? text::unknown() : attempt.keyName,
            text::duration(attempt.startedAfter),
            text::duration(attempt.connect),
            text::duration(attempt.firstByte),
            text::duration(attempt.total),
            attempt.httpStatus == 0 ? text::unknown() : QByteArray::number(attempt.httpStatus),
            served ? QByteArray("served") : attempt.failureClass + ": " + attempt.message,
        });
    }
    return table.isEmpty() ? QByteArray() : '\n' + table.text();
}

QByteArray costOf(const LedgerRecord &record, const Receipt &receipt)
{
    Table table({
        {"TOKENS"},
        {"COUNT", Table::Align::Right},
        {"$/M", Table::Align::Right},
        {"AMOUNT", Table::Align::Right},
    });
    for (const CostLine &line : receipt.cost.lines)
        table.add(
            {chat::tokenKindName(line.kind), text::count(line.tokens), text::price(line.price),
             text::money(amountOf(line))});
    if (receipt.cost.perRequest)
        table.add({"per request", "1", text::unknown(), text::money(receipt.cost.perRequest)});
    table.add({"booked", text::unknown(), text::unknown(), text::money(record.bookedCost())});

    QByteArray text = '\n' + table.text();
    if (record.usage.estimated)
        text += "Some counts are our estimate: the provider did not get to report them.\n";
    if (record.usage.reportedCost)
        text += "The amount is the provider's own figure; by the price list it is " + text::money(record.cost)
                + ".\n";
    if (record.priceRow.isEmpty())
        text += "No price is known for this model: the cost is unknown, not zero.\n";
    else
        text += "Price: " + record.priceRow + " (source: " + record.priceSource + ")\n";
    if (!receipt.same && !record.priceRow.isEmpty())
        text += "The price list has changed since: the lines above show " + receipt.cost.priceRow
                + ", by which it would be " + text::money(receipt.cost.total) + ".\n";
    return text;
}

} // namespace

ExitCode explain(const Arguments &arguments)
{
    if (arguments.positional().size() != 1)
        return misused(
            "Name one request, by the id that `fairleadctl log` or the header x-fairlead-request-id shows.");
    const QByteArray id = arguments.positional().first().toUtf8();
    const auto ledger = openLedger(arguments);
    if (!ledger)
        return failed(ledger.error());
    QObject context;
    const auto found
        = wait<std::optional<LedgerRecord>>([&](auto done) { (*ledger)->find(id, &context, done); });
    if (!found)
        return failed(found.error());
    if (!*found)
        return failed(Error(ErrorKind::NotFound, "The ledger holds no request \"" + id + "\"."));
    const LedgerRecord &record = **found;
    storage::LogQuery besides;
    besides.parent = id;
    const auto companions
        = wait<std::vector<LedgerRecord>>([&](auto done) { (*ledger)->log(besides, &context, done); });
    if (!companions)
        return failed(companions.error());
    const Receipt receipt = makeReceipt(record);
    if (arguments.wantsJson()) {
        json::Writer writer;
        writer.beginObject().key("request");
        writeRecord(writer, record);
        writer.key("receipt");
        writeReceipt(writer, receipt);
        writer.key("besides").beginArray();
        for (const LedgerRecord &row : *companions)
            writeRecord(writer, row);
        writer.endArray();
        writer.endObject();
        printJson(writer);
    } else {
        terminal::out(
            factsOf(record) + candidatesOf(record) + timesOf(record) + attemptsOf(record)
            + companionsOf(*companions) + costOf(record, receipt));
    }
    return kSuccess;
}

} // namespace fairlead::app
