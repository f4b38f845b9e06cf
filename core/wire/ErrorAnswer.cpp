// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/ErrorAnswer.h"

#include <algorithm>
#include <array>

namespace fairlead::wire {

using chat::Failure;
using chat::FailureClass;

int answerStatus(const Failure &failure, int usual)
{
    static constexpr std::array<int, 8> plain{404, 405, 406, 411, 413, 414, 415, 431};
    static constexpr std::array<int, 6> passing{408, 409, 500, 502, 503, 504};
    const auto among
        = [&](const auto &list) { return std::find(list.begin(), list.end(), failure.status) != list.end(); };
    const bool own = (failure.failureClass == FailureClass::CallerFault && among(plain))
                     || (failure.failureClass == FailureClass::Transient && among(passing));
    return own || failure.ours ? failure.status : usual;
}

Headers retryHeaders(const Failure &failure)
{
    Headers headers;
    if (failure.retryAfter) {
        const qint64 ms = failure.retryAfter->count();
        headers.add("retry-after", QByteArray::number((ms + 999) / 1000));
        headers.add("retry-after-ms", QByteArray::number(ms));
    }
    // SDKs repeat every 429; without money that is in vain.
    const bool inVain = failure.failureClass == FailureClass::Quota && !failure.shouldRetry;
    if (failure.shouldRetry || inVain)
        headers.add("x-should-retry", failure.shouldRetry.value_or(false) ? "true" : "false");
    return headers;
}

} // namespace fairlead::wire
