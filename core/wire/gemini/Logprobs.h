// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "json/View.h"
#include "json/Writer.h"

#include <QByteArray>

namespace fairlead::wire::gemini {

/// logprobsResult as OpenAI writes logprobs; the numbers keep their text.
[[nodiscard]] QByteArray openAiLogprobs(json::View result);

/// The reverse: `"logprobsResult": {...}`.
void writeLogprobs(json::Writer &writer, const QByteArray &openAi);

} // namespace fairlead::wire::gemini
