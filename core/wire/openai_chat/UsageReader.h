// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "chat/Usage.h"
#include "wire/Quirks.h"
#include "json/View.h"

#include <optional>

namespace fairlead::wire::openai_chat {

/// The `usage` object of any member of the OpenAI family as disjoint figures; empty if it says nothing.
[[nodiscard]] chat::Usage readUsage(json::View usage, const Quirks &quirks);

/// What a usage object says the answer cost, in any of the family's spellings.
[[nodiscard]] std::optional<NanoUsd> reportedCost(json::View usage);

/// A JSON number of dollars, exponent and all ("7.159e-05"), to the nearest nano-dollar without passing
/// through a double. nullopt if it is negative or too large.
[[nodiscard]] std::optional<NanoUsd> dollars(QByteArrayView number);

} // namespace fairlead::wire::openai_chat
