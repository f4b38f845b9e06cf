// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "io/ByteStream.h"
#include "io/StreamFactory.h"

#include <QList>
#include <QTcpSocket>

#include <memory>

class QSslSocket;

namespace fairlead::io {

/// A stream over QTcpSocket or QSslSocket: TLS, proxies, and everything where there is no epoll.
class QtStream final : public ByteStream
{
public:
    /// An outgoing stream; starts connecting.
    QtStream(
        const Endpoint &endpoint, Listener *listener, const QSslConfiguration &tls,
        const QNetworkProxy &proxy);
    /// An accepted one.
    explicit QtStream(std::unique_ptr<QTcpSocket> socket);
    ~QtStream() override;

    void setListener(Listener *listener) override;
    [[nodiscard]] qsizetype read(char *buffer, qsizetype most) override;
    void setReadPaused(bool paused) override;
    void write(QByteArray first, QByteArray second = QByteArray(), QByteArray third = QByteArray()) override;
    void setDrainMark(qsizetype bytes) override { m_drainMark = bytes; }
    [[nodiscard]] qsizetype pendingBytes() const override;
    void closeAfterWrites() override;
    void abort() override;
    void reset() override;
    [[nodiscard]] bool isOpen() const override { return m_state == State::Open; }
    [[nodiscard]] QByteArray peerName() const override;
    [[nodiscard]] quint16 peerPort() const override;
    [[nodiscard]] ConnectTimes connectTimes() const override { return m_times; }

private:
    enum class State { Connecting, Open, Closing, Closed };

    void watchSocket();
    void becomeConnected();
    void fail(QAbstractSocket::SocketError error);
    void somethingHappened();
    void settleSoon();
    void settle();
    void carryOnClosing();
    void finish(CloseReason reason, const QByteArray &detail);

    std::unique_ptr<QTcpSocket> m_socket;
    QSslSocket *m_tls = nullptr; ///< m_socket, if it is one
    Listener *m_listener = nullptr;
    State m_state = State::Connecting;
    bool m_readPaused = false;
    QList<QByteArray> m_early; ///< written before the connection stood
    bool m_busy = false; ///< inside one of our own calls
    bool m_settlePosted = false;
    bool m_drainOwed = false; ///< streamDrained is to be told
    qsizetype m_drainMark = 0;
    bool m_hangUpTold = false;
    bool m_over = false; ///< the socket is; m_reason says why
    CloseReason m_reason = CloseReason::PeerClosed;
    QByteArray m_detail;
    ConnectTimes m_times;
    std::shared_ptr<const bool> m_alive = std::make_shared<bool>(true);
};

} // namespace fairlead::io
