// SPDX-License-Identifier: GPL-3.0-or-later
#include "io/EpollStream.h"

#include <QHostInfo>
#include <QTimer>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace fairlead::io {

namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr qsizetype ReadPerTurn = 256 * 1024; // so that one fast sender does not starve the others
constexpr qsizetype WritePerTurn = 1024 * 1024;
constexpr qsizetype Unlimited = -1;
constexpr qsizetype MostGathered = 64 * 1024;
constexpr qsizetype MostPieces = 32; // of one sendmsg
constexpr std::size_t SmallWrite = 4096;
// An address that does not answer must not use up the caller's whole time limit while others are left to try.
constexpr std::chrono::milliseconds AttemptLimit{2'000};

CloseReason reasonOf(int error)
{
    switch (error) {
    case ECONNREFUSED:
        return CloseReason::Refused;
    case ECONNRESET:
    case EPIPE:
    case ECONNABORTED:
        return CloseReason::Reset;
    default:
        return CloseReason::Unreachable;
    }
}

bool wouldBlock(int error)
{
    return error == EAGAIN || error == EWOULDBLOCK;
}

socklen_t toSocketAddress(const QHostAddress &address, quint16 port, sockaddr_storage &out)
{
    std::memset(&out, 0, sizeof out);
    bool isV4 = false;
    const quint32 v4 = address.toIPv4Address(&isV4);
    if (isV4 && address.protocol() == QAbstractSocket::IPv4Protocol) {
        auto &in = reinterpret_cast<sockaddr_in &>(out);
        in.sin_family = AF_INET;
        in.sin_port = htons(port);
        in.sin_addr.s_addr = htonl(v4);
        return sizeof in;
    }
    auto &in6 = reinterpret_cast<sockaddr_in6 &>(out);
    in6.sin6_family = AF_INET6;
    in6.sin6_port = htons(port);
    in6.sin6_scope_id = address.scopeId().toUInt();
    const Q_IPV6ADDR bytes = address.toIPv6Address();
    std::memcpy(&in6.sin6_addr, &bytes, sizeof bytes);
    return sizeof in6;
}

void setNoDelay(int descriptor)
{
    const int on = 1;
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

} // namespace

EpollStream::EpollStream(std::shared_ptr<EpollReactor> reactor)
    : m_reactor(std::move(reactor))
    , m_key(m_reactor->add(this))
    , m_readBudget(Unlimited)
{ }

EpollStream::EpollStream(
    std::shared_ptr<EpollReactor> reactor, int descriptor, const QHostAddress &peer, quint16 port)
    : EpollStream(std::move(reactor))
{
    m_descriptor = descriptor;
    m_peer = peer;
    m_port = port;
    m_state = State::Open;
    setNoDelay(descriptor);
}

void EpollStream::setListener(Listener *listener)
{
    m_listener = listener;
    updateWatch(); // nothing is watched before somebody listens
}

EpollStream::~EpollStream()
{
    abort();
    m_reactor->remove(m_key);
}

// Connecting

void EpollStream::connectTo(const QString &host, quint16 port)
{
    m_port = port;
    m_times.started = SteadyClock::now();
    QHostAddress literal;
    if (literal.setAddress(host)) {
        setAddresses({literal});
        return;
    }
    if (host.compare(QLatin1StringView("localhost"), Qt::CaseInsensitive) == 0) { // RFC 6761 section 6.3
        setAddresses({QHostAddress(QHostAddress::LocalHost), QHostAddress(QHostAddress::LocalHostIPv6)});
        return;
    }
    // Never aborted: Qt 6.4 leaks the functor then. A late answer finds no stream of that key.
    QHostInfo::lookupHost(
        host, m_reactor.get(), [reactor = m_reactor.get(), key = m_key](const QHostInfo &info) {
            auto *stream = static_cast<EpollStream *>(reactor->find(key));
            if (!stream || stream->m_state != State::Resolving)
                return;
            if (info.addresses().isEmpty())
                stream->finish(CloseReason::NotResolved, info.errorString().toUtf8());
            else
                stream->setAddresses(info.addresses());
        });
}

void EpollStream::setAddresses(const QList<QHostAddress> &addresses)
{
    m_times.resolved = SteadyClock::now();
    m_addresses = addresses;
    m_state = State::Connecting;
    tryNextAddress();
}

/// Leaves m_error set, and a wake-up on its way, when no address could even be tried.
void EpollStream::tryNextAddress()
{
    while (!m_addresses.isEmpty()) {
        if (startConnecting(m_addresses.takeFirst()))
            return;
    }
    m_reactor->wake(m_key);
}

bool EpollStream::startConnecting(const QHostAddress &address)
{
    sockaddr_storage to;
    const socklen_t length = toSocketAddress(address, m_port, to);
    m_descriptor = socket(to.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
    if (m_descriptor < 0) {
        m_error = errno;
        return false;
    }
    m_peer = address;
    m_error = 0;
    setNoDelay(m_descriptor);
    if (::connect(m_descriptor, reinterpret_cast<const sockaddr *>(&to), length) != 0
        && errno != EINPROGRESS) {
        m_error = errno;
        closeDescriptor();
        return false;
    }
    updateWatch();
    m_attemptTimer.reset();
    if (!m_addresses.isEmpty()) {
        m_attemptTimer = std::make_unique<QTimer>();
        m_attemptTimer->setSingleShot(true);
        QObject::connect(
            m_attemptTimer.get(), &QTimer::timeout, m_reactor.get(), [this] { connectFailed(ETIMEDOUT); });
        m_attemptTimer->start(AttemptLimit);
    }
    return true;
}

void EpollStream::finishConnecting()
{
    int error = 0;
    socklen_t length = sizeof error;
    getsockopt(m_descriptor, SOL_SOCKET, SO_ERROR, &error, &length);
    if (error != 0) {
        connectFailed(error);
        return;
    }
    m_attemptTimer.reset();
    m_addresses.clear();
    m_state = State::Open;
    m_times.connected = SteadyClock::now();
    flush();
    updateWatch();
    if (m_listener)
        m_listener->streamConnected();
}

void EpollStream::connectFailed(int error)
{
    closeDescriptor();
    m_error = error;
    // The timer may be what called us: it is not destroyed inside its own signal.
    if (m_attemptTimer) {
        m_attemptTimer->stop();
        m_attemptTimer.release()->deleteLater();
    }
    tryNextAddress();
}

// Readiness

void EpollStream::ready(quint32 events)
{
    const auto reactor = m_reactor;
    const auto key = m_key;
    m_writesLater = m_writesLater && reactor->gathers();
    if (m_state == State::Connecting) {
        if (m_descriptor < 0 || m_error != 0)
            finish(reasonOf(m_error), QByteArray(std::strerror(m_error)));
        else if (events != 0)
            finishConnecting();
        return;
    }
    if (m_state == State::Closing) {
        carryOnClosing();
        return;
    }
    if (m_state != State::Open)
        return;
    if (m_error != 0) {
        finish(reasonOf(m_error), QByteArray(std::strerror(m_error)));
        return;
    }
    if ((events & EPOLLOUT) != 0 && m_pendingBytes > 0) {
        flush();
        updateWatch();
        if (m_drainOwed && m_pendingBytes <= m_drainMark) {
            m_drainOwed = false;
            m_listener->streamDrained();
            if (!reactor->find(key) || m_state != State::Open)
                return;
        }
    }
    if ((events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0)
        becomeReadable(events);
}

void EpollStream::becomeReadable(quint32 events)
{
    const auto reactor = m_reactor;
    const auto key = m_key;
    if (m_readPaused) {
        if ((events & (EPOLLERR | EPOLLHUP)) != 0) {
            finish(CloseReason::Reset, QByteArray(std::strerror(ECONNRESET)));
        } else if ((events & EPOLLRDHUP) != 0 && !m_hangUpTold) {
            m_hangUpTold = true;
            updateWatch();
            if (m_listener)
                m_listener->streamHungUp();
        }
        return;
    }
    // A read that brings less than was asked for has emptied the socket, which saves the one that would say
    // so; not when the end has come, which must be met.
    m_readBudget = ReadPerTurn;
    m_unread = true;
    m_endNear = m_endNear || (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0;
    if (m_listener && !m_finSeen)
        m_listener->streamReadable();
    if (!reactor->find(key))
        return;
    m_readBudget = Unlimited;
    if (m_state != State::Open || m_readPaused)
        return;
    if (m_error != 0)
        finish(reasonOf(m_error), QByteArray(std::strerror(m_error)));
    else if (m_finSeen)
        finish(CloseReason::PeerClosed, QByteArray());
    else if (m_unread)
        m_reactor->change(m_descriptor, m_key, *m_watched); // edge-triggered: looks for what is left anew
}

qsizetype EpollStream::read(char *buffer, qsizetype most)
{
    if (m_state != State::Open || m_finSeen || m_error != 0 || m_readBudget == 0 || most <= 0)
        return 0;
    const qsizetype wanted = m_readBudget == Unlimited ? most : std::min(most, m_readBudget);
    ssize_t count = 0;
    do {
        count = recv(m_descriptor, buffer, static_cast<std::size_t>(wanted), 0);
    } while (count < 0 && errno == EINTR);
    if (count > 0) {
        const bool emptied = count < wanted && !m_endNear;
        m_unread = m_unread && !emptied;
        if (m_readBudget != Unlimited)
            m_readBudget = emptied ? 0 : m_readBudget - count;
        return count;
    }
    m_unread = false;
    if (count == 0) {
        m_finSeen = true;
    } else if (!wouldBlock(errno)) {
        m_error = errno;
        m_reactor->wake(m_key);
    }
    return 0;
}

void EpollStream::setReadPaused(bool paused)
{
    if (m_readPaused == paused)
        return;
    m_readPaused = paused;
    updateWatch();
}

// Writing

void EpollStream::write(QByteArray first, QByteArray second, QByteArray third)
{
    if (m_state == State::Closing || m_state == State::Closed || m_error != 0)
        return;
    std::array<QByteArray, 3> pieces{std::move(first), std::move(second), std::move(third)};
    const qsizetype size = pieces[0].size() + pieces[1].size() + pieces[2].size();
    const bool gathers
        = m_state == State::Open && m_reactor->gathers() && m_pendingBytes + size <= MostGathered;
    qsizetype sent = 0;
    if (m_state == State::Open && m_queue.isEmpty() && !gathers) {
        sent = send(pieces.data(), static_cast<qsizetype>(pieces.size()), 0);
        if (sent < 0)
            return;
    }
    for (QByteArray &piece : pieces) {
        if (sent >= piece.size()) {
            sent -= piece.size();
            continue;
        }
        if (m_queue.isEmpty())
            m_queueOffset = sent;
        m_pendingBytes += piece.size() - sent;
        m_queue.append(std::move(piece));
        sent = 0;
    }
    m_drainOwed = m_drainOwed || m_pendingBytes > m_drainMark;
    if (gathers && !std::exchange(m_writesLater, true))
        m_reactor->writeLater(m_key);
    else if (m_state == State::Open && !m_writesLater)
        updateWatch();
}

/// Bytes taken by the kernel; -1 after an error, which is then told from the event loop.
qsizetype EpollStream::send(const QByteArray *pieces, qsizetype count, qsizetype offset)
{
    std::array<iovec, MostPieces> parts;
    std::size_t used = 0;
    std::size_t size = 0;
    for (qsizetype i = 0; i < std::min(count, MostPieces); ++i) {
        const qsizetype skip = i == 0 ? offset : 0;
        if (pieces[i].size() <= skip)
            continue;
        parts[used]
            = {const_cast<char *>(pieces[i].constData()) + skip,
               static_cast<std::size_t>(pieces[i].size() - skip)};
        size += parts[used++].iov_len;
    }
    // Small pieces are joined here: that costs less than the kernel's reading of a list of them.
    std::array<char, SmallWrite> joined;
    if (used > 1 && size <= joined.size()) {
        char *at = joined.data();
        for (std::size_t i = 0; i < used; ++i)
            at = std::copy_n(static_cast<const char *>(parts[i].iov_base), parts[i].iov_len, at);
        parts[0] = {joined.data(), size};
        used = 1;
    }
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = used;
    ssize_t sent = 0;
    do {
        sent = used == 1 ? ::send(m_descriptor, parts[0].iov_base, parts[0].iov_len, MSG_NOSIGNAL)
                         : sendmsg(m_descriptor, &message, MSG_NOSIGNAL);
    } while (sent < 0 && errno == EINTR);
    if (sent >= 0)
        return sent;
    if (wouldBlock(errno))
        return 0;
    m_error = errno;
    m_reactor->wake(m_key);
    return -1;
}

void EpollStream::flush()
{
    qsizetype budget = WritePerTurn;
    while (!m_queue.isEmpty() && budget > 0) {
        qsizetype sent = send(m_queue.constData(), m_queue.size(), m_queueOffset);
        if (sent <= 0)
            return;
        budget -= sent;
        m_pendingBytes -= sent;
        sent += m_queueOffset;
        while (!m_queue.isEmpty() && sent >= m_queue.constFirst().size()) {
            sent -= m_queue.constFirst().size();
            m_queue.removeFirst();
        }
        m_queueOffset = sent;
    }
}

// Closing

void EpollStream::closeAfterWrites()
{
    if (m_state != State::Open) {
        if (m_state != State::Closing)
            abort();
        return;
    }
    m_state = State::Closing;
    m_readPaused = false;
    updateWatch();
    m_reactor->wake(m_key);
}

void EpollStream::carryOnClosing()
{
    if (m_error != 0) {
        finish(reasonOf(m_error), QByteArray(std::strerror(m_error)));
        return;
    }
    if (m_pendingBytes > 0)
        flush();
    if (m_pendingBytes == 0 && !m_finSent) {
        m_finSent = true;
        shutdown(m_descriptor, SHUT_WR);
    }
    updateWatch();
    if (!m_finSeen && m_error == 0)
        m_finSeen = discardInput();
    if (m_error != 0)
        finish(reasonOf(m_error), QByteArray(std::strerror(m_error)));
    else if (m_finSeen && m_finSent)
        finish(CloseReason::PeerClosed, QByteArray());
}

/// True when the peer's end has come.
bool EpollStream::discardInput()
{
    for (qsizetype budget = ReadPerTurn; budget > 0;) {
        // TCP drops the bytes without copying them: tcp(7), MSG_TRUNC.
        const ssize_t count = recv(m_descriptor, nullptr, static_cast<std::size_t>(budget), MSG_TRUNC);
        if (count == 0)
            return true;
        if (count < 0) {
            if (errno != EINTR && !wouldBlock(errno))
                m_error = errno;
            return false;
        }
        budget -= count;
    }
    return false;
}

void EpollStream::abort()
{
    if (m_attemptTimer) {
        m_attemptTimer->stop();
        m_attemptTimer.release()->deleteLater();
    }
    closeDescriptor();
    m_state = State::Closed;
    m_listener = nullptr;
    m_queue.clear();
    m_queueOffset = 0;
    m_pendingBytes = 0;
}

void EpollStream::reset()
{
    if (m_descriptor >= 0) {
        const linger drop{.l_onoff = 1, .l_linger = 0};
        setsockopt(m_descriptor, SOL_SOCKET, SO_LINGER, &drop, sizeof drop);
    }
    abort();
}

void EpollStream::finish(CloseReason reason, const QByteArray &detail)
{
    Listener *listener = m_listener;
    abort();
    if (listener)
        listener->streamClosed(reason, detail);
}

void EpollStream::closeDescriptor()
{
    if (m_descriptor >= 0)
        close(std::exchange(m_descriptor, -1));
    m_watched.reset();
}

void EpollStream::updateWatch()
{
    if (m_descriptor < 0 || !m_listener)
        return;
    const bool wantsRead
        = m_state != State::Connecting && !m_readPaused && !(m_state == State::Closing && m_finSeen);
    const bool wantsWrite = m_state == State::Connecting || m_pendingBytes > 0;
    // Told once is enough: level-triggered, a hang-up would come on every turn of a paused stream.
    const bool wantsHangUp = m_state == State::Open && !(m_readPaused && m_hangUpTold);
    // The usual state is edge-triggered: level-triggered, the kernel looks at each stream that was ready once
    // more in the next turn.
    const bool onlyReads = m_state == State::Open && wantsRead && !wantsWrite;
    const quint32 events = (wantsRead ? quint32(EPOLLIN) : 0) | (wantsWrite ? quint32(EPOLLOUT) : 0)
                           | (wantsHangUp ? quint32(EPOLLRDHUP) : 0) | (onlyReads ? quint32(EPOLLET) : 0);
    if (!m_watched) {
        if (!m_reactor->watch(m_descriptor, m_key, events)) {
            m_error = errno;
            m_reactor->wake(m_key);
        }
    } else if (events != *m_watched) {
        m_reactor->change(m_descriptor, m_key, events);
    }
    m_watched = events;
}

QByteArray EpollStream::peerName() const
{
    const QByteArray address = m_peer.toString().toLatin1();
    const QByteArray port = QByteArray::number(m_port);
    return m_peer.protocol() == QAbstractSocket::IPv6Protocol ? '[' + address + "]:" + port
                                                              : address + ':' + port;
}

} // namespace fairlead::io
