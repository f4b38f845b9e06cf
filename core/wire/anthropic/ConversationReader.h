// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "chat/ChatRequest.h"
#include "wire/openai_chat/FieldReader.h"
#include "json/View.h"

#include <QHash>

#include <initializer_list>

namespace fairlead::wire::anthropic {

using openai_chat::FieldReader;

/// Reads `system` and `messages` into a request. A message of the caller's is one message here, so that
/// reports name what the caller knows; tool results get the name of the call they answer.
class ConversationReader
{
public:
    ConversationReader(FieldReader &fields, chat::ChatRequest &request)
        : m_fields(fields)
        , m_request(request)
    { }

    void readSystem(json::View system);
    void readMessages(json::View messages);

private:
    void readContent(json::View content, const QByteArray &path, chat::Message &message);
    void readBlock(json::View block, const QByteArray &path, std::vector<chat::Part> &parts);
    chat::TextPart readText(json::View block, const QByteArray &path);
    chat::TextPart readSearchResult(json::View block, const QByteArray &path);
    /// Nothing for a source of a kind to come.
    std::optional<chat::MediaPart> readMedia(json::View block, const QByteArray &path);
    void readDocumentContent(json::View content, const QByteArray &path, chat::MediaPart &media);
    chat::ToolCallPart readToolUse(json::View block, const QByteArray &path);
    chat::ToolResultPart readToolResult(json::View block, const QByteArray &path);
    void readThinking(json::View block, const QByteArray &mark, std::vector<chat::Part> &parts);

    /// Notes every member that says something and is not `known`. The part then carries the block whole.
    void noteRest(json::View block, const QByteArray &path, std::initializer_list<QByteArrayView> known);
    void approximated(const QByteArray &path, const char *note);
    /// The block itself if something in it was noted since there were `before` misfits.
    [[nodiscard]] chat::RawJson wholeIf(json::View block, std::size_t before) const;

    FieldReader &m_fields;
    chat::ChatRequest &m_request;
    QHash<QByteArray, QByteArray> m_callNames; ///< by call id
    QByteArray m_callSignature; ///< of the tool call to come
};

/// True if a member's presence means nothing: null, false, an empty list, {"enabled": false}.
[[nodiscard]] bool saysNothing(json::View value);

} // namespace fairlead::wire::anthropic
