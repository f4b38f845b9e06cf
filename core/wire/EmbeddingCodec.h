// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "chat/Embedding.h"
#include "wire/Codec.h"

namespace fairlead::wire {

/// How one dialect asks for and gives embeddings, for both sides. Pure, as the chat codecs are. A dialect
/// that is only one side leaves the other's methods to fail with ErrorKind::Invalid.
class EmbeddingCodec
{
public:
    EmbeddingCodec() = default;
    virtual ~EmbeddingCodec() = default;
    Q_DISABLE_COPY_MOVE(EmbeddingCodec)

    // The side a local tool speaks.
    [[nodiscard]] virtual Result<chat::EmbeddingRequest> decodeRequest(const InboundCall &call) const = 0;
    /// Every vector is in the form the request wants: base64 where it says so, else numbers.
    [[nodiscard]] virtual QByteArray encodeAnswer(
        const chat::EmbeddingAnswer &answer, const chat::EmbeddingRequest &request,
        const AnswerContext &context) const = 0;

    // The side a provider speaks.
    [[nodiscard]] virtual Result<UpstreamCall>
    encodeRequest(const chat::EmbeddingRequest &request, const Quirks &quirks, Losses &losses) const = 0;
    /// For the same dialect on both sides: the caller's bytes with the target's model name spliced in. The
    /// usual case is a body with a member "model"; a dialect that names it elsewhere overrides this.
    [[nodiscard]] virtual Result<UpstreamCall>
    passThrough(const InboundCall &call, const QByteArray &model, const Quirks &quirks) const;
    [[nodiscard]] virtual tl::expected<chat::EmbeddingAnswer, Failure>
    decodeAnswer(QByteArrayView body, const Quirks &quirks) const = 0;
};

} // namespace fairlead::wire
