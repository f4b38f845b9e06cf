// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QByteArrayView>

#include <chrono>
#include <memory>

namespace fairlead::io {

/// Why a stream ended, from our side of it.
enum class CloseReason {
    PeerClosed, ///< orderly end (FIN) by the other side
    Reset, ///< the other side or the network broke it
    Refused, ///< nobody listens there
    Unreachable, ///< no route, network down
    NotResolved, ///< the host name is unknown
    TlsFailed, ///< handshake or certificate; see detail
    Aborted, ///< we closed it
};

/// When each phase of an outgoing connection ended; the clock's epoch while it has not (and for accepted
/// streams).
struct ConnectTimes {
    std::chrono::steady_clock::time_point started;
    std::chrono::steady_clock::time_point resolved;
    std::chrono::steady_clock::time_point connected;
    std::chrono::steady_clock::time_point encrypted;
};

/// A connected byte stream (TCP, TLS) with callbacks instead of signals, so that one readiness set can serve
/// thousands. One thread. Every callback may destroy the stream: implementations touch nothing of theirs
/// after a callback.
class ByteStream
{
public:
    class Listener
    {
    public:
        Listener() = default;
        virtual ~Listener() = default;
        Q_DISABLE_COPY_MOVE(Listener)

        /// An outgoing stream is connected (and its TLS handshake done). Not called for accepted streams.
        virtual void streamConnected() { }
        /// Bytes can be read, or the peer has closed its side and what it sent can be read to the end. Called
        /// again on the next turn of the event loop while bytes are left: read them or pause.
        virtual void streamReadable() = 0;
        /// Told once while reading is paused: the peer has closed its side. What it sent before can be read
        /// after resuming. (Qt sockets notice only what they read, so there it may come late.)
        virtual void streamHungUp() { }
        /// After a write() that did not fit: so much has gone to the kernel that no more than the drain mark
        /// is pending.
        virtual void streamDrained() { }
        /// The stream is over. `detail` is for people (certificate error text); nothing can be read any more.
        /// Not called after abort() or reset(), and never from inside a call of the listener's own: it comes
        /// from the event loop.
        virtual void streamClosed(CloseReason reason, const QByteArray &detail) = 0;
    };

    ByteStream() = default;
    virtual ~ByteStream() = default; ///< aborts, silently
    Q_DISABLE_COPY_MOVE(ByteStream)

    /// Nothing is read or told before there is one; an accepted stream without a listener just waits.
    virtual void setListener(Listener *listener) = 0;

    /// Reads up to `most` bytes into `buffer`; 0 when nothing is there now, or when this stream has had its
    /// share of the turn (streamReadable comes again).
    [[nodiscard]] virtual qsizetype read(char *buffer, qsizetype most) = 0;
    /// Stops and starts reading: while stopped, nothing is taken from the kernel, so the peer is slowed by
    /// TCP itself.
    virtual void setReadPaused(bool paused) = 0;

    /// Queues the pieces and sends what fits at once, in one system call where possible (head and first body
    /// bytes in one segment). Never blocks; what does not fit is kept: watch pendingBytes().
    virtual void write(QByteArray first, QByteArray second = QByteArray(), QByteArray third = QByteArray())
        = 0;
    /// At how many pending bytes streamDrained is told; 0 unless set.
    virtual void setDrainMark(qsizetype bytes) = 0;
    [[nodiscard]] virtual qsizetype pendingBytes() const = 0;

    /// Sends what is pending, then FIN, and throws away what still comes until the peer closes too: closing
    /// with unread input would make the kernel send RST, which can destroy the answer on its way (RFC 9112
    /// section 9.6). The listener hears streamClosed when that is done, nothing else. The owner keeps the
    /// time limit.
    virtual void closeAfterWrites() = 0;
    /// Closes now. The listener hears nothing more.
    virtual void abort() = 0;
    /// As abort(), but the peer sees an error (RST) rather than an end, and what was not sent yet is dropped.
    virtual void reset() = 0;

    [[nodiscard]] virtual bool isOpen() const = 0;
    /// "127.0.0.1:54321"; for logs and local-access decisions.
    [[nodiscard]] virtual QByteArray peerName() const = 0;
    [[nodiscard]] virtual quint16 peerPort() const = 0;
    [[nodiscard]] virtual ConnectTimes connectTimes() const { return {}; }
};

} // namespace fairlead::io
