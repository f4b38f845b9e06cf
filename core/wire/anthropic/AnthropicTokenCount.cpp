// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/anthropic/AnthropicTokenCount.h"

#include "wire/anthropic/BodyVersion.h"
#include "wire/anthropic/RequestEncoder.h"
#include "wire/anthropic/RequestReader.h"
#include "json/View.h"
#include "json/Writer.h"

namespace fairlead::wire {

Result<ChatRequest> AnthropicTokenCount::decodeRequest(const InboundCall &call) const
{
    return anthropic::readRequest(call);
}

QByteArray AnthropicTokenCount::encodeAnswer(std::int64_t inputTokens) const
{
    return json::Writer().beginObject().memberInteger("input_tokens", inputTokens).endObject().take();
}

Result<UpstreamCall>
AnthropicTokenCount::encodeRequest(const ChatRequest &request, const Quirks &quirks, Losses &losses) const
{
    auto call = anthropic::encodeCountRequest(request, quirks, losses);
    if (call)
        *call = anthropic::withBodyVersion(std::move(*call), quirks);
    return call;
}

Result<std::int64_t> AnthropicTokenCount::decodeAnswer(QByteArrayView body) const
{
    const auto document = json::Document::parse(body.toByteArray());
    if (!document)
        return fail(document.error().in("token count"));
    const auto tokens = (*document)["input_tokens"].integer();
    if (!tokens)
        return fail(ErrorKind::Protocol, "token count: the answer has no \"input_tokens\"");
    return *tokens;
}

} // namespace fairlead::wire
