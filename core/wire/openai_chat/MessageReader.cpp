// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/openai_chat/MessageReader.h"

#include "wire/openai_chat/DataUrl.h"
#include "wire/openai_chat/ReasoningOrigin.h"
#include "wire/openai_chat/RequestReader.h"

#include <array>
#include <utility>

namespace fairlead::wire::openai_chat {

using chat::Message;
using chat::Part;
using chat::Role;
using json::View;

namespace {

constexpr std::array<std::pair<QByteArrayView, Role>, 6> kRoles{{
    {"system", Role::System},
    {"developer", Role::Developer},
    {"user", Role::User},
    {"assistant", Role::Assistant},
    {"tool", Role::Tool},
    {"function", Role::Tool}, // the deprecated form
}};

/// What readMessage and its helpers have a place for; everything else stays as it is.
bool isModelled(const QByteArray &field, Role role)
{
    static constexpr std::array<QByteArrayView, 3> everywhere{"role", "content", "name"};
    static constexpr std::array<QByteArrayView, 3> assistant{"tool_calls", "function_call", "refusal"};
    for (const QByteArrayView known : everywhere) {
        if (field == known)
            return true;
    }
    if (role == Role::Tool)
        return field == "tool_call_id";
    for (const QByteArrayView known : assistant) {
        if (role == Role::Assistant && field == known)
            return true;
    }
    return false;
}

} // namespace

std::vector<Message> MessageReader::read(View messages)
{
    std::vector<Message> list;
    const QByteArray path = QByteArrayLiteral("messages");
    if (!messages.isArray() || messages.count() == 0)
        m_fields.wrong(path, "a non-empty array");
    for (const View message : messages.elements()) {
        if (!m_fields.isGood())
            break;
        list.push_back(readMessage(message, indexed(path, static_cast<qsizetype>(list.size()))));
    }
    return list;
}

Message MessageReader::readMessage(View message, const QByteArray &path)
{
    Message out;
    if (!message.isObject()) {
        m_fields.wrong(path, "an object");
        return out;
    }
    const QByteArray role = message["role"].stringOr({});
    bool known = false;
    for (const auto &[name, value] : kRoles) {
        if (name == role) {
            out.role = value;
            known = true;
        }
    }
    if (!known) {
        m_fields.wrong(path + ".role", "one of system, developer, user, assistant, tool");
        return out;
    }
    out.name = m_fields.string(message["name"], path + ".name");
    if (out.role == Role::Tool) {
        out.parts.push_back(readToolResult(message, path, role == "function"));
    } else {
        if (out.role == Role::Assistant)
            readReasoning(message, out);
        else if (!message["content"])
            m_fields.wrong(path + ".content", "a string or an array of content parts");
        readContent(message["content"], path + ".content", out.parts);
    }
    if (out.role == Role::Assistant)
        readAssistantFields(message, path, out);
    for (const auto &[field, value] : message.members()) {
        if (value && !isModelled(field, out.role))
            out.parts.emplace_back(chat::UnknownPart{kMessageField.toByteArray() + field, value.rawCopy()});
    }
    return out;
}

/// For other dialects; the fields themselves are kept as they are beside it.
void MessageReader::readReasoning(View message, Message &out)
{
    bool said = false;
    for (const View detail : message["reasoning_details"].elements()) {
        chat::ReasoningPart part;
        part.text = detail["text"].stringOr(detail["summary"].stringOr({}));
        part.signature = detail["signature"].stringOr({});
        part.redacted = detail["data"].stringOr({});
        part.id = detail["id"].stringOr({});
        part.origin = originOfFormat(detail["format"].stringOr({}));
        settleSeal(part.origin, part.signature, part.redacted);
        said = said || !part.text.isEmpty();
        out.parts.emplace_back(std::move(part));
    }
    if (said)
        return;
    chat::ReasoningPart part;
    part.text = message["reasoning_content"].stringOr(message["reasoning"].stringOr({}));
    if (!part.text.isEmpty())
        out.parts.emplace_back(std::move(part));
}

void MessageReader::readAssistantFields(View message, const QByteArray &path, Message &out)
{
    const QByteArray refusal = m_fields.string(message["refusal"], path + ".refusal");
    if (!refusal.isEmpty())
        out.parts.emplace_back(chat::RefusalPart{refusal});
    const View calls = message["tool_calls"];
    if (m_fields.array(calls, path + ".tool_calls")) {
        qsizetype index = 0;
        for (const View call : calls.elements())
            readToolCall(call, indexed(path + ".tool_calls", index++), out);
    }
    if (const View call = message["function_call"])
        readLegacyCall(call, path + ".function_call", out);
}

void MessageReader::readToolCall(View call, const QByteArray &path, Message &out)
{
    const bool custom = call["type"].equals("custom");
    const QByteArray inner = path + (custom ? ".custom" : ".function");
    const View function = custom ? call["custom"] : call["function"];
    if (!function.isObject()) {
        m_fields.wrong(inner, "an object");
        return;
    }
    chat::ToolCallPart part;
    part.id = m_fields.requiredString(call["id"], path + ".id");
    part.name = m_fields.requiredString(function["name"], inner + ".name");
    part.custom = custom;
    const View arguments = custom ? function["input"] : function["arguments"];
    // Some clients send the object itself; its text is what others send as a string.
    part.arguments
        = arguments.isObject() ? arguments.rawCopy() : m_fields.string(arguments, inner + ".arguments");
    part.signature = call["extra_content"]["google"]["thought_signature"].stringOr({});
    part.cache = m_fields.cacheMark(call);
    m_callNames.insert(part.id, part.name);
    out.parts.emplace_back(std::move(part));
}

void MessageReader::readLegacyCall(View call, const QByteArray &path, Message &out)
{
    chat::ToolCallPart part;
    part.name = m_fields.requiredString(call["name"], path + ".name");
    part.arguments = m_fields.string(call["arguments"], path + ".arguments");
    part.id = "call_function_" + QByteArray::number(m_callNames.size());
    m_legacyId = part.id;
    m_callNames.insert(part.id, part.name);
    out.parts.emplace_back(std::move(part));
}

Part MessageReader::readToolResult(View message, const QByteArray &path, bool legacy)
{
    chat::ToolResultPart result;
    if (legacy) {
        result.toolName = m_fields.requiredString(message["name"], path + ".name");
        result.callId = m_legacyId;
    } else {
        result.callId = m_fields.requiredString(message["tool_call_id"], path + ".tool_call_id");
        result.toolName = m_callNames.value(result.callId, message["name"].stringOr({}));
    }
    std::vector<Part> parts;
    readContent(message["content"], path + ".content", parts);
    for (Part &part : parts) {
        if (auto *text = std::get_if<chat::TextPart>(&part))
            result.content.emplace_back(std::move(*text));
        else if (auto *media = std::get_if<chat::MediaPart>(&part))
            result.content.emplace_back(std::move(*media));
        else if (auto *unknown = std::get_if<chat::UnknownPart>(&part))
            result.content.emplace_back(chat::TextPart{unknown->json, std::nullopt});
    }
    result.cache = m_fields.cacheMark(message);
    return result;
}

void MessageReader::readContent(View content, const QByteArray &path, std::vector<Part> &out)
{
    if (content.isString()) {
        const QByteArray text = content.stringOr({});
        if (!text.isEmpty())
            out.emplace_back(chat::TextPart{text, std::nullopt});
        return;
    }
    if (!m_fields.array(content, path))
        return;
    qsizetype index = 0;
    for (const View part : content.elements())
        out.push_back(readPart(part, indexed(path, index++)));
}

Part MessageReader::readPart(View part, const QByteArray &path)
{
    const QByteArray type = part["type"].stringOr({});
    if (type.isEmpty())
        m_fields.wrong(path + ".type", "a string such as text, image_url, input_audio or file");
    if (type == "text") {
        const auto text = part["text"].string();
        if (!text)
            m_fields.wrong(path + ".text", "a string");
        return chat::TextPart{text.value_or(QByteArray()), m_fields.cacheMark(part)};
    }
    if (type == "image_url")
        return readImage(part, path);
    if (type == "input_audio")
        return readAudio(part, path);
    if (type == "file")
        return readFile(part, path);
    if (type == "document_url")
        return readDocument(part, path);
    if (type == "thinking")
        return readThinking(part);
    if (type == "refusal")
        return chat::RefusalPart{m_fields.string(part["refusal"], path + ".refusal")};
    return chat::UnknownPart{type, part.rawCopy()};
}

Part MessageReader::readImage(View part, const QByteArray &path)
{
    const View image = part["image_url"];
    const bool bare = image.isString(); // Mistral's spelling
    chat::MediaPart media;
    const QByteArray url = m_fields.requiredString(bare ? image : image["url"], path + ".image_url.url");
    if (!splitDataUrl(url, media.mediaType, media.base64))
        media.url = url;
    if (!bare)
        media.detail = m_fields.string(image["detail"], path + ".image_url.detail");
    media.cache = m_fields.cacheMark(part);
    return media;
}

Part MessageReader::readAudio(View part, const QByteArray &path)
{
    const View audio = part["input_audio"];
    chat::MediaPart media;
    media.kind = chat::MediaPart::Kind::Audio;
    if (audio.isString()) { // Mistral's spelling
        media.base64 = audio.stringOr({});
    } else {
        media.base64 = m_fields.requiredString(audio["data"], path + ".input_audio.data");
        const QByteArray format = m_fields.requiredString(audio["format"], path + ".input_audio.format");
        media.mediaType = audioMediaType(format);
    }
    media.cache = m_fields.cacheMark(part);
    return media;
}

Part MessageReader::readFile(View part, const QByteArray &path)
{
    const View file = part["file"];
    chat::MediaPart media;
    media.kind = chat::MediaPart::Kind::File;
    media.fileId = m_fields.string(file["file_id"], path + ".file.file_id");
    media.name = m_fields.string(file["filename"], path + ".file.filename");
    const QByteArray data = m_fields.string(file["file_data"], path + ".file.file_data");
    if (data.isEmpty() && media.fileId.isEmpty())
        m_fields.wrong(path + ".file", "an object with file_id or file_data");
    if (data.startsWith("http://") || data.startsWith("https://"))
        media.url = data; // OpenRouter
    else if (!splitDataUrl(data, media.mediaType, media.base64))
        media.base64 = data;
    media.cache = m_fields.cacheMark(part);
    return media;
}

/// Mistral's spelling.
Part MessageReader::readDocument(View part, const QByteArray &path)
{
    chat::MediaPart media;
    media.kind = chat::MediaPart::Kind::File;
    const QByteArray url = m_fields.requiredString(part["document_url"], path + ".document_url");
    if (!splitDataUrl(url, media.mediaType, media.base64))
        media.url = url;
    media.name = part["document_name"].stringOr({});
    media.json = part.rawCopy();
    return media;
}

/// Mistral's again: a list of text parts, or the text.
Part MessageReader::readThinking(View part)
{
    chat::ReasoningPart thought;
    const View thinking = part["thinking"];
    thought.text = thinking.stringOr({});
    for (const View piece : thinking.elements())
        thought.text += piece["text"].stringOr({});
    thought.signature = part["signature"].stringOr({});
    thought.json = part.rawCopy();
    return thought;
}

} // namespace fairlead::wire::openai_chat
