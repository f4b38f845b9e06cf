// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "wire/EmbeddingCodec.h"

namespace fairlead::wire {

/// /api/embed on both sides, and the older /api/embeddings (one prompt, one vector) for local tools.
class OllamaEmbedding final : public EmbeddingCodec
{
public:
    [[nodiscard]] Result<chat::EmbeddingRequest> decodeRequest(const InboundCall &call) const override;
    [[nodiscard]] QByteArray encodeAnswer(
        const chat::EmbeddingAnswer &answer, const chat::EmbeddingRequest &request,
        const AnswerContext &context) const override;

    [[nodiscard]] Result<UpstreamCall>
    encodeRequest(const chat::EmbeddingRequest &request, const Quirks &quirks, Losses &losses) const override;
    /// To the endpoint it came to: the older one's body is another's.
    [[nodiscard]] Result<UpstreamCall>
    passThrough(const InboundCall &call, const QByteArray &model, const Quirks &quirks) const override;
    [[nodiscard]] tl::expected<chat::EmbeddingAnswer, Failure>
    decodeAnswer(QByteArrayView body, const Quirks &quirks) const override;
};

} // namespace fairlead::wire
