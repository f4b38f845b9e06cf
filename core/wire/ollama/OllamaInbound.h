// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "wire/Codec.h"
#include "wire/ollama/Endpoint.h"

namespace fairlead::wire {

/// Ollama's API as local tools speak it: https://docs.ollama.com/api
class OllamaInbound final : public InboundCodec
{
public:
    explicit OllamaInbound(ollama::Endpoint endpoint)
        : m_endpoint(endpoint)
    { }

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

private:
    const ollama::Endpoint m_endpoint;
};

} // namespace fairlead::wire
