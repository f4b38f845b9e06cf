// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "chat/ChatRequest.h"
#include "wire/openai_chat/FieldReader.h"
#include "json/View.h"

#include <QByteArray>

#include <deque>
#include <optional>
#include <vector>

namespace fairlead::wire::gemini {

/// Reads `contents`. Calls without ids get ones, and responses without ids find their calls by name and
/// order. Consecutive contents of the model are one turn: clients keep what they streamed chunk by chunk.
class ContentsReader
{
public:
    ContentsReader(openai_chat::FieldReader &fields, std::vector<chat::Misfit> &misfits)
        : m_fields(fields)
        , m_misfits(misfits)
    { }

    std::vector<chat::Message> read(json::View contents);
    /// systemInstruction: a content, of which only the texts count.
    [[nodiscard]] chat::Message readSystem(json::View content);

private:
    struct Call {
        QByteArray id;
        QByteArray name;
    };

    void readContent(json::View content, const QByteArray &path);
    void readPart(json::View part, bool byModel, const QByteArray &path);
    void readText(json::View part, bool byModel, const QByteArray &signature);
    void readCall(json::View call, const QByteArray &signature, const QByteArray &path);
    void readResponse(json::View response, const QByteArray &path);
    [[nodiscard]] Call answeredCall(const QByteArray &id, const QByteArray &name);
    /// The `inlineData` or `fileData` of a part; nothing if it has neither.
    [[nodiscard]] std::optional<chat::MediaPart> readMedia(json::View part, const QByteArray &path);
    void add(chat::Role role, chat::Part part);
    [[nodiscard]] chat::Message &begin(chat::Role role);

    openai_chat::FieldReader &m_fields;
    std::vector<chat::Misfit> &m_misfits;
    QByteArray m_place; ///< of the content being read: "contents[2]"
    std::vector<chat::Message> m_messages;
    std::deque<Call> m_unanswered;
    int m_madeUp = 0; ///< ids so far
    bool m_newContent = true; ///< the next part is its first
};

} // namespace fairlead::wire::gemini
