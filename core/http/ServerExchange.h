// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Cancel.h"
#include "http/Exchange.h"

#include <memory>
#include <optional>

namespace fairlead::http {

class Connection;
class ServerCore;

/// The server's exchange. Knows its connection until it has answered or lost it.
class ServerExchange final : public Exchange, public std::enable_shared_from_this<ServerExchange>
{
public:
    ServerExchange(ServerCore &core, Connection &connection, Request request);
    ~ServerExchange() override;

    [[nodiscard]] const Request &request() const override { return m_request; }
    [[nodiscard]] CancelToken cancelToken() const override;
    void addCommonHeader(QByteArray name, QByteArray value) override;
    void reply(Response response) override;
    void begin(int status, Headers headers) override;
    [[nodiscard]] Task<bool> write(QByteArray bytes) override;
    [[nodiscard]] bool tryWrite(QByteArray bytes) override;
    [[nodiscard]] Task<bool> drained() override;
    void end(QByteArray last = {}) override;
    void cut() override;
    void reset() override;
    [[nodiscard]] bool isGone() const override { return m_lost != CancelReason::None; }
    [[nodiscard]] bool hasBegun() const override { return m_hasBegun; }

    /// The connection is gone, or the server takes it away.
    void lose(CancelReason reason);
    void drainedNow() { m_drained.notify(); }

private:
    /// The connection, for the last time.
    [[nodiscard]] std::shared_ptr<Connection> letGo();

    std::weak_ptr<ServerCore> m_core;
    Connection *m_connection; ///< null once answered or lost
    Request m_request;
    Headers m_commonHeaders;
    mutable std::optional<CancelSource> m_cancel; ///< made when somebody asks
    CancelReason m_lost = CancelReason::None;
    Signal m_drained;
    bool m_hasBegun = false;
    bool m_hasSent = false;
};

} // namespace fairlead::http
