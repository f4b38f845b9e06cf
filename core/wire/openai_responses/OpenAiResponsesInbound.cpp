// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/openai_responses/OpenAiResponsesInbound.h"

#include "wire/openai_responses/ErrorWriter.h"
#include "wire/openai_responses/RequestReader.h"
#include "wire/openai_responses/ResponsesStreamEncoder.h"
#include "wire/openai_responses/SealedReasoning.h"
#include "json/Splice.h"
#include "json/Writer.h"

namespace fairlead::wire {

namespace {

Result<RequestHead> readHead(json::View root, json::View model, json::View stream)
{
    if (!root.isObject())
        return fail(ErrorKind::Invalid, QByteArrayLiteral("The request body must be a JSON object."));
    RequestHead head;
    head.model = model.stringOr({});
    if (head.model.isEmpty())
        return fail(ErrorKind::Invalid, QByteArrayLiteral("model must be a non-empty string."));
    if (stream && !stream.boolean())
        return fail(ErrorKind::Invalid, QByteArrayLiteral("stream must be true or false."));
    head.stream = stream.booleanOr(false);
    head.includeUsage = true; // every response ends with it
    return head;
}

/// What another dialect's model signed would be refused as a forgery: it stays at home.
void removeSealed(json::View input, json::Splice &splice)
{
    QByteArray kept;
    bool removed = false;
    for (const json::View item : input.elements()) {
        if (item["encrypted_content"].stringOr({}).startsWith(openai_responses::kSealMark)) {
            removed = true;
            continue;
        }
        kept += (kept.isEmpty() ? "" : ",") + item.rawCopy();
    }
    if (removed)
        splice.replace(input, '[' + kept + ']');
}

} // namespace

Result<RequestHead> OpenAiResponsesInbound::peek(const InboundCall &call) const
{
    const json::View root = call.document.root();
    const auto [model, stream] = root.pick("model", "stream");
    return readHead(root, model, stream);
}

Result<ChatRequest> OpenAiResponsesInbound::decodeRequest(const InboundCall &call) const
{
    return openai_responses::readRequest(call.document.root());
}

std::unique_ptr<StreamEncoder> OpenAiResponsesInbound::makeStreamEncoder(const AnswerContext &context) const
{
    return std::make_unique<openai_responses::ResponsesStreamEncoder>(context);
}

QByteArray OpenAiResponsesInbound::streamContentType(const AnswerContext &) const
{
    return QByteArrayLiteral("text/event-stream; charset=utf-8");
}

QByteArray OpenAiResponsesInbound::encodeAnswer(const ChatAnswer &answer, const AnswerContext &context) const
{
    return openai_responses::writeAnswer(answer, context);
}

EncodedError OpenAiResponsesInbound::encodeError(const Failure &failure) const
{
    return openai_responses::encodeError(failure);
}

Result<InboundCodec::PassThrough>
OpenAiResponsesInbound::passThrough(const InboundCall &call, QByteArrayView model, const Quirks &) const
{
    const json::View root = call.document.root();
    const auto [asked, stream, input] = root.pick("model", "stream", "input");
    const auto head = readHead(root, asked, stream);
    if (!head)
        return fail(head.error());
    json::Splice splice(call.document);
    if (head->model != model)
        splice.replace(asked, json::quoted(model));
    if (call.document.text().contains(openai_responses::kSealMark))
        removeSealed(input, splice);
    PassThrough result;
    result.body = splice.apply();
    return result;
}

} // namespace fairlead::wire
