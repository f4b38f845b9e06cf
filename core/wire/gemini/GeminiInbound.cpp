// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/gemini/GeminiInbound.h"

#include "wire/gemini/AnswerWriter.h"
#include "wire/gemini/ErrorWriter.h"
#include "wire/gemini/GeminiStreamEncoder.h"
#include "wire/gemini/MethodPath.h"
#include "wire/gemini/RequestReader.h"

namespace fairlead::wire {

Result<RequestHead> GeminiInbound::peek(const InboundCall &call) const
{
    const gemini::MethodPath path = gemini::methodPath(call.path);
    const json::View root = call.document.root();
    if (path.model.isEmpty())
        return fail(
            ErrorKind::Invalid,
            QByteArrayLiteral("The path must name a model: /models/{model}:generateContent."));
    if (!root.isObject())
        return fail(ErrorKind::Invalid, QByteArrayLiteral("The request body must be a JSON object."));
    if (!root["contents"].at(0).exists())
        return fail(ErrorKind::Invalid, QByteArrayLiteral("contents must be a non-empty array."));
    RequestHead head;
    head.model = path.model;
    head.stream = path.isStream();
    head.includeUsage = true;
    return head;
}

Result<ChatRequest> GeminiInbound::decodeRequest(const InboundCall &call) const
{
    auto request = gemini::readRequest(call.document.root());
    if (request) {
        const gemini::MethodPath path = gemini::methodPath(call.path);
        request->model = path.model;
        request->stream = path.isStream();
    }
    return request;
}

std::unique_ptr<StreamEncoder> GeminiInbound::makeStreamEncoder(const AnswerContext &context) const
{
    return std::make_unique<gemini::GeminiStreamEncoder>(context);
}

QByteArray GeminiInbound::streamContentType(const AnswerContext &context) const
{
    const bool events = !context.call || gemini::wantsEvents(context.call->query);
    return events ? QByteArrayLiteral("text/event-stream")
                  : QByteArrayLiteral("application/json; charset=UTF-8");
}

QByteArray GeminiInbound::encodeAnswer(const ChatAnswer &answer, const AnswerContext &context) const
{
    return gemini::writeAnswer(answer, context);
}

EncodedError GeminiInbound::encodeError(const Failure &failure) const
{
    return gemini::encodeError(failure);
}

Result<InboundCodec::PassThrough>
GeminiInbound::passThrough(const InboundCall &call, QByteArrayView, const Quirks &) const
{
    PassThrough result;
    result.body = call.document.text();
    return result;
}

} // namespace fairlead::wire
