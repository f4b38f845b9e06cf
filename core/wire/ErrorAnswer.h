// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Headers.h"
#include "chat/Failure.h"

/// What error answers have in common in every dialect.
namespace fairlead::wire {

/// Our own status, or the provider's where it is as good as the `usual` one and known to every client.
[[nodiscard]] int answerStatus(const chat::Failure &failure, int usual);
/// retry-after in both units, and x-should-retry where waiting is known to help or to be in vain.
[[nodiscard]] Headers retryHeaders(const chat::Failure &failure);

} // namespace fairlead::wire
