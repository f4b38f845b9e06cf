// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/ServerCore.h"

#include "http/Connection.h"

#include "base/Logging.h"

#include <algorithm>
#include <utility>

namespace fairlead::http {

namespace {

constexpr std::size_t ScratchBytes = 64 * 1024;
// One coarse look at all connections instead of a timer for each: time-outs are seconds, a quarter more does
// not matter.
constexpr milliseconds SweepEvery{250};

} // namespace

ServerCore::ServerCore(Clock &clock, Handler &handler, const ServerLimits &limits)
    : m_clock(clock)
    , m_handler(handler)
    , m_limits(limits)
    , m_writer(clock)
    , m_scratch(ScratchBytes)
{ }

ServerCore::~ServerCore() = default;

void ServerCore::addConnection(std::unique_ptr<io::ByteStream> stream)
{
    auto connection = std::make_shared<Connection>(*this, std::move(stream));
    m_connections.emplace(connection.get(), connection);
    if (connectionCount() >= m_limits.mostConnections)
        pauseAccepting(true);
    connection->start();
    startSweeping();
}

void ServerCore::removeConnection(Connection *connection)
{
    const bool wasFull = connectionCount() >= m_limits.mostConnections;
    m_connections.erase(connection);
    if (wasFull && connectionCount() < m_limits.mostConnections)
        pauseAccepting(false);
    tellIdle();
}

void ServerCore::exchangeEnded()
{
    --m_exchangeCount;
    m_idleOwed = m_isStopping;
    tellIdle();
}

void ServerCore::tellIdle()
{
    if (!m_idleOwed || m_exchangeCount > 0)
        return;
    const bool isAllSent = std::all_of(m_connections.begin(), m_connections.end(), [](const auto &entry) {
        return entry.second->pendingBytes() == 0;
    });
    if (!isAllSent)
        return; // the sweep looks again
    m_idleOwed = false;
    if (idle)
        post([this] { idle(); });
}

std::vector<std::shared_ptr<Connection>> ServerCore::connections() const
{
    std::vector<std::shared_ptr<Connection>> all;
    all.reserve(m_connections.size());
    for (const auto &entry : m_connections)
        all.push_back(entry.second);
    return all;
}

void ServerCore::pauseAccepting(bool paused)
{
    for (const auto &socket : listening)
        socket->setPaused(paused);
}

void ServerCore::startListening(std::vector<std::unique_ptr<io::StreamFactory::Listening>> sockets)
{
    m_isStopping = false;
    listening = std::move(sockets);
    pauseAccepting(connectionCount() >= m_limits.mostConnections);
}

void ServerCore::stopListening()
{
    m_isStopping = true;
    listening.clear();
    for (const auto &connection : connections())
        connection->stop();
}

void ServerCore::cancelAll(CancelReason reason)
{
    for (const auto &connection : connections())
        connection->cancel(reason);
}

void ServerCore::closeAll()
{
    listening.clear();
    m_sweepTimer.cancel();
    for (const auto &connection : connections())
        connection->close(CancelReason::Shutdown);
}

Response ServerCore::renderRefusal(int status, const QByteArray &message, const Request &request) const
{
    if (renderError) {
        Response response = renderError(status, message, request);
        response.status = status;
        return response;
    }
    return {
        .status = status, .headers = {{"Content-Type", "text/plain; charset=utf-8"}}, .body = message + '\n'};
}

void ServerCore::post(std::function<void()> later)
{
    QMetaObject::invokeMethod(&m_context, std::move(later), Qt::QueuedConnection);
}

void ServerCore::startSweeping()
{
    if (!m_sweepTimer)
        m_sweepTimer = m_clock.after(SweepEvery, [this] { sweep(); });
}

void ServerCore::sweep()
{
    const auto self = shared_from_this();
    m_sweepTimer.cancel();
    const SteadyTime now = m_clock.steady();
    for (const auto &connection : connections())
        connection->sweep(now);
    tellIdle();
    if (!m_connections.empty())
        startSweeping();
}

} // namespace fairlead::http
