// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/openai_responses/ItemReader.h"

#include "wire/openai_chat/DataUrl.h"
#include "wire/openai_responses/SealedReasoning.h"
#include "wire/openai_responses/ToolNames.h"

#include <array>
#include <utility>

namespace fairlead::wire::openai_responses {

using chat::Message;
using chat::Part;
using chat::Role;
using json::View;
using openai_chat::indexed;

namespace {

constexpr std::array<std::pair<QByteArrayView, Role>, 5> kRoles{{
    {"user", Role::User},
    {"assistant", Role::Assistant},
    {"system", Role::System},
    {"developer", Role::Developer},
    {"tool", Role::Tool},
}};

/// The texts of a list of parts as paragraphs.
QByteArray joinedTexts(View parts)
{
    QByteArray joined;
    for (const View part : parts.elements()) {
        const QByteArray text = part["text"].stringOr({});
        if (!joined.isEmpty() && !text.isEmpty())
            joined += "\n\n";
        joined += text;
    }
    return joined;
}

} // namespace

void ItemReader::read(View input)
{
    if (input.isString()) {
        Message message;
        message.place = QByteArrayLiteral("input");
        message.parts.emplace_back(chat::TextPart{input.stringOr({}), std::nullopt, {}});
        m_messages.push_back(std::move(message));
        return;
    }
    if (!input.isArray()) {
        m_fields.wrong(QByteArrayLiteral("input"), "a string or an array of items");
        return;
    }
    qsizetype index = 0;
    for (const View item : input.elements()) {
        if (!m_fields.isGood())
            return;
        readItem(item, indexed(QByteArrayLiteral("input"), index++));
    }
}

void ItemReader::readItem(View item, const QByteArray &path)
{
    if (!item.isObject()) {
        m_fields.wrong(path, "an object");
        return;
    }
    const QByteArray type = item["type"].stringOr({});
    if (type == "message" || (type.isEmpty() && item["role"]))
        readMessage(item, path);
    else if (type == "reasoning")
        readReasoning(item, path);
    else if (type == "function_call" || type == "custom_tool_call")
        readCall(item, path, type == "custom_tool_call");
    else if (type == "function_call_output" || type == "custom_tool_call_output")
        readOutput(item, path);
    else if (type == "item_reference" || (type.isEmpty() && item["id"]))
        m_fields.wrong(path, "the item itself: the item this refers to is not known here");
    else if (type == "compaction_trigger")
        m_fields.wrong(path, "sent to a model whose provider speaks the Responses API: no other can compact");
    else if (type.isEmpty())
        m_fields.wrong(path + ".type", "a string such as message or function_call");
    else if (type != "additional_tools" && type != "tool_search_output") // read with the tools
        m_misfits.push_back({path, "an item of type " + type, false});
}

void ItemReader::readMessage(View item, const QByteArray &path)
{
    const QByteArray role = item["role"].stringOr({});
    Message message;
    message.place = path;
    bool known = false;
    for (const auto &[name, value] : kRoles) {
        if (name == role) {
            message.role = value;
            known = true;
        }
    }
    if (!known) {
        m_fields.wrong(path + ".role", "one of user, assistant, system, developer");
        return;
    }
    const View content = item["content"];
    if (!content && message.role != Role::Assistant)
        m_fields.wrong(path + ".content", "a string or an array of content parts");
    std::vector<Part> &parts = message.role == Role::Assistant ? assistant(path).parts : message.parts;
    readContent(content, path + ".content", parts);
    if (message.role != Role::Assistant)
        m_messages.push_back(std::move(message));
}

Message &ItemReader::assistant(const QByteArray &path)
{
    if (m_messages.empty() || m_messages.back().role != Role::Assistant) {
        m_messages.emplace_back();
        m_messages.back().role = Role::Assistant;
        m_messages.back().place = path;
    }
    return m_messages.back();
}

void ItemReader::readReasoning(View item, const QByteArray &path)
{
    const auto [id, summary, content, encrypted] = item.pick("id", "summary", "content", "encrypted_content");
    const QByteArray sealedContent = encrypted.stringOr({});
    if (QByteArray signature = callSignature(sealedContent); !signature.isEmpty()) {
        m_callSignature = std::move(signature);
        return;
    }
    chat::ReasoningPart part;
    part.text = joinedTexts(summary);
    if (part.text.isEmpty())
        part.text = joinedTexts(content);
    part.id = id.stringOr({});
    unseal(sealedContent, part);
    if (part.text.isEmpty() && part.redacted.isEmpty() && part.signature.isEmpty())
        return; // a place holder for reasoning that was not shown
    assistant(path).parts.emplace_back(std::move(part));
}

void ItemReader::readCall(View item, const QByteArray &path, bool custom)
{
    const auto [callId, name, space, arguments, input]
        = item.pick("call_id", "name", "namespace", "arguments", "input");
    chat::ToolCallPart part;
    part.id = m_fields.requiredString(callId, path + ".call_id");
    part.name = flatToolName(space.stringOr({}), m_fields.requiredString(name, path + ".name"));
    part.arguments = custom                 ? m_fields.string(input, path + ".input")
                     : arguments.isObject() ? arguments.rawCopy()
                                            : m_fields.string(arguments, path + ".arguments");
    part.custom = custom;
    part.signature = std::exchange(m_callSignature, QByteArray());
    m_callNames.insert(part.id, part.name);
    assistant(path).parts.emplace_back(std::move(part));
}

void ItemReader::readOutput(View item, const QByteArray &path)
{
    chat::ToolResultPart result;
    result.callId = m_fields.requiredString(item["call_id"], path + ".call_id");
    result.toolName = m_callNames.value(result.callId);
    std::vector<Part> parts;
    readContent(item["output"], path + ".output", parts);
    for (Part &part : parts) {
        if (auto *text = std::get_if<chat::TextPart>(&part))
            result.content.emplace_back(std::move(*text));
        else if (auto *media = std::get_if<chat::MediaPart>(&part))
            result.content.emplace_back(std::move(*media));
        else if (auto *unknown = std::get_if<chat::UnknownPart>(&part))
            result.content.emplace_back(chat::TextPart{unknown->json, std::nullopt, {}});
    }
    Message message;
    message.role = Role::Tool;
    message.place = path;
    message.parts.emplace_back(std::move(result));
    m_messages.push_back(std::move(message));
}

void ItemReader::readContent(View content, const QByteArray &path, std::vector<Part> &out)
{
    if (content.isString()) {
        const QByteArray text = content.stringOr({});
        if (!text.isEmpty())
            out.emplace_back(chat::TextPart{text, std::nullopt, {}});
        return;
    }
    if (!m_fields.array(content, path))
        return;
    qsizetype index = 0;
    for (const View part : content.elements())
        out.push_back(readPart(part, indexed(path, index++)));
}

Part ItemReader::readPart(View part, const QByteArray &path)
{
    const QByteArray type = part["type"].stringOr({});
    if (type.isEmpty())
        m_fields.wrong(path + ".type", "a string such as input_text, input_image or input_file");
    if (type == "input_text" || type == "output_text" || type == "text") {
        const auto text = part["text"].string();
        if (!text)
            m_fields.wrong(path + ".text", "a string");
        return chat::TextPart{text.value_or(QByteArray()), m_fields.cacheMark(part), {}};
    }
    if (type == "input_image")
        return readImage(part);
    if (type == "input_file")
        return readFile(part);
    if (type == "input_audio")
        return readAudio(part, path);
    if (type == "refusal")
        return chat::RefusalPart{m_fields.string(part["refusal"], path + ".refusal")};
    return chat::UnknownPart{type, part.rawCopy()};
}

Part ItemReader::readImage(View part)
{
    chat::MediaPart media;
    const View image = part["image_url"];
    const QByteArray url
        = image.isObject() ? image["url"].stringOr({}) : image.stringOr({}); // Chat's spelling
    if (!openai_chat::splitDataUrl(url, media.mediaType, media.base64))
        media.url = url;
    media.fileId = part["file_id"].stringOr({});
    media.detail = part["detail"].stringOr({});
    media.cache = m_fields.cacheMark(part);
    return media;
}

Part ItemReader::readFile(View part)
{
    const auto [data, url, id, name] = part.pick("file_data", "file_url", "file_id", "filename");
    chat::MediaPart media;
    media.kind = chat::MediaPart::Kind::File;
    const QByteArray bytes = data.stringOr({});
    if (!openai_chat::splitDataUrl(bytes, media.mediaType, media.base64))
        media.base64 = bytes;
    media.url = url.stringOr({});
    media.fileId = id.stringOr({});
    media.name = name.stringOr({});
    media.cache = m_fields.cacheMark(part);
    return media;
}

Part ItemReader::readAudio(View part, const QByteArray &path)
{
    const View audio = part["input_audio"];
    chat::MediaPart media;
    media.kind = chat::MediaPart::Kind::Audio;
    media.base64 = m_fields.requiredString(audio["data"], path + ".input_audio.data");
    media.mediaType
        = openai_chat::audioMediaType(m_fields.requiredString(audio["format"], path + ".input_audio.format"));
    return media;
}

} // namespace fairlead::wire::openai_responses
