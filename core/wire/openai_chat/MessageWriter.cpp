// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/openai_chat/MessageWriter.h"

#include "wire/CommonLosses.h"
#include "wire/ToolMapping.h"
#include "wire/openai_chat/DataUrl.h"
#include "wire/openai_chat/RequestFitter.h"
#include "wire/openai_chat/RequestReader.h"

#include <algorithm>

namespace fairlead::wire::openai_chat {

using chat::MediaPart;
using chat::Message;
using chat::Part;
using chat::Role;

namespace {

bool isMessageField(const chat::UnknownPart &part)
{
    return part.type.startsWith(kMessageField);
}

/// Parts that are fields of the message beside its content.
bool isBesideContent(const Part &part)
{
    if (const auto *unknown = std::get_if<chat::UnknownPart>(&part))
        return isMessageField(*unknown);
    if (const auto *reasoning = std::get_if<chat::ReasoningPart>(&part))
        return reasoning->json.isEmpty(); // Mistral's own is content
    return std::holds_alternative<chat::ToolCallPart>(part)
           || std::holds_alternative<chat::ToolResultPart>(part);
}

/// A part its own dialect has written; empty if there is none.
QByteArray ownJson(const Part &part)
{
    if (const auto *media = std::get_if<MediaPart>(&part))
        return media->json;
    if (const auto *reasoning = std::get_if<chat::ReasoningPart>(&part))
        return reasoning->json;
    const auto *unknown = std::get_if<chat::UnknownPart>(&part);
    return unknown ? unknown->json : QByteArray();
}

QByteArray roleName(Role role)
{
    switch (role) {
    case Role::System:
        return QByteArrayLiteral("system");
    case Role::Developer:
        return QByteArrayLiteral("developer");
    case Role::User:
        return QByteArrayLiteral("user");
    case Role::Assistant:
        return QByteArrayLiteral("assistant");
    case Role::Tool:
        return QByteArrayLiteral("tool");
    }
    Q_UNREACHABLE();
}

} // namespace

void MessageWriter::write(const std::vector<Message> &messages)
{
    m_writer.beginArray();
    for (std::size_t i = 0; i < messages.size(); ++i) {
        const Message &message = messages[i];
        const QByteArray path = placeOf(message, i);
        // Dialects that put tool results into user turns: here each is a message of its own, right behind the
        // calls.
        bool hasResults = false;
        for (const Part &part : message.parts) {
            if (const auto *result = std::get_if<chat::ToolResultPart>(&part)) {
                writeToolResult(*result, path);
                hasResults = true;
            }
        }
        const bool hasMore = std::any_of(message.parts.begin(), message.parts.end(), [](const Part &part) {
            return !std::holds_alternative<chat::ToolResultPart>(part);
        });
        if (message.role != Role::Tool && (!hasResults || hasMore)) {
            if (message.role != Role::User)
                writeSetAside();
            writeMessage(message, path);
        }
    }
    writeSetAside();
    m_writer.endArray();
}

/// "Image URLs are only allowed for messages with role 'user'": what a tool or the model showed follows as
/// the user's, behind all results, which must stand right behind their calls.
void MessageWriter::setAside(const MediaPart &media, const QByteArray &path)
{
    m_losses.approximated(path + ".content", "its media follow in a message of the user's");
    m_setAside.emplace_back(media);
}

/// Where the next message is not a user's who could show it.
void MessageWriter::writeSetAside()
{
    if (!m_setAside.empty())
        writeMessage(Message(), {});
}

void MessageWriter::writeMessage(const Message &message, const QByteArray &path)
{
    m_writer.beginObject();
    writeRole(message.role, path);
    if (!message.name.isEmpty())
        m_writer.member("name", message.name);
    std::vector<Part> shown;
    if (message.role == Role::User)
        shown.swap(m_setAside);
    std::vector<const Part *> content;
    for (const Part &part : shown)
        content.push_back(&part);
    bool hasCalls = false;
    for (const Part &part : message.parts) {
        hasCalls = hasCalls || std::holds_alternative<chat::ToolCallPart>(part);
        if (isBesideContent(part) || !canWrite(part, path))
            continue;
        const auto *media = std::get_if<MediaPart>(&part);
        if (media && message.role == Role::Assistant && !m_sameDialect)
            setAside(*media, path);
        else
            content.push_back(&part);
    }
    writeContent(content, hasCalls, path);
    if (message.role == Role::Assistant)
        writeReasoning(message, path);
    if (hasCalls)
        writeToolCalls(message);
    writeMessageFields(message);
    m_writer.endObject();
}

void MessageWriter::writeRole(Role role, const QByteArray &path)
{
    if (role == Role::Developer && m_quirks.noDeveloperRole) {
        m_losses.renamed(path + ".role", "developer is sent as system");
        role = Role::System;
    }
    m_writer.member("role", roleName(role));
}

bool MessageWriter::canWrite(const Part &part, const QByteArray &path)
{
    if (std::holds_alternative<chat::ReasoningPart>(part))
        return m_sameDialect;
    if (m_sameDialect && !ownJson(part).isEmpty())
        return true;
    if (const auto *unknown = std::get_if<chat::UnknownPart>(&part); unknown && !m_sameDialect) {
        m_losses.dropped(path + ".content." + unknown->type, "unknown to OpenAI Chat");
        return false;
    }
    const auto *media = std::get_if<MediaPart>(&part);
    if (!media)
        return true;
    const bool hasData = !media->base64.isEmpty();
    const bool writable = media->kind == MediaPart::Kind::Audio   ? hasData
                          : media->kind == MediaPart::Kind::Image ? hasData || !media->url.isEmpty()
                                                                  : true;
    if (!writable)
        m_losses.dropped(path + ".content", "media by a reference that OpenAI Chat does not take");
    return writable;
}

void MessageWriter::writeContent(
    const std::vector<const Part *> &parts, bool hasCalls, const QByteArray &path)
{
    m_writer.key("content");
    if (parts.empty()) {
        if (hasCalls)
            m_writer.null();
        else
            m_writer.string({});
        return;
    }
    const auto *only = parts.size() == 1 ? std::get_if<chat::TextPart>(parts.front()) : nullptr;
    if (only && !(only->cache && m_quirks.cacheControl)) {
        if (only->cache)
            writeCache(only->cache, path);
        m_writer.string(only->text);
        return;
    }
    m_writer.beginArray();
    for (const Part *part : parts) {
        if (const auto *text = std::get_if<chat::TextPart>(part))
            writeText(*text, path);
        else if (const QByteArray json = m_sameDialect ? ownJson(*part) : QByteArray(); !json.isEmpty())
            m_writer.raw(json);
        else if (const auto *media = std::get_if<MediaPart>(part))
            writeMedia(*media, path);
        else if (const auto *refusal = std::get_if<chat::RefusalPart>(part))
            m_writer.beginObject().member("type", "refusal").member("refusal", refusal->text).endObject();
    }
    m_writer.endArray();
}

void MessageWriter::writeToolResult(const chat::ToolResultPart &result, const QByteArray &path)
{
    m_writer.beginObject().member("role", "tool").member("tool_call_id", idOf(result.callId));
    if (result.isError)
        m_losses.dropped(path + ".is_error", "OpenAI Chat has no mark for failed tools");
    std::vector<const ToolContent *> contents;
    for (const ToolContent &content : result.content) {
        const auto *media = std::get_if<MediaPart>(&content);
        if (media && !m_sameDialect)
            setAside(*media, path);
        else
            contents.push_back(&content);
    }
    m_writer.key("content");
    const auto *only = contents.size() == 1 ? std::get_if<chat::TextPart>(contents.front()) : nullptr;
    if (contents.empty()) {
        m_writer.string({});
    } else if (only && !only->cache) {
        m_writer.string(only->text);
    } else {
        m_writer.beginArray();
        for (const ToolContent *content : contents) {
            if (const auto *text = std::get_if<chat::TextPart>(content))
                writeText(*text, path);
            else
                writeMedia(std::get<MediaPart>(*content), path);
        }
        m_writer.endArray();
    }
    writeCache(result.cache, path);
    m_writer.endObject();
}

QByteArray MessageWriter::idOf(const QByteArray &callId) const
{
    return m_quirks.shortToolIds ? shortToolId(callId) : callId;
}

void MessageWriter::writeToolCalls(const Message &message)
{
    m_writer.key("tool_calls").beginArray();
    for (const Part &part : message.parts) {
        const auto *call = std::get_if<chat::ToolCallPart>(&part);
        if (!call)
            continue;
        const bool custom = call->custom && m_sameDialect;
        bool wrapped = false;
        const QByteArray said = call->custom && !custom ? objectArguments(*call, wrapped) : call->arguments;
        const QByteArrayView kind = custom ? "custom" : "function";
        m_writer.beginObject().member("id", idOf(call->id)).member("type", kind).key(kind).beginObject();
        m_writer.member("name", call->name).member(custom ? "input" : "arguments", said).endObject();
        if (!call->signature.isEmpty()) {
            m_writer.key("extra_content").beginObject().key("google").beginObject();
            m_writer.member("thought_signature", call->signature).endObject().endObject();
        }
        m_writer.endObject();
    }
    m_writer.endArray();
}

void MessageWriter::writeReasoning(const Message &message, const QByteArray &path)
{
    QByteArray text;
    bool asItCame = false;
    for (const Part &part : message.parts) {
        const auto *reasoning = std::get_if<chat::ReasoningPart>(&part);
        if (reasoning && !(m_sameDialect && !reasoning->json.isEmpty()))
            text += reasoning->text;
        else if (const auto *unknown = std::get_if<chat::UnknownPart>(&part))
            asItCame = asItCame || (m_sameDialect && unknown->type.startsWith("message.reasoning"));
    }
    if (text.isEmpty() || asItCame)
        return;
    if (m_quirks.reasoningField.isEmpty())
        m_losses.dropped(path + ".reasoning", "the provider does not take reasoning back");
    else
        m_writer.member(m_quirks.reasoningField, text);
}

void MessageWriter::writeMessageFields(const Message &message)
{
    if (!m_sameDialect)
        return;
    for (const Part &part : message.parts) {
        const auto *unknown = std::get_if<chat::UnknownPart>(&part);
        if (unknown && isMessageField(*unknown))
            m_writer.memberRaw(unknown->type.mid(kMessageField.size()), unknown->json);
    }
}

void MessageWriter::writeText(const chat::TextPart &text, const QByteArray &path)
{
    m_writer.beginObject().member("type", "text").member("text", text.text);
    writeCache(text.cache, path);
    m_writer.endObject();
}

/// Mistral's shape of what is not an image.
void MessageWriter::writeBareMedia(const MediaPart &media, const QByteArray &url)
{
    if (media.kind == MediaPart::Kind::Audio) {
        m_writer.member("type", "input_audio").member("input_audio", media.base64);
    } else if (!media.fileId.isEmpty()) {
        m_writer.member("type", "file").member("file_id", media.fileId);
    } else {
        m_writer.member("type", "document_url").member("document_url", url);
        if (!media.name.isEmpty())
            m_writer.member("document_name", media.name);
    }
}

void MessageWriter::writeMedia(const MediaPart &media, const QByteArray &path)
{
    // OpenAI reads PDF files only; dialects with text documents mean their words.
    if (!m_sameDialect && media.kind == MediaPart::Kind::File && media.mediaType.startsWith("text/")
        && !media.base64.isEmpty()) {
        m_losses.approximated(path + ".content", "the text document is sent as text");
        const QByteArray title = media.name.isEmpty() ? QByteArray() : media.name + "\n\n";
        writeText({title + QByteArray::fromBase64(media.base64), media.cache}, path);
        return;
    }
    m_writer.beginObject();
    const QByteArray url = media.base64.isEmpty() ? media.url : dataUrl(media.mediaType, media.base64);
    if (m_quirks.bareMedia && media.kind != MediaPart::Kind::Image) {
        writeBareMedia(media, url);
        writeCache(media.cache, path);
        m_writer.endObject();
        return;
    }
    switch (media.kind) {
    case MediaPart::Kind::Image:
        m_writer.member("type", "image_url").key("image_url").beginObject().member("url", url);
        if (!media.detail.isEmpty())
            m_writer.member("detail", media.detail);
        m_writer.endObject();
        break;
    case MediaPart::Kind::Audio:
        m_writer.member("type", "input_audio").key("input_audio").beginObject().member("data", media.base64);
        m_writer.member("format", audioFormat(media.mediaType)).endObject();
        break;
    case MediaPart::Kind::File:
        m_writer.member("type", "file").key("file").beginObject();
        if (!media.fileId.isEmpty())
            m_writer.member("file_id", media.fileId);
        if (!media.name.isEmpty())
            m_writer.member("filename", media.name);
        if (!url.isEmpty())
            m_writer.member(
                "file_data", media.mediaType.isEmpty() && media.url.isEmpty() ? media.base64 : url);
        m_writer.endObject();
        break;
    }
    writeCache(media.cache, path);
    m_writer.endObject();
}

void MessageWriter::writeCache(const std::optional<chat::CacheMark> &cache, const QByteArray &path)
{
    if (!cache)
        return;
    if (!m_quirks.cacheControl) {
        m_losses.dropped(path + ".cache_control", "the provider caches by itself or not at all");
        return;
    }
    m_writer.key("cache_control").beginObject().member("type", "ephemeral");
    if (!cache->ttl.isEmpty())
        m_writer.member("ttl", cache->ttl);
    m_writer.endObject();
}

} // namespace fairlead::wire::openai_chat
