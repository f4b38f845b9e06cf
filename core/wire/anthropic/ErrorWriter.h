// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "wire/Codec.h"

namespace fairlead::wire::anthropic {

/// {"type":"error","error":{"type","message"},"request_id"}, the same for answers and for streams.
[[nodiscard]] QByteArray errorObject(const chat::Failure &failure);
[[nodiscard]] EncodedError encodeError(const chat::Failure &failure);

} // namespace fairlead::wire::anthropic
