// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/cohere/MessageWriter.h"

#include "wire/CommonLosses.h"
#include "wire/RoleName.h"
#include "wire/ToolMapping.h"
#include "wire/cohere/ToolNames.h"
#include "wire/openai_chat/DataUrl.h"

#include <algorithm>

namespace fairlead::wire::cohere {

using chat::MediaPart;
using chat::Message;
using chat::Part;
using chat::Role;

namespace {

template<typename T>
bool holds(const Part &part)
{
    return std::holds_alternative<T>(part);
}

bool isTextFile(const MediaPart &media)
{
    return media.kind == MediaPart::Kind::File && !media.base64.isEmpty()
           && (media.mediaType.startsWith("text/") || media.mediaType == "application/json");
}

/// What goes into the content of a message, rather than beside it.
bool isContent(const Part &part, bool called)
{
    if (holds<chat::ReasoningPart>(part))
        return !called; // else it is the plan
    return !holds<chat::ToolCallPart>(part) && !holds<chat::ToolResultPart>(part);
}

} // namespace

Result<> MessageWriter::write()
{
    m_writer.beginArray();
    for (std::size_t i = 0; i < m_request.messages.size(); ++i) {
        const Message &message = m_request.messages[i];
        const QByteArray path = placeOf(message, i);
        // Dialects that put tool results into user turns: here each is a message of its own.
        bool hasResults = false;
        for (const Part &part : message.parts) {
            if (const auto *result = std::get_if<chat::ToolResultPart>(&part)) {
                writeResult(*result, path);
                hasResults = true;
            }
        }
        const bool hasMore = std::any_of(message.parts.begin(), message.parts.end(), [](const Part &part) {
            return !holds<chat::ToolResultPart>(part);
        });
        if (message.role == Role::Tool || (hasResults && !hasMore))
            continue;
        if (auto written = writeMessage(message, path); !written)
            return written;
    }
    m_writer.endArray();
    return {};
}

Result<> MessageWriter::writeMessage(const Message &message, const QByteArray &path)
{
    m_writer.beginObject();
    writeRole(message.role, path);
    if (!message.name.isEmpty())
        m_losses.dropped(path + ".name");
    const bool called = std::any_of(message.parts.begin(), message.parts.end(), holds<chat::ToolCallPart>);
    writeContent(message, called, path);
    if (called) {
        writePlan(message);
        if (auto written = writeCalls(message, path); !written)
            return written;
    }
    m_writer.endObject();
    return {};
}

void MessageWriter::writeRole(Role role, const QByteArray &path)
{
    if (role == Role::Developer)
        m_losses.renamed(path + ".role", "developer is sent as system");
    m_writer.member("role", roleName(role));
}

void MessageWriter::writeContent(const Message &message, bool called, const QByteArray &path)
{
    std::vector<const Part *> parts;
    for (const Part &part : message.parts) {
        if (isContent(part, called))
            parts.push_back(&part);
    }
    if (parts.empty() && called)
        return;
    m_writer.key("content");
    const auto *only = parts.size() == 1 ? std::get_if<chat::TextPart>(parts.front()) : nullptr;
    if (only || parts.empty()) {
        m_writer.string(only ? only->text : QByteArray());
        if (only)
            noteCache(only->cache, path);
        return;
    }
    m_writer.beginArray();
    for (const Part *part : parts)
        writePart(*part, path);
    m_writer.endArray();
}

void MessageWriter::writePart(const Part &part, const QByteArray &path)
{
    if (const auto *text = std::get_if<chat::TextPart>(&part)) {
        writeText(text->text);
        noteCache(text->cache, path);
    } else if (const auto *refusal = std::get_if<chat::RefusalPart>(&part)) {
        writeText(refusal->text);
        m_losses.approximated(path + ".refusal", "sent as text");
    } else if (const auto *thought = std::get_if<chat::ReasoningPart>(&part)) {
        if (!thought->text.isEmpty())
            m_writer.beginObject().member("type", "thinking").member("thinking", thought->text).endObject();
    } else if (const auto *media = std::get_if<MediaPart>(&part)) {
        writeMedia(*media, path);
    } else if (const auto *unknown = std::get_if<chat::UnknownPart>(&part)) {
        if (m_ownDialect)
            m_writer.raw(unknown->json);
        else if (!isToldAsReasoning(*unknown))
            m_losses.dropped(path + ".content." + unknown->type, "unknown to Cohere");
    }
}

void MessageWriter::writeText(const QByteArray &text)
{
    m_writer.beginObject().member("type", "text").member("text", text).endObject();
}

void MessageWriter::writeMedia(const MediaPart &media, const QByteArray &path)
{
    const bool isImage = media.kind == MediaPart::Kind::Image;
    if (isTextFile(media)) {
        writeText(QByteArray::fromBase64(media.base64));
        m_losses.approximated(path + ".content", "a text file is sent as text");
    } else if (isImage && !(media.url.isEmpty() && media.base64.isEmpty())) {
        const QByteArray type = media.mediaType.isEmpty() ? sniffMediaType(media.base64) : media.mediaType;
        const QByteArray url = media.base64.isEmpty() ? media.url : openai_chat::dataUrl(type, media.base64);
        m_writer.beginObject().member("type", "image_url").key("image_url").beginObject().member("url", url);
        if (!media.detail.isEmpty())
            m_writer.member("detail", media.detail);
        m_writer.endObject().endObject();
    } else {
        m_losses.dropped(path + ".content", isImage ? "an image by its id" : "Cohere takes text and images");
    }
    noteCache(media.cache, path);
}

/// The plan is reasoning that leads to calls.
void MessageWriter::writePlan(const Message &message)
{
    QByteArray plan;
    for (const Part &part : message.parts) {
        if (const auto *thought = std::get_if<chat::ReasoningPart>(&part))
            plan += thought->text;
    }
    if (!plan.isEmpty())
        m_writer.member("tool_plan", plan);
}

Result<> MessageWriter::writeCalls(const Message &message, const QByteArray &path)
{
    m_writer.key("tool_calls").beginArray();
    for (const Part &part : message.parts) {
        const auto *call = std::get_if<chat::ToolCallPart>(&part);
        if (!call)
            continue;
        const auto name = outwardName(call->name, m_losses);
        if (!name)
            return fail(name.error().in(path));
        bool wrapped = false;
        const QByteArray arguments = objectArguments(*call, wrapped);
        if (wrapped)
            m_losses.approximated(path + ".tool_calls", "no JSON object; sent as {\"input\": text}");
        m_writer.beginObject().member("id", call->id).member("type", "function").key("function");
        m_writer.beginObject().member("name", *name).member("arguments", arguments).endObject().endObject();
        noteCache(call->cache, path);
    }
    m_writer.endArray();
    return {};
}

void MessageWriter::writeResult(const chat::ToolResultPart &result, const QByteArray &path)
{
    m_writer.beginObject().member("role", "tool").member("tool_call_id", result.callId).key("content");
    if (result.isError)
        m_losses.dropped(path + ".is_error", "Cohere has no mark for failed tools");
    std::vector<QByteArray> texts;
    for (const ToolContent &content : result.content) {
        if (const auto *text = std::get_if<chat::TextPart>(&content)) {
            texts.push_back(text->text);
            noteCache(text->cache, path);
        } else {
            m_losses.dropped(path + ".content", "Cohere takes only text as a tool's result");
        }
    }
    if (texts.size() <= 1) {
        m_writer.string(texts.empty() ? QByteArray() : texts.front());
    } else {
        m_writer.beginArray();
        for (const QByteArray &text : texts)
            writeText(text);
        m_writer.endArray();
    }
    m_writer.endObject();
    noteCache(result.cache, path);
}

void MessageWriter::noteCache(const std::optional<chat::CacheMark> &cache, const QByteArray &path)
{
    if (cache)
        m_losses.dropped(path + ".cache_control", "Cohere caches by itself");
}

} // namespace fairlead::wire::cohere
