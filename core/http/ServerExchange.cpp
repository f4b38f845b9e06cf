// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/ServerExchange.h"

#include "http/Connection.h"
#include "http/ServerCore.h"

#include <utility>

namespace fairlead::http {

namespace {

void addAll(Headers &headers, const Headers &common)
{
    for (const auto &[name, value] : common) {
        if (!headers.contains(name))
            headers.add(name, value);
    }
}

} // namespace

ServerExchange::ServerExchange(ServerCore &core, Connection &connection, Request request)
    : m_core(core.weak_from_this())
    , m_connection(&connection)
    , m_request(std::move(request))
{
    core.exchangeStarted();
}

ServerExchange::~ServerExchange()
{
    if (m_connection) {
        const auto connection = m_connection->shared_from_this();
        connection->dropped(m_request.path, m_hasSent, m_commonHeaders);
    }
    if (const auto core = m_core.lock())
        core->exchangeEnded();
}

CancelToken ServerExchange::cancelToken() const
{
    if (!m_cancel) {
        m_cancel.emplace();
        if (m_lost != CancelReason::None)
            m_cancel->cancel(m_lost);
    }
    return m_cancel->token();
}

std::shared_ptr<Connection> ServerExchange::letGo()
{
    return std::exchange(m_connection, nullptr)->shared_from_this();
}

void ServerExchange::addCommonHeader(QByteArray name, QByteArray value)
{
    m_commonHeaders.add(std::move(name), std::move(value));
}

void ServerExchange::reply(Response response)
{
    if (!m_connection || m_hasBegun)
        return;
    addAll(response.headers, m_commonHeaders);
    m_hasBegun = true;
    m_hasSent = true;
    letGo()->reply(response);
}

void ServerExchange::begin(int status, Headers headers)
{
    if (!m_connection || m_hasBegun)
        return;
    m_hasBegun = true;
    addAll(headers, m_commonHeaders);
    m_connection->begin(status, headers);
}

bool ServerExchange::tryWrite(QByteArray bytes)
{
    if (!m_connection || !m_hasBegun)
        return false;
    m_hasSent = true;
    return m_connection->push(std::move(bytes));
}

Task<bool> ServerExchange::write(QByteArray bytes)
{
    const auto self = shared_from_this();
    if (tryWrite(std::move(bytes)))
        co_return true;
    const bool isThere = co_await drained();
    co_return isThere;
}

Task<bool> ServerExchange::drained()
{
    const auto self = shared_from_this();
    while (m_connection && m_connection->isSlow())
        co_await m_drained.wait();
    co_return m_connection != nullptr;
}

void ServerExchange::end(QByteArray last)
{
    if (!m_connection || !m_hasBegun)
        return;
    m_hasSent = true;
    letGo()->end(std::move(last));
}

void ServerExchange::cut()
{
    if (m_connection)
        letGo()->cut();
}

void ServerExchange::reset()
{
    if (m_connection)
        letGo()->reset();
}

void ServerExchange::lose(CancelReason reason)
{
    const auto self = weak_from_this().lock(); // callbacks may drop the last reference but this one
    m_connection = nullptr;
    m_lost = reason;
    if (m_cancel)
        m_cancel->cancel(reason);
    if (m_drained.isAwaited())
        m_drained.notify();
}

} // namespace fairlead::http
