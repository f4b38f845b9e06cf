// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "chat/ChatRequest.h"
#include "wire/openai_chat/FieldReader.h"
#include "json/View.h"

#include <QHash>

#include <vector>

namespace fairlead::wire::openai_responses {

/// Reads `input`. What the model said in one go (reasoning, text, calls) becomes one assistant message,
/// however many items it was; outputs of tools get the name of the call they answer.
class ItemReader
{
public:
    ItemReader(openai_chat::FieldReader &fields, chat::ChatRequest &request)
        : m_fields(fields)
        , m_messages(request.messages)
        , m_misfits(request.misfits)
    { }

    void read(json::View input);

private:
    void readItem(json::View item, const QByteArray &path);
    void readMessage(json::View item, const QByteArray &path);
    void readReasoning(json::View item, const QByteArray &path);
    void readCall(json::View item, const QByteArray &path, bool custom);
    void readOutput(json::View item, const QByteArray &path);
    void readContent(json::View content, const QByteArray &path, std::vector<chat::Part> &out);
    [[nodiscard]] chat::Part readPart(json::View part, const QByteArray &path);
    [[nodiscard]] chat::Part readImage(json::View part);
    [[nodiscard]] chat::Part readFile(json::View part);
    [[nodiscard]] chat::Part readAudio(json::View part, const QByteArray &path);
    /// The message that the model's items go into; `path` is the first one's.
    [[nodiscard]] chat::Message &assistant(const QByteArray &path);

    openai_chat::FieldReader &m_fields;
    std::vector<chat::Message> &m_messages;
    std::vector<chat::Misfit> &m_misfits;
    QHash<QByteArray, QByteArray> m_callNames; ///< by call id
    QByteArray m_callSignature; ///< for the call that comes next
};

} // namespace fairlead::wire::openai_responses
