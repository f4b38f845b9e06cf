// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "chat/ChatRequest.h"
#include "wire/Losses.h"
#include "json/Writer.h"

#include <QHash>

namespace fairlead::wire::ollama {

/// Writes `messages`: one text a message, images beside it, tool results as messages of their own.
class MessageWriter
{
public:
    MessageWriter(json::Writer &writer, Losses &losses)
        : m_writer(writer)
        , m_losses(losses)
    { }

    /// How many messages it became.
    int write(const std::vector<chat::Message> &messages);

private:
    /// What the parts of one message add up to.
    struct Gathered {
        QByteArray text;
        QByteArray thinking;
        std::vector<QByteArrayView> images;
        std::vector<const chat::ToolCallPart *> calls;
        bool hasText = false;
    };

    void gather(const chat::Part &part, const QByteArray &path, const QByteArray &partPath, Gathered &into);
    void addText(const QByteArray &text, Gathered &into);
    void addImage(const chat::MediaPart &media, const QByteArray &partPath, Gathered &into);
    void addThinking(const chat::ReasoningPart &part, const QByteArray &path, Gathered &into);
    void writeMessage(const chat::Message &message, const Gathered &gathered, const QByteArray &path);
    void writeCalls(const Gathered &gathered, const QByteArray &path);
    void writeToolResult(const chat::ToolResultPart &result, const QByteArray &path);
    void writeImages(const Gathered &gathered);
    void noteCache(const std::optional<chat::CacheMark> &mark, const QByteArray &path);

    json::Writer &m_writer;
    Losses &m_losses;
    QHash<QByteArray, QByteArray> m_callNames; ///< by call id
};

} // namespace fairlead::wire::ollama
