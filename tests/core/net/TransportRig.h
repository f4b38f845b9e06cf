// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "io/StreamFactory.h"
#include "net/QnamTransport.h"
#include "net/UpstreamManager.h"
#include "support/Await.h"
#include "support/FakeUpstream.h"
#include "support/ManualClock.h"

namespace fairlead::test {

/// What the tests of this room stand on: time that stands still, a manager, the transport over it.
struct TransportRig {
    explicit TransportRig(net::PoolLimits limits = {})
        : manager(std::make_unique<net::UpstreamManager>(streams, clock, limits))
        , transport(std::make_unique<net::QnamTransport>(*manager, clock))
    { }

    ManualClock clock;
    io::StreamFactory streams;
    std::unique_ptr<net::UpstreamManager> manager;
    std::unique_ptr<net::QnamTransport> transport;
};

/// An exchange from its beginning to its end.
struct Outcome {
    int status = 0;
    Headers headers;
    QByteArray body;
    std::optional<net::TransportErrorKind> error;
    QByteArray message;
    net::TransportTimes times;
};

inline Task<Outcome> exchange(net::HttpTransport &transport, net::TransportRequest request)
{
    Outcome outcome;
    auto response = co_await transport.send(std::move(request));
    if (!response) {
        outcome.error = response.error().kind();
        outcome.message = response.error().message();
        co_return outcome;
    }
    outcome.status = (*response)->status();
    outcome.headers = (*response)->headers();
    while (true) {
        auto part = co_await (*response)->read();
        if (!part) {
            outcome.error = part.error().kind();
            outcome.message = part.error().message();
            break;
        }
        if (part->isEmpty())
            break;
        outcome.body += *part;
    }
    outcome.times = (*response)->times();
    co_return outcome;
}

inline net::TransportRequest post(const QUrl &url, const QByteArray &body = "{}")
{
    net::TransportRequest request;
    request.url = url;
    request.headers.add("content-type", "application/json");
    request.body = body;
    return request;
}

} // namespace fairlead::test
