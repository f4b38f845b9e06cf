// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "chat/Usage.h"
#include "json/View.h"

namespace fairlead::wire::gemini {

/// usageMetadata as disjoint counts. promptTokenCount has the cached tokens in it and the tool prompts not;
/// candidatesTokenCount has no thoughts in it and may be missing while the total is there.
[[nodiscard]] chat::Usage usageOf(json::View metadata);

} // namespace fairlead::wire::gemini
