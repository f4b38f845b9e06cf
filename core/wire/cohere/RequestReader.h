// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Result.h"
#include "chat/ChatRequest.h"
#include "json/View.h"

namespace fairlead::wire::cohere {

/// A v2 chat request. Fields nobody else has go to the extras.
[[nodiscard]] Result<chat::ChatRequest> readRequest(json::View root);

} // namespace fairlead::wire::cohere
