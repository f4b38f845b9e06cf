// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/Records.h"

#include "app/ctl/Output.h"
#include "app/ctl/Text.h"

namespace fairlead::app {

using chat::TokenKind;
using metering::AttemptRecord;
using metering::LedgerRecord;

namespace {

/// Empty text is null: "nobody", "nothing said".
void memberWord(json::Writer &writer, QByteArrayView name, const QByteArray &word)
{
    if (word.isEmpty())
        writer.memberNull(name);
    else
        writer.member(name, word);
}

void memberTokens(json::Writer &writer, const chat::Usage &usage)
{
    writer.key("tokens").beginObject();
    for (int kind = 0; kind < chat::kTokenKinds; ++kind)
        memberCount(
            writer, chat::tokenKindName(static_cast<TokenKind>(kind)),
            usage.get(static_cast<TokenKind>(kind)));
    writer.memberBoolean("estimated", usage.estimated).endObject();
}

void writeAttempt(json::Writer &writer, const AttemptRecord &attempt)
{
    writer.beginObject().member("provider", attempt.provider).member("model", attempt.model);
    memberWord(writer, "key", attempt.keyName);
    memberMs(writer, "started_after_ms", attempt.startedAfter);
    memberMs(writer, "connect_ms", attempt.connect);
    memberMs(writer, "first_byte_ms", attempt.firstByte);
    memberMs(writer, "total_ms", attempt.total);
    memberCount(
        writer, "http_status",
        attempt.httpStatus == 0 ? std::nullopt : std::optional<std::int64_t>(attempt.httpStatus));
    memberWord(writer, "failure", attempt.failureClass);
    memberWord(writer, "message", attempt.message);
    writer.endObject();
}

bool saysAny(const chat::Usage &usage, std::initializer_list<TokenKind> kinds)
{
    for (const TokenKind kind : kinds) {
        if (usage.get(kind))
            return true;
    }
    return false;
}

} // namespace

std::optional<std::int64_t> inputTokens(const chat::Usage &usage)
{
    const bool said = saysAny(
        usage, {TokenKind::Input, TokenKind::CacheRead, TokenKind::CacheWrite5m, TokenKind::CacheWrite1h,
                TokenKind::AudioInput});
    return said ? std::optional(usage.totalInput()) : std::nullopt;
}

std::optional<std::int64_t> outputTokens(const chat::Usage &usage)
{
    const bool said = saysAny(usage, {TokenKind::Output, TokenKind::Reasoning, TokenKind::AudioOutput});
    return said ? std::optional(usage.totalOutput()) : std::nullopt;
}

QByteArray servedBy(const LedgerRecord &record)
{
    return record.provider.isEmpty() ? text::unknown() : record.provider + '/' + record.model;
}

void writeRecord(json::Writer &writer, const LedgerRecord &record)
{
    writer.beginObject().member("id", record.id);
    memberTime(writer, "started", record.startedMs);
    writer.member("kind", metering::kindName(record.kind));
    writer.member("status", metering::statusName(record.status));
    memberCount(
        writer, "http_status",
        record.httpStatus == 0 ? std::nullopt : std::optional<std::int64_t>(record.httpStatus));
    writer.member("origin", record.origin).member("app", record.app);
    memberWord(writer, "dialect", record.dialect);
    memberWord(writer, "model_asked", record.modelAsked);
    memberWord(writer, "provider", record.provider);
    memberWord(writer, "model", record.model);
    writer.memberBoolean("streamed", record.streamed);
    memberWord(writer, "finish_reason", record.finishReason);
    memberWord(writer, "failure", record.failureClass);
    memberWord(writer, "message", record.message);
    memberMs(writer, "queue_ms", record.queue);
    memberMs(writer, "connect_ms", record.connect);
    memberMs(writer, "first_byte_ms", record.firstByte);
    memberMs(writer, "first_reasoning_ms", record.firstReasoning);
    memberMs(writer, "first_text_ms", record.firstText);
    memberMs(writer, "total_ms", record.total);
    memberNumber(writer, "tokens_per_second", record.tokensPerSecond());
    memberTokens(writer, record.usage);
    memberMoney(writer, "cost_usd", record.bookedCost());
    memberMoney(writer, "computed_cost_usd", record.cost);
    memberMoney(writer, "reported_cost_usd", record.usage.reportedCost);
    memberWord(writer, "price_row", record.priceRow);
    memberWord(writer, "price_source", record.priceSource);
    memberWord(writer, "losses", record.losses);
    writer.member("role", metering::roleName(record.role));
    memberWord(writer, "parent", record.parent);
    memberWord(writer, "route", record.route);
    memberWord(writer, "rescue", record.rescue);
    writer.key("candidates").beginArray();
    for (const metering::Candidate &candidate : record.candidates) {
        writer.beginObject()
            .member("provider", candidate.provider)
            .member("model", candidate.model)
            .memberBoolean("taken", candidate.taken)
            .member("reason", candidate.reason)
            .endObject();
    }
    writer.endArray();
    writer.key("attempts").beginArray();
    for (const AttemptRecord &attempt : record.attempts)
        writeAttempt(writer, attempt);
    writer.endArray().endObject();
}

QByteArray figuresLine(const LedgerRecord &record)
{
    const QByteArray dot = " · ";
    return servedBy(record) + dot + "first token " + text::duration(record.firstText) + dot
           + text::duration(record.total) + dot + text::tokenRate(record.tokensPerSecond()) + dot
           + text::count(inputTokens(record.usage)) + " in, " + text::count(outputTokens(record.usage))
           + " out" + dot + text::money(record.bookedCost()) + dot + record.id;
}

} // namespace fairlead::app
