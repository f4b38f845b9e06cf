// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/anthropic/ForeignThinking.h"

#include "json/Splice.h"
#include "json/Writer.h"

#include <QByteArrayList>

namespace fairlead::wire::anthropic {

namespace {

// fairlead:<origin>:<kind>:<id>:<value>, the value last as it may hold anything.
constexpr QByteArrayView kSeal = "fairlead:";
constexpr QByteArrayView kSignature = "signature";
constexpr QByteArrayView kEncrypted = "encrypted";
constexpr QByteArrayView kCall = "call";

QByteArray seal(const QByteArray &origin, QByteArrayView kind, const QByteArray &id, const QByteArray &value)
{
    return kSeal.toByteArray() + origin + ':' + kind.toByteArray() + ':' + id.toPercentEncoding() + ':'
           + value;
}

bool isMarked(json::View value)
{
    return value.stringOr({}).startsWith(kSeal);
}

bool isForeignThinking(json::View block)
{
    return isMarked(block["type"].equals("redacted_thinking") ? block["data"] : block["signature"]);
}

bool hasForeignCitation(json::View block)
{
    for (const json::View citation : block["citations"].elements()) {
        if (isMarked(citation["encrypted_index"]))
            return true;
    }
    return false;
}

bool hasForeign(json::View content)
{
    for (const json::View block : content.elements()) {
        if (isForeignThinking(block) || hasForeignCitation(block))
            return true;
    }
    return false;
}

QByteArray without(json::View object, QByteArrayView member)
{
    const auto document = json::Document::parse(object.rawCopy());
    return json::Splice(*document).remove(document->root(), member).apply();
}

/// The message without it; empty if nothing would be left.
QByteArray cleaned(json::View message)
{
    json::Writer blocks;
    bool isEmpty = true;
    blocks.beginArray();
    for (const json::View block : message["content"].elements()) {
        if (isForeignThinking(block))
            continue;
        blocks.raw(hasForeignCitation(block) ? without(block, "citations") : block.rawCopy());
        isEmpty = false;
    }
    if (isEmpty)
        return {};
    const auto document = json::Document::parse(message.rawCopy());
    return json::Splice(*document).set(document->root(), "content", blocks.endArray().take()).apply();
}

} // namespace

bool isOwnThinking(const chat::ReasoningPart &part)
{
    return part.origin == "anthropic" && !(part.signature.isEmpty() && part.redacted.isEmpty());
}

QByteArray sealedThinking(const chat::ReasoningPart &part)
{
    if (part.redacted.isEmpty())
        return seal(part.origin, kSignature, part.id, part.signature);
    return seal(part.origin, kEncrypted, part.id, part.redacted);
}

QByteArray sealedCallSignature(const QByteArray &signature)
{
    return seal(QByteArrayLiteral("gemini"), kCall, {}, signature);
}

std::optional<Unsealed> unsealed(QByteArrayView sealed)
{
    if (!sealed.startsWith(kSeal))
        return std::nullopt;
    const QByteArray text = sealed.sliced(kSeal.size()).toByteArray();
    const QByteArrayList fields = text.split(':');
    if (fields.size() < 4)
        return std::nullopt;
    qsizetype head = 3; // the colons
    for (qsizetype i = 0; i < 3; ++i)
        head += fields[i].size();
    Unsealed found;
    found.part.origin = fields[0];
    found.part.id = QByteArray::fromPercentEncoding(fields[2]);
    found.ofCall = fields[1] == kCall;
    (fields[1] == kEncrypted ? found.part.redacted : found.part.signature) = text.mid(head);
    return found;
}

QByteArray foreignMark()
{
    return kSeal.toByteArray();
}

QByteArray withoutForeignThinking(json::View messages)
{
    // Bodies are long and such blocks rare: one look over the bytes before any structure is read.
    if (!messages.raw().contains(kSeal))
        return {};
    bool changed = false;
    json::Writer writer(messages.raw().size());
    writer.beginArray();
    for (const json::View message : messages.elements()) {
        if (!hasForeign(message["content"])) {
            writer.raw(message.raw());
            continue;
        }
        changed = true;
        if (const QByteArray rest = cleaned(message); !rest.isEmpty())
            writer.raw(rest);
    }
    writer.endArray();
    return changed ? writer.take() : QByteArray();
}

} // namespace fairlead::wire::anthropic
