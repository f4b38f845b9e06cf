// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "chat/ChatRequest.h"
#include "wire/openai_chat/FieldReader.h"
#include "json/View.h"

#include <QHash>

namespace fairlead::wire::cohere {

/// Reads `messages` of a v2 chat request. Tool results get the name of the call they answer.
class MessageReader
{
public:
    explicit MessageReader(openai_chat::FieldReader &fields)
        : m_fields(fields)
    { }

    std::vector<chat::Message> read(json::View messages);

private:
    chat::Message readMessage(json::View message, const QByteArray &path);
    void readAssistantFields(json::View message, const QByteArray &path, chat::Message &out);
    void readToolCall(json::View call, const QByteArray &path, chat::Message &out);
    chat::Part readToolResult(json::View message, const QByteArray &path);
    void readContent(json::View content, const QByteArray &path, std::vector<chat::Part> &out);
    chat::Part readPart(json::View part, const QByteArray &path);
    chat::Part readImage(json::View part, const QByteArray &path);

    openai_chat::FieldReader &m_fields;
    QHash<QByteArray, QByteArray> m_callNames; ///< by call id
};

/// The words of a document: its own text, or its data as JSON.
[[nodiscard]] QByteArray documentText(json::View document);

} // namespace fairlead::wire::cohere
