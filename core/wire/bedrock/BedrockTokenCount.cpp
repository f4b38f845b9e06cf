// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/bedrock/BedrockTokenCount.h"

#include "wire/bedrock/RequestEncoder.h"
#include "json/View.h"

namespace fairlead::wire {

Result<ChatRequest> BedrockTokenCount::decodeRequest(const InboundCall &) const
{
    return fail(ErrorKind::Invalid, "Bedrock's dialect is not spoken to us");
}

QByteArray BedrockTokenCount::encodeAnswer(std::int64_t inputTokens) const
{
    return "{\"inputTokens\":" + QByteArray::number(qint64(inputTokens)) + '}';
}

Result<UpstreamCall>
BedrockTokenCount::encodeRequest(const ChatRequest &request, const Quirks &quirks, Losses &losses) const
{
    return bedrock::encodeCount(request, quirks, losses);
}

Result<std::int64_t> BedrockTokenCount::decodeAnswer(QByteArrayView body) const
{
    const auto document = json::Document::parse(body.toByteArray());
    if (!document)
        return fail(document.error().in("token count"));
    const auto tokens = (*document)["inputTokens"].integer();
    if (!tokens || *tokens < 0)
        return fail(ErrorKind::Protocol, "token count: the answer has no \"inputTokens\"");
    return *tokens;
}

} // namespace fairlead::wire
