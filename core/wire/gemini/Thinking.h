// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "chat/ChatRequest.h"
#include "wire/Losses.h"
#include "wire/Quirks.h"
#include "json/Writer.h"

#include <QByteArrayView>

namespace fairlead::wire::gemini {

/// How a model is told to think.
enum class ThinkingStyle {
    None, ///< it cannot (Gemini 2.0 and before, Gemma)
    Budget, ///< thinkingBudget (Gemini 2.5)
    Level, ///< thinkingLevel (Gemini 3 and later)
};

[[nodiscard]] ThinkingStyle thinkingStyleOf(QByteArrayView model, const Quirks &quirks);

/// Writes `"thinkingConfig"` if the caller said anything about reasoning and the model has a place for it.
void writeThinking(
    const chat::ChatRequest &request, const Quirks &quirks, json::Writer &writer, Losses &losses);

} // namespace fairlead::wire::gemini
