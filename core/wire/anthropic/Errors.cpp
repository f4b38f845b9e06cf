// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/anthropic/Errors.h"

#include "wire/ErrorBody.h"

#include <algorithm>
#include <array>

namespace fairlead::wire::anthropic {

namespace {

using chat::Failure;
using chat::FailureClass;

struct ErrorType {
    QByteArrayView type;
    FailureClass failureClass;
    int status; ///< what the type means where the stream's own status was 200
};

// https://docs.anthropic.com/en/api/errors
constexpr std::array<ErrorType, 9> kTypes{{
    {"authentication_error", FailureClass::Credential, 401},
    {"billing_error", FailureClass::Quota, 402},
    {"permission_error", FailureClass::Permission, 403},
    {"not_found_error", FailureClass::ModelMissing, 404},
    {"request_too_large", FailureClass::CallerFault, 413},
    {"rate_limit_error", FailureClass::RateLimit, 429},
    {"api_error", FailureClass::Transient, 500},
    {"timeout_error", FailureClass::Transient, 504},
    {"overloaded_error", FailureClass::Overloaded, 529},
}};

/// Anthropic's types say exactly what happened; invalid_request_error alone needs its message read, which is
/// what the shared classification did.
void refine(Failure &failure)
{
    const auto row = std::find_if(
        kTypes.begin(), kTypes.end(), [&](const ErrorType &t) { return t.type == failure.type; });
    if (row != kTypes.end()) {
        failure.failureClass = row->failureClass;
        if (failure.status < 400)
            failure.status = row->status;
        return;
    }
    if (failure.type != "invalid_request_error")
        return;
    if (failure.status < 400)
        failure.status = 400;
    const QByteArray message = failure.message.toLower();
    if (message.contains("prompt is too long") || message.contains("exceed context limit"))
        failure.failureClass = FailureClass::ContextLength;
    else if (message.contains("credit balance"))
        failure.failureClass = FailureClass::Quota;
}

} // namespace

Failure failureOfAnswer(int status, const Headers &headers, QByteArrayView body)
{
    Failure failure = failureFromResponse(status, headers, body);
    refine(failure);
    return failure;
}

Failure failureInStream(json::View root)
{
    Failure failure = failureFromJson(root);
    if (failure.type.isEmpty())
        failure.type = root["error"]["type"].stringOr({});
    refine(failure);
    return failure;
}

} // namespace fairlead::wire::anthropic
