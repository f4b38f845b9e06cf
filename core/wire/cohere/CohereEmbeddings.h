// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "wire/EmbeddingCodec.h"

namespace fairlead::wire {

/// POST /v2/embed on both sides. Cohere's integer types only its own dialect can carry; others give floats.
class CohereEmbeddings final : public EmbeddingCodec
{
public:
    [[nodiscard]] Result<chat::EmbeddingRequest> decodeRequest(const InboundCall &call) const override;
    [[nodiscard]] QByteArray encodeAnswer(
        const chat::EmbeddingAnswer &answer, const chat::EmbeddingRequest &request,
        const AnswerContext &context) const override;
    [[nodiscard]] Result<UpstreamCall>
    encodeRequest(const chat::EmbeddingRequest &request, const Quirks &quirks, Losses &losses) const override;
    [[nodiscard]] tl::expected<chat::EmbeddingAnswer, Failure>
    decodeAnswer(QByteArrayView body, const Quirks &quirks) const override;
};

} // namespace fairlead::wire
