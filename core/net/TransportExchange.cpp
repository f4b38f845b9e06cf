// SPDX-License-Identifier: GPL-3.0-or-later
#include "net/TransportExchange.h"

#include "net/DirectReply.h"
#include "net/TransportFailure.h"

namespace fairlead::net {

namespace {

using Kind = TransportErrorKind;

// Qt 6.4 goes on reading an HTTP/2 stream whatever its read buffer's size: past this, the reader has lost.
constexpr qint64 MostUnreadOfQt = 16 * 1024 * 1024;

} // namespace

TransportExchange::TransportExchange(
    Clock &clock, std::shared_ptr<Deadlines> deadlines, const TransportRequest &request)
    : m_clock(clock)
    , m_deadlines(std::move(deadlines))
    , m_timeouts(request.timeouts)
    , m_url(request.url)
    , m_started(clock.steady())
{
    m_deadlines->add(this);
    for (const auto limit : {m_timeouts.connect, m_timeouts.firstByte, m_timeouts.total}) {
        if (limit.count() > 0)
            m_deadlines->note(m_started + limit);
    }
    m_cancel = request.cancel.onCancel([this] { fail(answerFailure(peer(), Kind::Cancelled)); });
}

TransportExchange::~TransportExchange()
{
    m_deadlines->remove(this);
    releaseReply();
}

void TransportExchange::follow(QNetworkReply *reply)
{
    m_reply = reply;
    m_direct = qobject_cast<DirectReply *>(reply);
    if (m_direct)
        m_direct->setFollower(this);
    else
        followStock();
}

void TransportExchange::replyChanged()
{
    noticeHead();
    noticeEnd();
    if (m_changed.isAwaited())
        m_changed.notify(); // the last thing: the waiter may end us
}

void TransportExchange::followStock()
{
    QObject::connect(m_reply, &QNetworkReply::metaDataChanged, m_reply, [this] { replyChanged(); });
    QObject::connect(m_reply, &QNetworkReply::readyRead, m_reply, [this] {
        checkFlood();
        if (m_changed.isAwaited())
            m_changed.notify();
    });
    QObject::connect(m_reply, &QNetworkReply::finished, m_reply, [this] { replyChanged(); });
    QObject::connect(m_reply, &QNetworkReply::requestSent, m_reply, [this] { m_sentAt = m_clock.steady(); });
    // A manager that goes takes its replies along without a word.
    QObject::connect(m_reply, &QObject::destroyed, m_reply, [this] {
        m_reply = nullptr;
        fail(answerFailure(peer(), Kind::Cancelled));
    });
}

void TransportExchange::noticeHead()
{
    if (hasHead() || !m_reply)
        return;
    if (m_direct) {
        m_status = m_direct->status();
        m_headers = m_direct->head();
        m_times = m_direct->times();
        return;
    }
    m_status = m_reply->attribute(QNetworkRequest::HttpStatusCodeAttribute).toInt();
    if (m_status == 0)
        return;
    for (const auto &[name, value] : m_reply->rawHeaderPairs())
        m_headers.add(name, value);
    const SteadyTime now = m_clock.steady();
    m_times.firstByte = std::chrono::duration_cast<std::chrono::microseconds>(now - m_started);
    if (m_sentAt)
        m_times.sent = std::chrono::duration_cast<std::chrono::microseconds>(*m_sentAt - m_started);
}

void TransportExchange::noticeEnd()
{
    if (m_ended || m_failure || !m_reply || !m_reply->isFinished())
        return;
    m_ended = true;
    if (m_direct) {
        m_failure = m_direct->failure();
        return;
    }
    // A status of 4xx or 5xx is an answer; Qt makes an error of it.
    const auto error = m_reply->error();
    if (error != QNetworkReply::NoError && (!hasHead() || error != toNetworkError(m_status)))
        m_failure = failureOf(peer(), error, m_reply->errorString(), hasHead());
    else if (!hasHead())
        m_failure = answerFailure(peer(), Kind::LostBeforeAnswer);
}

void TransportExchange::checkFlood()
{
    if (!m_direct && m_reply && m_reply->bytesAvailable() > MostUnreadOfQt)
        fail(answerFailure(peer(), Kind::BadAnswer, "it comes faster than it can be passed on"));
}

std::optional<TransportResult<QByteArray>> TransportExchange::take()
{
    if (m_reply) {
        QByteArray bytes;
        if (m_direct)
            bytes = m_direct->takeBody();
        else if (m_reply->bytesAvailable() > 0)
            bytes = m_reply->readAll();
        if (!bytes.isEmpty())
            return bytes;
        noticeEnd();
    }
    if (m_failure)
        return tl::unexpected(*m_failure);
    if (m_ended)
        return QByteArray();
    return std::nullopt;
}

// Ending early

void TransportExchange::fail(TransportError failure)
{
    if (m_ended || m_failure)
        return;
    m_failure = std::move(failure);
    releaseReply();
    if (m_changed.isAwaited())
        m_changed.notify(); // the last thing: the waiter may end us
}

void TransportExchange::drop()
{
    if (!m_ended && !m_failure)
        fail(answerFailure(peer(), Kind::Cancelled));
    releaseReply();
}

void TransportExchange::releaseReply()
{
    QNetworkReply *reply = std::exchange(m_reply, nullptr);
    if (!reply)
        return;
    m_cancel.reset();
    if (std::exchange(m_direct, nullptr)) {
        delete reply; // allowed inside its own signals, and it closes the connection
        return;
    }
    reply->disconnect(reply);
    reply->abort();
    reply->deleteLater();
}

// Time-outs

void TransportExchange::beginWaiting()
{
    if (m_waitingSince || m_timeouts.idle.count() <= 0)
        return;
    m_waitingSince = m_clock.steady();
    m_deadlines->note(*m_waitingSince + m_timeouts.idle);
}

std::optional<SteadyTime> TransportExchange::connectedAt() const
{
    if (!m_direct)
        return m_sentAt;
    const TransportTimes &times = m_direct->times();
    if (times.sent)
        return m_started + *times.sent;
    if (times.connected)
        return m_started + *times.connected;
    return times.reusedConnection ? std::optional(m_started) : std::nullopt;
}

std::optional<TransportExchange::Deadline> TransportExchange::deadline() const
{
    if (m_ended || m_failure)
        return std::nullopt;
    std::optional<Deadline> first;
    const auto consider = [&first](SteadyTime from, std::chrono::milliseconds limit, Kind kind) {
        if (limit.count() > 0 && (!first || from + limit < first->at))
            first = Deadline{from + limit, kind};
    };
    consider(m_started, m_timeouts.total, Kind::TotalTimeout);
    if (hasHead()) {
        if (m_waitingSince)
            consider(*m_waitingSince, m_timeouts.idle, Kind::IdleTimeout);
    } else if (const auto connected = connectedAt()) {
        consider(*connected, m_timeouts.firstByte, Kind::FirstByteTimeout);
    } else {
        consider(m_started, m_timeouts.connect, Kind::ConnectTimeout);
    }
    return first;
}

std::optional<SteadyTime> TransportExchange::nextDeadline() const
{
    const auto next = deadline();
    return next ? std::optional(next->at) : std::nullopt;
}

void TransportExchange::deadlinePassed()
{
    if (const auto passed = deadline())
        fail(timeoutFailure(peer(), passed->kind, m_timeouts));
}

QByteArray TransportExchange::peer() const
{
    io::Endpoint endpoint;
    endpoint.host = m_url.host();
    endpoint.port = static_cast<quint16>(m_url.port(m_url.scheme() == QLatin1String("https") ? 443 : 80));
    return nameOf(endpoint);
}

} // namespace fairlead::net
