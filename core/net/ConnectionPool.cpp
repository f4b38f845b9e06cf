// SPDX-License-Identifier: GPL-3.0-or-later
#include "net/ConnectionPool.h"

#include <algorithm>

namespace fairlead::net {

bool Connection::Target::sameAs(const Target &other) const
{
    const bool sameTls = tls == other.tls || (tls && other.tls && *tls == *other.tls);
    return sameTls && endpoint == other.endpoint && proxy == other.proxy;
}

Connection::Connection(ConnectionPool &pool, Target target, qsizetype mostHeadBytes)
    : m_pool(pool)
    , m_target(std::move(target))
    , m_parser(mostHeadBytes)
{
    ++m_pool.m_all;
}

Connection::~Connection()
{
    --m_pool.m_all;
}

void Connection::streamReadable()
{
    // Nobody asked anything: an end, or an answer to no question (408 before closing).
    m_pool.dropIdle(this);
}

void Connection::streamClosed(io::CloseReason, const QByteArray &)
{
    m_pool.dropIdle(this);
}

ConnectionPool::ConnectionPool(io::StreamFactory &streams, Clock &clock, const PoolLimits &limits)
    : m_streams(streams)
    , m_clock(clock)
    , m_limits(limits)
{ }

ConnectionPool::~ConnectionPool()
{
    m_idle.clear();
}

std::unique_ptr<Connection>
ConnectionPool::takeIdle(const Connection::Target &target, io::ByteStream::Listener *user)
{
    // The one used last: its window is open, and the others get a chance to grow old.
    const auto found = std::find_if(
        m_idle.rbegin(), m_idle.rend(), [&](const auto &idle) { return idle->m_target.sameAs(target); });
    if (found == m_idle.rend())
        return nullptr;
    std::unique_ptr<Connection> connection = std::move(*found);
    m_idle.erase(std::next(found).base());
    connection->m_reused = true;
    connection->m_stream->setListener(user);
    return connection;
}

std::unique_ptr<Connection> ConnectionPool::open(Connection::Target target, io::ByteStream::Listener *user)
{
    auto connection = std::make_unique<Connection>(*this, std::move(target), m_limits.mostHeadBytes);
    const Connection::Target &to = connection->m_target;
    const QSslConfiguration tls = to.tls ? *to.tls : QSslConfiguration();
    const QNetworkProxy proxy = to.proxy.value_or(QNetworkProxy(QNetworkProxy::NoProxy));
    connection->m_stream = m_streams.connectTo(to.endpoint, user, tls, proxy);
    return connection;
}

void ConnectionPool::giveBack(std::unique_ptr<Connection> connection)
{
    if (m_limits.mostIdle <= 0 || !connection->m_stream->isOpen())
        return;
    connection->m_stream->setListener(connection.get());
    connection->m_stream->setReadPaused(false);
    connection->m_idleSince = m_clock.steady();
    if (idle() >= m_limits.mostIdle)
        m_idle.erase(m_idle.begin());
    m_idle.push_back(std::move(connection));
    if (!m_sweep)
        scheduleSweep();
}

void ConnectionPool::dropIdle(const Connection *connection)
{
    std::erase_if(m_idle, [connection](const auto &idle) { return idle.get() == connection; });
}

void ConnectionPool::sweep()
{
    const SteadyTime oldest = m_clock.steady() - m_limits.idleFor;
    std::erase_if(m_idle, [oldest](const auto &idle) { return idle->m_idleSince <= oldest; });
    if (m_idle.empty())
        m_sweep.cancel();
    else
        scheduleSweep();
}

void ConnectionPool::scheduleSweep()
{
    // One timer for all, and not for each to the millisecond.
    const auto left
        = std::chrono::ceil<milliseconds>(m_idle.front()->m_idleSince + m_limits.idleFor - m_clock.steady());
    m_sweep
        = m_clock.after(std::max(left, std::min(m_limits.idleFor, milliseconds(1000))), [this] { sweep(); });
}

} // namespace fairlead::net
