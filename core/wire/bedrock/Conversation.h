// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Result.h"
#include "chat/ChatRequest.h"
#include "wire/Losses.h"
#include "wire/bedrock/ModelFamily.h"
#include "json/Writer.h"

#include <QByteArray>

#include <vector>

namespace fairlead::wire::bedrock {

/// A part that Converse can carry, and where the caller had it.
struct CarriedPart {
    const chat::Part *part = nullptr;
    QByteArray where; ///< "messages[2].content[0]", for reports
};

/// One turn: roles alternate, and all tool results come first in the user turn that answers them.
struct Turn {
    bool assistant = false;
    std::vector<CarriedPart> results;
    std::vector<CarriedPart> content;
};

/// The conversation in Converse's order. Everything it cannot carry is reported and left out.
struct Conversation {
    std::vector<CarriedPart> system;
    std::vector<Turn> turns;
    /// Tools that were called in it: Converse refuses a history with calls in it and no tools.
    std::vector<QByteArray> calledTools;
};
[[nodiscard]] Conversation
arrange(const chat::ChatRequest &request, const ModelFamily &family, Losses &losses);

/// Writes `"messages"` and `"system"` (if there is one). Fails only on a tool name that cannot be spelled.
[[nodiscard]] Result<> writeConversation(
    const Conversation &conversation, const ModelFamily &family, json::Writer &writer, Losses &losses);

/// A block of its own behind what the caller marked.
void writeCachePoint(const chat::CacheMark &mark, json::Writer &writer);

/// Converse's tool names: letters, digits, '_', '-', at most 64.
[[nodiscard]] Result<QByteArray> toolName(const QByteArray &name, Losses &losses);

} // namespace fairlead::wire::bedrock
