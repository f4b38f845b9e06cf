// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "wire/Codec.h"

namespace fairlead::wire {

/// How one dialect asks how many input tokens a request would be, without running it. What is counted is an
/// ordinary chat request.
class TokenCountCodec
{
public:
    TokenCountCodec() = default;
    virtual ~TokenCountCodec() = default;
    Q_DISABLE_COPY_MOVE(TokenCountCodec)

    // The side a local tool speaks.
    [[nodiscard]] virtual Result<ChatRequest> decodeRequest(const InboundCall &call) const = 0;
    [[nodiscard]] virtual QByteArray encodeAnswer(std::int64_t inputTokens) const = 0;

    // The side a provider speaks.
    [[nodiscard]] virtual Result<UpstreamCall>
    encodeRequest(const ChatRequest &request, const Quirks &quirks, Losses &losses) const = 0;
    /// For the same dialect on both sides: the caller's bytes with the target's model name spliced in. The
    /// usual case is a body with a member "model"; a dialect that names it elsewhere overrides this, and so
    /// does one that passes opt-ins of the caller's headers on.
    [[nodiscard]] virtual Result<UpstreamCall>
    passThrough(const InboundCall &call, const QByteArray &model, const Quirks &quirks) const;
    [[nodiscard]] virtual Result<std::int64_t> decodeAnswer(QByteArrayView body) const = 0;
};

} // namespace fairlead::wire
