// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "chat/ChatRequest.h"
#include "wire/openai_chat/FieldReader.h"
#include "json/View.h"

#include <vector>

namespace fairlead::wire::ollama {

/// Reads a conversation. Ollama's calls need no ids: those without get one that says which call of the
/// conversation it is, and results find their call by id, by the tool's name, or by their order.
class MessageReader
{
public:
    explicit MessageReader(openai_chat::FieldReader &fields)
        : m_fields(fields)
    { }

    [[nodiscard]] std::vector<chat::Message> read(json::View messages);
    /// The conversation that `prompt`, `system` and `images` of /api/generate are.
    [[nodiscard]] std::vector<chat::Message> fromPrompt(json::View root);

private:
    struct Call {
        QByteArray id;
        QByteArray name;
        bool answered = false;
    };

    chat::Message readMessage(json::View message, const QByteArray &path);
    void readImages(json::View images, const QByteArray &path, std::vector<chat::MediaPart> &out);
    void readCalls(json::View calls, const QByteArray &path, chat::Message &out);
    chat::ToolResultPart readResult(json::View message, const QByteArray &path);
    [[nodiscard]] Call *callFor(const QByteArray &id, const QByteArray &name);

    openai_chat::FieldReader &m_fields;
    std::vector<Call> m_calls;
};

} // namespace fairlead::wire::ollama
