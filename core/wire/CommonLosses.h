// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "chat/ChatRequest.h"
#include "wire/Losses.h"

namespace fairlead::wire {

/// A JSON number's value, 0 if it is none. For deciding, never for sending: the caller's text is sent.
[[nodiscard]] double numberOf(const chat::RawJson &number);
/// True for a number that is given and not zero: a zero penalty changes nothing and is no loss.
[[nodiscard]] bool isNotZero(const chat::RawJson &number);

/// Reports logit_bias and metadata, which only OpenAI's own dialects have.
void reportForeignFields(const chat::ChatRequest &request, Losses &losses);

} // namespace fairlead::wire
