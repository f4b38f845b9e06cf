// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "chat/Usage.h"
#include "json/View.h"

namespace fairlead::wire::openai_responses {

/// The `usage` object of a response as disjoint figures; empty if it says nothing.
[[nodiscard]] chat::Usage readUsage(json::View usage);

} // namespace fairlead::wire::openai_responses
