// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/openai_chat/OpenAiChatUpstream.h"

#include "wire/ErrorBody.h"
#include "wire/openai_chat/ChatStreamDecoder.h"
#include "wire/openai_chat/RequestWriter.h"
#include "wire/openai_chat/WholeAnswer.h"

namespace fairlead::wire {

Result<UpstreamCall>
OpenAiChatUpstream::encodeRequest(const ChatRequest &request, const Quirks &quirks, Losses &losses) const
{
    PassedRequest passed;
    passed.model = request.model;
    passed.stream = request.stream;
    passed.body = openai_chat::writeRequest(request, quirks, losses);
    return passThroughCall(std::move(passed), quirks);
}

UpstreamCall OpenAiChatUpstream::passThroughCall(PassedRequest request, const Quirks &) const
{
    UpstreamCall call;
    call.path = QByteArrayLiteral("/chat/completions");
    call.headers.add("content-type", "application/json");
    call.headers.add(
        "accept",
        request.stream ? QByteArrayLiteral("text/event-stream") : QByteArrayLiteral("application/json"));
    call.body = std::move(request.body);
    return call;
}

std::unique_ptr<StreamDecoder>
OpenAiChatUpstream::makeStreamDecoder(const Quirks &quirks, DecodeMode mode) const
{
    return std::make_unique<openai_chat::ChatStreamDecoder>(quirks, mode);
}

std::vector<ChatEvent> OpenAiChatUpstream::decodeAnswer(QByteArrayView body, const Quirks &quirks) const
{
    std::vector<ChatEvent> events;
    openai_chat::decodeWhole(body, quirks, DecodeMode::Full, events);
    return events;
}

std::vector<ChatEvent> OpenAiChatUpstream::tapAnswer(QByteArrayView body, const Quirks &quirks) const
{
    std::vector<ChatEvent> events;
    events.reserve(8);
    openai_chat::decodeWhole(body, quirks, DecodeMode::Tap, events);
    return events;
}

Failure OpenAiChatUpstream::decodeError(int status, const Headers &headers, QByteArrayView body) const
{
    return failureFromResponse(status, headers, body);
}

UpstreamCall OpenAiChatUpstream::modelsCall() const
{
    UpstreamCall call;
    call.method = QByteArrayLiteral("GET");
    call.path = QByteArrayLiteral("/models");
    call.headers.add("accept", "application/json");
    return call;
}

Result<std::vector<QByteArray>> OpenAiChatUpstream::decodeModels(QByteArrayView body) const
{
    const auto document = json::Document::parse(body.toByteArray());
    if (!document)
        return fail(
            ErrorKind::Protocol, "The provider's list of models is not JSON: " + document.error().message());
    // Together's list is the array itself, Ollama's and some gateways' is called models.
    json::View list = document->root();
    if (list.isObject())
        list = list["data"].isArray() ? list["data"] : list["models"];
    if (!list.isArray())
        return fail(ErrorKind::Protocol, QByteArrayLiteral("The provider's answer holds no list of models."));
    std::vector<QByteArray> ids;
    for (const json::View model : list.elements()) {
        const QByteArray id = model.stringOr(model["id"].stringOr(model["name"].stringOr({})));
        if (!id.isEmpty())
            ids.push_back(id);
    }
    return ids;
}

} // namespace fairlead::wire
