// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/cohere/CohereInbound.h"

#include "wire/cohere/AnswerWriter.h"
#include "wire/cohere/CohereStreamEncoder.h"
#include "wire/cohere/Errors.h"
#include "wire/cohere/RequestReader.h"
#include "json/Splice.h"
#include "json/Writer.h"

namespace fairlead::wire {

Result<RequestHead> CohereInbound::peek(const InboundCall &call) const
{
    const json::View root = call.document.root();
    if (!root.isObject())
        return fail(ErrorKind::Invalid, QByteArrayLiteral("The request body must be a JSON object."));
    const auto [model, messages, stream] = root.pick("model", "messages", "stream");
    RequestHead head;
    head.model = model.stringOr({});
    if (head.model.isEmpty())
        return fail(ErrorKind::Invalid, QByteArrayLiteral("model must be a non-empty string."));
    if (!messages.at(0).exists())
        return fail(ErrorKind::Invalid, QByteArrayLiteral("messages must be a non-empty array."));
    if (stream && !stream.boolean())
        return fail(ErrorKind::Invalid, QByteArrayLiteral("stream must be true or false."));
    head.stream = stream.booleanOr(false);
    head.includeUsage = true; // message-end always tells
    return head;
}

Result<ChatRequest> CohereInbound::decodeRequest(const InboundCall &call) const
{
    return cohere::readRequest(call.document.root());
}

std::unique_ptr<StreamEncoder> CohereInbound::makeStreamEncoder(const AnswerContext &context) const
{
    return std::make_unique<cohere::CohereStreamEncoder>(context);
}

QByteArray CohereInbound::streamContentType(const AnswerContext &) const
{
    return QByteArrayLiteral("text/event-stream");
}

QByteArray CohereInbound::encodeAnswer(const ChatAnswer &answer, const AnswerContext &context) const
{
    return cohere::writeAnswer(answer, context);
}

EncodedError CohereInbound::encodeError(const Failure &failure) const
{
    return cohere::encodeError(failure);
}

Result<InboundCodec::PassThrough>
CohereInbound::passThrough(const InboundCall &call, QByteArrayView model, const Quirks &) const
{
    const auto head = peek(call);
    if (!head)
        return fail(head.error());
    json::Splice splice(call.document);
    if (head->model != model)
        splice.replace(call.document["model"], json::quoted(model));
    PassThrough result;
    result.body = splice.apply();
    return result;
}

} // namespace fairlead::wire
