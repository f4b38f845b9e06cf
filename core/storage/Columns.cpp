// SPDX-License-Identifier: GPL-3.0-or-later
#include "storage/Columns.h"

namespace fairlead::storage {

using chat::TokenKind;
using metering::LedgerRecord;
using metering::Micros;

Binder &Binder::text(const QByteArray &value)
{
    // A null QString would become NULL.
    m_query.bindValue(m_next++, value.isEmpty() ? QStringLiteral("") : QString::fromUtf8(value));
    return *this;
}

Binder &Binder::blob(const QByteArray &value)
{
    m_query.bindValue(m_next++, value.isNull() ? QByteArray("") : value);
    return *this;
}

Binder &Binder::integer(qint64 value)
{
    m_query.bindValue(m_next++, value);
    return *this;
}

QByteArray Columns::text()
{
    return next().toString().toUtf8();
}

QByteArray Columns::blob()
{
    return next().toByteArray();
}

qint64 Columns::integer()
{
    return next().toLongLong();
}

std::optional<qint64> Columns::optionalInteger()
{
    const QVariant value = next();
    if (value.isNull())
        return std::nullopt;
    return value.toLongLong();
}

std::optional<Micros> Columns::micros()
{
    const auto value = optionalInteger();
    return value ? std::optional<Micros>(Micros(*value)) : std::nullopt;
}

std::optional<NanoUsd> Columns::money()
{
    const auto value = optionalInteger();
    return value ? std::optional<NanoUsd>(NanoUsd(*value)) : std::nullopt;
}

QString requestColumns()
{
    return QStringLiteral("id, started_ms, origin, app, dialect, model_asked, provider, model, streamed, "
                          "status, http_status, failure_class, "
                          "message, finish_reason, queue_us, connect_us, first_byte_us, first_reasoning_us, "
                          "first_text_us, total_us, input, "
                          "cache_read, cache_write_5m, cache_write_1h, audio_input, output, reasoning, "
                          "audio_output, estimated, service_tier, "
                          "reported_nano, cost_nano, price_row, price_source, losses");
}

int requestColumnCount()
{
    return static_cast<int>(requestColumns().count(QLatin1Char(','))) + 1;
}

void bindRequest(Statement &statement, const LedgerRecord &record)
{
    statement.text(record.id)
        .integer(record.startedMs)
        .text(record.origin)
        .text(record.app)
        .text(record.dialect);
    statement.text(record.modelAsked)
        .text(record.provider)
        .text(record.model)
        .integer(qint64(record.streamed));
    statement.integer(static_cast<qint64>(record.status))
        .integer(qint64(record.httpStatus))
        .text(record.failureClass);
    statement.text(record.message).text(record.finishReason);
    statement.micros(record.queue)
        .micros(record.connect)
        .micros(record.firstByte)
        .micros(record.firstReasoning);
    statement.micros(record.firstText).micros(record.total);
    for (int kind = 0; kind < chat::kTokenKinds; ++kind)
        statement.integer(record.usage.get(static_cast<TokenKind>(kind)));
    statement.integer(qint64(record.usage.estimated)).text(record.usage.serviceTier);
    statement.money(record.usage.reportedCost).money(record.cost);
    statement.text(record.priceRow).text(record.priceSource).text(record.losses);
}

LedgerRecord readRequest(Columns &columns)
{
    LedgerRecord record;
    record.id = columns.text();
    record.startedMs = columns.integer();
    record.origin = columns.text();
    record.app = columns.text();
    record.dialect = columns.text();
    record.modelAsked = columns.text();
    record.provider = columns.text();
    record.model = columns.text();
    record.streamed = columns.integer() != 0;
    record.status = static_cast<LedgerRecord::Status>(columns.integer());
    record.httpStatus = static_cast<int>(columns.integer());
    record.failureClass = columns.text();
    record.message = columns.text();
    record.finishReason = columns.text();
    record.queue = columns.micros();
    record.connect = columns.micros();
    record.firstByte = columns.micros();
    record.firstReasoning = columns.micros();
    record.firstText = columns.micros();
    record.total = columns.micros();
    for (int kind = 0; kind < chat::kTokenKinds; ++kind) {
        if (const auto tokens = columns.optionalInteger())
            record.usage.set(static_cast<TokenKind>(kind), *tokens);
    }
    record.usage.estimated = columns.integer() != 0;
    record.usage.serviceTier = columns.text();
    record.usage.reportedCost = columns.money();
    record.cost = columns.money();
    record.priceRow = columns.text();
    record.priceSource = columns.text();
    record.losses = columns.text();
    return record;
}

} // namespace fairlead::storage
