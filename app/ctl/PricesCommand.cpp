// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/Commands.h"

#include "app/ctl/Output.h"
#include "app/ctl/Session.h"
#include "app/ctl/Text.h"
#include "metering/PriceBook.h"

namespace fairlead::app {

using chat::TokenKind;
using metering::PriceBook;
using metering::PriceRow;

namespace {

/// Rows valid now for a model, as "provider/model" or a bare name that several providers may have; every
/// model of the providers given if no model is.
std::vector<PriceRow> findRows(const QByteArray &wanted, const std::vector<QByteArray> &providers)
{
    const auto book = PriceBook::builtIn();
    const WallTime now = SystemClock().wall();
    std::vector<PriceRow> rows;
    const auto slash = wanted.indexOf('/');
    if (slash > 0) {
        if (auto row = book->find(wanted.left(slash), wanted.mid(slash + 1), now))
            return {*row};
    }
    const auto add = [&](const PriceBook::ModelFacts &facts) {
        if (!wanted.isEmpty() && facts.model != wanted)
            return;
        if (auto row = book->find(facts.provider, facts.model, now))
            rows.push_back(std::move(*row));
    };
    if (wanted.isEmpty()) {
        for (const QByteArray &provider : providers) {
            for (const auto &facts : book->modelsOf(provider))
                add(facts);
        }
    } else {
        for (const auto &facts : book->models())
            add(facts);
    }
    return rows;
}

std::optional<UnitPrice> priceOf(const PriceRow &row, TokenKind kind)
{
    return row.prices[static_cast<std::size_t>(kind)];
}

void writeRow(json::Writer &writer, const PriceRow &row)
{
    writer.beginObject().member("id", row.id).member("provider", row.provider).member("model", row.model);
    writer.key("usd_per_million").beginObject();
    for (int kind = 0; kind < chat::kTokenKinds; ++kind)
        memberPrice(
            writer, chat::tokenKindName(static_cast<TokenKind>(kind)),
            priceOf(row, static_cast<TokenKind>(kind)));
    writer.endObject();
    memberMoney(writer, "per_request_usd", row.perRequest);
    writer.key("fees").beginArray();
    for (const metering::UnitFee &fee : row.fees)
        writer.beginObject()
            .member("unit", fee.unit)
            .member("usd_per_million", fee.perMillion.toDecimal())
            .endObject();
    writer.endArray().member("source", row.source).member("as_of", row.asOf.toString(Qt::ISODate).toLatin1());
    writer.member("confidence", row.confidence).endObject();
}

} // namespace

ExitCode pricesShow(const Arguments &arguments)
{
    if (arguments.positional().size() > 1)
        return misused("Name one model, or none for those of your providers.");
    std::vector<QByteArray> providers;
    const QByteArray wanted = arguments.positional().value(0).toUtf8();
    if (wanted.isEmpty()) {
        const auto config = config::loadConfig(arguments.configPath());
        if (!config)
            return failed(config.error());
        for (const config::ProviderConfig &provider : config->providers)
            providers.push_back(provider.id);
        if (providers.empty())
            providers.emplace_back("demo");
    }
    const auto rows = findRows(wanted, providers);
    if (rows.empty() && !wanted.isEmpty())
        return failed(Error(
            ErrorKind::NotFound, "No price is known for \"" + wanted
                                     + "\". Write it as PROVIDER/MODEL, as `fairleadctl models` does."));
    json::Writer writer;
    writer.beginObject().key("prices").beginArray();
    Table table({
        {"MODEL"},
        {"INPUT $/M", Table::Align::Right},
        {"CACHED $/M", Table::Align::Right},
        {"OUTPUT $/M", Table::Align::Right},
        {"AS OF"},
        {"SOURCE"},
    });
    for (const PriceRow &row : rows) {
        writeRow(writer, row);
        table.add({
            row.provider + '/' + row.model,
            text::price(priceOf(row, TokenKind::Input)),
            text::price(priceOf(row, TokenKind::CacheRead)),
            text::price(priceOf(row, TokenKind::Output)),
            row.asOf.toString(Qt::ISODate).toLatin1(),
            row.source,
        });
    }
    writer.endArray().endObject();
    arguments.wantsJson() ? printJson(writer) : terminal::out(table.text());
    return kSuccess;
}

} // namespace fairlead::app
