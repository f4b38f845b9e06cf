// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/ollama/MessageWriter.h"

#include "wire/CommonLosses.h"
#include "wire/RoleName.h"
#include "wire/ToolMapping.h"

namespace fairlead::wire::ollama {

using namespace chat;

int MessageWriter::write(const std::vector<Message> &messages)
{
    int written = 0;
    m_writer.beginArray();
    for (std::size_t i = 0; i < messages.size(); ++i) {
        const Message &message = messages[i];
        const QByteArray path = placeOf(message, i);
        Gathered gathered;
        bool hasResults = false;
        bool hasMore = false;
        for (std::size_t p = 0; p < message.parts.size(); ++p) {
            const Part &part = message.parts[p];
            if (const auto *result = std::get_if<ToolResultPart>(&part)) {
                writeToolResult(*result, path);
                hasResults = true;
                ++written;
            } else {
                gather(
                    part, path, path + ".content[" + QByteArray::number(static_cast<qsizetype>(p)) + ']',
                    gathered);
                hasMore = true;
            }
        }
        if (message.role == Role::Tool || (hasResults && !hasMore))
            continue;
        writeMessage(message, gathered, path);
        ++written;
    }
    m_writer.endArray();
    return written;
}

void MessageWriter::gather(
    const Part &part, const QByteArray &path, const QByteArray &partPath, Gathered &into)
{
    if (const auto *text = std::get_if<TextPart>(&part)) {
        noteCache(text->cache, partPath);
        addText(text->text, into);
    } else if (const auto *media = std::get_if<MediaPart>(&part)) {
        noteCache(media->cache, partPath);
        addImage(*media, partPath, into);
    } else if (const auto *refusal = std::get_if<RefusalPart>(&part)) {
        m_losses.approximated(partPath, "a refusal, sent as text");
        addText(refusal->text, into);
    } else if (const auto *reasoning = std::get_if<ReasoningPart>(&part)) {
        addThinking(*reasoning, path, into);
    } else if (const auto *call = std::get_if<ToolCallPart>(&part)) {
        noteCache(call->cache, path);
        into.calls.push_back(call);
    } else if (const auto *unknown = std::get_if<UnknownPart>(&part)) {
        if (!isToldAsReasoning(*unknown))
            m_losses.dropped(partPath, "unknown kind " + unknown->type);
    }
}

/// A message has one text; parts of it stand apart as paragraphs do.
void MessageWriter::addText(const QByteArray &text, Gathered &into)
{
    if (into.hasText)
        into.text += "\n\n";
    into.text += text;
    into.hasText = true;
}

void MessageWriter::addImage(const MediaPart &media, const QByteArray &partPath, Gathered &into)
{
    if (media.kind != MediaPart::Kind::Image)
        m_losses.dropped(partPath, "Ollama takes text and images only");
    else if (media.base64.isEmpty())
        m_losses.dropped(partPath, "Ollama takes the data of an image, not its address");
    else
        into.images.push_back(media.base64);
    if (!media.detail.isEmpty() && media.detail != "auto")
        m_losses.dropped(partPath + ".detail");
}

void MessageWriter::addThinking(const ReasoningPart &part, const QByteArray &path, Gathered &into)
{
    if (part.signature.isEmpty() && part.redacted.isEmpty())
        into.thinking += part.text;
    else
        m_losses.dropped(path + ".reasoning", "sealed by another provider");
}

void MessageWriter::writeMessage(const Message &message, const Gathered &gathered, const QByteArray &path)
{
    if (!message.name.isEmpty())
        m_losses.dropped(path + ".name");
    m_writer.beginObject().member("role", roleName(message.role)).member("content", gathered.text);
    if (!gathered.thinking.isEmpty() && message.role == Role::Assistant)
        m_writer.member("thinking", gathered.thinking);
    writeImages(gathered);
    if (!gathered.calls.empty())
        writeCalls(gathered, path);
    m_writer.endObject();
}

void MessageWriter::writeCalls(const Gathered &gathered, const QByteArray &path)
{
    m_writer.key("tool_calls").beginArray();
    for (const ToolCallPart *call : gathered.calls) {
        bool wrapped = false;
        const QByteArray arguments = objectArguments(*call, wrapped);
        if (wrapped)
            m_losses.approximated(
                path + ".tool_calls.arguments", "no JSON object; sent as {\"input\": text}");
        m_callNames.insert(call->id, call->name);
        m_writer.beginObject();
        if (!call->id.isEmpty())
            m_writer.member("id", call->id);
        m_writer.key("function").beginObject().member("name", call->name);
        m_writer.memberRaw("arguments", arguments).endObject().endObject();
    }
    m_writer.endArray();
}

void MessageWriter::writeToolResult(const ToolResultPart &result, const QByteArray &path)
{
    Gathered gathered;
    for (const auto &item : result.content) {
        if (const auto *text = std::get_if<TextPart>(&item))
            addText(text->text, gathered);
        else
            addImage(std::get<MediaPart>(item), path + ".content", gathered);
    }
    noteCache(result.cache, path);
    if (result.isError)
        m_losses.dropped(path + ".is_error", "Ollama has no mark for failed tools");
    m_writer.beginObject().member("role", "tool").member("content", gathered.text);
    const QByteArray name = result.toolName.isEmpty() ? m_callNames.value(result.callId) : result.toolName;
    if (!name.isEmpty())
        m_writer.member("tool_name", name);
    if (!result.callId.isEmpty())
        m_writer.member("tool_call_id", result.callId);
    writeImages(gathered);
    m_writer.endObject();
}

void MessageWriter::writeImages(const Gathered &gathered)
{
    if (gathered.images.empty())
        return;
    m_writer.key("images").beginArray();
    for (const QByteArrayView image : gathered.images)
        m_writer.string(image);
    m_writer.endArray();
}

void MessageWriter::noteCache(const std::optional<CacheMark> &mark, const QByteArray &path)
{
    if (mark)
        m_losses.dropped(path + ".cache_control", "Ollama caches by itself");
}

} // namespace fairlead::wire::ollama
