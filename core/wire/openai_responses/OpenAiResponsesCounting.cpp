// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/openai_responses/OpenAiResponsesCounting.h"

#include "wire/openai_responses/RequestReader.h"
#include "wire/openai_responses/RequestWriter.h"
#include "json/Writer.h"

namespace fairlead::wire {

Result<ChatRequest> OpenAiResponsesCounting::decodeRequest(const InboundCall &call) const
{
    return openai_responses::readRequest(call.document.root());
}

QByteArray OpenAiResponsesCounting::encodeAnswer(std::int64_t inputTokens) const
{
    json::Writer writer;
    writer.beginObject().member("object", "response.input_tokens");
    return writer.memberInteger("input_tokens", inputTokens).endObject().take();
}

Result<UpstreamCall>
OpenAiResponsesCounting::encodeRequest(const ChatRequest &request, const Quirks &quirks, Losses &losses) const
{
    UpstreamCall call;
    call.path = QByteArrayLiteral("/responses/input_tokens");
    call.headers.add("content-type", "application/json");
    call.headers.add("accept", "application/json");
    call.body = openai_responses::writeCountRequest(request, quirks, losses);
    return call;
}

Result<std::int64_t> OpenAiResponsesCounting::decodeAnswer(QByteArrayView body) const
{
    const auto document = json::Document::parse(body.toByteArray());
    const auto tokens = document ? document->root()["input_tokens"].integer() : std::nullopt;
    if (!tokens || *tokens < 0)
        return fail(
            ErrorKind::Protocol, QByteArrayLiteral("The provider's answer holds no count of tokens."));
    return *tokens;
}

} // namespace fairlead::wire
