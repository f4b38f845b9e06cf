// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/gemini/GeminiUpstream.h"

#include "wire/gemini/Errors.h"
#include "wire/gemini/GeminiStream.h"
#include "wire/gemini/MethodPath.h"
#include "wire/gemini/RequestEncoder.h"
#include "json/View.h"

namespace fairlead::wire {

Result<UpstreamCall>
GeminiUpstream::encodeRequest(const ChatRequest &request, const Quirks &quirks, Losses &losses) const
{
    return gemini::encodeRequest(request, quirks, losses);
}

UpstreamCall GeminiUpstream::passThroughCall(PassedRequest request, const Quirks &) const
{
    UpstreamCall call;
    call.path = gemini::pathOf(request.model, request.stream ? "streamGenerateContent" : "generateContent");
    const QByteArray query = request.callerQuery ? gemini::answerQuery(*request.callerQuery, request.stream)
                             : request.stream    ? QByteArrayLiteral("alt=sse")
                                                 : QByteArray();
    if (!query.isEmpty())
        call.path += '?' + query;
    call.headers = {{"content-type", "application/json"}};
    call.body = std::move(request.body);
    return call;
}

std::unique_ptr<StreamDecoder> GeminiUpstream::makeStreamDecoder(const Quirks &, DecodeMode mode) const
{
    return std::make_unique<gemini::GeminiStream>(mode);
}

std::vector<ChatEvent> GeminiUpstream::decodeAnswer(QByteArrayView body, const Quirks &) const
{
    return gemini::decodeResponse(body);
}

Failure GeminiUpstream::decodeError(int status, const Headers &headers, QByteArrayView body) const
{
    return gemini::failureOfAnswer(status, headers, body);
}

UpstreamCall GeminiUpstream::modelsCall() const
{
    UpstreamCall call;
    call.method = QByteArrayLiteral("GET");
    call.path = QByteArrayLiteral("/models?pageSize=1000");
    return call;
}

Result<std::vector<QByteArray>> GeminiUpstream::decodeModels(QByteArrayView body) const
{
    const auto document = json::Document::parse(body.toByteArray());
    if (!document)
        return fail(document.error().in("model list"));
    // Vertex AI's list is called publisherModels and its names are "publishers/google/models/...".
    const auto [models, published] = document->root().pick("models", "publisherModels");
    if (!models.isArray() && !published.isArray())
        return fail(ErrorKind::Protocol, "model list: the answer has no \"models\" array");
    std::vector<QByteArray> ids;
    for (const json::View model : (models.isArray() ? models : published).elements()) {
        QByteArray name = model["name"].stringOr({});
        if (const qsizetype at = name.indexOf("models/"); at >= 0)
            name.remove(0, at + 7);
        if (!name.isEmpty())
            ids.push_back(std::move(name));
    }
    return ids;
}

} // namespace fairlead::wire
