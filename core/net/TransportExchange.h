// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "net/Deadlines.h"
#include "net/DirectReply.h"
#include "net/HttpTransport.h"

#include <QNetworkReply>

#include <memory>
#include <optional>

namespace fairlead::net {

/// One request under way over a QNetworkReply, whichever back end it comes from: gathers head, bytes, end,
/// failure, time-outs and cancellation into one state and one wake-up. Shared by the response and whoever
/// waits in it, so either may go first.
class TransportExchange final : private Deadlines::Waiter, private DirectReply::Follower
{
public:
    TransportExchange(Clock &clock, std::shared_ptr<Deadlines> deadlines, const TransportRequest &request);
    ~TransportExchange();
    Q_DISABLE_COPY_MOVE(TransportExchange)

    /// Takes the reply over.
    void follow(QNetworkReply *reply);

    [[nodiscard]] bool hasHead() const { return m_status != 0; }
    [[nodiscard]] const std::optional<TransportError> &failure() const { return m_failure; }
    [[nodiscard]] int status() const { return m_status; }
    [[nodiscard]] const Headers &headers() const { return m_headers; }
    [[nodiscard]] const TransportTimes &times() const { return m_times; }

    /// Bytes, the end (empty) or the failure, if one of them is there.
    [[nodiscard]] std::optional<TransportResult<QByteArray>> take();
    [[nodiscard]] Signal &changed() { return m_changed; }
    /// The idle time-out runs between these.
    void beginWaiting();
    void endWaiting() { m_waitingSince.reset(); }

    /// Nobody is interested any more: closes the connection unless it is done, and wakes whoever waits.
    void drop();

private:
    [[nodiscard]] std::optional<SteadyTime> nextDeadline() const override;
    void deadlinePassed() override;
    struct Deadline {
        SteadyTime at;
        TransportErrorKind kind;
    };
    [[nodiscard]] std::optional<Deadline> deadline() const;
    [[nodiscard]] std::optional<SteadyTime> connectedAt() const;

    void replyChanged() override;
    void followStock();
    void noticeHead();
    void noticeEnd();
    void checkFlood();
    void fail(TransportError failure);
    void releaseReply();
    [[nodiscard]] QByteArray peer() const;

    Clock &m_clock;
    std::shared_ptr<Deadlines> m_deadlines;
    Timeouts m_timeouts;
    QUrl m_url;
    CancelRegistration m_cancel;
    SteadyTime m_started;
    QNetworkReply *m_reply = nullptr;
    DirectReply *m_direct = nullptr; ///< m_reply, if it is ours
    std::optional<SteadyTime> m_sentAt; ///< of Qt's replies, which tell no more
    std::optional<SteadyTime> m_waitingSince;
    int m_status = 0;
    Headers m_headers;
    TransportTimes m_times;
    bool m_ended = false;
    std::optional<TransportError> m_failure;
    Signal m_changed;
};

} // namespace fairlead::net
