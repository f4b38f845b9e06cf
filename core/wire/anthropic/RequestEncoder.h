// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "wire/Codec.h"

namespace fairlead::wire::anthropic {

/// Name of the hidden tool that stands in for structured output where output_config.format is not understood:
/// its arguments are the answer's text, and the decoder turns them back into it.
inline constexpr QByteArrayView kAnswerTool = "fairlead_structured_answer";

/// The dialect's own headers: the version and the opt-ins of a caller who speaks it, else the usual version.
[[nodiscard]] Headers requestHeaders(const Headers &callers = {});

/// POST /v1/messages for a neutral request.
[[nodiscard]] Result<UpstreamCall>
encodeRequest(const ChatRequest &request, const Quirks &quirks, Losses &losses);

/// POST /v1/messages/count_tokens for it: the same without what has no say in the count.
[[nodiscard]] Result<UpstreamCall>
encodeCountRequest(const ChatRequest &request, const Quirks &quirks, Losses &losses);

} // namespace fairlead::wire::anthropic
