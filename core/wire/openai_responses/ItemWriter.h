// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "chat/ChatRequest.h"
#include "wire/Losses.h"
#include "wire/Quirks.h"
#include "json/Writer.h"

#include <set>
#include <vector>

namespace fairlead::wire::openai_responses {

/// Writes messages as input items: text and media stay messages, while reasoning, calls and their outputs
/// are items of their own, in the order they had.
class ItemWriter
{
public:
    ItemWriter(json::Writer &writer, const Quirks &quirks, Losses &losses, bool sameDialect)
        : m_writer(writer)
        , m_quirks(quirks)
        , m_losses(losses)
        , m_sameDialect(sameDialect)
    { }

    void write(const std::vector<chat::Message> &messages);
    [[nodiscard]] bool wroteEncrypted() const { return m_wroteEncrypted; }

private:
    void writeMessage(const chat::Message &message);
    void writeAssistant(const chat::Message &message);
    void openMessage(chat::Role role);
    void closeMessage();
    void writeContent(const chat::Part &part, chat::Role role);
    void writeMedia(const chat::MediaPart &media);
    [[nodiscard]] bool canWrite(const chat::MediaPart &media, bool inOutput);
    [[nodiscard]] bool canWriteReasoning(const chat::ReasoningPart &part) const;
    void writeReasoning(const chat::ReasoningPart &part);
    void writeCall(const chat::ToolCallPart &call);
    void writeOutput(const chat::ToolResultPart &result);

    json::Writer &m_writer;
    const Quirks &m_quirks;
    Losses &m_losses;
    const bool m_sameDialect;
    QByteArray m_path; ///< the caller's name of the message being written
    std::set<QByteArray> m_customCalls; ///< ids of calls of custom tools
    bool m_messageOpen = false;
    bool m_wroteEncrypted = false;
};

} // namespace fairlead::wire::openai_responses
