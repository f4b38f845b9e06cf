// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "net/BodyDecoder.h"
#include "net/ConnectionPool.h"
#include "net/HttpTransport.h"
#include "net/ProxyResolver.h"
#include "net/RequestHead.h"

#include <QNetworkAccessManager>
#include <QNetworkReply>

#include <memory>
#include <optional>
#include <vector>

namespace fairlead::net {

class DirectReply;

/// What the replies of one manager share.
class DirectEngine
{
public:
    DirectEngine(io::StreamFactory &streams, Clock &engineClock, const PoolLimits &poolLimits);

    [[nodiscard]] Result<RequestTarget> targetOf(const QUrl &url);

    Clock &clock;
    PoolLimits limits;
    ConnectionPool pool;
    ProxyResolver proxies;
    std::shared_ptr<const QSslConfiguration> tls;
    QByteArray scratch; ///< for one read of the socket at a time
    std::vector<DirectReply *> live; ///< those that have not finished

private:
    QHash<QUrl, RequestTarget> m_targets; ///< taken apart already: they are few and come again and again
    QUrl m_lastUrl;
    RequestTarget m_lastTarget;
};

/// One HTTP/1.1 exchange over a pooled connection, behind Qt's reply interface. What differs from Qt's own
/// replies: it is sent once, its read buffer is always bounded, progress is not signalled, and a failure also
/// has our own kind. Unread bytes can still be read after a failure; abort() drops them.
class DirectReply final : public QNetworkReply, private io::ByteStream::Listener
{
    Q_OBJECT
public:
    /// Starts at once; signals come from the event loop only.
    DirectReply(
        DirectEngine &engine, QNetworkAccessManager::Operation operation, const QNetworkRequest &request,
        const RequestFields &fields, const QByteArray &verb, const QByteArray &body);
    ~DirectReply() override;
    Q_DISABLE_COPY_MOVE(DirectReply)

    void abort() override;
    void close() override;
    [[nodiscard]] qint64 bytesAvailable() const override;
    [[nodiscard]] bool isSequential() const override { return true; }
    void setReadBufferSize(qint64 size) override;

    /// All that can be read now, without a copy.
    [[nodiscard]] QByteArray takeBody();
    [[nodiscard]] bool hasHead() const { return m_status != 0; }
    [[nodiscard]] int status() const { return m_status; }
    /// The fields as they came; without those that a decoded body makes untrue.
    [[nodiscard]] const Headers &head() const { return m_head; }
    /// Relative to the construction; filled in as it goes.
    [[nodiscard]] const TransportTimes &times() const { return m_times; }
    [[nodiscard]] const std::optional<TransportError> &failure() const { return m_failure; }

    /// Whoever reads head(), takeBody() and failure() instead of Qt's signals. Told once for all that has
    /// changed; may destroy the reply inside the call.
    class Follower
    {
    public:
        virtual void replyChanged() = 0;

    protected:
        ~Follower() = default;
    };
    /// From now on nothing is said in Qt's terms: no signals, no attributes.
    void setFollower(Follower *follower) { m_follower = follower; }
    /// The manager goes: ends as cancelled.
    void abandon();

protected:
    qint64 readData(char *data, qint64 most) override;

private:
    void streamConnected() override;
    void streamReadable() override;
    void streamDrained() override;
    void streamClosed(io::CloseReason reason, const QByteArray &detail) override;

    [[nodiscard]] Result<void>
    prepare(const QNetworkRequest &request, const RequestFields &fields, const QByteArray &verb);
    void begin(const ProxyResolver::Way &proxy);
    void writeRequest();
    [[nodiscard]] bool readSome();
    void takeHead();
    void publishHead(const QByteArray &reason);
    void decode();
    void decodeLater();
    void continueDecoding();
    void resumeReading();
    void bodyReceived();
    void conclude(std::optional<TransportError> failure);
    void deliver();
    void deliverLater();
    void drop(qsizetype bytes);
    [[nodiscard]] qsizetype buffered() const { return m_body.size() - m_offset; }
    [[nodiscard]] qsizetype room() const;
    [[nodiscard]] std::chrono::microseconds elapsed() const;
    [[nodiscard]] QByteArray peer() const;

    DirectEngine *m_engine;
    SteadyTime m_started;
    std::chrono::microseconds m_openedAfter{0};
    Connection::Target m_target;
    QByteArray m_requestHead;
    QByteArray m_requestBody;
    bool m_answersHead = false;
    bool m_decodes = true; ///< the codings were our choice, so undoing them is our task
    bool m_written = false;
    Follower *m_follower = nullptr;

    std::unique_ptr<Connection> m_connection;
    TransportTimes m_times;
    int m_status = 0;
    Headers m_head;
    QByteArray m_body;
    qsizetype m_offset = 0; ///< bytes of m_body already read
    qsizetype m_mostBuffered;
    bool m_paused = false;

    std::unique_ptr<BodyDecoder> m_decoder;
    bool m_bodyReceived = false; ///< complete, though not yet decoded to its end
    bool m_decodePosted = false;

    std::optional<TransportError> m_failure;
    bool m_headIsNew = false;
    bool m_bytesAreNew = false;
    bool m_endIsNew = false;
};

} // namespace fairlead::net
