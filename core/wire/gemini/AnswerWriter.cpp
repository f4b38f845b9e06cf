// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/gemini/AnswerWriter.h"

#include "wire/ToolMapping.h"
#include "wire/gemini/Fields.h"
#include "wire/gemini/Grounding.h"
#include "wire/gemini/Logprobs.h"
#include "wire/gemini/Media.h"
#include "wire/gemini/Seal.h"

#include <algorithm>
#include <array>

namespace fairlead::wire::gemini {

using chat::FinishReason;
using chat::TokenKind;
using json::Writer;

namespace {

/// Google's own words for an end that is neither STOP nor MAX_TOKENS; each is kept if it is what the provider
/// said.
constexpr std::array<QByteArrayView, 7> kWords{"SAFETY",    "RECITATION",         "LANGUAGE", "OTHER",
                                               "BLOCKLIST", "PROHIBITED_CONTENT", "SPII"};

void writeParts(Writer &writer, const ChatAnswer::Choice &choice, bool withThoughts)
{
    QByteArray pending; // a signature without thoughts rides on the text
    bool wrote = false;
    for (const chat::ReasoningPart &part : choice.reasoning) {
        const QByteArray signature = thoughtSignature(part);
        if (part.text.isEmpty() && part.origin == "gemini") {
            pending = signature;
        } else if (withThoughts && !(part.text.isEmpty() && signature.isEmpty())) {
            writeTextPart(writer, {part.text, true, signature});
            wrote = true;
        }
    }
    const QByteArray text = choice.text + choice.refusal;
    const bool silent = !wrote && choice.toolCalls.empty() && choice.media.empty();
    // Clients take a content without parts for an invalid answer.
    if (!text.isEmpty() || !pending.isEmpty() || silent)
        writeTextPart(writer, {text, false, pending});
    for (const chat::MediaDelta &media : choice.media)
        writeMediaParts(writer, media);
    for (const chat::ToolCallPart &call : choice.toolCalls)
        writeCallPart(writer, call);
}

void writeCandidate(Writer &writer, const ChatAnswer::Choice &choice, bool withThoughts)
{
    writer.beginObject().key("content").beginObject().key("parts").beginArray();
    writeParts(writer, choice, withThoughts);
    writer.endArray().member("role", "model").endObject();
    if (choice.finished)
        writer.member("finishReason", finishWord(*choice.finished));
    writer.memberInteger("index", choice.index);
    writeGrounding(writer, choice.citations, choice.text);
    if (!choice.logprobs.isEmpty())
        writeLogprobs(writer, choice.logprobs);
    writer.endObject();
}

void writeDetails(Writer &writer, QByteArrayView name, std::int64_t total, std::optional<std::int64_t> audio)
{
    writer.key(name).beginArray();
    const std::int64_t text = total - audio.value_or(0);
    if (text > 0 || !audio)
        writer.beginObject().member("modality", "TEXT").memberInteger("tokenCount", text).endObject();
    if (audio)
        writer.beginObject().member("modality", "AUDIO").memberInteger("tokenCount", *audio).endObject();
    writer.endArray();
}

} // namespace

void writeTextPart(Writer &writer, const TextPiece &piece)
{
    writer.beginObject().member("text", piece.text);
    if (piece.thought)
        writer.memberBoolean("thought", true);
    if (!piece.signature.isEmpty())
        writer.member("thoughtSignature", piece.signature);
    writer.endObject();
}

void writeCallPart(Writer &writer, const chat::ToolCallPart &call)
{
    bool wrapped = false;
    const QByteArray arguments = objectArguments(call, wrapped);
    writer.beginObject().key("functionCall").beginObject();
    if (!call.id.isEmpty())
        writer.member("id", call.id);
    writer.member("name", call.name).memberRaw("args", arguments).endObject();
    if (!call.signature.isEmpty())
        writer.member("thoughtSignature", call.signature);
    writer.endObject();
}

void writeMediaParts(Writer &writer, const chat::MediaDelta &media)
{
    if (!media.transcript.isEmpty())
        writeTextPart(writer, {media.transcript, false, {}});
    if (!media.media.base64.isEmpty() || !media.media.url.isEmpty() || !media.media.fileId.isEmpty())
        writeMedia(media.media, writer);
}

QByteArray finishWord(const chat::Finished &finished)
{
    const QByteArray &native = finished.native;
    if (native.startsWith("IMAGE_") || std::find(kWords.begin(), kWords.end(), native) != kWords.end())
        return native;
    switch (finished.reason) {
    case FinishReason::Stop:
    case FinishReason::ToolCalls:
        return QByteArrayLiteral("STOP");
    case FinishReason::Length:
        return QByteArrayLiteral("MAX_TOKENS");
    case FinishReason::ContentFilter:
        return QByteArrayLiteral("SAFETY");
    case FinishReason::Error:
        return QByteArrayLiteral("OTHER");
    }
    Q_UNREACHABLE();
}

void writeUsage(Writer &writer, const chat::Usage &usage)
{
    const std::int64_t prompt = usage.totalInput();
    const std::int64_t candidates
        = usage.valueOrZero(TokenKind::Output) + usage.valueOrZero(TokenKind::AudioOutput);
    const auto thoughts = usage.get(TokenKind::Reasoning);
    const auto cached = usage.get(TokenKind::CacheRead);
    const bool hasOutput = usage.get(TokenKind::Output) || usage.get(TokenKind::AudioOutput);

    writer.key("usageMetadata").beginObject().memberInteger("promptTokenCount", prompt);
    if (cached)
        writer.memberInteger("cachedContentTokenCount", *cached);
    if (hasOutput)
        writer.memberInteger("candidatesTokenCount", candidates);
    if (thoughts)
        writer.memberInteger("thoughtsTokenCount", *thoughts);
    if (hasOutput || thoughts)
        writer.memberInteger("totalTokenCount", prompt + usage.totalOutput());
    const auto heard = usage.get(TokenKind::AudioInput);
    const auto spoken = usage.get(TokenKind::AudioOutput);
    writeDetails(writer, "promptTokensDetails", prompt, heard);
    if (spoken)
        writeDetails(writer, "candidatesTokensDetails", candidates, spoken);
    if (!usage.serviceTier.isEmpty())
        writer.member("serviceTier", usage.serviceTier);
    writer.endObject();
}

bool wantsThoughts(const InboundCall *call)
{
    if (!call)
        return true;
    const json::View thinking = field(field(call->document.root(), "generationConfig"), "thinkingConfig");
    return field(thinking, "includeThoughts").booleanOr(true);
}

QByteArray writeAnswer(const ChatAnswer &answer, const AnswerContext &context)
{
    const bool withThoughts = wantsThoughts(context.call);
    Writer writer(1024);
    writer.beginObject().key("candidates").beginArray();
    for (const ChatAnswer::Choice &choice : answer.choices)
        writeCandidate(writer, choice, withThoughts);
    writer.endArray();
    if (!answer.usage.isEmpty())
        writeUsage(writer, answer.usage);
    writer.member("modelVersion", context.model);
    writer.member("responseId", answer.id.isEmpty() ? context.fallbackId : answer.id);
    return writer.endObject().take();
}

} // namespace fairlead::wire::gemini
