// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/openai_responses/SealedReasoning.h"

namespace fairlead::wire::openai_responses {

namespace {

constexpr QByteArrayView kSigned("signature:");
constexpr QByteArrayView kRedacted("redacted:");
constexpr QByteArrayView kCall("call:");

QByteArray under(QByteArrayView kind, const QByteArray &origin, const QByteArray &data)
{
    return kSealMark.toByteArray() + kind.toByteArray() + origin + ':' + data;
}

} // namespace

QByteArray sealed(const chat::ReasoningPart &part)
{
    if (!part.signature.isEmpty())
        return under(kSigned, part.origin, part.signature);
    if (part.redacted.isEmpty() || part.origin == "openai-responses")
        return part.redacted;
    return under(kRedacted, part.origin, part.redacted);
}

QByteArray sealedCall(const QByteArray &signature)
{
    return signature.isEmpty() ? QByteArray() : under(kCall, {}, signature);
}

QByteArray callSignature(QByteArrayView encrypted)
{
    if (!encrypted.startsWith(kSealMark))
        return {};
    const QByteArrayView rest = encrypted.sliced(kSealMark.size());
    return rest.startsWith(kCall) ? rest.sliced(kCall.size() + 1).toByteArray() : QByteArray();
}

void unseal(const QByteArray &encrypted, chat::ReasoningPart &part)
{
    part.origin = QByteArrayLiteral("openai-responses");
    part.redacted = encrypted;
    if (!encrypted.startsWith(kSealMark))
        return;
    QByteArrayView rest = QByteArrayView(encrypted).sliced(kSealMark.size());
    const bool isSigned = rest.startsWith(kSigned);
    if (!isSigned && !rest.startsWith(kRedacted))
        return;
    rest = rest.sliced(isSigned ? kSigned.size() : kRedacted.size());
    const qsizetype colon = rest.indexOf(':');
    if (colon < 0)
        return;
    part.origin = rest.first(colon).toByteArray();
    part.redacted.clear();
    (isSigned ? part.signature : part.redacted) = rest.sliced(colon + 1).toByteArray();
}

} // namespace fairlead::wire::openai_responses
