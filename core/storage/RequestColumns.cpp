// SPDX-License-Identifier: GPL-3.0-or-later
#include "storage/RequestColumns.h"

#include "storage/Candidates.h"

namespace fairlead::storage {

using chat::TokenKind;
using metering::AttemptRecord;
using metering::LedgerRecord;

namespace {

// In the order that bindRequest() and readRequest() go by.
QString requestColumns()
{
    return QStringLiteral(
        "id, started_ms, streamed, status, http_status, message, queue_us, connect_us, first_byte_us,"
        " first_reasoning_us, first_text_us, total_us, input, cache_read, cache_write_5m, cache_write_1h,"
        " audio_input, output, reasoning, audio_output, estimated, reported_nano, cost_nano, attempts,"
        " last_started_after_us, last_connect_us, last_first_byte_us, last_total_us, last_http_status,"
        " last_message, kind, role, parent, candidates");
}

// In the order that bindAttempt() and readAttempt() go by.
QString attemptColumns()
{
    return QStringLiteral("provider, model, key_name, started_after_us, connect_us, first_byte_us, total_us,"
                          " http_status, failure_class, message");
}

// In the order of labelColumns().
template<typename Record, typename Attempt>
auto labelFields(Record &record, Attempt &last)
{
    return std::array{
        &record.origin,       &record.app,          &record.dialect,
        &record.modelAsked,   &record.provider,     &record.model,
        &record.failureClass, &record.finishReason, &record.usage.serviceTier,
        &record.priceRow,     &record.priceSource,  &record.losses,
        &last.provider,       &last.model,          &last.keyName,
        &last.failureClass,   &record.route,        &record.rescue,
    };
}

const AttemptRecord &lastAttempt(const LedgerRecord &record)
{
    static const AttemptRecord none;
    return record.attempts.empty() ? none : record.attempts.back();
}

QString insertSql(const QString &table, const QString &columns)
{
    return QStringLiteral("INSERT INTO %1 (%2) VALUES (%3)")
        .arg(table, columns, placeholders(columns.count(QLatin1Char(',')) + 1));
}

void bindTimes(Statement &statement, const AttemptRecord &attempt)
{
    statement.micros(attempt.startedAfter)
        .micros(attempt.connect)
        .micros(attempt.firstByte)
        .micros(attempt.total);
}

void readTimes(Columns &columns, AttemptRecord &attempt)
{
    attempt.startedAfter = columns.micros();
    attempt.connect = columns.micros();
    attempt.firstByte = columns.micros();
    attempt.total = columns.micros();
}

} // namespace

QString labelColumns()
{
    return QStringLiteral(
        "origin, app, dialect, model_asked, provider, model, failure_class, finish_reason, service_tier,"
        " price_row, price_source, losses, last_provider, last_model, last_key_name, last_failure_class,"
        " route, rescue");
}

Labels labelsOf(const LedgerRecord &record)
{
    Labels labels;
    const auto fields = labelFields(record, lastAttempt(record));
    static_assert(fields.size() == kLabels);
    for (std::size_t i = 0; i < kLabels; ++i)
        labels[i] = *fields[i];
    return labels;
}

QString insertRequestSql()
{
    return insertSql(QStringLiteral("requests"), QStringLiteral("label_set, ") + requestColumns());
}

void bindRequest(
    Statement &statement, const LedgerRecord &record, const QByteArray &candidates, qint64 labelSet)
{
    const chat::Usage &usage = record.usage;
    const AttemptRecord &last = lastAttempt(record);
    statement.integer(labelSet).text(record.id).integer(record.startedMs).integer(qint64(record.streamed));
    statement.integer(static_cast<qint64>(record.status))
        .integer(qint64(record.httpStatus))
        .text(record.message);
    statement.micros(record.queue)
        .micros(record.connect)
        .micros(record.firstByte)
        .micros(record.firstReasoning)
        .micros(record.firstText)
        .micros(record.total);
    for (int kind = 0; kind < chat::kTokenKinds; ++kind)
        statement.integer(usage.get(static_cast<TokenKind>(kind)));
    statement.integer(qint64(usage.estimated)).money(usage.reportedCost).money(record.cost);
    statement.integer(static_cast<qint64>(record.attempts.size()));
    bindTimes(statement, last);
    statement.integer(qint64(last.httpStatus)).text(last.message);
    statement.integer(static_cast<qint64>(record.kind))
        .integer(static_cast<qint64>(record.role))
        .text(record.parent)
        .text(candidates);
}

QString insertAttemptSql()
{
    return insertSql(QStringLiteral("attempts"), QStringLiteral("request, n, ") + attemptColumns());
}

void bindAttempt(Statement &statement, qint64 request, qint64 number, const AttemptRecord &attempt)
{
    statement.integer(request).integer(number);
    statement.text(attempt.provider).text(attempt.model).text(attempt.keyName);
    bindTimes(statement, attempt);
    statement.integer(qint64(attempt.httpStatus)).text(attempt.failureClass).text(attempt.message);
}

QString selectRequestsSql()
{
    // CROSS: in this order, whatever the planner thinks of it. There is no index to come from labels by.
    return QStringLiteral("SELECT seq, %1, %2 FROM requests CROSS JOIN labels USING (label_set)")
        .arg(requestColumns(), labelColumns());
}

StoredRequest readRequest(const QSqlQuery &query)
{
    Columns columns(query);
    StoredRequest stored;
    LedgerRecord &record = stored.record;
    AttemptRecord last;
    stored.seq = columns.integer();
    record.id = columns.text();
    record.startedMs = columns.integer();
    record.streamed = columns.integer() != 0;
    record.status = static_cast<LedgerRecord::Status>(columns.integer());
    record.httpStatus = static_cast<int>(columns.integer());
    record.message = columns.text();
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
    record.usage.reportedCost = columns.money();
    record.cost = columns.money();
    stored.attempts = columns.integer();
    readTimes(columns, last);
    last.httpStatus = static_cast<int>(columns.integer());
    last.message = columns.text();
    record.kind = static_cast<LedgerRecord::Kind>(columns.integer());
    record.role = static_cast<LedgerRecord::Role>(columns.integer());
    record.parent = columns.text();
    record.candidates = candidatesFrom(columns.text());
    for (QByteArray *label : labelFields(record, last))
        *label = columns.text();
    if (stored.attempts > 0)
        record.attempts.push_back(std::move(last));
    return stored;
}

QString selectAttemptsSql()
{
    return QStringLiteral("SELECT %1 FROM attempts WHERE request = ? ORDER BY n").arg(attemptColumns());
}

AttemptRecord readAttempt(const QSqlQuery &query)
{
    Columns columns(query);
    AttemptRecord attempt;
    attempt.provider = columns.text();
    attempt.model = columns.text();
    attempt.keyName = columns.text();
    readTimes(columns, attempt);
    attempt.httpStatus = static_cast<int>(columns.integer());
    attempt.failureClass = columns.text();
    attempt.message = columns.text();
    return attempt;
}

} // namespace fairlead::storage
