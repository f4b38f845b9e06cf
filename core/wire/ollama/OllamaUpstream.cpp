// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/ollama/OllamaUpstream.h"

#include "wire/ErrorBody.h"
#include "wire/ollama/OllamaStream.h"
#include "wire/ollama/RequestWriter.h"
#include "json/View.h"

namespace fairlead::wire {

Result<UpstreamCall>
OllamaUpstream::encodeRequest(const ChatRequest &request, const Quirks &quirks, Losses &losses) const
{
    auto body = ollama::writeRequest(request, losses);
    if (!body)
        return fail(body.error());
    PassedRequest passed;
    passed.model = request.model;
    passed.stream = request.stream;
    passed.body = std::move(*body);
    return passThroughCall(std::move(passed), quirks);
}

UpstreamCall OllamaUpstream::passThroughCall(PassedRequest request, const Quirks &) const
{
    UpstreamCall call;
    call.path = request.callerPath.endsWith("/generate") ? QByteArrayLiteral("/api/generate")
                                                         : QByteArrayLiteral("/api/chat");
    call.headers.add("content-type", "application/json");
    call.headers.add("accept", request.stream ? "application/x-ndjson" : "application/json");
    call.body = std::move(request.body);
    return call;
}

std::unique_ptr<StreamDecoder> OllamaUpstream::makeStreamDecoder(const Quirks &, DecodeMode mode) const
{
    return std::make_unique<ollama::OllamaStream>(mode);
}

std::vector<ChatEvent> OllamaUpstream::decodeAnswer(QByteArrayView body, const Quirks &) const
{
    return ollama::decodeWhole(body);
}

Failure OllamaUpstream::decodeError(int status, const Headers &headers, QByteArrayView body) const
{
    return failureFromResponse(status, headers, body);
}

UpstreamCall OllamaUpstream::modelsCall() const
{
    UpstreamCall call;
    call.method = QByteArrayLiteral("GET");
    call.path = QByteArrayLiteral("/api/tags");
    call.headers.add("accept", "application/json");
    return call;
}

Result<std::vector<QByteArray>> OllamaUpstream::decodeModels(QByteArrayView body) const
{
    const auto document = json::Document::parse(body.toByteArray());
    if (!document)
        return fail(document.error().in("model list"));
    if (!(*document)["models"].isArray())
        return fail(ErrorKind::Protocol, "model list: the answer has no \"models\" array");
    std::vector<QByteArray> ids;
    for (const json::View model : (*document)["models"].elements()) {
        QByteArray name = model["model"].stringOr(model["name"].stringOr({}));
        if (!name.isEmpty())
            ids.push_back(std::move(name));
    }
    return ids;
}

} // namespace fairlead::wire
