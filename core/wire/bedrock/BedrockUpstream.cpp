// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/bedrock/BedrockUpstream.h"

#include "wire/bedrock/ConverseStream.h"
#include "wire/bedrock/Errors.h"
#include "wire/bedrock/RequestEncoder.h"
#include "json/View.h"

namespace fairlead::wire {

Result<UpstreamCall>
BedrockUpstream::encodeRequest(const ChatRequest &request, const Quirks &quirks, Losses &losses) const
{
    return bedrock::encodeRequest(request, quirks, losses);
}

UpstreamCall BedrockUpstream::passThroughCall(PassedRequest request, const Quirks &) const
{
    UpstreamCall call;
    call.path = bedrock::conversePath(request.model, request.stream);
    call.headers = bedrock::requestHeaders();
    call.body = std::move(request.body);
    return call;
}

std::unique_ptr<StreamDecoder> BedrockUpstream::makeStreamDecoder(const Quirks &, DecodeMode) const
{
    return std::make_unique<bedrock::ConverseStream>();
}

std::vector<ChatEvent> BedrockUpstream::decodeAnswer(QByteArrayView body, const Quirks &) const
{
    return bedrock::decodeConverse(body);
}

Failure BedrockUpstream::decodeError(int status, const Headers &headers, QByteArrayView body) const
{
    return bedrock::failureOfAnswer(status, headers, body);
}

UpstreamCall BedrockUpstream::modelsCall() const
{
    // Of the control plane, another host: the provider's file names it ("models_url").
    UpstreamCall call;
    call.method = QByteArrayLiteral("GET");
    call.path = QByteArrayLiteral("/foundation-models");
    return call;
}

Result<std::vector<QByteArray>> BedrockUpstream::decodeModels(QByteArrayView body) const
{
    const auto document = json::Document::parse(body.toByteArray());
    if (!document)
        return fail(document.error().in("model list"));
    const json::View models = (*document)["modelSummaries"];
    const json::View profiles = (*document)["inferenceProfileSummaries"];
    if (!models.isArray() && !profiles.isArray())
        return fail(ErrorKind::Protocol, "model list: the answer has no \"modelSummaries\" array");
    std::vector<QByteArray> ids;
    const auto take = [&ids](json::View list, QByteArrayView name) {
        for (const json::View entry : list.elements()) {
            if (auto id = entry[name].string(); id && !id->isEmpty())
                ids.push_back(std::move(*id));
        }
    };
    take(models, "modelId");
    take(profiles, "inferenceProfileId");
    return ids;
}

} // namespace fairlead::wire
