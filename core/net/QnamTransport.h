// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "net/HttpTransport.h"
#include "net/UpstreamManager.h"

namespace fairlead::net {

/// HttpTransport over QNetworkAccessManager's API. Works with UpstreamManager and, for tests and as a fallback, with a
/// plain manager.
class QnamTransport final : public HttpTransport
{
public:
    QnamTransport(QNetworkAccessManager &manager, Clock &clock);
    [[nodiscard]] Task<TransportResult<std::unique_ptr<TransportResponse>>> send(TransportRequest request) override;

private:
    QNetworkAccessManager &m_manager;
    Clock &m_clock;
};

} // namespace fairlead::net
