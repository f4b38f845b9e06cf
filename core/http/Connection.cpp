// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/Connection.h"

#include "http/ServerCore.h"
#include "http/ServerExchange.h"

#include "base/Logging.h"

#include <algorithm>
#include <utility>

namespace fairlead::http {

namespace {

constexpr qsizetype ReadAhead = 64 * 1024; // pipelined bytes kept while an answer is under way
constexpr milliseconds LingerLimit{2'000}; // for the client to close after our FIN

const QByteArray LineEnd = QByteArrayLiteral("\r\n");
const QByteArray LastChunk = QByteArrayLiteral("0\r\n\r\n");

} // namespace

Connection::Connection(ServerCore &core, std::unique_ptr<io::ByteStream> stream)
    : m_core(&core)
    , m_stream(std::move(stream))
    , m_parser(core.limits().mostHeadBytes, core.limits().mostBodyBytes)
    , m_peer(m_stream->peerName())
    , m_since(core.clock().steady())
{
    m_progress = m_since;
}

Connection::~Connection() = default;

void Connection::start()
{
    const ServerLimits &limits = m_core->limits();
    m_stream->setDrainMark(std::min(limits.lowWater, limits.highWater - 1));
    m_stream->setListener(this);
}

// Reading

void Connection::streamReadable()
{
    const auto self = shared_from_this();
    while (m_core && m_phase != Phase::Lingering && !m_isReadPaused) {
        if (readSome() == 0)
            return;
        work();
    }
}

qsizetype Connection::readSome()
{
    const auto body = m_phase == Phase::Reading ? m_parser.bodySpace() : std::span<char>();
    qsizetype count = 0;
    if (!body.empty()) {
        count = m_stream->read(body.data(), static_cast<qsizetype>(body.size()));
        m_parser.bodyArrived(count);
    } else {
        auto &scratch = m_core->scratch();
        count = m_stream->read(scratch.data(), static_cast<qsizetype>(scratch.size()));
        if (count > 0) {
            m_lastByte = m_core->clock().steady();
            takeInput(QByteArrayView(scratch.data(), count));
        }
        return count;
    }
    if (count > 0)
        m_lastByte = m_core->clock().steady();
    return count;
}

/// Parses in place what has just been read; only what is left over is copied.
void Connection::takeInput(QByteArrayView fresh)
{
    if (m_phase == Phase::Reading && !m_parser.hasStarted())
        m_started = m_lastByte;
    qsizetype taken = 0;
    if (m_phase == Phase::Reading && m_input.isEmpty())
        taken = m_parser.feed(fresh);
    m_input.append(fresh.sliced(taken));
}

/// Answers the requests that are there, one after the other. A loop, never recursion: an answer given inside
/// handle() comes back here.
void Connection::work()
{
    if (std::exchange(m_isWorking, true))
        return;
    const auto self = shared_from_this();
    while (m_core && m_phase == Phase::Reading && !isSlow()) {
        if (m_parser.step() == RequestParser::Step::NeedsMore && !m_input.isEmpty())
            m_input.remove(0, m_parser.feed(m_input));
        if (m_parser.step() == RequestParser::Step::NeedsMore)
            break;
        if (m_parser.step() == RequestParser::Step::Failed)
            refuse(m_parser.refusalStatus(), m_parser.refusalMessage());
        else
            dispatch();
    }
    m_isWorking = false;
    if (!m_core)
        return;
    if (m_phase == Phase::Reading && m_parser.takeContinue())
        send("HTTP/1.1 100 Continue\r\n\r\n");
    updateReading();
}

void Connection::updateReading()
{
    const bool isFull = m_phase != Phase::Lingering && m_input.size() >= ReadAhead
                        && (m_phase == Phase::Answering || isSlow());
    if (std::exchange(m_isReadPaused, isFull) != isFull)
        m_stream->setReadPaused(isFull);
}

void Connection::dispatch()
{
    m_isHead = m_parser.isHead();
    m_isHttp11 = m_parser.isHttp11();
    Request request = m_parser.takeRequest();
    request.peer = m_peer;
    request.started = m_started;
    request.received = m_lastByte;
    m_started = request.received; // of a pipelined request that follows
    m_keepAlive = request.keepAlive;
    m_phase = Phase::Answering;
    auto exchange = std::make_shared<ServerExchange>(*m_core, *this, std::move(request));
    m_exchange = exchange.get();
    m_core->handler().handle(std::move(exchange));
}

void Connection::refuse(int status, const QByteArray &message)
{
    m_isHead = m_parser.isHead();
    m_isHttp11 = m_parser.isHttp11();
    m_keepAlive = false;
    sendWhole(m_core->renderRefusal(status, message, m_parser.request()));
    closeGracefully();
}

// Answering

Persistence Connection::persistence() const
{
    if (!m_keepAlive)
        return Persistence::Close;
    return m_isHttp11 ? Persistence::Silent : Persistence::KeepAlive;
}

void Connection::send(QByteArray first, QByteArray second, QByteArray third)
{
    m_written += first.size() + second.size() + third.size();
    m_stream->write(std::move(first), std::move(second), std::move(third));
}

void Connection::sendWhole(const Response &response)
{
    m_keepAlive = m_keepAlive && !m_core->isStopping();
    const bool hasBody = !isBodiless(response.status);
    const Framing framing = hasBody ? Framing::Length : Framing::None;
    QByteArray head = m_core->writer().head(
        response.status, response.headers, framing, response.body.size(), persistence());
    send(std::move(head), hasBody && !m_isHead ? response.body : QByteArray());
}

void Connection::reply(const Response &response)
{
    sendWhole(response);
    finishExchange();
}

void Connection::begin(int status, const Headers &headers)
{
    m_framing = m_isHttp11 ? Framing::Chunked : Framing::UntilClose;
    if (isBodiless(status))
        m_framing = Framing::None;
    m_keepAlive = m_keepAlive && !m_core->isStopping() && m_framing != Framing::UntilClose;
    m_heldHead = m_core->writer().head(status, headers, m_framing, 0, persistence());
}

bool Connection::push(QByteArray bytes)
{
    QByteArray head = std::exchange(m_heldHead, QByteArray());
    if (m_isHead || m_framing == Framing::None || bytes.isEmpty()) {
        send(std::move(head));
    } else if (m_framing == Framing::Chunked) {
        head += ResponseWriter::chunkStart(bytes.size());
        send(std::move(head), std::move(bytes), LineEnd);
    } else {
        send(std::move(head), std::move(bytes));
    }
    return !isSlow();
}

void Connection::end(QByteArray last)
{
    QByteArray head = std::exchange(m_heldHead, QByteArray());
    if (m_isHead || m_framing == Framing::None) {
        send(std::move(head));
    } else if (m_framing == Framing::Chunked && !last.isEmpty()) {
        head += ResponseWriter::chunkStart(last.size());
        send(std::move(head), std::move(last), LineEnd + LastChunk);
    } else if (m_framing == Framing::Chunked) {
        send(std::move(head), LastChunk);
    } else {
        send(std::move(head), std::move(last));
    }
    finishExchange();
}

void Connection::cut()
{
    m_exchange = nullptr;
    m_keepAlive = false;
    m_heldHead.clear();
    // Where the end of the connection would look like the end of the answer, it must be an error.
    if (m_framing == Framing::UntilClose)
        reset();
    else
        closeGracefully(); // without the last chunk
}

void Connection::reset()
{
    m_exchange = nullptr;
    m_stream->reset();
    close(CancelReason::None);
}

void Connection::dropped(const QByteArray &path, bool hasSent, const Headers &commonHeaders)
{
    if (hasSent) {
        cut();
        return;
    }
    m_heldHead.clear();
    Request request;
    request.path = path;
    Response response = m_core->renderRefusal(
        500, "The request was dropped without an answer. This is a bug; please report it.", request);
    for (const auto &[name, value] : commonHeaders)
        response.headers.add(name, value);
    reply(response);
}

bool Connection::isSlow() const
{
    return m_stream->pendingBytes() >= m_core->limits().highWater;
}

void Connection::finishExchange()
{
    m_exchange = nullptr;
    m_framing = Framing::Length;
    if (!m_keepAlive || m_core->isStopping()) {
        closeGracefully();
        return;
    }
    m_phase = Phase::Reading;
    m_since = m_core->clock().steady();
    if (!m_isWorking && !m_input.isEmpty()) {
        // From the event loop: the handler that is answering does not expect to be called again inside its
        // call.
        m_core->post([weak = weak_from_this()] {
            if (const auto self = weak.lock())
                self->work();
        });
    }
}

void Connection::streamDrained()
{
    const auto self = shared_from_this();
    if (m_exchange)
        m_exchange->drainedNow();
    else if (m_core)
        work(); // pipelined requests waited for the client to take their predecessors' answers
}

// The end

void Connection::streamHungUp()
{
    close(CancelReason::ClientGone);
}

void Connection::streamClosed(io::CloseReason, const QByteArray &)
{
    close(CancelReason::ClientGone);
}

void Connection::closeGracefully()
{
    m_phase = Phase::Lingering;
    m_since = m_core->clock().steady();
    m_input.clear();
    m_stream->closeAfterWrites();
}

void Connection::close(CancelReason reason)
{
    if (!m_core)
        return;
    const auto self = shared_from_this();
    m_phase = Phase::Over;
    m_stream->abort();
    ServerExchange *exchange = std::exchange(m_exchange, nullptr);
    std::exchange(m_core, nullptr)->removeConnection(this);
    if (exchange)
        exchange->lose(reason);
}

void Connection::stop()
{
    if (m_phase == Phase::Reading)
        closeGracefully();
}

void Connection::cancel(CancelReason reason)
{
    const auto self = shared_from_this();
    ServerExchange *exchange = m_exchange;
    if (!exchange)
        return;
    cut();
    exchange->lose(reason);
}

bool Connection::isStalled(SteadyTime now)
{
    const qint64 sent = m_written - m_stream->pendingBytes();
    if (m_stream->pendingBytes() == 0 || sent != m_sentSeen) {
        m_sentSeen = sent;
        m_progress = now;
    }
    return now - m_progress >= m_core->limits().writeTimeout;
}

void Connection::sweep(SteadyTime now)
{
    if (!m_core)
        return;
    const ServerLimits &limits = m_core->limits();
    if (isStalled(now)) {
        close(CancelReason::ClientGone);
        return;
    }
    if (m_stream->pendingBytes() > 0)
        m_since = now;
    if (m_phase == Phase::Lingering && now - m_since >= LingerLimit) {
        close(CancelReason::None);
    } else if (m_phase == Phase::Reading && !m_parser.hasStarted()) {
        if (now - m_since >= limits.idleTimeout)
            closeGracefully();
    } else if (m_phase == Phase::Reading && !m_parser.isHeadDone()) {
        if (now - m_started >= limits.headTimeout)
            refuse(408, "The request's header did not arrive in time.");
    } else if (m_phase == Phase::Reading && now - m_lastByte >= limits.bodyTimeout) {
        refuse(408, "The request's body did not arrive in time.");
    }
}

} // namespace fairlead::http
