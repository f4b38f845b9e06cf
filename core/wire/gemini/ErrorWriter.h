// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "wire/Codec.h"

namespace fairlead::wire::gemini {

/// Google's error object with its status word, and the wait as RetryInfo beside the retry-after header.
[[nodiscard]] EncodedError encodeError(const Failure &failure);

} // namespace fairlead::wire::gemini
