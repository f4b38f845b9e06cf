// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/Commands.h"

#include "app/ctl/Output.h"
#include "app/ctl/Records.h"
#include "app/ctl/Session.h"
#include "app/ctl/Text.h"

namespace fairlead::app {

using metering::LedgerRecord;

namespace {

/// "incomplete: protocol (broken)"
QByteArray statusOf(const LedgerRecord &record)
{
    QByteArray status = metering::statusName(record.status);
    if (record.status != LedgerRecord::Status::Ok && !record.failureClass.isEmpty())
        status += ": " + record.failureClass;
    if (record.role != LedgerRecord::Role::Request)
        status += " (" + metering::roleName(record.role) + ')';
    return status;
}

Table tableOf(const std::vector<LedgerRecord> &records)
{
    Table table({
        {"TIME"},
        {"ID"},
        {"APP"},
        {"MODEL"},
        {"STATUS"},
        {"FIRST", Table::Align::Right},
        {"TOTAL", Table::Align::Right},
        {"IN", Table::Align::Right},
        {"OUT", Table::Align::Right},
        {"COST", Table::Align::Right},
    });
    for (const LedgerRecord &record : records) {
        table.add({
            text::time(record.startedMs),
            record.id,
            record.app,
            record.provider.isEmpty() ? record.modelAsked : servedBy(record),
            statusOf(record),
            text::duration(record.firstText),
            text::duration(record.total),
            text::count(inputTokens(record.usage)),
            text::count(outputTokens(record.usage)),
            text::money(record.bookedCost()),
        });
    }
    return table;
}

} // namespace

QList<QCommandLineOption> logOptions()
{
    return {
        {QStringLiteral("n"), QStringLiteral("How many (default: 20)."), QStringLiteral("N")},
        {QStringLiteral("app"), QStringLiteral("Only of this app."), QStringLiteral("NAME")},
        {QStringLiteral("provider"), QStringLiteral("Only served by this provider."), QStringLiteral("P")},
        {QStringLiteral("model"), QStringLiteral("Only this model."), QStringLiteral("MODEL")},
        {QStringLiteral("status"), QStringLiteral("Only ok, failed, cancelled or incomplete."),
         QStringLiteral("STATUS")},
    };
}

namespace {

/// As many rows as asked for, page by page: the ledger gives at most so many at a time.
Result<std::vector<LedgerRecord>> readPages(storage::Ledger &ledger, storage::LogQuery query)
{
    std::vector<LedgerRecord> records;
    const auto wanted = static_cast<std::size_t>(query.limit);
    while (records.size() < wanted) {
        query.limit = static_cast<int>(wanted - records.size());
        QObject context;
        auto page = wait<std::vector<LedgerRecord>>([&](auto done) { ledger.log(query, &context, done); });
        if (!page)
            return fail(page.error());
        if (page->empty())
            break;
        query.beforeMs = page->back().startedMs;
        query.beforeId = page->back().id;
        records.insert(
            records.end(), std::make_move_iterator(page->begin()), std::make_move_iterator(page->end()));
    }
    return records;
}

} // namespace

ExitCode log(const Arguments &arguments)
{
    constexpr int kMost = 100'000;
    const auto limit = arguments.number("n", 1, kMost, 20);
    if (!limit)
        return misused(limit.error().message());
    storage::LogQuery query;
    query.limit = *limit;
    query.app = arguments.value("app").toUtf8();
    query.provider = arguments.value("provider").toUtf8();
    query.model = arguments.value("model").toUtf8();
    query.status = arguments.value("status").toUtf8();
    if (!query.status.isEmpty() && !metering::statusByName(query.status))
        return misused("--status takes ok, failed, cancelled or incomplete.");

    const auto ledger = openLedger(arguments);
    if (!ledger)
        return failed(ledger.error());
    const auto records = readPages(**ledger, std::move(query));
    if (!records)
        return failed(records.error());
    if (arguments.wantsJson()) {
        json::Writer writer;
        writer.beginObject().key("requests").beginArray();
        for (const LedgerRecord &record : *records)
            writeRecord(writer, record);
        writer.endArray().endObject();
        printJson(writer);
    } else if (records->empty()) {
        terminal::err("The ledger holds no such request.\n");
    } else {
        terminal::out(tableOf(*records).text());
    }
    return kSuccess;
}

} // namespace fairlead::app
