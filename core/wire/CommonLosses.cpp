// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/CommonLosses.h"

#include "json/View.h"

namespace fairlead::wire {

namespace {

bool hasMembers(const chat::RawJson &object)
{
    if (object.isEmpty())
        return false;
    const auto document = json::Document::parse(object);
    return document && document->root().count() > 0;
}

} // namespace

double numberOf(const chat::RawJson &number)
{
    const auto document = json::Document::parse(number);
    return document ? document->root().number().value_or(0) : 0;
}

bool isNotZero(const chat::RawJson &number)
{
    return !number.isEmpty() && numberOf(number) != 0;
}

QByteArray placeOf(const chat::Message &message, std::size_t index)
{
    return message.place.isEmpty() ? "messages[" + QByteArray::number(index) + ']' : message.place;
}

bool isToldAsReasoning(const chat::UnknownPart &part)
{
    // reasoning, reasoning_content, reasoning_details: see openai_chat::MessageReader
    return part.type.startsWith("message.reasoning");
}

void reportMisfits(const chat::ChatRequest &request, QByteArrayView wire, Losses &losses)
{
    if (request.dialect == wire)
        return;
    for (const chat::Misfit &misfit : request.misfits) {
        if (misfit.approximated)
            losses.approximated(misfit.field, misfit.note);
        else
            losses.dropped(misfit.field, misfit.note);
    }
}

void reportForeignFields(const chat::ChatRequest &request, Losses &losses)
{
    if (hasMembers(request.logitBias))
        losses.dropped("logit_bias");
    if (hasMembers(request.metadata))
        losses.dropped("metadata");
}

} // namespace fairlead::wire
