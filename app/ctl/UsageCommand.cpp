// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/Commands.h"

#include "app/ctl/Output.h"
#include "app/ctl/Session.h"
#include "app/ctl/Text.h"

#include <QDateTime>

#include <array>

namespace fairlead::app {

using storage::GroupBy;
using storage::SummaryQuery;
using storage::SummaryRow;
using Rows = std::vector<SummaryRow>;

namespace {

struct Grouping {
    const char *name;
    const char *title;
    GroupBy groupBy;
};

constexpr std::array kGroupings{
    Grouping{"model", "MODEL", GroupBy::Model}, Grouping{"provider", "PROVIDER", GroupBy::Provider},
    Grouping{"app", "APP", GroupBy::App},       Grouping{"origin", "ORIGIN", GroupBy::Origin},
    Grouping{"day", "DAY", GroupBy::Day},
};

constexpr int kUsualDays = 30;
constexpr int kMostDays = 36500;

const Grouping *groupingByName(const QString &name)
{
    for (const Grouping &grouping : kGroupings) {
        if (name == QLatin1String(grouping.name))
            return &grouping;
    }
    return nullptr;
}

Result<QDate> date(const Arguments &arguments, const char *option)
{
    const QDate day = QDate::fromString(arguments.value(option), Qt::ISODate);
    if (!day.isValid())
        return fail(
            ErrorKind::Invalid, QByteArray("--") + option + " takes a date like 2026-08-31, not \""
                                    + arguments.value(option).toUtf8() + "\".");
    return day;
}

/// Whole local days; --to is included.
Result<storage::TimeRange> range(const Arguments &arguments)
{
    const QDate today = QDate::currentDate();
    const auto days = arguments.number("days", 1, kMostDays, kUsualDays);
    if (!days)
        return fail(days.error());
    QDate from = today.addDays(1 - *days);
    QDate to = today;
    if (arguments.isSet("days") && (arguments.isSet("from") || arguments.isSet("to")))
        return fail(ErrorKind::Invalid, "Either --days or --from and --to.");
    if (arguments.isSet("to")) {
        const auto day = date(arguments, "to");
        if (!day)
            return fail(day.error());
        to = *day;
        from = to.addDays(1 - kUsualDays);
    }
    if (arguments.isSet("from")) {
        const auto day = date(arguments, "from");
        if (!day)
            return fail(day.error());
        from = *day;
    }
    if (from > to)
        return fail(ErrorKind::Invalid, "--from lies behind --to.");
    storage::TimeRange range;
    range.fromMs = from.startOfDay().toMSecsSinceEpoch();
    range.toMs = to.addDays(1).startOfDay().toMSecsSinceEpoch();
    return range;
}

QByteArray keyOf(const SummaryRow &row, GroupBy groupBy)
{
    if (groupBy == GroupBy::Day)
        return QDateTime::fromMSecsSinceEpoch(row.key.toLongLong()).toString(Qt::ISODate).left(10).toLatin1();
    return row.key;
}

/// What is known of the cost; nothing if no request had a price.
std::optional<NanoUsd> costOf(const SummaryRow &row)
{
    return row.unpriced == row.requests && row.requests > 0 ? std::nullopt : std::optional(row.cost);
}

void writeRow(json::Writer &writer, const SummaryRow &row, GroupBy groupBy)
{
    writer.beginObject();
    if (groupBy != GroupBy::None)
        writer.member("key", keyOf(row, groupBy));
    writer.memberInteger("requests", row.requests).memberInteger("failed", row.failed);
    writer.memberInteger("unpriced", row.unpriced);
    memberMoney(writer, "cost_usd", costOf(row));
    writer.memberInteger("input_tokens", row.inputTokens).memberInteger("cached_tokens", row.cachedTokens);
    writer.memberInteger("output_tokens", row.outputTokens)
        .memberInteger("reasoning_tokens", row.reasoningTokens);
    const auto us = [](std::optional<qint64> value) {
        return value ? std::optional(std::chrono::microseconds(*value)) : std::nullopt;
    };
    memberMs(writer, "first_text_p50_ms", us(row.firstTextP50us));
    memberMs(writer, "first_text_p95_ms", us(row.firstTextP95us));
    memberMs(writer, "total_p50_ms", us(row.totalP50us));
    writer.endObject();
}

QByteArray moneyOf(const SummaryRow &row)
{
    const QByteArray known = text::money(costOf(row));
    const bool partly = row.unpriced > 0 && row.unpriced < row.requests;
    return partly ? known + " + " + text::count(row.unpriced) + " unpriced" : known;
}

void addRow(Table &table, const QByteArray &key, const SummaryRow &row)
{
    table.add({
        key,
        text::count(row.requests),
        text::count(row.failed),
        text::count(row.inputTokens),
        text::count(row.outputTokens),
        moneyOf(row),
    });
}

} // namespace

QList<QCommandLineOption> usageOptions()
{
    return {
        {QStringLiteral("from"), QStringLiteral("First day, such as 2026-08-01."), QStringLiteral("DATE")},
        {QStringLiteral("to"), QStringLiteral("Last day, included."), QStringLiteral("DATE")},
        {QStringLiteral("days"), QStringLiteral("The last N days, today included (default: 30)."),
         QStringLiteral("N")},
        {QStringLiteral("by"), QStringLiteral("model (default), provider, app, origin or day."),
         QStringLiteral("WHAT")},
    };
}

ExitCode usage(const Arguments &arguments)
{
    const Grouping *grouping
        = groupingByName(arguments.isSet("by") ? arguments.value("by") : QStringLiteral("model"));
    if (!grouping)
        return misused("--by takes model, provider, app, origin or day.");
    const auto days = range(arguments);
    if (!days)
        return misused(days.error().message());
    const auto ledger = openLedger(arguments);
    if (!ledger)
        return failed(ledger.error());

    SummaryQuery query;
    query.range = *days;
    query.utcOffsetSeconds = QDateTime::currentDateTime().offsetFromUtc();
    QObject context;
    const auto total = wait<Rows>([&](auto done) { (*ledger)->summary(query, &context, done); });
    query.groupBy = grouping->groupBy;
    const auto rows = wait<Rows>([&](auto done) { (*ledger)->summary(query, &context, done); });
    for (const auto *answer : {&total, &rows}) {
        if (!*answer)
            return failed(answer->error());
    }
    const SummaryRow sum = total->empty() ? SummaryRow() : total->front();

    if (arguments.wantsJson()) {
        json::Writer writer;
        writer.beginObject();
        memberTime(writer, "from", days->fromMs);
        memberTime(writer, "to", days->toMs);
        writer.member("by", grouping->name).key("rows").beginArray();
        for (const SummaryRow &row : *rows)
            writeRow(writer, row, grouping->groupBy);
        writer.endArray().key("total");
        writeRow(writer, sum, GroupBy::None);
        writer.endObject();
        printJson(writer);
        return kSuccess;
    }
    Table table({
        {grouping->title},
        {"REQUESTS", Table::Align::Right},
        {"FAILED", Table::Align::Right},
        {"IN", Table::Align::Right},
        {"OUT", Table::Align::Right},
        {"COST", Table::Align::Right},
    });
    for (const SummaryRow &row : *rows)
        addRow(table, keyOf(row, grouping->groupBy), row);
    addRow(table, "total", sum);
    terminal::out(table.text());
    return kSuccess;
}

} // namespace fairlead::app
