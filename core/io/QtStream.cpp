// SPDX-License-Identifier: GPL-3.0-or-later
#include "io/QtStream.h"

#include <QHostAddress>
#include <QScopedValueRollback>
#include <QSslError>
#include <QSslSocket>

#ifdef Q_OS_UNIX
#include <sys/socket.h>
#endif

#include <utility>

namespace fairlead::io {

namespace {

using SteadyClock = std::chrono::steady_clock;

// What Qt may take from the kernel ahead of read(). It goes on up to this while we are paused, then leaves
// the rest there.
constexpr qsizetype ReadAhead = 64 * 1024;

CloseReason reasonOf(QAbstractSocket::SocketError error)
{
    switch (error) {
    case QAbstractSocket::ConnectionRefusedError:
        return CloseReason::Refused;
    case QAbstractSocket::RemoteHostClosedError:
        return CloseReason::PeerClosed;
    case QAbstractSocket::HostNotFoundError:
        return CloseReason::NotResolved;
    case QAbstractSocket::SslHandshakeFailedError:
    case QAbstractSocket::SslInternalError:
    case QAbstractSocket::SslInvalidUserDataError:
        return CloseReason::TlsFailed;
    default:
        return CloseReason::Unreachable;
    }
}

} // namespace

QtStream::QtStream(
    const Endpoint &endpoint, Listener *listener, const QSslConfiguration &tls, const QNetworkProxy &proxy)
    : m_listener(listener)
{
    if (endpoint.tls) {
        m_tls = new QSslSocket;
        m_socket.reset(m_tls);
        m_tls->setSslConfiguration(tls);
    } else {
        m_socket = std::make_unique<QTcpSocket>();
    }
    m_socket->setProxy(proxy);
    watchSocket();
    m_times.started = SteadyClock::now();
    if (m_tls)
        m_tls->connectToHostEncrypted(endpoint.host, endpoint.port);
    else
        m_socket->connectToHost(endpoint.host, endpoint.port);
}

QtStream::QtStream(std::unique_ptr<QTcpSocket> socket)
    : m_socket(std::move(socket))
    , m_tls(qobject_cast<QSslSocket *>(m_socket.get()))
    , m_state(State::Open)
{
    m_socket->setSocketOption(QAbstractSocket::LowDelayOption, 1);
    watchSocket();
}

QtStream::~QtStream()
{
    abort();
    m_socket->disconnect();
    m_socket.release()->deleteLater(); // we may be inside one of its signals
}

void QtStream::watchSocket()
{
    m_socket->setReadBufferSize(ReadAhead);
    auto *socket = m_socket.get();
    QObject::connect(
        socket, &QAbstractSocket::hostFound, socket, [this] { m_times.resolved = SteadyClock::now(); });
    QObject::connect(socket, &QAbstractSocket::connected, socket, [this] {
        m_socket->setSocketOption(QAbstractSocket::LowDelayOption, 1);
        m_times.connected = SteadyClock::now();
        if (!m_tls)
            becomeConnected();
    });
    if (m_tls) {
        QObject::connect(m_tls, &QSslSocket::encrypted, socket, [this] {
            m_times.encrypted = SteadyClock::now();
            becomeConnected();
        });
    }
    QObject::connect(socket, &QIODevice::readyRead, socket, [this] { somethingHappened(); });
    QObject::connect(socket, &QIODevice::bytesWritten, socket, [this] { somethingHappened(); });
    if (m_tls)
        QObject::connect(m_tls, &QSslSocket::encryptedBytesWritten, socket, [this] { somethingHappened(); });
    QObject::connect(socket, &QAbstractSocket::errorOccurred, socket, [this](auto error) { fail(error); });
    QObject::connect(socket, &QAbstractSocket::disconnected, socket, [this] {
        fail(QAbstractSocket::RemoteHostClosedError);
    });
}

void QtStream::becomeConnected()
{
    if (m_state != State::Connecting)
        return;
    m_state = State::Open;
    const QList<QByteArray> early = std::exchange(m_early, {});
    for (const QByteArray &bytes : early)
        write(bytes);
    if (m_listener)
        m_listener->streamConnected();
}

void QtStream::fail(QAbstractSocket::SocketError error)
{
    if (std::exchange(m_over, true))
        return;
    m_reason = reasonOf(error);
    m_detail = m_socket->errorString().toUtf8();
    if (m_state == State::Connecting && m_tls && m_reason == CloseReason::PeerClosed)
        m_reason = CloseReason::TlsFailed; // the server hung up in the middle of the handshake
    settleSoon();
}

void QtStream::settleSoon()
{
    if (m_state == State::Closed || std::exchange(m_settlePosted, true))
        return;
    QMetaObject::invokeMethod(
        m_socket.get(),
        [this, alive = std::weak_ptr<const bool>(m_alive)] {
            if (alive.expired())
                return; // the socket is deleted later than the stream
            m_settlePosted = false;
            settle();
        },
        Qt::QueuedConnection);
}

void QtStream::somethingHappened()
{
    if (m_busy)
        settleSoon(); // Qt emits some signals inside our own write() and read(), where no listener expects a
                      // call
    else
        settle();
}

/// Tells the listener what is due. Each callback may destroy us.
void QtStream::settle()
{
    const std::weak_ptr<const bool> alive = m_alive;
    if (!m_listener)
        return; // setListener() comes back here
    if (m_state == State::Closing) {
        if (m_over)
            finish(m_reason, m_detail);
        else
            carryOnClosing();
        return;
    }
    if (m_state == State::Open && m_drainOwed && pendingBytes() <= m_drainMark) {
        m_drainOwed = false;
        m_listener->streamDrained();
        if (alive.expired())
            return;
    }
    if (m_state == State::Open && !m_readPaused && m_socket->bytesAvailable() > 0) {
        m_listener->streamReadable();
        if (alive.expired())
            return;
    }
    if (m_state == State::Closed || m_state == State::Closing || !m_over)
        return;
    if (m_socket->bytesAvailable() == 0 || m_state == State::Connecting
        || m_reason != CloseReason::PeerClosed) {
        finish(m_reason, m_detail);
    } else if (!m_readPaused) {
        settleSoon();
    } else if (!std::exchange(m_hangUpTold, true)) {
        m_listener->streamHungUp();
    }
}

void QtStream::setListener(Listener *listener)
{
    m_listener = listener;
    if (listener)
        settleSoon(); // what came before anybody listened
}

qsizetype QtStream::read(char *buffer, qsizetype most)
{
    if (m_state != State::Open || most <= 0)
        return 0;
    const QScopedValueRollback busy(m_busy, true);
    const qint64 count = m_socket->read(buffer, most);
    if (m_over || m_socket->bytesAvailable() > 0)
        settleSoon();
    return count > 0 ? count : 0;
}

void QtStream::setReadPaused(bool paused)
{
    m_readPaused = paused;
    if (!paused)
        settleSoon();
}

void QtStream::write(QByteArray first, QByteArray second, QByteArray third)
{
    if (m_state == State::Closing || m_state == State::Closed || m_over)
        return;
    if (m_state == State::Connecting) {
        m_early << first << second << third;
        return;
    }
    const QScopedValueRollback busy(m_busy, true);
    for (const QByteArray *piece : {&first, &second, &third}) {
        if (!piece->isEmpty())
            m_socket->write(*piece);
    }
    m_socket->flush();
    m_drainOwed = m_drainOwed || pendingBytes() > m_drainMark;
}

qsizetype QtStream::pendingBytes() const
{
    qsizetype early = 0;
    for (const QByteArray &bytes : m_early)
        early += bytes.size();
    return early + m_socket->bytesToWrite() + (m_tls ? m_tls->encryptedBytesToWrite() : 0);
}

void QtStream::closeAfterWrites()
{
    if (m_state == State::Closing || m_state == State::Closed)
        return;
    if (m_state == State::Connecting) {
        abort();
        return;
    }
    m_state = State::Closing;
    m_readPaused = false;
    settleSoon();
}

/// Qt has no half close for plain sockets, so the descriptor gets it; with TLS the close notice of
/// disconnectFromHost() does the same.
void QtStream::carryOnClosing()
{
    const QScopedValueRollback busy(m_busy, true);
    m_socket->skip(m_socket->bytesAvailable());
    if (pendingBytes() > 0 || m_over)
        return;
#ifdef Q_OS_UNIX
    if (!m_tls) {
        shutdown(static_cast<int>(m_socket->socketDescriptor()), SHUT_WR);
        return;
    }
#endif
    m_socket->disconnectFromHost();
}

void QtStream::abort()
{
    if (m_state == State::Closed)
        return;
    const QScopedValueRollback busy(m_busy, true);
    m_state = State::Closed;
    m_listener = nullptr;
    m_early.clear();
    m_socket->abort();
}

void QtStream::reset()
{
#ifdef Q_OS_UNIX
    const auto descriptor = static_cast<int>(m_socket->socketDescriptor());
    if (m_state != State::Closed && descriptor >= 0) {
        const linger drop{.l_onoff = 1, .l_linger = 0};
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &drop, sizeof drop);
    }
#endif
    abort();
}

void QtStream::finish(CloseReason reason, const QByteArray &detail)
{
    Listener *listener = m_listener;
    const QByteArray text = detail; // ours may die with us
    abort();
    if (listener)
        listener->streamClosed(reason, text);
}

QByteArray QtStream::peerName() const
{
    const QHostAddress peer = m_socket->peerAddress();
    const QByteArray address = peer.toString().toLatin1();
    const QByteArray port = QByteArray::number(m_socket->peerPort());
    return peer.protocol() == QAbstractSocket::IPv6Protocol ? '[' + address + "]:" + port
                                                            : address + ':' + port;
}

quint16 QtStream::peerPort() const
{
    return m_socket->peerPort();
}

} // namespace fairlead::io
