// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/gemini/GeminiTokenCount.h"

#include "wire/gemini/Fields.h"
#include "wire/gemini/MethodPath.h"
#include "wire/gemini/RequestEncoder.h"
#include "wire/gemini/RequestReader.h"
#include "json/Splice.h"
#include "json/Writer.h"

namespace fairlead::wire {

namespace {

constexpr QByteArrayView kMethod = "countTokens";

UpstreamCall callFor(const QByteArray &model, QByteArray body)
{
    UpstreamCall call;
    call.path = gemini::pathOf(model, kMethod);
    call.headers = {{"content-type", "application/json"}};
    call.body = std::move(body);
    return call;
}

/// True if there is nothing to count but the contents.
bool isBare(json::View request)
{
    for (const auto &[name, value] : request.members()) {
        if (name != "contents" && !(name == "generationConfig" && value.count() == 0))
            return false;
    }
    return true;
}

} // namespace

Result<ChatRequest> GeminiTokenCount::decodeRequest(const InboundCall &call) const
{
    const json::View root = call.document.root();
    const json::View whole = gemini::field(root, "generateContentRequest");
    auto request = gemini::readRequest(whole ? whole : root);
    if (request)
        request->model = gemini::methodPath(call.path).model;
    return request;
}

QByteArray GeminiTokenCount::encodeAnswer(std::int64_t inputTokens) const
{
    return json::Writer().beginObject().memberInteger("totalTokens", inputTokens).endObject().text();
}

Result<UpstreamCall>
GeminiTokenCount::encodeRequest(const ChatRequest &request, const Quirks &quirks, Losses &losses) const
{
    const auto content = gemini::encodeRequest(request, quirks, losses);
    if (!content)
        return fail(content.error());
    const auto document = json::Document::parse(content->body);
    json::Writer writer(content->body.size() + 128);
    writer.beginObject();
    if (isBare(document->root())) {
        // The one form that Vertex AI takes as well.
        writer.memberRaw("contents", (*document)["contents"].raw());
    } else {
        writer.key("generateContentRequest").beginObject();
        writer.member("model", gemini::resourceName(request.model));
        for (const auto &[name, value] : document->root().members())
            writer.memberRaw(name, value.raw());
        writer.endObject();
    }
    writer.endObject();
    return callFor(request.model, writer.take());
}

Result<UpstreamCall>
GeminiTokenCount::passThrough(const InboundCall &call, const QByteArray &model, const Quirks &) const
{
    const json::View whole = gemini::field(call.document.root(), "generateContentRequest");
    json::Splice splice(call.document);
    splice.replace(whole["model"], json::quoted(gemini::resourceName(model)));
    return callFor(model, splice.apply());
}

Result<std::int64_t> GeminiTokenCount::decodeAnswer(QByteArrayView body) const
{
    const auto document = json::Document::parse(body.toByteArray());
    if (!document)
        return fail(document.error().in("token count"));
    const auto total = (*document)["totalTokens"].integer();
    if (!total || *total < 0)
        return fail(ErrorKind::Protocol, "token count: the answer has no \"totalTokens\"");
    return *total;
}

} // namespace fairlead::wire
