// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Result.h"
#include "chat/ChatRequest.h"
#include "json/View.h"

namespace fairlead::wire::openai_chat {

/// Parts that stand for whole fields of a message ("message.prefix") rather than for an element of its
/// content.
inline constexpr QByteArrayView kMessageField("message.");

/// The body of POST /chat/completions as a request. The error names the field and what it must be.
[[nodiscard]] Result<chat::ChatRequest> readRequest(json::View root);

} // namespace fairlead::wire::openai_chat
