// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/anthropic/AnswerWriter.h"

#include "wire/ToolMapping.h"
#include "wire/anthropic/ForeignThinking.h"
#include "json/View.h"

#include <algorithm>
#include <set>

namespace fairlead::wire::anthropic {

using chat::Citation;
using chat::FinishReason;
using chat::TokenKind;
using chat::Usage;
using json::Writer;

namespace {

std::int64_t freshInput(const Usage &usage)
{
    return usage.valueOrZero(TokenKind::Input) + usage.valueOrZero(TokenKind::AudioInput);
}

void writeCounts(Writer &writer, const Usage &usage)
{
    const std::int64_t written
        = usage.valueOrZero(TokenKind::CacheWrite5m) + usage.valueOrZero(TokenKind::CacheWrite1h);
    writer.memberInteger("input_tokens", freshInput(usage));
    writer.memberInteger("cache_creation_input_tokens", written);
    writer.memberInteger("cache_read_input_tokens", usage.valueOrZero(TokenKind::CacheRead));
    writer.memberInteger("output_tokens", usage.totalOutput());
    if (const auto thinking = usage.get(TokenKind::Reasoning)) {
        writer.key("output_tokens_details").beginObject();
        writer.memberInteger("thinking_tokens", *thinking).endObject();
    }
}

/// Anthropic's word for it: the provider's own where it means the same.
QByteArray stopReason(const chat::Finished *finished, bool calledTools)
{
    if (!finished)
        return calledTools ? QByteArrayLiteral("tool_use") : QByteArrayLiteral("end_turn");
    const QByteArray &native = finished->native;
    switch (finished->reason) {
    case FinishReason::Length:
        return native == "model_context_window_exceeded" ? native : QByteArrayLiteral("max_tokens");
    case FinishReason::ContentFilter:
        return QByteArrayLiteral("refusal");
    case FinishReason::ToolCalls:
        return QByteArrayLiteral("tool_use");
    case FinishReason::Stop:
    case FinishReason::Error:
        break;
    }
    if (native == "pause_turn")
        return native;
    if (!finished->stopSequence.isEmpty())
        return QByteArrayLiteral("stop_sequence");
    // OpenAI ends a forced tool call with "stop".
    return calledTools ? QByteArrayLiteral("tool_use") : QByteArrayLiteral("end_turn");
}

void wordOrNull(Writer &writer, QByteArrayView name, const QByteArray &word)
{
    if (word.isEmpty())
        writer.memberNull(name);
    else
        writer.member(name, word);
}

void writeThinking(Writer &writer, const chat::ReasoningPart &part)
{
    const bool own = isOwnThinking(part);
    if (part.text.isEmpty() && (!own || part.signature.isEmpty())) {
        if (!part.signature.isEmpty() || !part.redacted.isEmpty())
            writeRedacted(writer, own ? part.redacted : sealedThinking(part));
        return;
    }
    writer.beginObject().member("type", "thinking").member("thinking", part.text);
    writer.member("signature", own ? part.signature : sealedThinking(part)).endObject();
}

/// Byte offset of the character with that number.
qsizetype byteOffset(QByteArrayView text, qint64 character)
{
    qsizetype at = 0;
    while (at < text.size() && character > 0) {
        ++at;
        while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80)
            ++at;
        --character;
    }
    return at;
}

void writeTextBlock(Writer &writer, QByteArrayView text, const std::vector<const Citation *> &citations)
{
    Writer list;
    list.beginArray();
    bool cites = false;
    for (const Citation *citation : citations)
        cites = writeCitation(list, *citation) || cites;
    list.endArray();
    writer.beginObject().member("type", "text").member("text", text);
    if (cites)
        writer.memberRaw("citations", list.text());
    writer.endObject();
}

/// One block per stretch of text that the same sources support. Citations that do not say where stand at the
/// end.
void writeText(Writer &writer, const QByteArray &text, const std::vector<Citation> &citations)
{
    const qint64 length = countCharacters(text);
    const auto endOf = [&](const Citation &citation) {
        return citation.end > 0 && citation.end <= length ? citation.end : length;
    };
    std::set<qint64> cuts{length};
    for (const Citation &citation : citations) {
        cuts.insert(endOf(citation));
        if (citation.start > 0 && citation.start < endOf(citation))
            cuts.insert(citation.start);
    }
    qint64 from = 0;
    qsizetype fromByte = 0;
    for (const qint64 cut : cuts) {
        const qsizetype bytes = byteOffset(QByteArrayView(text).sliced(fromByte), cut - from);
        std::vector<const Citation *> here;
        for (const Citation &citation : citations) {
            if (endOf(citation) == cut)
                here.push_back(&citation);
        }
        writeTextBlock(writer, QByteArrayView(text).sliced(fromByte, bytes), here);
        from = cut;
        fromByte += bytes;
    }
}

void writeToolUse(Writer &writer, const chat::ToolCallPart &call)
{
    if (!call.signature.isEmpty())
        writeRedacted(writer, sealedCallSignature(call.signature));
    bool wrapped = false;
    const QByteArray input = objectArguments(call, wrapped);
    writer.beginObject().member("type", "tool_use").member("id", call.id).member("name", call.name);
    writer.memberRaw("input", input).endObject();
}

} // namespace

QByteArray messageId(const QByteArray &id, const AnswerContext &context)
{
    return id.startsWith("msg_") ? id : "msg_" + context.fallbackId;
}

void writeUsage(Writer &writer, const Usage &usage)
{
    writer.beginObject();
    writeCounts(writer, usage);
    writer.key("cache_creation").beginObject();
    writer.memberInteger("ephemeral_5m_input_tokens", usage.valueOrZero(TokenKind::CacheWrite5m));
    writer.memberInteger("ephemeral_1h_input_tokens", usage.valueOrZero(TokenKind::CacheWrite1h));
    writer.endObject().memberNull("server_tool_use");
    const QByteArray &tier = usage.serviceTier;
    const bool known = tier == "standard" || tier == "priority" || tier == "batch";
    wordOrNull(
        writer, "service_tier",
        known ? tier : (tier == "default" ? QByteArrayLiteral("standard") : QByteArray()));
    writer.endObject();
}

void writeFinalUsage(Writer &writer, const Usage &usage)
{
    writer.beginObject();
    writeCounts(writer, usage);
    writer.endObject();
}

void writeStop(Writer &writer, const chat::Finished *finished, bool calledTools, const QByteArray &refusal)
{
    // OpenAI's models refuse in words of their own and then just stop.
    const QByteArray reason
        = refusal.isEmpty() ? stopReason(finished, calledTools) : QByteArrayLiteral("refusal");
    writer.member("stop_reason", reason);
    wordOrNull(writer, "stop_sequence", finished ? finished->stopSequence : QByteArray());
    if (reason != "refusal") {
        writer.memberNull("stop_details");
        return;
    }
    writer.key("stop_details").beginObject().member("type", "refusal").memberNull("category");
    wordOrNull(writer, "explanation", refusal);
    writer.endObject();
}

bool writeCitation(Writer &writer, const Citation &citation)
{
    const auto document = json::Document::parse(citation.json);
    if (document && document->root()["type"].stringOr({}).endsWith("_location")) {
        writer.raw(citation.json);
        return true;
    }
    if (citation.url.isEmpty())
        return false;
    writer.beginObject().member("type", "web_search_result_location").member("url", citation.url);
    wordOrNull(writer, "title", citation.title);
    // What the source says is not known here; the index is Anthropic's own and marks this one as foreign.
    writer.member("cited_text", {}).member("encrypted_index", foreignMark()).endObject();
    return true;
}

void writeRedacted(Writer &writer, const QByteArray &data)
{
    writer.beginObject().member("type", "redacted_thinking").member("data", data).endObject();
}

QByteArray writeAnswer(const ChatAnswer &answer, const AnswerContext &context)
{
    static const ChatAnswer::Choice nothing;
    const ChatAnswer::Choice *choice = answer.choice() ? answer.choice() : &nothing;
    Writer writer(1024);
    writer.beginObject().member("id", messageId(answer.id, context)).member("type", "message");
    writer.member("role", "assistant").member("model", context.model).key("content").beginArray();
    for (const chat::ReasoningPart &part : choice->reasoning)
        writeThinking(writer, part);
    if (!choice->text.isEmpty())
        writeText(writer, choice->text, choice->citations);
    for (const chat::ToolCallPart &call : choice->toolCalls)
        writeToolUse(writer, call);
    writer.endArray();
    const chat::Finished *finished = choice->finished ? &*choice->finished : nullptr;
    writeStop(writer, finished, !choice->toolCalls.empty(), choice->refusal);
    writer.key("usage");
    writeUsage(writer, answer.usage);
    return writer.endObject().take();
}

} // namespace fairlead::wire::anthropic
