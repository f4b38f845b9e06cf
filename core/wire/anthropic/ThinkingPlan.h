// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "chat/ChatRequest.h"
#include "wire/Losses.h"
#include "wire/Quirks.h"

#include <QByteArray>

#include <cstdint>
#include <optional>

namespace fairlead::wire::anthropic {

/// What a request says about output length and thinking, which bound each other.
struct ThinkingPlan {
    enum class Mode { Unsaid, Disabled, Adaptive, Enabled };

    Mode mode = Mode::Unsaid;
    std::int64_t maxTokens = 0;
    std::int64_t budget = 0; ///< for Enabled
    QByteArray effort; ///< for output_config.effort; empty = not sent
    QByteArray display; ///< "summarized" or "omitted"; empty = not sent

    [[nodiscard]] bool thinks() const { return mode == Mode::Adaptive || mode == Mode::Enabled; }
};

/// Maps effort and budget, and chooses max_tokens, which Anthropic demands. `forcedTool` and a tool loop
/// begun without thinking both forbid it ("budget" style only for the latter), and then it is dropped and
/// reported.
[[nodiscard]] ThinkingPlan
planThinking(const chat::ChatRequest &request, const Quirks &quirks, bool forcedTool, Losses &losses);

} // namespace fairlead::wire::anthropic
