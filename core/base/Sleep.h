// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Cancel.h"
#include "base/Clock.h"
#include "base/Task.h"

namespace fairlead {

/// Waits; false if cancelled first. Ends at once for a token that is cancelled already. `clock` must outlive
/// the wait.
[[nodiscard]] Task<bool> sleepFor(Clock &clock, milliseconds delay, CancelToken cancel);

} // namespace fairlead
