// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Result.h"
#include "chat/ChatRequest.h"
#include "wire/Losses.h"
#include "json/Writer.h"

#include <QByteArray>

#include <vector>

namespace fairlead::wire::anthropic {

/// A part that Anthropic can carry, and where the caller had it.
struct CarriedPart {
    const chat::Part *part = nullptr;
    QByteArray where; ///< "messages[2].content[0]", for reports
};

/// One turn as Anthropic wants it: roles alternate, and all tool results come first in the user turn that
/// answers them. System turns stand between others only where the caller speaks Anthropic too.
struct Turn {
    chat::Role role = chat::Role::User; ///< or Assistant, or System
    std::vector<CarriedPart> results;
    std::vector<CarriedPart> content;
};

/// The conversation in Anthropic's order. Everything it cannot carry is reported and left out.
struct Conversation {
    std::vector<CarriedPart> system;
    std::vector<Turn> turns;
    bool ownDialect = false; ///< the caller speaks Anthropic: what parts hold as JSON goes out as it is
    bool usesFiles = false; ///< some part names a file of the Files API, which needs its beta header
};
[[nodiscard]] Conversation arrange(const chat::ChatRequest &request, Losses &losses);

/// Writes `"system"` (if there is one) and `"messages"`. Fails only on a tool name that cannot be spelled.
[[nodiscard]] Result<>
writeConversation(const Conversation &conversation, json::Writer &writer, Losses &losses);

/// `"cache_control"` where the caller marked a prefix.
void writeCacheMark(const std::optional<chat::CacheMark> &mark, json::Writer &writer);

/// Anthropic's tool names: letters, digits, '_', '-', at most 64.
[[nodiscard]] Result<QByteArray> toolName(const QByteArray &name, Losses &losses);

} // namespace fairlead::wire::anthropic
