// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/openai_chat/OpenAiChatInbound.h"

#include "wire/openai_chat/AnswerWriter.h"
#include "wire/openai_chat/Caller.h"
#include "wire/openai_chat/ChatStreamEncoder.h"
#include "wire/openai_chat/ErrorWriter.h"
#include "wire/openai_chat/RequestFitter.h"
#include "wire/openai_chat/RequestReader.h"
#include "json/Splice.h"
#include "json/Writer.h"

namespace fairlead::wire {

namespace {

/// The members routing looks at, found in one pass: bodies are large, and the messages need skipping only
/// once.
struct HeadFields {
    explicit HeadFields(json::View root)
    {
        const auto found = root.pick("model", "messages", "stream", "stream_options");
        model = found[0];
        messages = found[1];
        stream = found[2];
        streamOptions = found[3];
    }

    json::View model;
    json::View messages;
    json::View stream;
    json::View streamOptions;
};

Result<RequestHead> readHead(json::View root, const HeadFields &fields)
{
    if (!root.isObject())
        return fail(ErrorKind::Invalid, QByteArrayLiteral("The request body must be a JSON object."));
    RequestHead head;
    head.model = fields.model.stringOr({});
    if (head.model.isEmpty())
        return fail(ErrorKind::Invalid, QByteArrayLiteral("model must be a non-empty string."));
    if (!fields.messages.isArray() || !fields.messages.hasAny())
        return fail(ErrorKind::Invalid, QByteArrayLiteral("messages must be a non-empty array."));
    if (fields.stream && !fields.stream.boolean())
        return fail(ErrorKind::Invalid, QByteArrayLiteral("stream must be true or false."));
    head.stream = fields.stream.booleanOr(false);
    head.includeUsage = fields.streamOptions["include_usage"].booleanOr(false);
    head.modelField = fields.model;
    head.streamOptionsField = fields.streamOptions;
    return head;
}

} // namespace

Result<RequestHead> OpenAiChatInbound::peek(const InboundCall &call) const
{
    const json::View root = call.document.root();
    return readHead(root, HeadFields(root));
}

Result<ChatRequest> OpenAiChatInbound::decodeRequest(const InboundCall &call) const
{
    return openai_chat::readRequest(call.document.root());
}

std::unique_ptr<StreamEncoder> OpenAiChatInbound::makeStreamEncoder(const AnswerContext &context) const
{
    return std::make_unique<openai_chat::ChatStreamEncoder>(context);
}

QByteArray OpenAiChatInbound::streamContentType(const AnswerContext &) const
{
    return QByteArrayLiteral("text/event-stream; charset=utf-8");
}

QByteArray OpenAiChatInbound::encodeAnswer(const ChatAnswer &answer, const AnswerContext &context) const
{
    return openai_chat::writeAnswer(answer, context);
}

EncodedError OpenAiChatInbound::encodeError(const Failure &failure) const
{
    return openai_chat::encodeError(failure);
}

Result<InboundCodec::PassThrough>
OpenAiChatInbound::passThrough(const InboundCall &call, QByteArrayView model, const Quirks &quirks) const
{
    const auto head = peek(call);
    if (!head)
        return fail(head.error());
    return passPeeked(call, *head, model, quirks);
}

Result<InboundCodec::PassThrough> OpenAiChatInbound::passPeeked(
    const InboundCall &call, const RequestHead &head, QByteArrayView model, const Quirks &quirks) const
{
    const json::View root = call.document.root();
    PassThrough result;
    // Its dialect is not quite OpenAI's, in requests (images, seeds) and in streams.
    if (!quirks.suitsMistralClient && openai_chat::isMistralClient(call.headers)) {
        result.mustTranslate = true;
        return result;
    }
    json::Splice splice(call.document);
    if (head.model != model)
        splice.replace(head.modelField, json::quoted(model));
    if (quirks.noStreamOptions) {
        if (head.streamOptionsField.exists())
            splice.remove(root, "stream_options");
    } else if (head.stream && !head.includeUsage) {
        result.usageForced = true;
        if (head.streamOptionsField.isObject())
            splice.set(head.streamOptionsField, "include_usage", "true");
        else
            splice.set(root, "stream_options", R"({"include_usage":true})");
    }
    openai_chat::fitRequest(splice, root, quirks, result.losses);
    result.body = splice.apply();
    return result;
}

} // namespace fairlead::wire
