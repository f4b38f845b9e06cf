// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Clock.h"
#include "http/Server.h"
#include "providers/ProviderSpec.h"

#include <memory>

namespace fairlead::providers {

/// A provider that lives on this machine and needs no key and no network: a small HTTP server on a free
/// loopback port that speaks OpenAI's chat dialect, so that what is tried out is the very path a real
/// provider takes. Deterministic: the same question gets the same answer. Every answer says that it is a
/// demo.
///
/// Models: fast, slow, thinker (reasons first), tools (calls a tool if one is offered), flaky (every second
/// request fails with 503), down (always fails).
class DemoProvider final : public http::Handler
{
public:
    /// `speedUp`: how many times faster than a real provider it answers; tests and pictures need not wait.
    DemoProvider(io::StreamFactory &streams, Clock &clock, int speedUp = 1);
    ~DemoProvider() override;

    /// Starts listening; the spec to route to it. An error if no loopback port can be had.
    [[nodiscard]] Result<std::shared_ptr<const ProviderSpec>> start();

    void handle(http::ExchangePtr exchange) override;

    /// The spec with the port left out, for lists shown before it runs.
    [[nodiscard]] static ProviderSpec makeSpec(quint16 port);

private:
    Task<> answer(http::ExchangePtr exchange);

    Clock &m_clock;
    int m_speedUp;
    std::unique_ptr<http::Server> m_server;
    quint64 m_flakyCount = 0;
};

} // namespace fairlead::providers
