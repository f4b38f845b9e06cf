// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "chat/ChatRequest.h"
#include "wire/Losses.h"
#include "wire/Quirks.h"

namespace fairlead::wire::openai_chat {

/// The request as the body of POST /chat/completions.
[[nodiscard]] QByteArray writeRequest(const chat::ChatRequest &request, const Quirks &quirks, Losses &losses);

} // namespace fairlead::wire::openai_chat
