// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "wire/Codec.h"

namespace fairlead::wire {

/// OpenAI Chat Completions and its family, as spoken by a provider.
class OpenAiChatUpstream final : public UpstreamCodec
{
public:
    [[nodiscard]] Result<UpstreamCall>
    encodeRequest(const ChatRequest &request, const Quirks &quirks, Losses &losses) const override;
    [[nodiscard]] UpstreamCall passThroughCall(PassedRequest request, const Quirks &quirks) const override;
    [[nodiscard]] std::unique_ptr<StreamDecoder>
    makeStreamDecoder(const Quirks &quirks, DecodeMode mode) const override;
    [[nodiscard]] std::vector<ChatEvent>
    decodeAnswer(QByteArrayView body, const Quirks &quirks) const override;
    [[nodiscard]] std::vector<ChatEvent> tapAnswer(QByteArrayView body, const Quirks &quirks) const override;
    [[nodiscard]] Failure decodeError(int status, const Headers &headers, QByteArrayView body) const override;
    [[nodiscard]] UpstreamCall modelsCall() const override;
    [[nodiscard]] Result<std::vector<QByteArray>> decodeModels(QByteArrayView body) const override;
};

} // namespace fairlead::wire
