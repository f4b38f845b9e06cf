// SPDX-License-Identifier: GPL-3.0-or-later
#include "routing/RetryPolicy.h"

#include "net/HttpTransport.h"

#include <QtGlobal>

#include <algorithm>

namespace fairlead::routing {

namespace {

using chat::FailureClass;
using std::chrono::milliseconds;
using Action = Decision::Action;

constexpr milliseconds kFirstBackOff{250};
constexpr milliseconds kMostBackOff{4000};
// A target that says "in two seconds" is waited for though others are left: its prompt cache is warm.
constexpr milliseconds kWorthWaiting{3000};

/// When the same target is worth another try.
enum class Retry {
    Never,
    WhenAlone, ///< if nothing else is left
    OnceFirst, ///< a hiccup: once before anything else, and when alone
    OnceIfSoon, ///< likewise, where it says that it will be soon
    OnceIfLost, ///< likewise, where the connection was there and broke
};

struct Rule {
    Retry retry;
    bool otherKeys; ///< another key may do
    Action elsewhere; ///< then: NextTarget, LargerTarget or Stop
    Blame blame;
    bool passes; ///< with time
};

/// The whole policy.
Rule ruleOf(FailureClass failureClass)
{
    constexpr auto next = Action::NextTarget;
    constexpr auto stop = Action::Stop;
    switch (failureClass) {
    case FailureClass::Credential:
    case FailureClass::Permission:
    case FailureClass::Quota:
        return {Retry::Never, true, next, Blame::Key, false};
    case FailureClass::RateLimit:
        return {Retry::OnceIfSoon, true, next, Blame::Key, true};
    case FailureClass::CallerFault: // it would be wrong everywhere
        return {Retry::Never, false, stop, Blame::Nobody, false};
    case FailureClass::ContextLength:
        return {Retry::Never, false, Action::LargerTarget, Blame::Nobody, false};
    case FailureClass::ContentPolicy: // never routed round
        return {Retry::Never, false, stop, Blame::Nobody, false};
    case FailureClass::ModelMissing:
        return {Retry::Never, false, next, Blame::Target, false};
    case FailureClass::Overloaded:
        return {Retry::WhenAlone, false, next, Blame::Target, true};
    case FailureClass::Transient:
        return {Retry::OnceFirst, false, next, Blame::Target, true};
    case FailureClass::Connection:
        return {Retry::OnceIfLost, false, next, Blame::Target, true};
    case FailureClass::TimedOut: // a second full wait at the same place would only double the caller's
        return {Retry::Never, false, next, Blame::Target, true};
    case FailureClass::Protocol:
        return {Retry::WhenAlone, false, next, Blame::Target, true};
    case FailureClass::Cancelled:
    case FailureClass::Internal:
        return {Retry::Never, false, stop, Blame::Nobody, false};
    }
    Q_UNREACHABLE();
}

/// Exponential with "equal jitter": half is certain, half is drawn, so that a crowd of clients does not
/// return at once.
milliseconds backOff(int retriesMade, double jitter)
{
    const auto doubled = kFirstBackOff * (1 << std::min(retriesMade, 6));
    const auto capped = std::min<milliseconds>(doubled, kMostBackOff);
    return capped / 2 + milliseconds(static_cast<qint64>(static_cast<double>(capped.count() / 2) * jitter));
}

/// Whether the same target comes before others that are left.
bool comesFirst(Retry retry, const chat::Failure &failure)
{
    switch (retry) {
    case Retry::Never:
    case Retry::WhenAlone:
        return false;
    case Retry::OnceFirst:
        return failure.retryAfter.value_or(milliseconds(0)) <= kWorthWaiting;
    case Retry::OnceIfSoon:
        return failure.retryAfter && *failure.retryAfter <= kWorthWaiting;
    case Retry::OnceIfLost:
        return failure.code == net::transportErrorName(net::TransportErrorKind::LostBeforeAnswer);
    }
    Q_UNREACHABLE();
}

} // namespace

Blame blameOf(FailureClass failureClass)
{
    return ruleOf(failureClass).blame;
}

bool passesWithTime(FailureClass failureClass)
{
    return ruleOf(failureClass).passes;
}

Decision
decide(const chat::Failure &failure, const Remaining &remaining, double jitter, milliseconds mostWait)
{
    const Rule rule = ruleOf(failure.failureClass);
    if (rule.otherKeys && remaining.moreKeys)
        return Decision{Action::NextKey, milliseconds(0)};

    const bool mayGoOn = (rule.elsewhere != Action::Stop || remaining.onlyHere) && remaining.moreTargets;
    const bool mayRetry = mayGoOn ? remaining.retriesMade == 0 && comesFirst(rule.retry, failure)
                                  : rule.retry != Retry::Never;
    if (mayRetry && remaining.retriesHere > 0 && failure.shouldRetry != false) {
        const milliseconds wait = failure.retryAfter.value_or(backOff(remaining.retriesMade, jitter));
        if (wait <= mostWait)
            return Decision{Action::RetryHere, wait};
    }
    if (!mayGoOn)
        return Decision{};
    const bool larger = rule.elsewhere == Action::LargerTarget;
    return Decision{larger ? Action::LargerTarget : Action::NextTarget, milliseconds(0)};
}

} // namespace fairlead::routing
