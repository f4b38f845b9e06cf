// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/openai_responses/ErrorWriter.h"

#include "wire/openai_chat/ErrorWriter.h"

namespace fairlead::wire::openai_responses {

using chat::Failure;
using chat::FailureClass;

namespace {

/// Clients decide by this code whether to try again.
QByteArrayView codeOf(const Failure &failure)
{
    switch (failure.failureClass) {
    case FailureClass::ContextLength:
        return "context_length_exceeded";
    case FailureClass::RateLimit:
        return "rate_limit_exceeded";
    case FailureClass::Quota:
        return "insufficient_quota";
    case FailureClass::ContentPolicy:
    case FailureClass::CallerFault:
        return "invalid_prompt";
    case FailureClass::Overloaded:
        return "server_is_overloaded";
    case FailureClass::Credential:
        return "invalid_api_key";
    case FailureClass::Permission:
        return "permission_denied";
    case FailureClass::ModelMissing:
        return "model_not_found";
    case FailureClass::Transient:
    case FailureClass::Connection:
    case FailureClass::TimedOut:
    case FailureClass::Protocol:
    case FailureClass::Cancelled:
    case FailureClass::Internal:
        return "server_error";
    }
    Q_UNREACHABLE();
}

} // namespace

EncodedError encodeError(const Failure &failure)
{
    if (failure.failureClass != FailureClass::ModelMissing)
        return openai_chat::encodeError(failure);
    Failure missing = failure;
    if (missing.param.isEmpty())
        missing.param = "model";
    EncodedError error = openai_chat::encodeError(missing);
    error.status = 400;
    return error;
}

void writeStreamError(json::Writer &writer, const Failure &failure)
{
    writer.member("code", codeOf(failure)).member("message", failure.message);
    if (failure.param.isEmpty())
        writer.memberNull("param");
    else
        writer.member("param", failure.param);
}

QByteArray responseError(const Failure &failure)
{
    json::Writer writer;
    writer.beginObject().member("code", codeOf(failure)).member("message", failure.message);
    return writer.endObject().take();
}

} // namespace fairlead::wire::openai_responses
