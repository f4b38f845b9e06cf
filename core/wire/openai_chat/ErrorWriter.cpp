// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/openai_chat/ErrorWriter.h"

#include "wire/ErrorAnswer.h"
#include "json/Writer.h"

#include <algorithm>

namespace fairlead::wire::openai_chat {

using chat::Failure;
using chat::FailureClass;

namespace {

struct Face {
    int status;
    QByteArrayView type;
    QByteArrayView code; ///< empty: the provider's own, if it is a word
};

Face faceOf(FailureClass failureClass)
{
    switch (failureClass) {
    case FailureClass::Credential:
        return {401, "authentication_error", "invalid_api_key"};
    case FailureClass::Permission:
        return {403, "permission_error", "permission_denied"};
    case FailureClass::Quota:
        return {429, "insufficient_quota", "insufficient_quota"};
    case FailureClass::RateLimit:
        return {429, "rate_limit_error", "rate_limit_exceeded"};
    case FailureClass::CallerFault:
        return {400, "invalid_request_error", ""};
    case FailureClass::ContextLength:
        return {400, "invalid_request_error", "context_length_exceeded"};
    case FailureClass::ContentPolicy:
        return {400, "invalid_request_error", "content_filter"};
    case FailureClass::ModelMissing:
        return {404, "invalid_request_error", "model_not_found"};
    case FailureClass::Overloaded:
        return {503, "server_error", "overloaded"};
    case FailureClass::Transient:
        return {502, "server_error", "upstream_error"};
    case FailureClass::Connection:
        return {502, "server_error", "connection_error"};
    case FailureClass::TimedOut:
        return {504, "server_error", "timeout"};
    case FailureClass::Protocol:
        return {502, "server_error", "upstream_error"};
    case FailureClass::Cancelled:
        return {499, "request_cancelled", "request_cancelled"};
    case FailureClass::Internal:
        return {500, "server_error", "internal_error"};
    }
    Q_UNREACHABLE();
}

/// Some providers repeat the status as code; OpenAI's codes are words.
bool isWord(const QByteArray &code)
{
    return std::any_of(code.begin(), code.end(), [](char c) { return c < '0' || c > '9'; });
}

void wordOrNull(json::Writer &writer, QByteArrayView name, QByteArrayView value)
{
    if (value.isEmpty())
        writer.memberNull(name);
    else
        writer.member(name, value);
}

} // namespace

QByteArray errorObject(const Failure &failure)
{
    const Face face = faceOf(failure.failureClass);
    QByteArrayView code = face.code;
    if (code.isEmpty() && isWord(failure.code))
        code = failure.code;
    json::Writer writer;
    writer.beginObject().key("error").beginObject();
    writer.member("message", failure.message).member("type", face.type);
    wordOrNull(writer, "param", failure.param);
    wordOrNull(writer, "code", code);
    return writer.endObject().endObject().take();
}

EncodedError encodeError(const Failure &failure)
{
    EncodedError error;
    error.status = answerStatus(failure, faceOf(failure.failureClass).status);
    error.headers = retryHeaders(failure);
    error.body = errorObject(failure);
    return error;
}

} // namespace fairlead::wire::openai_chat
