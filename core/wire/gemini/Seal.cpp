// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/gemini/Seal.h"

#include "json/View.h"
#include "json/Writer.h"

namespace fairlead::wire::gemini {

namespace {

using chat::ReasoningPart;

constexpr QByteArrayView kEnvelopeStart = R"({"fairlead":)";

} // namespace

QByteArray thoughtSignature(const ReasoningPart &part)
{
    if (part.signature.isEmpty() && part.redacted.isEmpty())
        return {};
    if (part.origin == "gemini")
        return part.signature;
    json::Writer writer;
    writer.beginObject().member("fairlead", part.origin);
    if (!part.signature.isEmpty())
        writer.member("signature", part.signature);
    if (!part.redacted.isEmpty())
        writer.member("redacted", part.redacted);
    if (!part.id.isEmpty())
        writer.member("id", part.id);
    return writer.endObject().text().toBase64();
}

void readThoughtSignature(const QByteArray &signature, ReasoningPart &part)
{
    part.origin = QByteArrayLiteral("gemini");
    if (isPlaceholder(signature))
        return;
    part.signature = signature;
    // Python's client reads the field as bytes and writes it in the URL-safe alphabet.
    QByteArray standard = signature;
    standard.replace('-', '+').replace('_', '/');
    const QByteArray inside = QByteArray::fromBase64(standard);
    if (!inside.startsWith(kEnvelopeStart))
        return;
    const auto document = json::Document::parse(inside);
    if (!document)
        return;
    part.origin = (*document)["fairlead"].stringOr({});
    part.signature = (*document)["signature"].stringOr({});
    part.redacted = (*document)["redacted"].stringOr({});
    part.id = (*document)["id"].stringOr({});
}

bool isPlaceholder(const QByteArray &signature)
{
    // ai.google.dev/gemini-api/docs/thought-signatures, for calls of other models.
    return signature == "skip_thought_signature_validator"
           || signature == "context_engineering_is_the_way_to_go";
}

} // namespace fairlead::wire::gemini
