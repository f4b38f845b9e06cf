// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "chat/Failure.h"

#include <chrono>

namespace fairlead::routing {

/// Whom a failure speaks against: a bad key hurts the key, a bad request nobody, an outage the target.
enum class Blame { Nobody, Key, Target };

[[nodiscard]] Blame blameOf(chat::FailureClass failureClass);

/// True for what may go well a little later.
[[nodiscard]] bool passesWithTime(chat::FailureClass failureClass);

/// What to do after a failed attempt.
struct Decision {
    enum class Action {
        NextKey, ///< same target, another key
        NextTarget,
        LargerTarget, ///< the next one that takes a longer prompt
        RetryHere, ///< same target and key again, after `wait`
        Stop, ///< tell the caller
    };
    Action action = Action::Stop;
    std::chrono::milliseconds wait{0};
};

/// What is left to try.
struct Remaining {
    bool moreKeys = false;
    bool moreTargets = false;
    bool onlyHere = false; ///< the fault is this target's: it cannot do what is asked, another may
    int retriesHere = 0; ///< tries of this target that are still allowed
    int retriesMade = 0; ///< how often this target has been retried, for the back-off
};

/// One rule for each failure class, nothing else decides. `jitter` in [0, 1) is drawn by the caller, so that
/// the rule stays a pure function.
///
/// Waiting is bounded: a Retry-After longer than `mostWait` is passed on to the caller instead of being sat
/// out.
[[nodiscard]] Decision decide(
    const chat::Failure &failure, const Remaining &remaining, double jitter,
    std::chrono::milliseconds mostWait = std::chrono::seconds(8));

} // namespace fairlead::routing
