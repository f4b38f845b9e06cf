// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "wire/Codec.h"

namespace fairlead::wire {

/// The Responses API as OpenAI, Azure, xAI, OpenRouter, DeepSeek and others serve it.
/// https://platform.openai.com/docs/api-reference/responses
class OpenAiResponsesUpstream final : public UpstreamCodec
{
public:
    [[nodiscard]] Result<UpstreamCall>
    encodeRequest(const ChatRequest &request, const Quirks &quirks, Losses &losses) const override;
    [[nodiscard]] UpstreamCall passThroughCall(PassedRequest request, const Quirks &quirks) const override;
    [[nodiscard]] std::unique_ptr<StreamDecoder>
    makeStreamDecoder(const Quirks &quirks, DecodeMode mode) const override;
    [[nodiscard]] std::vector<ChatEvent>
    decodeAnswer(QByteArrayView body, const Quirks &quirks) const override;
    [[nodiscard]] Failure decodeError(int status, const Headers &headers, QByteArrayView body) const override;
    [[nodiscard]] UpstreamCall modelsCall() const override;
    [[nodiscard]] Result<std::vector<QByteArray>> decodeModels(QByteArrayView body) const override;
};

} // namespace fairlead::wire
