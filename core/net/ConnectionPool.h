// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Clock.h"
#include "io/StreamFactory.h"
#include "net/ResponseParser.h"
#include "net/UpstreamManager.h"

#include <QNetworkProxy>
#include <QSslConfiguration>

#include <memory>
#include <optional>
#include <vector>

namespace fairlead::net {

class ConnectionPool;

/// One connection and what belongs to it. Whoever holds it may use it; destroying it closes it.
class Connection final : private io::ByteStream::Listener
{
public:
    struct Target {
        io::Endpoint endpoint;
        std::shared_ptr<const QSslConfiguration> tls; ///< null for plain; costly to make and to compare
        std::optional<QNetworkProxy> proxy; ///< none: direct
        [[nodiscard]] bool sameAs(const Target &other) const;
    };

    Connection(ConnectionPool &pool, Target target, qsizetype mostHeadBytes);
    ~Connection() override;
    Q_DISABLE_COPY_MOVE(Connection)

    [[nodiscard]] io::ByteStream &stream() { return *m_stream; }
    [[nodiscard]] ResponseParser &parser() { return m_parser; }
    [[nodiscard]] bool isReused() const { return m_reused; }

private:
    friend class ConnectionPool;
    // While it lies idle; anything that happens then makes it useless.
    void streamReadable() override;
    void streamClosed(io::CloseReason reason, const QByteArray &detail) override;

    ConnectionPool &m_pool;
    Target m_target;
    std::unique_ptr<io::ByteStream> m_stream;
    ResponseParser m_parser;
    bool m_reused = false;
    SteadyTime m_idleSince;
};

/// Keeps connections alive between requests. Never makes anybody wait: with none idle, a new one is opened.
class ConnectionPool
{
public:
    ConnectionPool(io::StreamFactory &streams, Clock &clock, const PoolLimits &limits);
    ~ConnectionPool();
    Q_DISABLE_COPY_MOVE(ConnectionPool)

    /// Ready to be written to, or null.
    [[nodiscard]] std::unique_ptr<Connection>
    takeIdle(const Connection::Target &target, io::ByteStream::Listener *user);
    /// Starts connecting; the user hears streamConnected or streamClosed.
    [[nodiscard]] std::unique_ptr<Connection> open(Connection::Target target, io::ByteStream::Listener *user);
    /// After an answer that left the connection clean.
    void giveBack(std::unique_ptr<Connection> connection);

    [[nodiscard]] int active() const { return m_all - idle(); }
    [[nodiscard]] int idle() const { return static_cast<int>(m_idle.size()); }
    void closeIdle() { m_idle.clear(); }

private:
    friend class Connection;
    void dropIdle(const Connection *connection);
    void sweep();
    void scheduleSweep();

    io::StreamFactory &m_streams;
    Clock &m_clock;
    PoolLimits m_limits;
    int m_all = 0;
    std::vector<std::unique_ptr<Connection>> m_idle; ///< the one that has waited longest first
    TimerHandle m_sweep;
};

} // namespace fairlead::net
