// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Clock.h"
#include "http/Server.h"
#include "providers/DemoFault.h"
#include "providers/ProviderSpec.h"
#include "json/View.h"

#include <QHash>

#include <functional>
#include <memory>

namespace fairlead::providers {

/// A provider that lives on this machine and needs no key and no network: a small HTTP server on a free
/// loopback port that speaks OpenAI's chat dialect, so that what is tried out is the very path a real
/// provider takes. Deterministic: the same question gets the same answer. Every answer says that it is a
/// demo.
///
/// Models: fast, slow, thinker (reasons first), tools (calls a tool if one is offered), flaky (every second
/// request fails with 503), down (always fails); and one for every DemoFault, which are in no list: they are
/// asked for by name.
class DemoProvider final : public http::Handler
{
public:
    /// `speedUp`: how many times faster than a real provider it answers; tests and pictures need not wait.
    DemoProvider(io::StreamFactory &streams, Clock &clock, int speedUp = 1);
    ~DemoProvider() override;

    /// Starts listening; the spec to route to it. An error if no loopback port can be had.
    [[nodiscard]] Result<std::shared_ptr<const ProviderSpec>> start();

    void handle(http::ExchangePtr exchange) override;

    /// A request as it arrived, for whoever wants to know how often we are asked.
    struct Seen {
        QByteArray model;
        SteadyTime when;
        bool prefilled = false; ///< its last message is the assistant's
        bool refused = false; ///< answered with an error, or not at all
    };
    void setWatcher(std::function<void(const Seen &)> watcher) { m_watcher = std::move(watcher); }

    /// The spec with the port left out, for lists shown before it runs.
    [[nodiscard]] static ProviderSpec makeSpec(quint16 port);

private:
    /// What a model that fails on purpose has been asked so far.
    struct Asked {
        int times = 0;
        SteadyTime first;
    };

    Task<> answer(http::ExchangePtr exchange);
    Task<> play(http::ExchangePtr exchange, DemoPlay play, bool streamed);
    Task<> refuse(http::ExchangePtr exchange, const DemoFault &fault);
    /// The fault, if it befalls this request.
    [[nodiscard]] const DemoFault *faultNow(const DemoFault *fault, bool prefilled);

    Clock &m_clock;
    int m_speedUp;
    std::unique_ptr<http::Server> m_server;
    quint64 m_flakyCount = 0;
    QHash<QByteArray, Asked> m_asked;
    std::function<void(const Seen &)> m_watcher;
};

} // namespace fairlead::providers
