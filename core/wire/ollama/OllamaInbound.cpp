// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/ollama/OllamaInbound.h"

#include "wire/ollama/AnswerWriter.h"
#include "wire/ollama/OllamaStreamEncoder.h"
#include "wire/ollama/RequestReader.h"
#include "json/Splice.h"
#include "json/Writer.h"

namespace fairlead::wire {

Result<RequestHead> OllamaInbound::peek(const InboundCall &call) const
{
    return ollama::readHead(call.document.root(), m_endpoint);
}

Result<ChatRequest> OllamaInbound::decodeRequest(const InboundCall &call) const
{
    return ollama::readRequest(call.document.root(), m_endpoint);
}

std::unique_ptr<StreamEncoder> OllamaInbound::makeStreamEncoder(const AnswerContext &context) const
{
    return std::make_unique<ollama::OllamaStreamEncoder>(context, m_endpoint);
}

QByteArray OllamaInbound::streamContentType(const AnswerContext &) const
{
    return QByteArrayLiteral("application/x-ndjson");
}

QByteArray OllamaInbound::encodeAnswer(const ChatAnswer &answer, const AnswerContext &context) const
{
    return ollama::writeAnswer(answer, context, m_endpoint);
}

EncodedError OllamaInbound::encodeError(const Failure &failure) const
{
    return ollama::encodeError(failure);
}

Result<InboundCodec::PassThrough>
OllamaInbound::passThrough(const InboundCall &call, QByteArrayView model, const Quirks &) const
{
    const json::View root = call.document.root();
    const auto head = ollama::readHead(root, m_endpoint);
    if (!head)
        return fail(head.error());
    PassThrough result;
    json::Splice splice(call.document);
    if (head->model != model)
        splice.replace(root["model"], json::quoted(model));
    result.body = splice.apply();
    return result;
}

} // namespace fairlead::wire
