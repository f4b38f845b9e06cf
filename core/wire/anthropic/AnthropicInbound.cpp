// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/anthropic/AnthropicInbound.h"

#include "wire/anthropic/AnswerWriter.h"
#include "wire/anthropic/ErrorWriter.h"
#include "wire/anthropic/ForeignThinking.h"
#include "wire/anthropic/MessageStreamEncoder.h"
#include "wire/anthropic/RequestReader.h"
#include "json/Splice.h"
#include "json/Writer.h"

namespace fairlead::wire {

Result<RequestHead> AnthropicInbound::peek(const InboundCall &call) const
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
    head.includeUsage = true; // the dialect always tells it
    return head;
}

Result<ChatRequest> AnthropicInbound::decodeRequest(const InboundCall &call) const
{
    return anthropic::readRequest(call);
}

std::unique_ptr<StreamEncoder> AnthropicInbound::makeStreamEncoder(const AnswerContext &context) const
{
    return std::make_unique<anthropic::MessageStreamEncoder>(context);
}

QByteArray AnthropicInbound::streamContentType(const AnswerContext &) const
{
    return QByteArrayLiteral("text/event-stream; charset=utf-8");
}

QByteArray AnthropicInbound::encodeAnswer(const ChatAnswer &answer, const AnswerContext &context) const
{
    return anthropic::writeAnswer(answer, context);
}

EncodedError AnthropicInbound::encodeError(const Failure &failure) const
{
    return anthropic::encodeError(failure);
}

Result<InboundCodec::PassThrough>
AnthropicInbound::passThrough(const InboundCall &call, QByteArrayView model, const Quirks &) const
{
    const json::View root = call.document.root();
    const auto [asked, messages] = root.pick("model", "messages");
    json::Splice splice(call.document);
    if (!asked.equals(model))
        splice.replace(asked, json::quoted(model));
    if (const QByteArray own = anthropic::withoutForeignThinking(messages); !own.isEmpty())
        splice.replace(messages, own);
    PassThrough result;
    result.body = splice.apply();
    return result;
}

} // namespace fairlead::wire
