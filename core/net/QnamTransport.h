// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "net/HttpTransport.h"
#include "net/UpstreamManager.h"

#include <QNetworkRequest>

#include <memory>

namespace fairlead::net {

class Deadlines;

/// HttpTransport over QNetworkAccessManager's API. Works with UpstreamManager and, for tests and as a
/// fallback, with a plain manager. Manager and clock outlive it; exchanges under way may outlive it.
class QnamTransport final : public HttpTransport
{
public:
    QnamTransport(QNetworkAccessManager &manager, Clock &clock);
    ~QnamTransport() override;
    Q_DISABLE_COPY_MOVE(QnamTransport)

    [[nodiscard]] Task<TransportResult<std::unique_ptr<TransportResponse>>>
    send(TransportRequest request) override;

private:
    [[nodiscard]] QNetworkReply *start(const TransportRequest &request);

    QNetworkAccessManager &m_manager;
    UpstreamManager *m_upstream; ///< m_manager, if it is one
    QNetworkRequest m_latest; ///< only its URL: making one is dear, copying it is not
    Clock &m_clock;
    std::shared_ptr<Deadlines> m_deadlines;
};

} // namespace fairlead::net
