// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/openai_responses/OpenAiResponsesUpstream.h"

#include "wire/ErrorBody.h"
#include "wire/openai_chat/OpenAiChatUpstream.h"
#include "wire/openai_responses/RequestWriter.h"
#include "wire/openai_responses/ResponsesStreamDecoder.h"

namespace fairlead::wire {

Result<UpstreamCall>
OpenAiResponsesUpstream::encodeRequest(const ChatRequest &request, const Quirks &quirks, Losses &losses) const
{
    PassedRequest passed;
    passed.model = request.model;
    passed.stream = request.stream;
    passed.body = openai_responses::writeRequest(request, quirks, losses);
    return passThroughCall(std::move(passed), quirks);
}

UpstreamCall OpenAiResponsesUpstream::passThroughCall(PassedRequest request, const Quirks &) const
{
    UpstreamCall call;
    call.path = QByteArrayLiteral("/responses");
    call.headers.add("content-type", "application/json");
    call.headers.add("accept", request.stream ? "text/event-stream" : "application/json");
    if (request.callerHeaders && request.callerHeaders->contains("openai-beta"))
        call.headers.add("openai-beta", request.callerHeaders->value("openai-beta"));
    call.body = std::move(request.body);
    return call;
}

std::unique_ptr<StreamDecoder>
OpenAiResponsesUpstream::makeStreamDecoder(const Quirks &, DecodeMode mode) const
{
    return std::make_unique<openai_responses::ResponsesStreamDecoder>(mode);
}

std::vector<ChatEvent> OpenAiResponsesUpstream::decodeAnswer(QByteArrayView body, const Quirks &) const
{
    std::vector<ChatEvent> events;
    openai_responses::decodeWhole(body, events);
    return events;
}

Failure OpenAiResponsesUpstream::decodeError(int status, const Headers &headers, QByteArrayView body) const
{
    return failureFromResponse(status, headers, body);
}

// Whoever serves responses lists models as for Chat.

UpstreamCall OpenAiResponsesUpstream::modelsCall() const
{
    return OpenAiChatUpstream().modelsCall();
}

Result<std::vector<QByteArray>> OpenAiResponsesUpstream::decodeModels(QByteArrayView body) const
{
    return OpenAiChatUpstream().decodeModels(body);
}

} // namespace fairlead::wire
