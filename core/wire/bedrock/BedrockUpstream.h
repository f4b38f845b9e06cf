// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "wire/Codec.h"

namespace fairlead::wire {

/// Amazon Bedrock's Converse API (base https://bedrock-runtime.{region}.amazonaws.com). One side only: no
/// tool speaks it to us, so nothing passes through it untranslated.
class BedrockUpstream final : public UpstreamCodec
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
