// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "wire/Codec.h"

namespace fairlead::wire::bedrock {

/// Name of the hidden tool that stands in for structured output where a model knows no outputConfig: its
/// arguments are the answer's text, and the decoder turns them back into it.
inline constexpr QByteArrayView kAnswerTool = "fairlead_structured_answer";

/// "/model/{id}/converse" or ".../converse-stream".
[[nodiscard]] QByteArray conversePath(QByteArrayView model, bool stream);
[[nodiscard]] Headers requestHeaders();

/// POST Converse or ConverseStream for a neutral request.
[[nodiscard]] Result<UpstreamCall>
encodeRequest(const ChatRequest &request, const Quirks &quirks, Losses &losses);
/// POST CountTokens for the same: only what has tokens in it.
[[nodiscard]] Result<UpstreamCall>
encodeCount(const ChatRequest &request, const Quirks &quirks, Losses &losses);

} // namespace fairlead::wire::bedrock
