// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Result.h"
#include "chat/ChatRequest.h"
#include "wire/Losses.h"
#include "json/Writer.h"

namespace fairlead::wire::cohere {

/// Writes `messages` for v2 chat.
class MessageWriter
{
public:
    MessageWriter(const chat::ChatRequest &request, json::Writer &writer, Losses &losses)
        : m_request(request)
        , m_writer(writer)
        , m_losses(losses)
        , m_ownDialect(request.dialect == "cohere")
    { }

    Result<> write();

private:
    using ToolContent = std::variant<chat::TextPart, chat::MediaPart>;

    Result<> writeMessage(const chat::Message &message, const QByteArray &path);
    void writeRole(chat::Role role, const QByteArray &path);
    void writeContent(const chat::Message &message, bool called, const QByteArray &path);
    void writePart(const chat::Part &part, const QByteArray &path);
    void writeText(const QByteArray &text);
    void writeMedia(const chat::MediaPart &media, const QByteArray &path);
    void writePlan(const chat::Message &message);
    Result<> writeCalls(const chat::Message &message, const QByteArray &path);
    void writeResult(const chat::ToolResultPart &result, const QByteArray &path);
    void noteCache(const std::optional<chat::CacheMark> &cache, const QByteArray &path);

    const chat::ChatRequest &m_request;
    json::Writer &m_writer;
    Losses &m_losses;
    bool m_ownDialect;
};

} // namespace fairlead::wire::cohere
