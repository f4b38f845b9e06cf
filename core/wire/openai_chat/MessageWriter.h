// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "chat/ChatRequest.h"
#include "wire/Losses.h"
#include "wire/Quirks.h"
#include "json/Writer.h"

#include <variant>
#include <vector>

namespace fairlead::wire::openai_chat {

/// Writes messages in Chat's form. `sameDialect`: unknown parts came from Chat and may go back to it.
class MessageWriter
{
public:
    MessageWriter(json::Writer &writer, const Quirks &quirks, Losses &losses, bool sameDialect)
        : m_writer(writer)
        , m_quirks(quirks)
        , m_losses(losses)
        , m_sameDialect(sameDialect)
    { }

    void write(const std::vector<chat::Message> &messages);

private:
    using ToolContent = std::variant<chat::TextPart, chat::MediaPart>;

    void writeMessage(const chat::Message &message, const QByteArray &path);
    void writeRole(chat::Role role, const QByteArray &path);
    void writeContent(const std::vector<const chat::Part *> &parts, bool hasCalls, const QByteArray &path);
    void writeToolResult(const chat::ToolResultPart &result, const QByteArray &path);
    void writeToolCalls(const chat::Message &message);
    void writeReasoning(const chat::Message &message, const QByteArray &path);
    void writeMessageFields(const chat::Message &message);
    void writeText(const chat::TextPart &text, const QByteArray &path);
    void writeMedia(const chat::MediaPart &media, const QByteArray &path);
    void setAside(const chat::MediaPart &media, const QByteArray &path);
    void writeSetAside();
    void writeBareMedia(const chat::MediaPart &media, const QByteArray &url);
    [[nodiscard]] QByteArray idOf(const QByteArray &callId) const;
    void writeCache(const std::optional<chat::CacheMark> &cache, const QByteArray &path);
    [[nodiscard]] bool canWrite(const chat::Part &part, const QByteArray &path);

    json::Writer &m_writer;
    const Quirks &m_quirks;
    Losses &m_losses;
    bool m_sameDialect;
    std::vector<chat::Part> m_setAside; ///< media of tools and of the model, until a user can show them
};

} // namespace fairlead::wire::openai_chat
