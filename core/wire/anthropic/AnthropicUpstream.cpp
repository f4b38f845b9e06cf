// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/anthropic/AnthropicUpstream.h"

#include "wire/anthropic/AnthropicStream.h"
#include "wire/anthropic/BodyVersion.h"
#include "wire/anthropic/Errors.h"
#include "wire/anthropic/RequestEncoder.h"
#include "json/View.h"

namespace fairlead::wire {

Result<UpstreamCall>
AnthropicUpstream::encodeRequest(const ChatRequest &request, const Quirks &quirks, Losses &losses) const
{
    auto call = anthropic::encodeRequest(request, quirks, losses);
    if (call)
        *call = anthropic::withBodyVersion(std::move(*call), quirks);
    return call;
}

UpstreamCall AnthropicUpstream::passThroughCall(PassedRequest request, const Quirks &quirks) const
{
    UpstreamCall call;
    call.path = QByteArrayLiteral("/v1/messages");
    call.headers = anthropic::requestHeaders(request.callerHeaders ? *request.callerHeaders : Headers());
    call.body = std::move(request.body);
    return anthropic::withBodyVersion(std::move(call), quirks);
}

std::unique_ptr<StreamDecoder> AnthropicUpstream::makeStreamDecoder(const Quirks &, DecodeMode mode) const
{
    return std::make_unique<anthropic::AnthropicStream>(mode);
}

std::vector<ChatEvent> AnthropicUpstream::decodeAnswer(QByteArrayView body, const Quirks &) const
{
    return anthropic::decodeMessage(body);
}

Failure AnthropicUpstream::decodeError(int status, const Headers &headers, QByteArrayView body) const
{
    return anthropic::failureOfAnswer(status, headers, body);
}

UpstreamCall AnthropicUpstream::modelsCall() const
{
    UpstreamCall call;
    call.method = QByteArrayLiteral("GET");
    call.path = QByteArrayLiteral("/v1/models?limit=1000");
    call.headers = anthropic::requestHeaders();
    call.headers.remove("content-type");
    return call;
}

Result<std::vector<QByteArray>> AnthropicUpstream::decodeModels(QByteArrayView body) const
{
    const auto document = json::Document::parse(body.toByteArray());
    if (!document)
        return fail(document.error().in("model list"));
    std::vector<QByteArray> ids;
    if (const json::View published = (*document)["publisherModels"]; published.isArray()) { // Vertex AI
        for (const json::View model : published.elements()) {
            const QByteArray name = model["name"].stringOr({});
            if (!name.isEmpty())
                ids.push_back(name.mid(name.lastIndexOf('/') + 1));
        }
        return ids;
    }
    if (!(*document)["data"].isArray())
        return fail(ErrorKind::Protocol, "model list: the answer has no \"data\" array");
    for (const json::View model : (*document)["data"].elements()) {
        if (auto id = model["id"].string(); id && !id->isEmpty())
            ids.push_back(std::move(*id));
    }
    return ids;
}

} // namespace fairlead::wire
