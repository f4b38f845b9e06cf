// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "wire/Codec.h"
#include "json/View.h"

namespace fairlead::wire::openai_completions {

/// What routing needs, and whether there is one prompt of text.
[[nodiscard]] Result<RequestHead> readHead(json::View root);
/// The prompt becomes one message of the user's.
[[nodiscard]] Result<ChatRequest> readRequest(json::View root);
/// What the answer's text begins with: the prompt, for callers who asked for its echo.
[[nodiscard]] QByteArray echoOf(json::View root);

} // namespace fairlead::wire::openai_completions
