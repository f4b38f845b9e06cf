// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "wire/Codec.h"

namespace fairlead::wire::gemini {

/// generateContent for a neutral request.
[[nodiscard]] Result<UpstreamCall>
encodeRequest(const ChatRequest &request, const Quirks &quirks, Losses &losses);

} // namespace fairlead::wire::gemini
