// SPDX-License-Identifier: GPL-3.0-or-later
#include "routing/RetryPolicy.h"

#include <QtGlobal>

#include <algorithm>

namespace fairlead::routing {

namespace {

using chat::FailureClass;
using std::chrono::milliseconds;

constexpr milliseconds kFirstBackOff{250};
constexpr milliseconds kMostBackOff{4000};

/// Exponential with "equal jitter": half is certain, half is drawn, so that a crowd of clients does not
/// return at once.
milliseconds backOff(int retriesMade, double jitter)
{
    const auto doubled = kFirstBackOff * (1 << std::min(retriesMade, 6));
    const auto capped = std::min<milliseconds>(doubled, kMostBackOff);
    return capped / 2 + milliseconds(static_cast<qint64>(static_cast<double>(capped.count() / 2) * jitter));
}

Decision
tryElsewhere(const chat::Failure &failure, const Remaining &remaining, double jitter, milliseconds mostWait)
{
    if (remaining.moreTargets)
        return Decision{Decision::Action::NextTarget, milliseconds(0)};
    if (remaining.retriesHere <= 0 || failure.shouldRetry == false)
        return Decision{};
    const milliseconds wait = failure.retryAfter.value_or(backOff(remaining.retriesMade, jitter));
    if (wait > mostWait)
        return Decision{};
    return Decision{Decision::Action::RetryHere, wait};
}

} // namespace

Decision
decide(const chat::Failure &failure, const Remaining &remaining, double jitter, milliseconds mostWait)
{
    const Decision nextKey{Decision::Action::NextKey, milliseconds(0)};
    const Decision nextTarget{Decision::Action::NextTarget, milliseconds(0)};
    const Decision stop{};

    switch (failure.failureClass) {
    // The caller must hear of these: another target would only hide a wrong key or a wrong request.
    case FailureClass::Credential:
    case FailureClass::Permission:
        return remaining.moreKeys ? nextKey : stop;
    case FailureClass::CallerFault:
        return remaining.onlyHere && remaining.moreTargets ? nextTarget : stop;
    case FailureClass::ContextLength:
    case FailureClass::ContentPolicy:
    case FailureClass::Cancelled:
    case FailureClass::Internal:
        return stop;

    // Waiting does not help, somebody else may.
    case FailureClass::Quota:
        if (remaining.moreKeys)
            return nextKey;
        return remaining.moreTargets ? nextTarget : stop;
    case FailureClass::ModelMissing:
        return remaining.moreTargets ? nextTarget : stop;

    case FailureClass::RateLimit:
        if (remaining.moreKeys)
            return nextKey;
        return tryElsewhere(failure, remaining, jitter, mostWait);
    case FailureClass::Overloaded:
    case FailureClass::Transient:
    case FailureClass::Connection:
    case FailureClass::Protocol:
        return tryElsewhere(failure, remaining, jitter, mostWait);

    // A second full wait at the same place would only double the caller's.
    case FailureClass::TimedOut:
        return remaining.moreTargets ? nextTarget : stop;
    }
    Q_UNREACHABLE();
}

} // namespace fairlead::routing
