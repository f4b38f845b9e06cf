// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Result.h"
#include "chat/ChatRequest.h"
#include "wire/Losses.h"
#include "json/Writer.h"

namespace fairlead::wire::gemini {

/// Writes `"systemInstruction"` (if there is one) and `"contents"`. `signsCalls`: the model refuses a call in
/// the history without a thought signature (Gemini 3), so calls of other origin get the vendor's placeholder.
[[nodiscard]] Result<>
writeConversation(const chat::ChatRequest &request, bool signsCalls, json::Writer &writer, Losses &losses);

/// Gemini's function names: also '.' and ':', a letter or '_' first, at most 64.
[[nodiscard]] Result<QByteArray> functionName(const QByteArray &name, Losses &losses);

} // namespace fairlead::wire::gemini
