// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/cohere/Errors.h"

#include "wire/ErrorBody.h"
#include "wire/openai_chat/ErrorWriter.h"
#include "json/Writer.h"

namespace fairlead::wire::cohere {

using chat::FailureClass;

namespace {

constexpr int kDenyListedToken = 498;

void refine(json::View root, Failure &failure)
{
    if (failure.type.isEmpty())
        failure.type = root["error_type"].stringOr({});
    if (failure.requestId.isEmpty())
        failure.requestId = root["id"].stringOr({});
    if (failure.status == kDenyListedToken)
        failure.failureClass = FailureClass::ContentPolicy;
    if (failure.type == "TOO_MANY_TOKENS")
        failure.failureClass = FailureClass::ContextLength;
    // A trial key's month is used up; its minute is not worth a class of its own.
    if (failure.failureClass == FailureClass::RateLimit && failure.message.contains("/ month"))
        failure.failureClass = FailureClass::Quota;
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

Failure failureAtEnd(const QByteArray &finish, const QByteArray &error, const QByteArray &errorType)
{
    Failure failure(FailureClass::Transient, 0, error);
    if (error.isEmpty())
        failure.message = "The provider ended the answer with the finish reason \"" + finish + "\".";
    failure.type = errorType;
    if (errorType == "INVALID_TOOL_GENERATION") {
        failure.failureClass = FailureClass::CallerFault;
        failure.code = QByteArrayLiteral("tool_use_failed");
    } else if (errorType == "TOO_MANY_TOKENS") {
        failure.failureClass = FailureClass::ContextLength;
    }
    return failure;
}

EncodedError encodeError(const Failure &failure)
{
    // Statuses and retry headers mean the same to every SDK; only the body is Cohere's own.
    EncodedError error = openai_chat::encodeError(failure);
    if (failure.failureClass == FailureClass::Quota)
        error.status = 402;
    json::Writer writer;
    writer.beginObject();
    if (!failure.requestId.isEmpty())
        writer.member("id", failure.requestId);
    writer.member("message", failure.message);
    if (failure.failureClass == FailureClass::ContextLength)
        writer.member("error_type", "TOO_MANY_TOKENS");
    error.body = writer.endObject().take();
    return error;
}

} // namespace fairlead::wire::cohere
