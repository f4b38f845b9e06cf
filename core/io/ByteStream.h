// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QByteArrayView>

#include <chrono>
#include <memory>

namespace fairlead::io {

/// Why a stream ended, from our side of it.
enum class CloseReason {
    PeerClosed,       ///< orderly end (FIN) by the other side
    Reset,            ///< the other side or the network broke it
    Refused,          ///< nobody listens there
    Unreachable,      ///< no route, network down
    NotResolved,      ///< the host name is unknown
    TlsFailed,        ///< handshake or certificate; see detail
    Aborted,          ///< we closed it
};

/// A connected byte stream (TCP, TLS) with callbacks instead of signals, so that one readiness set can serve thousands.
/// One thread. Every callback may destroy the stream: implementations touch nothing of theirs after a callback.
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
        /// Bytes can be read, or the peer has closed its side and what it sent can be read to the end.
        virtual void streamReadable() = 0;
        /// Everything written has gone to the kernel, after a write() that did not fit.
        virtual void streamDrained() { }
        /// The stream is over. `detail` is for people (certificate error text); nothing can be read any more. Not called
        /// after abort().
        virtual void streamClosed(CloseReason reason, const QByteArray &detail) = 0;
    };

    ByteStream() = default;
    virtual ~ByteStream() = default; ///< aborts, silently
    Q_DISABLE_COPY_MOVE(ByteStream)

    virtual void setListener(Listener *listener) = 0;

    /// Reads up to `most` bytes into `buffer`; 0 when nothing is there now.
    [[nodiscard]] virtual qsizetype read(char *buffer, qsizetype most) = 0;
    /// Stops and starts reading: while stopped, nothing is taken from the kernel, so the peer is slowed by TCP itself.
    virtual void setReadPaused(bool paused) = 0;

    /// Queues both pieces and sends what fits at once, in one system call where possible (head and first body bytes in
    /// one segment). Never blocks; what does not fit is kept: watch pendingBytes().
    virtual void write(QByteArray first, QByteArray second = QByteArray()) = 0;
    [[nodiscard]] virtual qsizetype pendingBytes() const = 0;

    /// Sends what is pending, then closes. The listener hears nothing more but may be told streamClosed if it fails.
    virtual void closeAfterWrites() = 0;
    /// Closes now. The listener hears nothing more.
    virtual void abort() = 0;

    [[nodiscard]] virtual bool isOpen() const = 0;
    /// "127.0.0.1:54321"; for logs and local-access decisions.
    [[nodiscard]] virtual QByteArray peerName() const = 0;
    [[nodiscard]] virtual quint16 peerPort() const = 0;
};

} // namespace fairlead::io
