// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "wire/EmbeddingCodec.h"

namespace fairlead::wire {

/// models/{model}:embedContent for one text, :batchEmbedContents for several.
class GeminiEmbeddings final : public EmbeddingCodec
{
public:
    [[nodiscard]] Result<chat::EmbeddingRequest> decodeRequest(const InboundCall &call) const override;
    [[nodiscard]] QByteArray encodeAnswer(
        const chat::EmbeddingAnswer &answer, const chat::EmbeddingRequest &request,
        const AnswerContext &context) const override;
    [[nodiscard]] Result<UpstreamCall>
    encodeRequest(const chat::EmbeddingRequest &request, const Quirks &quirks, Losses &losses) const override;
    [[nodiscard]] Result<UpstreamCall>
    passThrough(const InboundCall &call, const QByteArray &model, const Quirks &quirks) const override;
    [[nodiscard]] tl::expected<chat::EmbeddingAnswer, Failure>
    decodeAnswer(QByteArrayView body, const Quirks &quirks) const override;
};

} // namespace fairlead::wire
