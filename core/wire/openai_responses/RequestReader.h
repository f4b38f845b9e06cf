// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Result.h"
#include "chat/ChatRequest.h"
#include "json/View.h"

namespace fairlead::wire::openai_responses {

/// A whole request; the error names the first field that is wrong. Names of tools are flat.
[[nodiscard]] Result<chat::ChatRequest> readRequest(json::View root);

} // namespace fairlead::wire::openai_responses
