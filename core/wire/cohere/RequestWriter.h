// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Result.h"
#include "chat/ChatRequest.h"
#include "wire/Losses.h"

namespace fairlead::wire::cohere {

/// The body of POST /v2/chat.
[[nodiscard]] Result<QByteArray> writeRequest(const chat::ChatRequest &request, Losses &losses);

} // namespace fairlead::wire::cohere
