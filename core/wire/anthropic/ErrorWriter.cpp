// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/anthropic/ErrorWriter.h"

#include "wire/ErrorAnswer.h"
#include "json/Writer.h"

#include <QRegularExpression>

namespace fairlead::wire::anthropic {

using chat::Failure;
using chat::FailureClass;

namespace {

int usualStatus(FailureClass failureClass)
{
    switch (failureClass) {
    case FailureClass::Credential:
        return 401;
    case FailureClass::Permission:
        return 403;
    case FailureClass::Quota:
        return 402;
    case FailureClass::RateLimit:
        return 429;
    case FailureClass::CallerFault:
    case FailureClass::ContextLength:
    case FailureClass::ContentPolicy:
        return 400;
    case FailureClass::ModelMissing:
        return 404;
    case FailureClass::Overloaded:
        return 529;
    case FailureClass::Transient:
    case FailureClass::Internal:
        return 500;
    case FailureClass::Connection:
    case FailureClass::Protocol:
        return 502;
    case FailureClass::TimedOut:
        return 504;
    case FailureClass::Cancelled:
        return 499;
    }
    Q_UNREACHABLE();
}

/// https://docs.anthropic.com/en/api/errors
QByteArrayView typeOf(int status)
{
    switch (status) {
    case 401:
        return "authentication_error";
    case 402:
        return "billing_error";
    case 403:
        return "permission_error";
    case 404:
        return "not_found_error";
    case 413:
        return "request_too_large";
    case 429:
        return "rate_limit_error";
    case 504:
        return "timeout_error";
    case 529:
        return "overloaded_error";
    default:
        return status < 499 ? "invalid_request_error" : "api_error";
    }
}

/// Clients know by "prompt is too long: N tokens > M maximum" that it is time to compact the conversation, so
/// other providers' words are put behind these.
QByteArray tooLong(const QByteArray &message)
{
    static const QRegularExpression ourWords(
        QStringLiteral("prompt is too long: \\d+ tokens > \\d+ maximum"));
    static const QRegularExpression most(QStringLiteral("(?:maximum|limit|up to)[^0-9]*(\\d+)"));
    static const QRegularExpression number(QStringLiteral("\\d+"));
    QString words = QString::fromUtf8(message);
    if (words.contains(ourWords))
        return message;
    words.remove(QRegularExpression(QStringLiteral("(?<=\\d),(?=\\d{3})")));
    const qint64 limit = most.match(words).captured(1).toLongLong();
    qint64 size = 0;
    for (auto match = number.globalMatch(words); match.hasNext();)
        size = std::max(size, match.next().captured().toLongLong());
    QByteArray text = QByteArrayLiteral("prompt is too long: ");
    if (limit > 0 && size > limit) {
        text += QByteArray::number(size) + " tokens > " + QByteArray::number(limit) + " maximum. ";
    }
    return text + message;
}

int statusOf(const Failure &failure)
{
    return answerStatus(failure, usualStatus(failure.failureClass));
}

} // namespace

QByteArray errorObject(const Failure &failure)
{
    json::Writer writer;
    writer.beginObject().member("type", "error").key("error").beginObject();
    writer.member("type", typeOf(statusOf(failure)));
    const bool isTooLong = failure.failureClass == FailureClass::ContextLength;
    writer.member("message", isTooLong ? tooLong(failure.message) : failure.message).endObject();
    if (failure.requestId.isEmpty())
        writer.memberNull("request_id");
    else
        writer.member("request_id", failure.requestId);
    return writer.endObject().take();
}

EncodedError encodeError(const Failure &failure)
{
    EncodedError error;
    error.status = statusOf(failure);
    error.headers = retryHeaders(failure);
    // It may come from the provider's JSON, where a text can hold anything.
    if (!failure.requestId.isEmpty() && isFieldValue(failure.requestId))
        error.headers.add("request-id", failure.requestId);
    error.body = errorObject(failure);
    return error;
}

} // namespace fairlead::wire::anthropic
