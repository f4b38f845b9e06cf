// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "chat/ChatRequest.h"
#include "wire/openai_chat/FieldReader.h"
#include "json/View.h"

#include <QHash>

namespace fairlead::wire::openai_chat {

/// Reads `messages`. Tool results get the name of the call they answer.
class MessageReader
{
public:
    explicit MessageReader(FieldReader &fields)
        : m_fields(fields)
    { }

    std::vector<chat::Message> read(json::View messages);

private:
    chat::Message readMessage(json::View message, const QByteArray &path);
    void readAssistantFields(json::View message, const QByteArray &path, chat::Message &out);
    void readReasoning(json::View message, chat::Message &out);
    void readToolCall(json::View call, const QByteArray &path, chat::Message &out);
    void readLegacyCall(json::View call, const QByteArray &path, chat::Message &out);
    chat::Part readToolResult(json::View message, const QByteArray &path, bool legacy);
    void readContent(json::View content, const QByteArray &path, std::vector<chat::Part> &out);
    chat::Part readPart(json::View part, const QByteArray &path);
    chat::Part readImage(json::View part, const QByteArray &path);
    chat::Part readAudio(json::View part, const QByteArray &path);
    chat::Part readDocument(json::View part, const QByteArray &path);
    chat::Part readThinking(json::View part);
    chat::Part readFile(json::View part, const QByteArray &path);

    FieldReader &m_fields;
    QHash<QByteArray, QByteArray> m_callNames; ///< by call id
    QByteArray m_legacyId; ///< of the last function_call, which has none of its own
};

} // namespace fairlead::wire::openai_chat
