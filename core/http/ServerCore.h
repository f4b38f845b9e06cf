// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "http/ResponseWriter.h"
#include "http/Server.h"

#include <QObject>

#include <memory>
#include <unordered_map>
#include <vector>

namespace fairlead::http {

class Connection;

/// What the connections of one server share. Outlived by exchanges that a handler still holds: they keep a
/// weak_ptr.
class ServerCore final : public std::enable_shared_from_this<ServerCore>
{
public:
    ServerCore(Clock &clock, Handler &handler, const ServerLimits &limits);
    ~ServerCore();
    Q_DISABLE_COPY_MOVE(ServerCore)

    void addConnection(std::unique_ptr<io::ByteStream> stream);
    void removeConnection(Connection *connection);
    void exchangeStarted() { ++m_exchangeCount; }
    void exchangeEnded();

    void startListening(std::vector<std::unique_ptr<io::StreamFactory::Listening>> sockets);
    void stopListening();
    void cancelAll(CancelReason reason);
    void closeAll();
    /// The answer to a request that no handler sees.
    [[nodiscard]] Response renderRefusal(int status, const QByteArray &message, const Request &request) const;
    /// Calls `later` from the event loop, unless the server is gone by then.
    void post(std::function<void()> later);

    [[nodiscard]] Clock &clock() const { return m_clock; }
    [[nodiscard]] Handler &handler() const { return m_handler; }
    [[nodiscard]] const ServerLimits &limits() const { return m_limits; }
    [[nodiscard]] ResponseWriter &writer() { return m_writer; }
    /// Where connections read into; what it holds is used up before anything else runs.
    [[nodiscard]] std::vector<char> &scratch() { return m_scratch; }
    [[nodiscard]] bool isStopping() const { return m_isStopping; }
    [[nodiscard]] int connectionCount() const { return static_cast<int>(m_connections.size()); }
    [[nodiscard]] int exchangeCount() const { return m_exchangeCount; }

    std::vector<std::unique_ptr<io::StreamFactory::Listening>> listening;
    Server::RenderError renderError;
    std::function<void()> idle;

private:
    [[nodiscard]] std::vector<std::shared_ptr<Connection>> connections() const;
    void pauseAccepting(bool paused);
    void startSweeping();
    void sweep();
    void tellIdle();

    Clock &m_clock;
    Handler &m_handler;
    const ServerLimits m_limits;
    ResponseWriter m_writer;
    std::vector<char> m_scratch;
    std::unordered_map<Connection *, std::shared_ptr<Connection>> m_connections;
    int m_exchangeCount = 0;
    bool m_isStopping = false;
    bool m_idleOwed = false;
    TimerHandle m_sweepTimer;
    QObject m_context;
};

} // namespace fairlead::http
