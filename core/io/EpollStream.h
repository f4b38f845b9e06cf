// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "io/ByteStream.h"
#include "io/EpollReactor.h"

#include <QHostAddress>
#include <QList>

#include <chrono>
#include <memory>
#include <optional>

class QTimer;

namespace fairlead::io {

/// A plain TCP stream in the epoll set.
class EpollStream final : public ByteStream, private EpollReactor::Source
{
public:
    /// An outgoing stream; nothing happens before connectTo().
    explicit EpollStream(std::shared_ptr<EpollReactor> reactor);
    /// An accepted one; takes the non-blocking descriptor over.
    EpollStream(
        std::shared_ptr<EpollReactor> reactor, int descriptor, const QHostAddress &peer, quint16 port);
    ~EpollStream() override;

    void connectTo(const QString &host, quint16 port);

    void setListener(Listener *listener) override;
    [[nodiscard]] qsizetype read(char *buffer, qsizetype most) override;
    void setReadPaused(bool paused) override;
    void write(QByteArray first, QByteArray second = QByteArray(), QByteArray third = QByteArray()) override;
    void setDrainMark(qsizetype bytes) override { m_drainMark = bytes; }
    [[nodiscard]] qsizetype pendingBytes() const override { return m_pendingBytes; }
    void closeAfterWrites() override;
    void abort() override;
    void reset() override;
    [[nodiscard]] bool isOpen() const override { return m_state == State::Open; }
    [[nodiscard]] QByteArray peerName() const override;
    [[nodiscard]] quint16 peerPort() const override { return m_port; }
    [[nodiscard]] ConnectTimes connectTimes() const override { return m_times; }

private:
    enum class State { Resolving, Connecting, Open, Closing, Closed };

    void ready(quint32 events) override;
    void setAddresses(const QList<QHostAddress> &addresses);
    void tryNextAddress();
    bool startConnecting(const QHostAddress &address);
    void finishConnecting();
    void connectFailed(int error);
    void becomeReadable(quint32 events);
    void carryOnClosing();
    [[nodiscard]] bool discardInput();
    void flush();
    qsizetype send(const QByteArray *pieces, qsizetype count, qsizetype offset);
    void updateWatch();
    void closeDescriptor();
    void finish(CloseReason reason, const QByteArray &detail);

    std::shared_ptr<EpollReactor> m_reactor;
    EpollReactor::Key m_key;
    Listener *m_listener = nullptr;
    int m_descriptor = -1;
    std::optional<quint32> m_watched; ///< the events asked of the reactor
    State m_state = State::Resolving;
    bool m_readPaused = false;
    bool m_hangUpTold = false;
    bool m_unread = false; ///< there may be more to read than the listener took
    bool m_endNear = false; ///< the peer's end is behind what is there to read
    bool m_finSeen = false; ///< read() met the peer's end
    bool m_finSent = false;
    int m_error = 0; ///< errno of a failed read or write, told from the event loop
    qsizetype m_readBudget = 0; ///< bytes this turn may still read; without limit outside a turn (-1)
    QList<QByteArray> m_queue;
    qsizetype m_queueOffset = 0; ///< bytes of the first queued piece that are already sent
    qsizetype m_pendingBytes = 0;
    qsizetype m_drainMark = 0;
    bool m_writesLater = false; ///< at the end of this turn, see EpollReactor::gathers()
    bool m_drainOwed = false; ///< streamDrained is to be told

    QHostAddress m_peer;
    quint16 m_port = 0;
    QList<QHostAddress> m_addresses; ///< still to be tried
    std::unique_ptr<QTimer> m_attemptTimer;
    ConnectTimes m_times;
};

} // namespace fairlead::io
