// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "wire/Codec.h"
#include "json/Writer.h"

namespace fairlead::wire::openai_responses {

/// {"error":{...}} and its status. As Chat's, but for an unknown model, which is a 400 here.
[[nodiscard]] EncodedError encodeError(const chat::Failure &failure);

/// The members of an `error` event.
void writeStreamError(json::Writer &writer, const chat::Failure &failure);
/// `error` of a failed response: {"code","message"}.
[[nodiscard]] QByteArray responseError(const chat::Failure &failure);

} // namespace fairlead::wire::openai_responses
