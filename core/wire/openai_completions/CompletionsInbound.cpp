// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/openai_completions/CompletionsInbound.h"

#include "wire/openai_chat/ErrorWriter.h"
#include "wire/openai_completions/AnswerWriter.h"
#include "wire/openai_completions/CompletionsStream.h"
#include "wire/openai_completions/RequestReader.h"

namespace fairlead::wire {

namespace {

QByteArray echoFor(const AnswerContext &context)
{
    return context.call ? openai_completions::echoOf(context.call->document.root()) : QByteArray();
}

} // namespace

Result<RequestHead> CompletionsInbound::peek(const InboundCall &call) const
{
    return openai_completions::readHead(call.document.root());
}

Result<ChatRequest> CompletionsInbound::decodeRequest(const InboundCall &call) const
{
    return openai_completions::readRequest(call.document.root());
}

std::unique_ptr<StreamEncoder> CompletionsInbound::makeStreamEncoder(const AnswerContext &context) const
{
    return std::make_unique<openai_completions::CompletionsStream>(context, echoFor(context));
}

QByteArray CompletionsInbound::streamContentType(const AnswerContext &) const
{
    return QByteArrayLiteral("text/event-stream; charset=utf-8");
}

QByteArray CompletionsInbound::encodeAnswer(const ChatAnswer &answer, const AnswerContext &context) const
{
    return openai_completions::writeAnswer(answer, context, echoFor(context));
}

EncodedError CompletionsInbound::encodeError(const Failure &failure) const
{
    return openai_chat::encodeError(failure);
}

Result<InboundCodec::PassThrough>
CompletionsInbound::passThrough(const InboundCall &, QByteArrayView, const Quirks &) const
{
    return fail(ErrorKind::Invalid, QByteArrayLiteral("Completions are always translated."));
}

} // namespace fairlead::wire
