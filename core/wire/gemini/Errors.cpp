// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/gemini/Errors.h"

#include "wire/ErrorBody.h"

#include <algorithm>
#include <array>

namespace fairlead::wire::gemini {

namespace {

using chat::Failure;
using chat::FailureClass;

struct ErrorStatus {
    QByteArrayView status;
    FailureClass failureClass;
};

// google.rpc.Code, where the code alone says what it is. INVALID_ARGUMENT needs its details and message read.
constexpr std::array<ErrorStatus, 8> kStatuses{{
    {"UNAUTHENTICATED", FailureClass::Credential},
    {"PERMISSION_DENIED", FailureClass::Permission},
    {"NOT_FOUND", FailureClass::ModelMissing},
    {"RESOURCE_EXHAUSTED", FailureClass::RateLimit},
    {"UNAVAILABLE", FailureClass::Overloaded},
    {"DEADLINE_EXCEEDED", FailureClass::Transient},
    {"INTERNAL", FailureClass::Transient},
    {"UNKNOWN", FailureClass::Transient},
}};

/// google.rpc error details: why the key is bad, which quota ran out, when to come back.
void readDetail(json::View detail, Failure &failure)
{
    const QByteArray type = detail["@type"].stringOr({});
    if (type.endsWith("google.rpc.ErrorInfo")) {
        const QByteArray reason = detail["reason"].stringOr({});
        if (reason.startsWith("API_KEY_")) // _INVALID, _SERVICE_BLOCKED, ...; sent with 400 or 403
            failure.failureClass = FailureClass::Credential;
    } else if (type.endsWith("google.rpc.RetryInfo")) {
        if (const auto delay = parseDuration(detail["retryDelay"].stringOr({})))
            failure.retryAfter = delay;
    } else if (type.endsWith("google.rpc.QuotaFailure") && failure.failureClass == FailureClass::RateLimit) {
        for (const json::View violation : detail["violations"].elements()) {
            // A day's allowance does not come back within any wait worth having.
            if (violation["quotaId"].stringOr({}).contains("PerDay"))
                failure.failureClass = FailureClass::Quota;
        }
    }
}

void refine(json::View root, Failure &failure)
{
    const json::View error = (root.isArray() ? root.at(0) : root)["error"];
    if (!error.isObject())
        return;
    const QByteArray status = error["status"].stringOr({});
    const auto row = std::find_if(
        kStatuses.begin(), kStatuses.end(), [&](const ErrorStatus &s) { return s.status == status; });
    if (row != kStatuses.end())
        failure.failureClass = row->failureClass;
    if (failure.type.isEmpty())
        failure.type = status;
    if (status == "INVALID_ARGUMENT" && failure.message.contains("input token count"))
        failure.failureClass = FailureClass::ContextLength;
    for (const json::View detail : error["details"].elements())
        readDetail(detail, failure);
}

} // namespace

Failure failureOfAnswer(int status, const Headers &headers, QByteArrayView body)
{
    Failure failure = failureFromResponse(status, headers, body);
    if (const auto document = json::Document::parse(body.toByteArray()))
        refine(document->root(), failure);
    return failure;
}

Failure failureInBody(json::View root)
{
    Failure failure = failureFromJson(root);
    refine(root, failure);
    return failure;
}

} // namespace fairlead::wire::gemini
