// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "routing/Failover.h"
#include "wire/TokenCountCodec.h"

#include <optional>

namespace fairlead::gateway {

/// Asks a target's own counting endpoint.
class CountCalls final : public routing::CallSource
{
public:
    /// `dialect` and `call` outlive this.
    CountCalls(const wire::Wire &dialect, const wire::InboundCall &call, chat::ChatRequest request);

    [[nodiscard]] tl::expected<routing::PreparedCall, chat::Failure>
    prepare(const routing::Target &target) override;
    /// Who asks wants to know at once or not at all.
    [[nodiscard]] routing::RequestContent look() override { return routing::contentOf(m_request); }
    [[nodiscard]] const Headers *headers() const override { return &m_call.headers; }
    [[nodiscard]] int mostRetries() const override { return 0; }

    [[nodiscard]] const chat::ChatRequest &request() const { return m_request; }
    /// Set once the target has answered.
    [[nodiscard]] std::optional<std::int64_t> count() const { return m_count; }

private:
    class Reader;

    const wire::Wire &m_dialect;
    const wire::InboundCall &m_call;
    chat::ChatRequest m_request;
    std::optional<std::int64_t> m_count;
};

} // namespace fairlead::gateway
