// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "http/RequestParser.h"
#include "http/ResponseWriter.h"
#include "io/ByteStream.h"

#include <memory>

namespace fairlead::http {

class ServerCore;
class ServerExchange;

/// One client's connection: reads requests one after the other, hands each to the handler and sends its
/// answer before it looks at the next. While a handler works it goes on reading (into a small bounded
/// buffer), because that is how a client that went away is noticed. A client that closes its sending side
/// only is taken for gone as well: no HTTP client of ours does that while it waits, every browser and SDK
/// that aborts does, and TCP shows no difference.
class Connection final : public io::ByteStream::Listener, public std::enable_shared_from_this<Connection>
{
public:
    Connection(ServerCore &core, std::unique_ptr<io::ByteStream> stream);
    ~Connection() override;

    void start();
    /// The server stops: a connection without a running exchange closes.
    void stop();
    /// Cancels the running exchange, if any, and cuts its answer.
    void cancel(CancelReason reason);
    /// Closes at once.
    void close(CancelReason reason);
    void sweep(SteadyTime now);

    // For the running exchange
    void reply(const Response &response);
    void begin(int status, const Headers &headers);
    /// False when the client is slow: wait for drained.
    bool push(QByteArray bytes);
    void end(QByteArray last);
    void cut();
    void reset();
    /// Let go of without an answer.
    void dropped(const QByteArray &path, bool hasSent, const Headers &commonHeaders);
    [[nodiscard]] qsizetype pendingBytes() const { return m_stream->pendingBytes(); }
    [[nodiscard]] bool isSlow() const;

private:
    enum class Phase { Reading, Answering, Lingering, Over };

    void streamReadable() override;
    void streamHungUp() override;
    void streamDrained() override;
    void streamClosed(io::CloseReason reason, const QByteArray &detail) override;

    [[nodiscard]] qsizetype readSome();
    void takeInput(QByteArrayView fresh);
    void work();
    void dispatch();
    void refuse(int status, const QByteArray &message);
    void sendWhole(const Response &response);
    void finishExchange();
    void closeGracefully();
    void updateReading();
    void send(QByteArray first, QByteArray second = QByteArray(), QByteArray third = QByteArray());
    [[nodiscard]] Persistence persistence() const;
    [[nodiscard]] bool isStalled(SteadyTime now);

    ServerCore *m_core; ///< null once over
    std::unique_ptr<io::ByteStream> m_stream;
    RequestParser m_parser;
    QByteArray m_input; ///< read but not used: half a head, pipelined requests
    QByteArray m_peer;
    ServerExchange *m_exchange = nullptr;
    Phase m_phase = Phase::Reading;
    bool m_isWorking = false;
    bool m_isReadPaused = false;

    // Of the answer under way
    QByteArray m_heldHead;
    Framing m_framing = Framing::Length;
    bool m_isHead = false;
    bool m_isHttp11 = true;
    bool m_keepAlive = true;

    qint64 m_written = 0;
    qint64 m_sentSeen = 0; ///< sent to the kernel when the sweep last looked
    SteadyTime m_progress; ///< when the client last took something
    SteadyTime m_since; ///< idle or lingering since
    SteadyTime m_started; ///< first byte of the current request
    SteadyTime m_lastByte;
};

} // namespace fairlead::http
