// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/cohere/CohereUpstream.h"

#include "wire/cohere/CohereStream.h"
#include "wire/cohere/Errors.h"
#include "wire/cohere/RequestWriter.h"

namespace fairlead::wire {

Result<UpstreamCall>
CohereUpstream::encodeRequest(const ChatRequest &request, const Quirks &quirks, Losses &losses) const
{
    auto body = cohere::writeRequest(request, losses);
    if (!body)
        return fail(body.error());
    PassedRequest passed;
    passed.model = request.model;
    passed.stream = request.stream;
    passed.body = std::move(*body);
    return passThroughCall(std::move(passed), quirks);
}

UpstreamCall CohereUpstream::passThroughCall(PassedRequest request, const Quirks &) const
{
    UpstreamCall call;
    call.path = QByteArrayLiteral("/v2/chat");
    call.headers.add("content-type", "application/json");
    call.headers.add("accept", request.stream ? "text/event-stream" : "application/json");
    call.body = std::move(request.body);
    return call;
}

std::unique_ptr<StreamDecoder> CohereUpstream::makeStreamDecoder(const Quirks &, DecodeMode mode) const
{
    return std::make_unique<cohere::CohereStream>(mode);
}

std::vector<ChatEvent> CohereUpstream::decodeAnswer(QByteArrayView body, const Quirks &) const
{
    return cohere::decodeAnswer(body);
}

Failure CohereUpstream::decodeError(int status, const Headers &headers, QByteArrayView body) const
{
    return cohere::failureOfAnswer(status, headers, body);
}

UpstreamCall CohereUpstream::modelsCall() const
{
    UpstreamCall call;
    call.method = QByteArrayLiteral("GET");
    call.path = QByteArrayLiteral("/v1/models?page_size=1000"); // v2 has no list of its own
    call.headers.add("accept", "application/json");
    return call;
}

Result<std::vector<QByteArray>> CohereUpstream::decodeModels(QByteArrayView body) const
{
    const auto document = json::Document::parse(body.toByteArray());
    if (!document)
        return fail(
            ErrorKind::Protocol, "The provider's list of models is not JSON: " + document.error().message());
    const json::View models = (*document)["models"];
    if (!models.isArray())
        return fail(ErrorKind::Protocol, QByteArrayLiteral("The provider's answer holds no list of models."));
    std::vector<QByteArray> ids;
    for (const json::View model : models.elements()) {
        const QByteArray name = model["name"].stringOr({});
        if (!name.isEmpty())
            ids.push_back(name);
    }
    return ids;
}

} // namespace fairlead::wire
