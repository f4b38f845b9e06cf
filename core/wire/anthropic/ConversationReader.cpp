// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/anthropic/ConversationReader.h"

#include "wire/anthropic/ForeignThinking.h"

#include <algorithm>

namespace fairlead::wire::anthropic {

using chat::MediaPart;
using chat::Message;
using chat::Part;
using chat::Role;
using json::View;
using openai_chat::indexed;

namespace {

// Claude Code's first system block is an accounting line for Anthropic. It changes with every request, which
// would spoil other providers' prompt caches.
constexpr QByteArrayView kBillingLine = "x-anthropic-billing-header:";

bool isBillingLine(View block)
{
    return block["text"].stringOr({}).startsWith(kBillingLine);
}

QByteArray joinedText(View content)
{
    if (content.isString())
        return content.stringOr({});
    QByteArray text;
    for (const View block : content.elements()) {
        if (!text.isEmpty())
            text += '\n';
        text += block["text"].stringOr({});
    }
    return text;
}

} // namespace

bool saysNothing(View value)
{
    if (!value || (value.isArray() && value.count() == 0) || value.boolean() == std::optional<bool>(false))
        return true;
    return value.isObject() && value.count() == 1 && value["enabled"].boolean() == std::optional<bool>(false);
}

void ConversationReader::noteRest(
    View block, const QByteArray &path, std::initializer_list<QByteArrayView> known)
{
    for (const auto &[name, value] : block.members()) {
        const bool isKnown = name == "type" || name == "cache_control"
                             || std::find(known.begin(), known.end(), QByteArrayView(name)) != known.end();
        if (!isKnown && !saysNothing(value))
            m_request.misfits.push_back({path + '.' + name, QByteArrayLiteral("only Anthropic has it")});
    }
}

void ConversationReader::approximated(const QByteArray &path, const char *note)
{
    m_request.misfits.push_back({path, note, true});
}

chat::RawJson ConversationReader::wholeIf(View block, std::size_t before) const
{
    return m_request.misfits.size() > before ? block.rawCopy() : QByteArray();
}

void ConversationReader::readSystem(View system)
{
    Message message;
    message.role = Role::System;
    message.place = QByteArrayLiteral("system");
    if (system.isString()) {
        message.parts.emplace_back(chat::TextPart{system.stringOr({}), std::nullopt});
    } else if (m_fields.array(system, message.place)) {
        qsizetype index = 0;
        for (const View block : system.elements()) {
            const QByteArray path = indexed(message.place, index++);
            if (isBillingLine(block))
                message.parts.emplace_back(
                    chat::UnknownPart{QByteArrayLiteral("billing line"), block.rawCopy()});
            else
                readBlock(block, path, message.parts);
        }
    }
    if (!message.parts.empty())
        m_request.messages.insert(m_request.messages.begin(), std::move(message));
}

void ConversationReader::readMessages(View messages)
{
    if (!messages.isArray() || messages.count() == 0)
        m_fields.wrong("messages", "a non-empty array");
    qsizetype index = 0;
    for (const View element : messages.elements()) {
        if (!m_fields.isGood())
            return;
        Message message;
        message.place = indexed("messages", index++);
        const View role = element["role"];
        if (role.equals("assistant"))
            message.role = Role::Assistant;
        else if (role.equals("system"))
            message.role = Role::System;
        else if (!role.equals("user"))
            m_fields.wrong(message.place + ".role", "one of user, assistant, system");
        readContent(element["content"], message.place + ".content", message);
        const bool onlyResults
            = !message.parts.empty()
              && std::all_of(message.parts.begin(), message.parts.end(), [](const Part &part) {
                     return std::holds_alternative<chat::ToolResultPart>(part);
                 });
        if (onlyResults)
            message.role = Role::Tool;
        m_request.messages.push_back(std::move(message));
    }
}

void ConversationReader::readContent(View content, const QByteArray &path, Message &message)
{
    if (content.isString()) {
        message.parts.emplace_back(chat::TextPart{content.stringOr({}), std::nullopt});
        return;
    }
    if (!content.isArray()) {
        m_fields.wrong(path, "a string or an array of content blocks");
        return;
    }
    m_callSignature.clear();
    qsizetype index = 0;
    for (const View block : content.elements())
        readBlock(block, indexed(path, index++), message.parts);
}

void ConversationReader::readBlock(View block, const QByteArray &path, std::vector<Part> &parts)
{
    const QByteArray type = m_fields.requiredString(block["type"], path + ".type");
    if (type == "text") {
        parts.emplace_back(readText(block, path));
        return;
    }
    if (type == "tool_use") {
        parts.emplace_back(readToolUse(block, path));
        return;
    }
    if (type == "tool_result") {
        parts.emplace_back(readToolResult(block, path));
        return;
    }
    if (type == "thinking" || type == "redacted_thinking") {
        const bool redacted = type == "redacted_thinking";
        readThinking(block, (redacted ? block["data"] : block["signature"]).stringOr({}), parts);
        return;
    }
    if (type == "search_result") {
        parts.emplace_back(readSearchResult(block, path));
        return;
    }
    if (type == "image" || type == "document") {
        if (auto media = readMedia(block, path)) {
            parts.emplace_back(std::move(*media));
            return;
        }
    }
    // Server tools and their results, uploads to a container, and what is to come.
    parts.emplace_back(chat::UnknownPart{type, block.rawCopy()});
}

chat::TextPart ConversationReader::readText(View block, const QByteArray &path)
{
    const std::size_t before = m_request.misfits.size();
    chat::TextPart part;
    part.text = m_fields.string(block["text"], path + ".text");
    part.cache = m_fields.cacheMark(block);
    noteRest(block, path, {"text"});
    part.json = wholeIf(block, before);
    return part;
}

chat::TextPart ConversationReader::readSearchResult(View block, const QByteArray &path)
{
    chat::TextPart part;
    part.text = m_fields.string(block["title"], path + ".title") + '\n'
                + m_fields.string(block["source"], path + ".source") + "\n\n" + joinedText(block["content"]);
    part.cache = m_fields.cacheMark(block);
    part.json = block.rawCopy();
    approximated(path, "the search result is sent as text");
    return part;
}

std::optional<MediaPart> ConversationReader::readMedia(View block, const QByteArray &path)
{
    const std::size_t before = m_request.misfits.size();
    const View source = block["source"];
    const QByteArray from = path + ".source";
    const bool isImage = block["type"].equals("image");
    MediaPart media;
    media.kind = isImage ? MediaPart::Kind::Image : MediaPart::Kind::File;
    if (source["type"].equals("base64")) {
        media.mediaType = m_fields.string(source["media_type"], from + ".media_type");
        media.base64 = m_fields.requiredString(source["data"], from + ".data");
    } else if (source["type"].equals("url")) {
        media.url = m_fields.requiredString(source["url"], from + ".url");
        if (!isImage)
            media.mediaType = QByteArrayLiteral("application/pdf"); // the one kind it fetches
    } else if (source["type"].equals("file")) {
        media.fileId = m_fields.requiredString(source["file_id"], from + ".file_id");
    } else if (source["type"].equals("text")) {
        media.mediaType = m_fields.string(source["media_type"], from + ".media_type");
        media.base64 = m_fields.string(source["data"], from + ".data").toBase64();
    } else if (source["type"].equals("content")) {
        readDocumentContent(source["content"], from + ".content", media);
    } else {
        return std::nullopt;
    }
    media.name = m_fields.string(block["title"], path + ".title");
    media.cache = m_fields.cacheMark(block);
    noteRest(block, path, {"source", "title"});
    media.json = wholeIf(block, before);
    return media;
}

void ConversationReader::readDocumentContent(View content, const QByteArray &path, MediaPart &media)
{
    media.mediaType = QByteArrayLiteral("text/plain");
    media.base64 = joinedText(content).toBase64();
    approximated(path, "the blocks are sent as one text");
    qsizetype index = 0;
    for (const View block : content.elements()) {
        const QByteArray place = indexed(path, index++);
        if (!block["type"].equals("text"))
            m_request.misfits.push_back({place, QByteArrayLiteral("only its text is carried")});
    }
}

chat::ToolCallPart ConversationReader::readToolUse(View block, const QByteArray &path)
{
    const std::size_t before = m_request.misfits.size();
    chat::ToolCallPart part;
    part.id = m_fields.requiredString(block["id"], path + ".id");
    part.name = m_fields.requiredString(block["name"], path + ".name");
    part.arguments = m_fields.object(block["input"], path + ".input");
    part.signature = std::exchange(m_callSignature, QByteArray());
    part.cache = m_fields.cacheMark(block);
    // Every call the model made itself says so; others came out of code that Anthropic ran.
    if (block["caller"]["type"].equals("direct"))
        noteRest(block, path, {"id", "name", "input", "caller"});
    else
        noteRest(block, path, {"id", "name", "input"});
    part.json = wholeIf(block, before);
    m_callNames.insert(part.id, part.name);
    return part;
}

chat::ToolResultPart ConversationReader::readToolResult(View block, const QByteArray &path)
{
    const std::size_t before = m_request.misfits.size();
    chat::ToolResultPart part;
    part.callId = m_fields.requiredString(block["tool_use_id"], path + ".tool_use_id");
    part.toolName = m_callNames.value(part.callId);
    part.isError = m_fields.boolean(block["is_error"], path + ".is_error").value_or(false);
    part.cache = m_fields.cacheMark(block);
    const View content = block["content"];
    if (content.isString()) {
        part.content.emplace_back(chat::TextPart{content.stringOr({}), std::nullopt});
    } else if (m_fields.array(content, path + ".content")) {
        qsizetype index = 0;
        for (const View inner : content.elements()) {
            const QByteArray place = indexed(path + ".content", index++);
            std::vector<Part> read;
            readBlock(inner, place, read);
            if (read.size() == 1 && std::holds_alternative<chat::TextPart>(read.front())) {
                part.content.emplace_back(std::get<chat::TextPart>(std::move(read.front())));
            } else if (read.size() == 1 && std::holds_alternative<MediaPart>(read.front())) {
                part.content.emplace_back(std::get<MediaPart>(std::move(read.front())));
            } else {
                part.content.emplace_back(chat::TextPart{inner.rawCopy(), std::nullopt});
                approximated(place, "sent as its JSON text");
            }
        }
    }
    noteRest(block, path, {"tool_use_id", "content", "is_error"});
    part.json = wholeIf(block, before);
    return part;
}

void ConversationReader::readThinking(View block, const QByteArray &mark, std::vector<Part> &parts)
{
    chat::ReasoningPart part;
    if (auto foreign = unsealed(mark)) {
        if (foreign->ofCall) {
            m_callSignature = foreign->part.signature;
            return;
        }
        part = std::move(foreign->part);
    } else {
        (block["type"].equals("thinking") ? part.signature : part.redacted) = mark;
        if (!mark.isEmpty())
            part.origin = QByteArrayLiteral("anthropic");
    }
    part.text = block["thinking"].stringOr({});
    parts.emplace_back(std::move(part));
}

} // namespace fairlead::wire::anthropic
