// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Result.h"
#include "chat/ChatRequest.h"
#include "json/View.h"

namespace fairlead::wire::gemini {

/// A generateContent body, in either spelling of its fields. Model and streaming are not in it but in the
/// path.
[[nodiscard]] Result<chat::ChatRequest> readRequest(json::View root);

} // namespace fairlead::wire::gemini
