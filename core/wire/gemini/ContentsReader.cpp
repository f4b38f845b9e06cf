// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/gemini/ContentsReader.h"

#include "wire/gemini/Fields.h"
#include "wire/gemini/Media.h"
#include "wire/gemini/Seal.h"

#include <algorithm>
#include <array>
#include <utility>

namespace fairlead::wire::gemini {

using namespace chat;
using json::View;
using openai_chat::indexed;

namespace {

/// Members that say something about a part without being one.
bool isRemark(QByteArrayView word)
{
    static constexpr std::array<QByteArrayView, 5> kRemarks{
        "thought", "thoughtSignature", "mediaResolution", "partMetadata", "videoMetadata"};
    return std::find(kRemarks.begin(), kRemarks.end(), word) != kRemarks.end();
}

/// What a part is: the name of its data, "" for none.
QByteArray kindOf(View part)
{
    for (const auto &[key, value] : part.members()) {
        QByteArray word = camelCase(key);
        if (value && !isRemark(word))
            return word;
    }
    return {};
}

/// Only Google can read what lies in its own stores.
bool isGoogleFile(const QByteArray &uri)
{
    return uri.startsWith("gs://") || uri.startsWith("https://generativelanguage.googleapis.com/");
}

QByteArray detailOf(View part)
{
    const QByteArray level = field(part, "mediaResolution")["level"].stringOr({});
    if (level.endsWith("_LOW"))
        return QByteArrayLiteral("low");
    return level.endsWith("_HIGH") ? QByteArrayLiteral("high") : QByteArray();
}

/// The text of a response object. `{"output": "..."}` and `{"error": "..."}` are the keys Google names;
/// "result" is what many send.
QByteArray responseText(View response, bool &isError)
{
    if (response.isObject() && response.count() == 1) {
        for (const char *key : {"output", "result", "error"}) {
            const View value = response[QByteArrayView(key)];
            if (!value.isString())
                continue;
            isError = QByteArrayView(key) == "error";
            return value.stringOr({});
        }
    }
    return response.rawCopy();
}

/// bytes fields may come in the URL-safe alphabet and without padding; nobody else takes that.
QByteArray standardBase64(QByteArray data)
{
    if (data.contains('-') || data.contains('_'))
        data.replace('-', '+').replace('_', '/');
    while (data.size() % 4 != 0)
        data += '=';
    return data;
}

/// Puts `part` behind the text or thought `before` if it goes on with it. What was streamed comes back in
/// contents of a chunk each, so only their borders are no borders; a signature ends a thought, and stands
/// alone where it came last.
bool joins(Part &before, Part &part, bool atBorder)
{
    auto *text = std::get_if<TextPart>(&before);
    const auto *moreText = std::get_if<TextPart>(&part);
    if (text && moreText && atBorder) {
        text->text += moreText->text;
        return true;
    }
    auto *thought = std::get_if<ReasoningPart>(&before);
    auto *moreThought = std::get_if<ReasoningPart>(&part);
    const bool isOpen
        = thought && !thought->text.isEmpty() && thought->signature.isEmpty() && thought->redacted.isEmpty();
    if (!isOpen || !moreThought || !(atBorder || moreThought->text.isEmpty()))
        return false;
    moreThought->text.prepend(thought->text);
    *thought = std::move(*moreThought);
    return true;
}

} // namespace

std::vector<Message> ContentsReader::read(View contents)
{
    if (!contents.isArray() || contents.count() == 0)
        m_fields.wrong("contents", "a non-empty array");
    qsizetype index = 0;
    for (const View content : contents.elements()) {
        if (!m_fields.isGood())
            break;
        m_place = indexed("contents", index++);
        readContent(content, m_place);
    }
    return std::move(m_messages);
}

Message ContentsReader::readSystem(View content)
{
    Message message;
    message.role = Role::System;
    const QByteArray path = QByteArrayLiteral("systemInstruction");
    message.place = path;
    if (content.isString())
        message.parts.emplace_back(TextPart{content.stringOr({}), std::nullopt});
    else if (!content.isObject())
        m_fields.wrong(path, "a content object with parts");
    qsizetype index = 0;
    for (const View part : content["parts"].elements()) {
        const QByteArray partPath = indexed(path + ".parts", index++);
        const QByteArray words = m_fields.string(part["text"], partPath + ".text");
        if (!words.isEmpty())
            message.parts.emplace_back(TextPart{words, std::nullopt});
        else if (!part["text"])
            m_misfits.push_back({partPath, "only texts instruct", false});
    }
    return message;
}

void ContentsReader::readContent(View content, const QByteArray &path)
{
    if (!content.isObject()) {
        m_fields.wrong(path, "an object with role and parts");
        return;
    }
    const QByteArray role = m_fields.string(content["role"], path + ".role");
    if (!role.isEmpty() && role != "user" && role != "model" && role != "function" && role != "tool") {
        m_fields.wrong(path + ".role", "user or model");
        return;
    }
    if (!m_fields.array(content["parts"], path + ".parts"))
        return;
    m_newContent = true;
    qsizetype index = 0;
    for (const View part : content["parts"].elements()) {
        const QByteArray partPath = indexed(path + ".parts", index++);
        if (part.isObject())
            readPart(part, role == "model", partPath);
        else
            m_fields.wrong(partPath, "an object");
    }
}

void ContentsReader::readPart(View part, bool byModel, const QByteArray &path)
{
    const Role role = byModel ? Role::Assistant : Role::User;
    const QByteArray kind = kindOf(part);
    const QByteArray signature = m_fields.string(field(part, "thoughtSignature"), path + ".thoughtSignature");
    const View data = field(part, kind);
    if (kind == "text") {
        if (!data.isString())
            m_fields.wrong(path + ".text", "a string");
        readText(part, byModel, signature);
    } else if (kind == "functionCall") {
        readCall(data, signature, path + ".functionCall");
    } else if (kind == "functionResponse") {
        readResponse(data, path + ".functionResponse");
    } else if (auto media = readMedia(part, path)) {
        add(role, std::move(*media));
    } else if (!kind.isEmpty()) {
        add(role, UnknownPart{kind, part.rawCopy()});
    }
}

void ContentsReader::readText(View part, bool byModel, const QByteArray &signature)
{
    const QByteArray text = part["text"].stringOr({});
    if (!byModel) {
        if (!text.isEmpty())
            add(Role::User, TextPart{text, std::nullopt});
        return;
    }
    ReasoningPart thought;
    readThoughtSignature(signature, thought);
    const bool sealed = !thought.signature.isEmpty() || !thought.redacted.isEmpty();
    const bool isThought = part["thought"].booleanOr(false);
    if (isThought)
        thought.text = text;
    if (sealed || !thought.text.isEmpty())
        add(Role::Assistant, std::move(thought));
    if (!isThought && !text.isEmpty())
        add(Role::Assistant, TextPart{text, std::nullopt});
}

void ContentsReader::readCall(View call, const QByteArray &signature, const QByteArray &path)
{
    ToolCallPart part;
    part.name = m_fields.requiredString(call["name"], path + ".name");
    part.arguments = m_fields.object(call["args"], path + ".args");
    if (part.arguments.isEmpty())
        part.arguments = QByteArrayLiteral("{}");
    part.id = m_fields.string(call["id"], path + ".id");
    if (part.id.isEmpty())
        part.id = "call_" + QByteArray::number(m_madeUp++);
    if (!isPlaceholder(signature))
        part.signature = signature;
    m_unanswered.push_back({part.id, part.name});
    add(Role::Assistant, std::move(part));
}

/// The call an answer without id belongs to: the first of that name which has none yet.
ContentsReader::Call ContentsReader::answeredCall(const QByteArray &id, const QByteArray &name)
{
    const auto found = std::find_if(m_unanswered.begin(), m_unanswered.end(), [&](const Call &call) {
        return id.isEmpty() ? call.name == name : call.id == id;
    });
    if (found == m_unanswered.end())
        return {id.isEmpty() ? "call_" + QByteArray::number(m_madeUp++) : id, name};
    Call call = std::move(*found);
    m_unanswered.erase(found);
    return call;
}

void ContentsReader::readResponse(View response, const QByteArray &path)
{
    const Call call = answeredCall(
        m_fields.string(response["id"], path + ".id"),
        m_fields.requiredString(response["name"], path + ".name"));
    ToolResultPart result;
    result.callId = call.id;
    result.toolName = call.name;
    TextPart text;
    text.text = responseText(response["response"], result.isError);
    result.content.emplace_back(std::move(text));
    qsizetype index = 0;
    for (const View part : response["parts"].elements()) {
        const QByteArray partPath = indexed(path + ".parts", index++);
        if (auto media = readMedia(part, partPath))
            result.content.emplace_back(std::move(*media));
    }
    begin(Role::Tool).parts.emplace_back(std::move(result));
}

std::optional<MediaPart> ContentsReader::readMedia(View part, const QByteArray &path)
{
    const View inlined = field(part, "inlineData");
    const View filed = field(part, "fileData");
    if (!inlined && !filed)
        return std::nullopt;
    const View data = inlined ? inlined : filed;
    const QByteArray inner = path + (inlined ? ".inlineData" : ".fileData");
    MediaPart media;
    media.mediaType = m_fields.string(field(data, "mimeType"), inner + ".mimeType");
    media.kind = mediaKind(media.mediaType);
    media.name = m_fields.string(field(data, "displayName"), inner + ".displayName");
    media.detail = detailOf(part);
    if (inlined) {
        media.base64 = standardBase64(m_fields.requiredString(data["data"], inner + ".data"));
    } else {
        QByteArray uri = m_fields.requiredString(field(data, "fileUri"), inner + ".fileUri");
        (isGoogleFile(uri) ? media.fileId : media.url) = std::move(uri);
    }
    if (field(part, "videoMetadata")) {
        m_misfits.push_back({path + ".videoMetadata", "nobody else cuts videos", false});
        media.json = part.rawCopy();
    }
    return media;
}

Message &ContentsReader::begin(Role role)
{
    Message &message = m_messages.emplace_back();
    message.role = role;
    message.place = m_place;
    return message;
}

void ContentsReader::add(Role role, Part part)
{
    const bool isFirst = std::exchange(m_newContent, false);
    if (m_messages.empty() || m_messages.back().role != role || (isFirst && role == Role::User))
        (void)begin(role);
    std::vector<Part> &parts = m_messages.back().parts;
    if (role == Role::User || parts.empty() || !joins(parts.back(), part, isFirst))
        parts.push_back(std::move(part));
}

} // namespace fairlead::wire::gemini
