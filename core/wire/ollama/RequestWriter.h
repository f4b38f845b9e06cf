// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Result.h"
#include "chat/ChatRequest.h"
#include "wire/Losses.h"

namespace fairlead::wire::ollama {

/// The body of /api/chat. Fails only where nothing would be left to say.
[[nodiscard]] Result<QByteArray> writeRequest(const chat::ChatRequest &request, Losses &losses);

} // namespace fairlead::wire::ollama
