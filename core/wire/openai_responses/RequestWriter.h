// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "chat/ChatRequest.h"
#include "wire/Losses.h"
#include "wire/Quirks.h"

namespace fairlead::wire::openai_responses {

/// The body of POST /responses. Nothing is left with the provider (`store` false); reasoning travels
/// encrypted instead.
[[nodiscard]] QByteArray writeRequest(const chat::ChatRequest &request, const Quirks &quirks, Losses &losses);

/// The body of POST /responses/input_tokens: what counts, and nothing of how to answer.
[[nodiscard]] QByteArray
writeCountRequest(const chat::ChatRequest &request, const Quirks &quirks, Losses &losses);

} // namespace fairlead::wire::openai_responses
