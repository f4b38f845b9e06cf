// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "routing/Failover.h"
#include "wire/EmbeddingCodec.h"

#include <optional>

namespace fairlead::gateway {

/// A request for embeddings as each target wants it, and the answer of the one that served. For a target that
/// speaks the caller's dialect the caller's own bytes are used.
class EmbeddingCalls final : public routing::CallSource
{
public:
    /// `dialect` and `call` outlive this.
    EmbeddingCalls(const wire::Wire &dialect, const wire::InboundCall &call, chat::EmbeddingRequest request);

    [[nodiscard]] std::optional<chat::Failure> whyUnfit(const routing::Target &target) override;
    [[nodiscard]] tl::expected<routing::PreparedCall, chat::Failure>
    prepare(const routing::Target &target) override;
    [[nodiscard]] const Headers *headers() const override { return &m_call.headers; }

    [[nodiscard]] const chat::EmbeddingRequest &request() const { return m_request; }
    /// Set once a target has served.
    [[nodiscard]] const std::optional<chat::EmbeddingAnswer> &answer() const { return m_answer; }

private:
    class Reader;

    const wire::Wire &m_dialect;
    const wire::InboundCall &m_call;
    chat::EmbeddingRequest m_request;
    std::optional<chat::EmbeddingAnswer> m_answer;
};

} // namespace fairlead::gateway
