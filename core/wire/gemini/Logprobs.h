// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "json/View.h"

#include <QByteArray>

namespace fairlead::wire::gemini {

/// logprobsResult as OpenAI writes logprobs; the numbers keep their text.
[[nodiscard]] QByteArray openAiLogprobs(json::View result);

} // namespace fairlead::wire::gemini
