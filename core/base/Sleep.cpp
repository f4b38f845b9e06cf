// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/Sleep.h"

namespace fairlead {

Task<bool> sleepFor(Clock &clock, milliseconds delay, CancelToken cancel)
{
    Promise<bool> done;
    TimerHandle timer = clock.after(delay, [&done] { done.resolve(true); });
    const CancelRegistration registration = cancel.onCancel([&done] { done.resolve(false); });
    const bool slept = co_await done.wait();
    co_return slept;
}

} // namespace fairlead
