// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/openai_chat/AnswerWriter.h"

#include "wire/openai_chat/DataUrl.h"
#include "wire/openai_chat/ReasoningOrigin.h"
#include "json/View.h"

#include <algorithm>

namespace fairlead::wire::openai_chat {

using chat::TokenKind;
using chat::Usage;
using json::Writer;

namespace {

void writeToolCalls(Writer &writer, const std::vector<chat::ToolCallPart> &calls, const Caller &caller)
{
    if (caller.callsFunctions) { // the deprecated form has room for one
        writer.key("function_call").beginObject().member("name", calls.front().name);
        writer.member("arguments", calls.front().arguments).endObject();
        return;
    }
    writer.key("tool_calls").beginArray();
    for (const chat::ToolCallPart &call : calls) {
        const bool wraps = !call.custom && caller.customTools.count(call.name) > 0;
        const bool custom = call.custom || wraps;
        const QByteArrayView kind = custom ? "custom" : "function";
        writer.beginObject().member("id", call.id).member("type", kind).key(kind).beginObject();
        writer.member("name", call.name)
            .member(custom ? "input" : "arguments", wraps ? customInput(call.arguments) : call.arguments)
            .endObject();
        writeCallSignature(writer, call.signature);
        writer.endObject();
    }
    writer.endArray();
}

void writeReasoning(Writer &writer, const ChatAnswer::Choice &choice)
{
    if (const QByteArray text = choice.reasoningText(); !text.isEmpty())
        writer.member("reasoning_content", text);
    const bool isSigned
        = std::any_of(choice.reasoning.begin(), choice.reasoning.end(), [](const chat::ReasoningPart &part) {
              return !part.signature.isEmpty() || !part.redacted.isEmpty();
          });
    if (!isSigned)
        return;
    writer.key("reasoning_details").beginArray();
    int block = 0;
    for (const chat::ReasoningPart &part : choice.reasoning)
        writeReasoningDetail(writer, part, block++);
    writer.endArray();
}

void writeChoice(Writer &writer, const ChatAnswer::Choice &choice, const Caller &caller)
{
    writer.beginObject().memberInteger("index", choice.index).key("message").beginObject();
    writer.member("role", "assistant").key("content");
    // Mistral's messages have no field for a refusal.
    const QByteArray text = caller.isMistral ? choice.text + choice.refusal : choice.text;
    if (text.isEmpty() && (!choice.toolCalls.empty() || !choice.refusal.isEmpty() || !choice.media.empty()))
        writer.null();
    else
        writer.string(text);
    writer.key("refusal");
    if (choice.refusal.isEmpty() || caller.isMistral)
        writer.null();
    else
        writer.string(choice.refusal);
    writeReasoning(writer, choice);
    if (!choice.toolCalls.empty())
        writeToolCalls(writer, choice.toolCalls, caller);
    writeMedia(writer, choice.media);
    if (!choice.citations.empty()) {
        writer.key("annotations").beginArray();
        for (const chat::Citation &citation : choice.citations)
            writeCitation(writer, citation);
        writer.endArray();
    }
    writer.endObject().key("logprobs");
    if (choice.logprobs.isEmpty())
        writer.null();
    else
        writer.raw(choice.logprobs);
    writer.key("finish_reason");
    if (choice.finished)
        writer.string(finishWord(choice.finished->reason, caller));
    else
        writer.null();
    writer.endObject();
}

} // namespace

void writeUsage(Writer &writer, const Usage &usage)
{
    const std::int64_t prompt = usage.totalInput();
    const std::int64_t completion = usage.totalOutput();
    writer.beginObject()
        .memberInteger("prompt_tokens", prompt)
        .memberInteger("completion_tokens", completion);
    writer.memberInteger("total_tokens", prompt + completion);
    const auto known = [&](QByteArrayView name, TokenKind kind) {
        if (const auto tokens = usage.get(kind))
            writer.memberInteger(name, *tokens);
    };
    writer.key("prompt_tokens_details").beginObject();
    known("cached_tokens", TokenKind::CacheRead);
    if (usage.get(TokenKind::CacheWrite5m) || usage.get(TokenKind::CacheWrite1h)) {
        const std::int64_t written
            = usage.valueOrZero(TokenKind::CacheWrite5m) + usage.valueOrZero(TokenKind::CacheWrite1h);
        writer.memberInteger("cache_write_tokens", written);
    }
    known("audio_tokens", TokenKind::AudioInput);
    writer.endObject().key("completion_tokens_details").beginObject();
    known("reasoning_tokens", TokenKind::Reasoning);
    known("audio_tokens", TokenKind::AudioOutput);
    writer.endObject().endObject();
}

void writeMedia(Writer &writer, std::span<const chat::MediaDelta> media)
{
    const auto isAudio
        = [](const chat::MediaDelta &item) { return item.media.kind == chat::MediaPart::Kind::Audio; };
    const auto audio = std::find_if(media.begin(), media.end(), isAudio);
    if (audio != media.end()) {
        writer.key("audio").beginObject();
        if (!audio->media.fileId.isEmpty())
            writer.member("id", audio->media.fileId);
        if (!audio->media.base64.isEmpty())
            writer.member("data", audio->media.base64);
        if (!audio->transcript.isEmpty())
            writer.member("transcript", audio->transcript);
        writer.endObject();
    }
    if (std::all_of(media.begin(), media.end(), isAudio))
        return;
    writer.key("images").beginArray();
    for (const chat::MediaDelta &image : media) {
        if (isAudio(image))
            continue;
        const chat::MediaPart &part = image.media;
        writer.beginObject().member("type", "image_url").key("image_url").beginObject();
        writer.member("url", part.base64.isEmpty() ? part.url : dataUrl(part.mediaType, part.base64));
        writer.endObject().endObject();
    }
    writer.endArray();
}

QByteArray finishWord(chat::FinishReason reason, const Caller &caller)
{
    if (reason == chat::FinishReason::ToolCalls && caller.callsFunctions)
        return QByteArrayLiteral("function_call");
    return finishReasonName(reason);
}

void writeCitation(Writer &writer, const chat::Citation &citation)
{
    if (citation.json.contains("\"url_citation\"")) {
        writer.raw(citation.json);
        return;
    }
    writer.beginObject().member("type", "url_citation").key("url_citation").beginObject();
    writer.member("url", citation.url).member("title", citation.title);
    writer.memberInteger("start_index", std::max<qint64>(citation.start, 0));
    writer.memberInteger("end_index", std::max<qint64>(citation.end, 0)).endObject().endObject();
}

void writeReasoningDetail(Writer &writer, const chat::ReasoningPart &part, int block)
{
    writer.beginObject();
    if (part.redacted.isEmpty()) {
        writer.member("type", "reasoning.text");
        if (!part.text.isEmpty())
            writer.member("text", part.text);
        if (!part.signature.isEmpty())
            writer.member("signature", part.signature);
    } else {
        writer.member("type", "reasoning.encrypted").member("data", part.redacted);
    }
    if (!part.id.isEmpty())
        writer.member("id", part.id);
    writer.member("format", formatOfOrigin(part.origin)).memberInteger("index", block).endObject();
}

void writeCallSignature(Writer &writer, const QByteArray &signature)
{
    if (signature.isEmpty())
        return;
    writer.key("extra_content").beginObject().key("google").beginObject();
    writer.member("thought_signature", signature).endObject().endObject();
}

QByteArray writeAnswer(const ChatAnswer &answer, const AnswerContext &context)
{
    Writer writer(1024);
    writer.beginObject().member("id", answer.id.isEmpty() ? "chatcmpl-" + context.fallbackId : answer.id);
    writer.member("object", "chat.completion");
    writer.memberInteger("created", answer.created > 0 ? answer.created : context.created);
    writer.member("model", context.model).key("choices").beginArray();
    const Caller caller = Caller::of(context.call);
    for (const ChatAnswer::Choice &choice : answer.choices)
        writeChoice(writer, choice, caller);
    writer.endArray();
    if (!answer.usage.isEmpty()) {
        writer.key("usage");
        writeUsage(writer, answer.usage);
    }
    if (!answer.usage.serviceTier.isEmpty())
        writer.member("service_tier", answer.usage.serviceTier);
    if (!answer.fingerprint.isEmpty())
        writer.member("system_fingerprint", answer.fingerprint);
    return writer.endObject().take();
}

} // namespace fairlead::wire::openai_chat
