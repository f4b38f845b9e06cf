// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "wire/Codec.h"

namespace fairlead::wire {

/// OpenAI Chat Completions as local tools speak it.
class OpenAiChatInbound final : public InboundCodec
{
public:
    [[nodiscard]] Result<RequestHead> peek(const InboundCall &call) const override;
    [[nodiscard]] Result<ChatRequest> decodeRequest(const InboundCall &call) const override;
    [[nodiscard]] std::unique_ptr<StreamEncoder>
    makeStreamEncoder(const AnswerContext &context) const override;
    [[nodiscard]] QByteArray streamContentType(const AnswerContext &context) const override;
    [[nodiscard]] QByteArray
    encodeAnswer(const ChatAnswer &answer, const AnswerContext &context) const override;
    [[nodiscard]] EncodedError encodeError(const Failure &failure) const override;
    [[nodiscard]] Result<PassThrough>
    passThrough(const InboundCall &call, QByteArrayView model, const Quirks &quirks) const override;
    [[nodiscard]] Result<PassThrough> passPeeked(
        const InboundCall &call, const RequestHead &head, QByteArrayView model,
        const Quirks &quirks) const override;
};

} // namespace fairlead::wire
