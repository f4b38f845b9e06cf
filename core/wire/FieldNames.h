// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "wire/Losses.h"

#include <QByteArrayView>

namespace fairlead::wire {

/// Encoders report losses under OpenAI's names of settings, as they do not care who asked. This is the same
/// report in the caller's words: "top_k" is "generationConfig.topK" to who speaks Gemini.
[[nodiscard]] Losses inCallersWords(const Losses &losses, QByteArrayView dialect);

} // namespace fairlead::wire
