// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "chat/Usage.h"
#include "json/View.h"
#include "json/Writer.h"

namespace fairlead::wire::cohere {

/// The `usage` of a chat answer. `tokens` is what the model read (hidden preamble and cached tokens included)
/// and wrote; `billed_units` leaves the preamble out and stands in where there is nothing else.
[[nodiscard]] chat::Usage usageOf(json::View usage);

/// The other way round. Nobody but Cohere bills less than was read, so both figures are the same.
void writeUsage(json::Writer &writer, const chat::Usage &usage);

} // namespace fairlead::wire::cohere
