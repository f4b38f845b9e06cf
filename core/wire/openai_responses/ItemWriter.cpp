// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/openai_responses/ItemWriter.h"

#include "wire/CommonLosses.h"
#include "wire/openai_chat/DataUrl.h"

#include <algorithm>

namespace fairlead::wire::openai_responses {

using chat::MediaPart;
using chat::Message;
using chat::Part;
using chat::Role;

namespace {

bool isContent(const Part &part)
{
    return std::holds_alternative<chat::TextPart>(part) || std::holds_alternative<MediaPart>(part)
           || std::holds_alternative<chat::RefusalPart>(part)
           || std::holds_alternative<chat::UnknownPart>(part);
}

bool isEncrypted(const Part &part)
{
    const auto *reasoning = std::get_if<chat::ReasoningPart>(&part);
    return reasoning && reasoning->origin == "openai-responses" && !reasoning->redacted.isEmpty();
}

/// A name for data whose sender gave none: the API wants one with every file.
QByteArray fileName(const MediaPart &media)
{
    if (!media.name.isEmpty())
        return media.name;
    const qsizetype slash = media.mediaType.indexOf('/');
    return slash < 0 ? QByteArrayLiteral("file") : "file." + media.mediaType.mid(slash + 1);
}

} // namespace

void ItemWriter::write(const std::vector<Message> &messages)
{
    m_writer.beginArray();
    std::size_t index = 0;
    for (const Message &message : messages) {
        m_path = placeOf(message, index++);
        // Dialects that put tool results into user turns: here they are items, right behind the calls.
        for (const Part &part : message.parts) {
            if (const auto *result = std::get_if<chat::ToolResultPart>(&part))
                writeOutput(*result);
        }
        if (!message.name.isEmpty() && message.role != Role::Tool)
            m_losses.dropped(m_path + ".name", "items have no participant");
        if (message.role == Role::Assistant)
            writeAssistant(message);
        else if (message.role != Role::Tool)
            writeMessage(message);
    }
    m_writer.endArray();
}

void ItemWriter::writeMessage(const Message &message)
{
    for (const Part &part : message.parts) {
        if (isContent(part))
            writeContent(part, message.role);
    }
    closeMessage();
}

void ItemWriter::writeAssistant(const Message &message)
{
    const bool hasEncrypted = std::any_of(message.parts.begin(), message.parts.end(), isEncrypted);
    for (std::size_t i = 0; i < message.parts.size(); ++i) {
        const Part &part = message.parts[i];
        if (isContent(part)) {
            writeContent(part, message.role);
            continue;
        }
        closeMessage();
        if (const auto *call = std::get_if<chat::ToolCallPart>(&part)) {
            writeCall(*call);
        } else if (const auto *reasoning = std::get_if<chat::ReasoningPart>(&part)) {
            // "Item 'rs_...' of type 'reasoning' was provided without its required following item."
            const bool followed = std::any_of(
                message.parts.begin() + static_cast<std::ptrdiff_t>(i) + 1, message.parts.end(),
                [](const Part &later) {
                    return std::holds_alternative<chat::TextPart>(later)
                           || std::holds_alternative<chat::RefusalPart>(later)
                           || std::holds_alternative<chat::ToolCallPart>(later);
                });
            if (followed && canWriteReasoning(*reasoning))
                writeReasoning(*reasoning);
            else if (!hasEncrypted || isEncrypted(part)) // else its words are in the encrypted one too
                m_losses.dropped(m_path + ".reasoning", "the provider does not take this reasoning back");
        }
    }
    closeMessage();
}

void ItemWriter::openMessage(Role role)
{
    if (m_messageOpen)
        return;
    m_messageOpen = true;
    m_writer.beginObject().member("type", "message").key("role");
    switch (role) {
    case Role::System:
        m_writer.string("system");
        break;
    case Role::Developer:
        if (m_quirks.noDeveloperRole)
            m_losses.renamed(m_path + ".role", "developer is sent as system");
        m_writer.string(m_quirks.noDeveloperRole ? "system" : "developer");
        break;
    case Role::Assistant:
        m_writer.string("assistant");
        break;
    case Role::User:
    case Role::Tool:
        m_writer.string("user");
        break;
    }
    m_writer.key("content").beginArray();
}

void ItemWriter::closeMessage()
{
    if (!m_messageOpen)
        return;
    m_messageOpen = false;
    m_writer.endArray().endObject();
}

void ItemWriter::writeContent(const Part &part, Role role)
{
    const bool assistant = role == Role::Assistant;
    if (const auto *text = std::get_if<chat::TextPart>(&part)) {
        if (text->cache)
            m_losses.dropped(m_path + ".cache_control", "the provider caches by itself or not at all");
        openMessage(role);
        m_writer.beginObject().member("type", assistant ? "output_text" : "input_text");
        m_writer.member("text", text->text).endObject();
    } else if (const auto *refusal = std::get_if<chat::RefusalPart>(&part)) {
        openMessage(role);
        m_writer.beginObject().member("type", "refusal").member("refusal", refusal->text).endObject();
    } else if (const auto *media = std::get_if<MediaPart>(&part)) {
        if (assistant) {
            m_losses.dropped(m_path + ".content", "media of the assistant");
        } else if (canWrite(*media, false)) {
            openMessage(role);
            writeMedia(*media);
        }
    } else if (const auto *unknown = std::get_if<chat::UnknownPart>(&part)) {
        if (m_sameDialect) {
            openMessage(role);
            m_writer.raw(unknown->json);
        } else if (!unknown->type.startsWith("message.")) {
            m_losses.dropped(m_path + ".content." + unknown->type, "unknown to the Responses API");
        } else if (!isToldAsReasoning(*unknown)) {
            m_losses.dropped(m_path + unknown->type.mid(7), "unknown to the Responses API");
        }
    }
}

bool ItemWriter::canWrite(const MediaPart &media, bool inOutput)
{
    const bool hasData = !media.base64.isEmpty();
    bool writable = hasData || !media.url.isEmpty() || !media.fileId.isEmpty();
    if (media.kind == MediaPart::Kind::Audio)
        writable = hasData && !inOutput;
    if (!writable)
        m_losses.dropped(m_path + ".content", "media in a form that the Responses API does not take");
    else if (media.cache)
        m_losses.dropped(m_path + ".cache_control", "the provider caches by itself or not at all");
    return writable;
}

void ItemWriter::writeMedia(const MediaPart &media)
{
    const QByteArray url
        = media.base64.isEmpty() ? media.url : openai_chat::dataUrl(media.mediaType, media.base64);
    m_writer.beginObject();
    switch (media.kind) {
    case MediaPart::Kind::Image:
        m_writer.member("type", "input_image");
        if (media.fileId.isEmpty())
            m_writer.member("image_url", url);
        else
            m_writer.member("file_id", media.fileId);
        m_writer.member("detail", media.detail.isEmpty() ? QByteArrayView("auto") : media.detail);
        break;
    case MediaPart::Kind::File:
        m_writer.member("type", "input_file");
        if (!media.fileId.isEmpty())
            m_writer.member("file_id", media.fileId);
        else if (media.base64.isEmpty())
            m_writer.member("file_url", url);
        else
            m_writer.member("filename", fileName(media)).member("file_data", url);
        break;
    case MediaPart::Kind::Audio:
        m_writer.member("type", "input_audio").key("input_audio").beginObject();
        m_writer.member("data", media.base64);
        m_writer.member("format", openai_chat::audioFormat(media.mediaType)).endObject();
        break;
    }
    m_writer.endObject();
}

/// Encrypted reasoning goes back to where it came from, and open reasoning to providers that ask for it.
bool ItemWriter::canWriteReasoning(const chat::ReasoningPart &part) const
{
    if (part.origin == "openai-responses" && !part.redacted.isEmpty())
        return true;
    return !m_quirks.reasoningField.isEmpty() && !part.text.isEmpty();
}

void ItemWriter::writeReasoning(const chat::ReasoningPart &part)
{
    const bool encrypted = part.origin == "openai-responses" && !part.redacted.isEmpty();
    m_writer.beginObject().member("type", "reasoning");
    if (!part.id.isEmpty())
        m_writer.member("id", part.id);
    m_writer.key("summary").beginArray();
    if (encrypted && !part.text.isEmpty())
        m_writer.beginObject().member("type", "summary_text").member("text", part.text).endObject();
    m_writer.endArray();
    if (encrypted) {
        m_wroteEncrypted = true;
        m_writer.member("encrypted_content", part.redacted);
    } else {
        m_writer.key("content").beginArray().beginObject().member("type", "reasoning_text");
        m_writer.member("text", part.text).endObject().endArray();
    }
    m_writer.endObject();
}

void ItemWriter::writeCall(const chat::ToolCallPart &call)
{
    if (call.custom)
        m_customCalls.insert(call.id);
    m_writer.beginObject().member("type", call.custom ? "custom_tool_call" : "function_call");
    m_writer.member("call_id", call.id).member("name", call.name);
    m_writer.member(call.custom ? "input" : "arguments", call.arguments).endObject();
}

void ItemWriter::writeOutput(const chat::ToolResultPart &result)
{
    const bool custom = m_customCalls.count(result.callId) > 0;
    if (result.isError)
        m_losses.dropped(m_path + ".is_error", "the Responses API has no mark for failed tools");
    if (result.cache)
        m_losses.dropped(m_path + ".cache_control", "the provider caches by itself or not at all");
    m_writer.beginObject().member("type", custom ? "custom_tool_call_output" : "function_call_output");
    m_writer.member("call_id", result.callId).key("output");
    const auto *only
        = result.content.size() == 1 ? std::get_if<chat::TextPart>(&result.content.front()) : nullptr;
    if (result.content.empty() || only) {
        m_writer.string(only ? QByteArrayView(only->text) : QByteArrayView());
    } else {
        m_writer.beginArray();
        for (const auto &content : result.content) {
            const auto *text = std::get_if<chat::TextPart>(&content);
            const auto *media = std::get_if<MediaPart>(&content);
            if (text)
                m_writer.beginObject().member("type", "input_text").member("text", text->text).endObject();
            else if (canWrite(*media, true))
                writeMedia(*media);
        }
        m_writer.endArray();
    }
    m_writer.endObject();
}

} // namespace fairlead::wire::openai_responses
