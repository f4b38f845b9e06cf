// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/bedrock/Errors.h"

#include "wire/ErrorBody.h"

#include <QString>

#include <algorithm>
#include <array>

namespace fairlead::wire::bedrock {

namespace {

using chat::Failure;
using chat::FailureClass;

struct ErrorType {
    QByteArrayView name;
    FailureClass failureClass;
    int status; ///< what the name means in a stream, whose own status was 200
};

// https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html#API_runtime_Converse_Errors
// and CommonErrors.html beside it. ValidationException is not here: its words decide.
constexpr std::array<ErrorType, 19> kTypes{{
    {"AccessDeniedException", FailureClass::Permission, 403},
    {"ExpiredTokenException", FailureClass::Credential, 403},
    {"IncompleteSignatureException", FailureClass::Credential, 403},
    {"InternalServerException", FailureClass::Transient, 500},
    {"InvalidClientTokenIdException", FailureClass::Credential, 403},
    {"InvalidSignatureException", FailureClass::Credential, 403},
    {"MissingAuthenticationTokenException", FailureClass::Credential, 403},
    {"ModelErrorException", FailureClass::Transient, 424},
    {"ModelNotReadyException", FailureClass::Overloaded, 429},
    {"ModelStreamErrorException", FailureClass::Transient, 424},
    {"ModelTimeoutException", FailureClass::Transient, 408},
    {"NotAuthorizedException", FailureClass::Permission, 403},
    {"ResourceNotFoundException", FailureClass::ModelMissing, 404},
    {"ServiceQuotaExceededException", FailureClass::Quota, 400},
    {"ServiceUnavailableException", FailureClass::Overloaded, 503},
    {"SignatureDoesNotMatchException", FailureClass::Credential, 403},
    {"ThrottlingException", FailureClass::RateLimit, 429},
    {"TooManyRequestsException", FailureClass::RateLimit, 429},
    {"UnrecognizedClientException", FailureClass::Credential, 403},
}};

/// "ThrottlingException" of "ThrottlingException:http://internal..." and of
/// "com.amazon.coral.service#ThrottlingException". Whatever stands there, the name is UTF-8.
QByteArray bareName(QByteArrayView said)
{
    QByteArray name = QString::fromUtf8(said).trimmed().toUtf8();
    if (const qsizetype colon = name.indexOf(':'); colon >= 0)
        name.truncate(colon);
    return name.mid(name.indexOf('#') + 1);
}

bool saysTooLong(const QByteArray &message)
{
    return message.contains("too long") || message.contains("too many input tokens")
           || message.contains("maximum context length");
}

void judge(Failure &failure, const QByteArray &name)
{
    if (!name.isEmpty())
        failure.type = name;
    const auto row = std::find_if(kTypes.begin(), kTypes.end(), [&](const ErrorType &type) {
        return type.name.compare(name, Qt::CaseInsensitive) == 0;
    });
    if (row != kTypes.end()) {
        failure.failureClass = row->failureClass;
        if (failure.status < 400)
            failure.status = row->status;
        return;
    }
    if (name.compare("ValidationException", Qt::CaseInsensitive) == 0 && failure.status < 400) {
        failure.status = 400;
        failure.failureClass = FailureClass::CallerFault;
    }
    if (failure.status == 400 && saysTooLong(failure.message.toLower()))
        failure.failureClass = FailureClass::ContextLength;
}

} // namespace

Failure failureOfAnswer(int status, const Headers &headers, QByteArrayView body)
{
    Failure failure = failureFromResponse(status, headers, body);
    QByteArray name = bareName(headers.value("x-amzn-errortype"));
    if (name.isEmpty()) {
        if (const auto document = json::Document::parse(body.toByteArray()))
            name = bareName((*document)["__type"].stringOr({}));
    }
    judge(failure, name);
    return failure;
}

Failure failureInStream(QByteArrayView name, QByteArrayView payload)
{
    Failure failure(FailureClass::Transient, 0, QByteArray());
    if (const auto document = json::Document::parse(payload.toByteArray()))
        failure = failureFromJson(document->root());
    const QByteArray kind = bareName(name);
    if (failure.message.isEmpty())
        failure.message = "The provider broke the stream off: " + kind;
    failure.status = 0;
    judge(failure, kind);
    return failure;
}

} // namespace fairlead::wire::bedrock
