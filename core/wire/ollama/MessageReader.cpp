// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/ollama/MessageReader.h"

#include "wire/ToolMapping.h"
#include "wire/openai_chat/DataUrl.h"

#include <algorithm>
#include <optional>

namespace fairlead::wire::ollama {

using namespace chat;
using json::View;
using openai_chat::indexed;

namespace {

std::optional<Role> roleOf(const QByteArray &name)
{
    if (name == "user")
        return Role::User;
    if (name == "assistant")
        return Role::Assistant;
    if (name == "system")
        return Role::System;
    if (name == "tool")
        return Role::Tool;
    return std::nullopt;
}

} // namespace

std::vector<Message> MessageReader::read(View messages)
{
    std::vector<Message> read;
    for (const View message : messages.elements())
        read.push_back(readMessage(message, indexed("messages", static_cast<qsizetype>(read.size()))));
    return read;
}

std::vector<Message> MessageReader::fromPrompt(View root)
{
    std::vector<Message> conversation;
    if (QByteArray system = m_fields.string(root["system"], "system"); !system.isEmpty()) {
        Message &message = conversation.emplace_back();
        message.role = Role::System;
        message.parts.emplace_back(TextPart{std::move(system), std::nullopt});
    }
    Message &message = conversation.emplace_back();
    message.role = Role::User;
    if (QByteArray prompt = m_fields.string(root["prompt"], "prompt"); !prompt.isEmpty())
        message.parts.emplace_back(TextPart{std::move(prompt), std::nullopt});
    std::vector<MediaPart> images;
    readImages(root["images"], "images", images);
    for (MediaPart &image : images)
        message.parts.emplace_back(std::move(image));
    return conversation;
}

Message MessageReader::readMessage(View message, const QByteArray &path)
{
    Message read;
    const auto role = roleOf(message["role"].stringOr({}).toLower());
    if (!role) {
        m_fields.wrong(path + ".role", "one of system, user, assistant, tool");
        return read;
    }
    read.role = *role;
    if (read.role == Role::Tool) {
        read.parts.emplace_back(readResult(message, path));
        return read;
    }
    if (QByteArray thinking = m_fields.string(message["thinking"], path + ".thinking"); !thinking.isEmpty()) {
        ReasoningPart part;
        part.text = std::move(thinking);
        read.parts.emplace_back(std::move(part));
    }
    if (QByteArray text = m_fields.string(message["content"], path + ".content"); !text.isEmpty())
        read.parts.emplace_back(TextPart{std::move(text), std::nullopt});
    std::vector<MediaPart> images;
    readImages(message["images"], path + ".images", images);
    for (MediaPart &image : images)
        read.parts.emplace_back(std::move(image));
    readCalls(message["tool_calls"], path + ".tool_calls", read);
    return read;
}

void MessageReader::readImages(View images, const QByteArray &path, std::vector<MediaPart> &out)
{
    if (!m_fields.array(images, path))
        return;
    for (const View image : images.elements()) {
        const QByteArray data
            = m_fields.requiredString(image, indexed(path, static_cast<qsizetype>(out.size())));
        MediaPart part;
        // Ollama wants bare base64; tools made for other APIs send a data URL all the same.
        if (!openai_chat::splitDataUrl(data, part.mediaType, part.base64)) {
            part.base64 = data;
            part.mediaType = sniffMediaType(data);
        }
        out.push_back(std::move(part));
    }
}

void MessageReader::readCalls(View calls, const QByteArray &path, Message &out)
{
    if (!m_fields.array(calls, path))
        return;
    qsizetype index = 0;
    for (const View call : calls.elements()) {
        const QByteArray where = indexed(path, index++) + ".function";
        const View function = call["function"];
        ToolCallPart part;
        part.name = m_fields.requiredString(function["name"], where + ".name");
        const View arguments = function["arguments"];
        part.arguments = arguments.isString() ? arguments.stringOr({}) : arguments.rawCopy();
        part.id = m_fields.string(call["id"], indexed(path, index - 1) + ".id");
        if (part.id.isEmpty())
            part.id = "call_" + QByteArray::number(static_cast<qsizetype>(m_calls.size()));
        m_calls.push_back({part.id, part.name});
        out.parts.emplace_back(std::move(part));
    }
}

ToolResultPart MessageReader::readResult(View message, const QByteArray &path)
{
    ToolResultPart result;
    result.callId = m_fields.string(message["tool_call_id"], path + ".tool_call_id");
    result.toolName = m_fields.string(message["tool_name"], path + ".tool_name");
    if (Call *call = callFor(result.callId, result.toolName)) {
        call->answered = true;
        result.callId = call->id;
        result.toolName = call->name;
    } else if (result.callId.isEmpty()) {
        m_fields.wrong(path, "the result of a tool call that comes before it");
    }
    result.content.emplace_back(
        TextPart{m_fields.string(message["content"], path + ".content"), std::nullopt});
    std::vector<MediaPart> images;
    readImages(message["images"], path + ".images", images);
    for (MediaPart &image : images)
        result.content.emplace_back(std::move(image));
    return result;
}

MessageReader::Call *MessageReader::callFor(const QByteArray &id, const QByteArray &name)
{
    const auto first = [&](auto matches) {
        const auto found = std::find_if(m_calls.begin(), m_calls.end(), [&](const Call &call) {
            return !call.answered && matches(call);
        });
        return found == m_calls.end() ? nullptr : &*found;
    };
    if (!id.isEmpty())
        return first([&](const Call &call) { return call.id == id; });
    if (!name.isEmpty()) {
        if (Call *named = first([&](const Call &call) { return call.name == name; }))
            return named;
    }
    return first([](const Call &) { return true; });
}

} // namespace fairlead::wire::ollama
