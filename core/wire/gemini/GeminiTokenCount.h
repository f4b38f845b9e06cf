// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "wire/TokenCountCodec.h"

namespace fairlead::wire {

/// models/{model}:countTokens. What is counted stands in the body as it is, or as a generateContentRequest.
class GeminiTokenCount final : public TokenCountCodec
{
public:
    [[nodiscard]] Result<ChatRequest> decodeRequest(const InboundCall &call) const override;
    [[nodiscard]] QByteArray encodeAnswer(std::int64_t inputTokens) const override;
    [[nodiscard]] Result<UpstreamCall>
    encodeRequest(const ChatRequest &request, const Quirks &quirks, Losses &losses) const override;
    [[nodiscard]] Result<UpstreamCall>
    passThrough(const InboundCall &call, const QByteArray &model, const Quirks &quirks) const override;
    [[nodiscard]] Result<std::int64_t> decodeAnswer(QByteArrayView body) const override;
};

} // namespace fairlead::wire
