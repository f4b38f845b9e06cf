// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/gemini/ErrorWriter.h"

#include "wire/ErrorAnswer.h"
#include "json/Writer.h"

namespace fairlead::wire::gemini {

using chat::FailureClass;

namespace {

/// HTTP status and google.rpc.Code, as https://cloud.google.com/apis/design/errors pairs them.
struct Face {
    int status;
    QByteArrayView word;
};

Face faceOf(FailureClass failureClass)
{
    switch (failureClass) {
    case FailureClass::Credential:
        return {401, "UNAUTHENTICATED"};
    case FailureClass::Permission:
        return {403, "PERMISSION_DENIED"};
    case FailureClass::Quota:
    case FailureClass::RateLimit:
        return {429, "RESOURCE_EXHAUSTED"};
    case FailureClass::CallerFault:
    case FailureClass::ContextLength:
    case FailureClass::ContentPolicy:
        return {400, "INVALID_ARGUMENT"};
    case FailureClass::ModelMissing:
        return {404, "NOT_FOUND"};
    case FailureClass::Overloaded:
        return {503, "UNAVAILABLE"};
    case FailureClass::Transient:
    case FailureClass::Connection:
    case FailureClass::Protocol:
        return {502, "UNAVAILABLE"};
    case FailureClass::TimedOut:
        return {504, "DEADLINE_EXCEEDED"};
    case FailureClass::Cancelled:
        return {499, "CANCELLED"};
    case FailureClass::Internal:
        return {500, "INTERNAL"};
    }
    Q_UNREACHABLE();
}

QByteArrayView wordOf(int status, QByteArrayView usual)
{
    switch (status) {
    case 404:
        return "NOT_FOUND";
    case 405:
        return "UNIMPLEMENTED";
    case 408:
    case 504:
        return "DEADLINE_EXCEEDED";
    case 409:
        return "ABORTED";
    case 500:
        return "INTERNAL";
    default:
        return usual;
    }
}

/// ErrorInfo.reason, by which Google's clients tell what a status word leaves open.
QByteArrayView reasonOf(FailureClass failureClass)
{
    if (failureClass == FailureClass::Credential)
        return "API_KEY_INVALID";
    return failureClass == FailureClass::Quota ? "QUOTA_EXCEEDED" : "";
}

void writeDetails(json::Writer &writer, const Failure &failure)
{
    const QByteArrayView reason = reasonOf(failure.failureClass);
    if (reason.isEmpty() && !failure.retryAfter)
        return;
    writer.key("details").beginArray();
    if (!reason.isEmpty()) {
        writer.beginObject().member("@type", "type.googleapis.com/google.rpc.ErrorInfo");
        writer.member("reason", reason).member("domain", "googleapis.com").endObject();
    }
    if (failure.retryAfter) {
        const qint64 ms = failure.retryAfter->count();
        QByteArray seconds = QByteArray::number(ms / 1000);
        if (ms % 1000 != 0)
            seconds += '.' + QByteArray::number(ms % 1000).rightJustified(3, '0');
        writer.beginObject().member("@type", "type.googleapis.com/google.rpc.RetryInfo");
        writer.member("retryDelay", seconds + 's').endObject();
    }
    writer.endArray();
}

} // namespace

EncodedError encodeError(const Failure &failure)
{
    const Face usual = faceOf(failure.failureClass);
    EncodedError error;
    error.status = answerStatus(failure, usual.status);
    json::Writer writer;
    writer.beginObject().key("error").beginObject().memberInteger("code", error.status);
    writer.member("message", failure.message).member("status", wordOf(error.status, usual.word));
    writeDetails(writer, failure);
    error.body = writer.endObject().endObject().take();
    error.headers = retryHeaders(failure);
    return error;
}

} // namespace fairlead::wire::gemini
