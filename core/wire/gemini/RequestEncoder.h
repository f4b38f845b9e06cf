// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "wire/Codec.h"

namespace fairlead::wire::gemini {

/// "/models/{model}:generateContent" or its streaming sister; "models/" before the name is tolerated.
[[nodiscard]] QByteArray contentPath(QByteArrayView model, bool stream);

/// generateContent for a neutral request.
[[nodiscard]] Result<UpstreamCall>
encodeRequest(const ChatRequest &request, const Quirks &quirks, Losses &losses);

} // namespace fairlead::wire::gemini
