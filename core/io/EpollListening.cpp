// SPDX-License-Identifier: GPL-3.0-or-later
#include "io/EpollListening.h"

#include "io/EpollStream.h"

#include "base/Logging.h"

#include <QTimer>

#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace fairlead::io {

namespace {

constexpr int AcceptsPerTurn = 64;
// Out of descriptors or memory: the connection stays in the backlog and would be reported for ever.
constexpr std::chrono::milliseconds RetryAfter{100};

} // namespace

EpollListening::EpollListening(
    std::shared_ptr<EpollReactor> reactor, std::unique_ptr<QTcpServer> server, StreamFactory::Accept accept)
    : m_reactor(std::move(reactor))
    , m_key(m_reactor->add(this))
    , m_server(std::move(server))
    , m_accept(std::make_shared<StreamFactory::Accept>(std::move(accept)))
{
    m_server->pauseAccepting(); // Qt's own notifier stays silent
    if (!m_reactor->watch(static_cast<int>(m_server->socketDescriptor()), m_key, EPOLLIN))
        qCWarning(lcHttp, "cannot watch the listening socket: %s", std::strerror(errno));
}

EpollListening::~EpollListening()
{
    m_reactor->remove(m_key);
}

void EpollListening::setPaused(bool paused)
{
    m_paused = paused;
    updateWatch();
}

void EpollListening::updateWatch()
{
    const quint32 events = m_paused || m_retry ? 0 : quint32(EPOLLIN);
    m_reactor->change(static_cast<int>(m_server->socketDescriptor()), m_key, events);
}

void EpollListening::ready(quint32)
{
    const auto reactor = m_reactor;
    const auto key = m_key;
    const auto accept = m_accept; // the callback may destroy us
    for (int i = 0; i < AcceptsPerTurn; ++i) {
        sockaddr_storage from{};
        socklen_t length = sizeof from;
        const int descriptor = accept4(
            static_cast<int>(m_server->socketDescriptor()), reinterpret_cast<sockaddr *>(&from), &length,
            SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (descriptor < 0) {
            if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
                waitForDescriptors();
            return;
        }
        const QHostAddress peer(reinterpret_cast<const sockaddr *>(&from));
        const quint16 port = ntohs(
            from.ss_family == AF_INET6 ? reinterpret_cast<const sockaddr_in6 &>(from).sin6_port
                                       : reinterpret_cast<const sockaddr_in &>(from).sin_port);
        (*accept)(std::make_unique<EpollStream>(reactor, descriptor, peer, port));
        if (!reactor->find(key) || m_paused)
            return;
    }
}

void EpollListening::waitForDescriptors()
{
    qCWarning(lcHttp, "cannot accept connections for now: %s", std::strerror(errno));
    m_retry = std::make_unique<QTimer>();
    m_retry->setSingleShot(true);
    QObject::connect(m_retry.get(), &QTimer::timeout, m_reactor.get(), [this] {
        m_retry.release()->deleteLater();
        updateWatch();
    });
    m_retry->start(RetryAfter);
    updateWatch();
}

} // namespace fairlead::io
