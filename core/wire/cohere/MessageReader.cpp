// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/cohere/MessageReader.h"

#include "wire/openai_chat/DataUrl.h"

#include <array>
#include <utility>

namespace fairlead::wire::cohere {

using chat::Message;
using chat::Part;
using chat::Role;
using json::View;
using openai_chat::indexed;

namespace {

// The API writes roles in lower case; examples of the older one in capitals are still about.
constexpr std::array<std::pair<QByteArrayView, Role>, 4> kRoles{{
    {"system", Role::System},
    {"user", Role::User},
    {"assistant", Role::Assistant},
    {"tool", Role::Tool},
}};

} // namespace

QByteArray documentText(View document)
{
    if (document.isString())
        return document.stringOr({});
    const View data = document["data"];
    if (data.isString())
        return data.stringOr({});
    return data.isObject() ? data.rawCopy() : document.rawCopy();
}

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
    const QByteArray role = message["role"].stringOr({}).toLower();
    bool known = false;
    for (const auto &[name, value] : kRoles) {
        if (name == role) {
            out.role = value;
            known = true;
        }
    }
    if (!known) {
        m_fields.wrong(path + ".role", "one of system, user, assistant, tool");
        return out;
    }
    if (out.role == Role::Tool) {
        out.parts.push_back(readToolResult(message, path));
        return out;
    }
    if (out.role != Role::Assistant && !message["content"])
        m_fields.wrong(path + ".content", "a string or an array of content parts");
    if (out.role == Role::Assistant) {
        const QByteArray plan = m_fields.string(message["tool_plan"], path + ".tool_plan");
        if (!plan.isEmpty()) {
            chat::ReasoningPart part;
            part.text = plan;
            part.origin = QByteArrayLiteral("cohere");
            out.parts.emplace_back(std::move(part));
        }
    }
    readContent(message["content"], path + ".content", out.parts);
    if (out.role == Role::Assistant)
        readAssistantFields(message, path, out);
    return out;
}

void MessageReader::readAssistantFields(View message, const QByteArray &path, Message &out)
{
    const View calls = message["tool_calls"];
    if (!m_fields.array(calls, path + ".tool_calls"))
        return;
    qsizetype index = 0;
    for (const View call : calls.elements())
        readToolCall(call, indexed(path + ".tool_calls", index++), out);
}

void MessageReader::readToolCall(View call, const QByteArray &path, Message &out)
{
    const View function = call["function"];
    chat::ToolCallPart part;
    part.id = m_fields.requiredString(call["id"], path + ".id");
    part.name = m_fields.requiredString(function["name"], path + ".function.name");
    const View arguments = function["arguments"];
    part.arguments = arguments.isObject() ? arguments.rawCopy()
                                          : m_fields.string(arguments, path + ".function.arguments");
    m_callNames.insert(part.id, part.name);
    out.parts.emplace_back(std::move(part));
}

Part MessageReader::readToolResult(View message, const QByteArray &path)
{
    chat::ToolResultPart result;
    result.callId = m_fields.requiredString(message["tool_call_id"], path + ".tool_call_id");
    result.toolName = m_callNames.value(result.callId);
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
    if (type == "text") {
        const auto text = part["text"].string();
        if (!text)
            m_fields.wrong(path + ".text", "a string");
        return chat::TextPart{text.value_or(QByteArray()), std::nullopt};
    }
    if (type == "thinking") {
        chat::ReasoningPart thought;
        thought.text = m_fields.string(part["thinking"], path + ".thinking");
        thought.origin = QByteArrayLiteral("cohere");
        return thought;
    }
    if (type == "image_url")
        return readImage(part, path);
    if (type == "document")
        return chat::TextPart{documentText(part["document"]), std::nullopt};
    if (type.isEmpty())
        m_fields.wrong(path + ".type", "one of text, thinking, image_url, document");
    return chat::UnknownPart{type, part.rawCopy()};
}

Part MessageReader::readImage(View part, const QByteArray &path)
{
    const View image = part["image_url"];
    chat::MediaPart media;
    const QByteArray url
        = m_fields.requiredString(image.isString() ? image : image["url"], path + ".image_url.url");
    if (!openai_chat::splitDataUrl(url, media.mediaType, media.base64))
        media.url = url;
    media.detail = image["detail"].stringOr({});
    return media;
}

} // namespace fairlead::wire::cohere
