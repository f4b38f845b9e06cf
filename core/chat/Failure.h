// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>

#include <chrono>
#include <optional>

namespace fairlead::chat {

/// What a failure means, apart from the status it came with. Routing has one rule for each.
enum class FailureClass {
    Credential, ///< the key is wrong, missing or expired
    Permission, ///< the key is right but may not do this
    Quota, ///< no money or allowance left; waiting does not help
    RateLimit, ///< too fast; waiting helps
    CallerFault, ///< the request is wrong and would be wrong everywhere
    ContextLength, ///< too long for this model
    ContentPolicy, ///< refused by policy; never routed round
    ModelMissing, ///< this provider has no such model (or not for this key)
    Overloaded, ///< 503, 529: the provider is busy
    Transient, ///< 500, 502, 408 and kin: may work next time
    Connection, ///< no answer: refused, reset, DNS, TLS
    TimedOut, ///< our own patience ended; `phase` says where
    Protocol, ///< the answer was not what its dialect allows: HTML, garbage, a cut stream
    Cancelled, ///< the caller left or stopped
    Internal, ///< a bug of ours
};

[[nodiscard]] QByteArray failureClassName(FailureClass failureClass);

/// One failed attempt or request.
struct Failure {
    Failure() = default;
    Failure(FailureClass failureClass_, int status_, QByteArray message_)
        : failureClass(failureClass_)
        , status(status_)
        , message(std::move(message_))
    { }

    FailureClass failureClass = FailureClass::Internal;
    int status = 0; ///< upstream's HTTP status; 0 if there was none
    QByteArray
        message; ///< for people: what happened and what to do; the provider's own words where there are any
    QByteArray type; ///< the provider's own error type, if given
    QByteArray code; ///< the provider's own error code, if given
    QByteArray param; ///< the request field it is about, if given
    QByteArray requestId; ///< the provider's id of the request, which its support asks for
    std::optional<std::chrono::milliseconds> retryAfter;
    std::optional<bool> shouldRetry; ///< x-should-retry
    bool ours = false; ///< decided here and not by a provider: its status is the one to tell
};

} // namespace fairlead::chat
