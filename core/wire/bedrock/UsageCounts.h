// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "chat/Usage.h"
#include "json/View.h"

namespace fairlead::wire::bedrock {

/// Converse's `usage`: inputTokens has no cached tokens in it; what thinking took is inside outputTokens and
/// not told apart. cacheDetails says for how long was written.
[[nodiscard]] chat::Usage usageOf(json::View usage);

} // namespace fairlead::wire::bedrock
