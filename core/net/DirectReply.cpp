// SPDX-License-Identifier: GPL-3.0-or-later
#include "net/DirectReply.h"

#include "net/TransportFailure.h"

#include <QPointer>

#include <algorithm>
#include <cstring>

namespace fairlead::net {

namespace {

using Kind = TransportErrorKind;
using std::chrono::microseconds;

constexpr qsizetype ReadSize = 64 * 1024;
constexpr qsizetype MostTargets = 128;
constexpr qsizetype DecodeStep = 64 * 1024;
// No answer of a provider comes near it; what does has been made to hurt.
constexpr qint64 MostDecodedBytes = 256 * 1024 * 1024;

microseconds micros(std::chrono::steady_clock::duration time)
{
    return std::chrono::duration_cast<microseconds>(time);
}

} // namespace

DirectEngine::DirectEngine(io::StreamFactory &streams, Clock &engineClock, const PoolLimits &poolLimits)
    : clock(engineClock)
    , limits(poolLimits)
    , pool(streams, engineClock, poolLimits)
    , proxies(engineClock)
    , scratch(ReadSize, Qt::Uninitialized)
{ }

Result<RequestTarget> DirectEngine::targetOf(const QUrl &url)
{
    // Mostly the very same object, which compares at once. An empty URL is nobody's target.
    if (url == m_lastUrl && !url.isEmpty())
        return m_lastTarget;
    const auto known = m_targets.constFind(url);
    if (known != m_targets.constEnd()) {
        m_lastUrl = url;
        m_lastTarget = *known;
        return *known;
    }
    auto target = parseTarget(url);
    if (!target)
        return target;
    if (m_targets.size() >= MostTargets)
        m_targets.clear();
    m_targets.insert(url, *target);
    return target;
}

DirectReply::DirectReply(
    DirectEngine &engine, QNetworkAccessManager::Operation operation, const QNetworkRequest &request,
    const RequestFields &fields, const QByteArray &verb, const QByteArray &body)
    : m_engine(&engine)
    , m_started(engine.clock.steady())
    , m_requestBody(body)
    , m_answersHead(verb == "HEAD")
    , m_mostBuffered(engine.limits.readBuffer)
{
    setRequest(request);
    setUrl(request.url());
    setOperation(operation);
    QIODevice::open(QIODevice::ReadOnly | QIODevice::Unbuffered);
    m_engine->live.push_back(this);

    if (const auto ready = prepare(request, fields, verb); !ready) {
        conclude(TransportError(Kind::Unreachable, "the request was not sent: " + ready.error().message()));
        deliverLater();
        return;
    }
    if (const auto way = m_engine->proxies.known(m_target.endpoint))
        begin(*way);
    else
        m_engine->proxies.resolve(m_target.endpoint, this, [this](const auto &found) { begin(found); });
}

Result<void>
DirectReply::prepare(const QNetworkRequest &request, const RequestFields &fields, const QByteArray &verb)
{
    const auto target = m_engine->targetOf(request.url());
    if (!target)
        return fail(target.error());
    auto head = encodeHead(verb, *target, fields, m_requestBody.size());
    if (!head)
        return fail(head.error());
    m_requestHead = std::move(*head);
    m_target.endpoint = target->endpoint;
    const auto codings = fields.open.get("accept-encoding");
    m_decodes = !codings || equalsIgnoringCase(*codings, "identity");
    if (m_target.endpoint.tls) {
        m_target.tls = m_engine->tls;
        QSslConfiguration own = request.sslConfiguration();
        if (own != QSslConfiguration::defaultConfiguration()) {
            own.setAllowedNextProtocols({QByteArray(QSslConfiguration::NextProtocolHttp1_1)});
            m_target.tls = std::make_shared<const QSslConfiguration>(own);
        }
    }
    return {};
}

DirectReply::~DirectReply()
{
    if (!isFinished() && m_engine)
        std::erase(m_engine->live, this);
}

// Sending

void DirectReply::begin(const ProxyResolver::Way &proxy)
{
    if (isFinished())
        return;
    m_target.proxy = proxy;
    m_connection = m_engine->pool.takeIdle(m_target, this);
    if (m_connection) {
        m_times.reusedConnection = true;
        writeRequest();
    } else {
        m_openedAfter = elapsed();
        m_connection = m_engine->pool.open(m_target, this);
    }
}

void DirectReply::writeRequest()
{
    m_written = true;
    m_connection->parser().start(m_answersHead);
    io::ByteStream &stream = m_connection->stream();
    stream.write(std::move(m_requestHead), std::move(m_requestBody));
    if (stream.pendingBytes() == 0)
        m_times.sent = elapsed();
}

void DirectReply::streamConnected()
{
    const io::ConnectTimes times = m_connection->stream().connectTimes();
    const auto since = [&](std::chrono::steady_clock::time_point moment) -> std::optional<microseconds> {
        if (moment == std::chrono::steady_clock::time_point())
            return std::nullopt;
        return m_openedAfter + micros(moment - times.started);
    };
    m_times.resolved = since(times.resolved);
    m_times.connected = since(times.connected).value_or(elapsed());
    m_times.encrypted = since(times.encrypted);
    writeRequest();
}

void DirectReply::streamDrained()
{
    if (!m_times.sent)
        m_times.sent = elapsed();
}

// Receiving

qsizetype DirectReply::room() const
{
    if (m_decoder && !m_decoder->isDrained())
        return 0;
    return m_mostBuffered - buffered();
}

void DirectReply::streamReadable()
{
    while (readSome()) { }
    if (m_headIsNew || m_bytesAreNew || m_endIsNew)
        deliver();
}

/// One read of the socket; true if there may be more.
bool DirectReply::readSome()
{
    if (!m_connection)
        return false;
    io::ByteStream &stream = m_connection->stream();
    const qsizetype most = std::min(room(), ReadSize);
    if (most <= 0) {
        m_paused = true;
        stream.setReadPaused(true);
        return false;
    }
    char *scratch = m_engine->scratch.data();
    const qsizetype count = stream.read(scratch, most);
    if (count <= 0)
        return false;
    if (!m_times.firstByte)
        m_times.firstByte = elapsed();

    ResponseParser &parser = m_connection->parser();
    QByteArray encoded;
    const qsizetype before = m_body.size();
    const auto state = parser.feed(QByteArrayView(scratch, count), m_decoder ? encoded : m_body);
    if (!hasHead() && parser.headComplete())
        takeHead();
    if (m_decoder) {
        if (!encoded.isEmpty())
            m_decoder->feed(encoded);
        decode();
    } else if (m_body.size() > before) {
        m_bytesAreNew = true;
    }
    if (isFinished())
        return false; // broken encoding
    if (state == ResponseParser::State::Bad) {
        conclude(answerFailure(peer(), Kind::BadAnswer, parser.problem()));
    } else if (state == ResponseParser::State::Complete) {
        // An answer that came before all of the request was taken leaves the rest of it on its way.
        if (parser.reusable() && stream.pendingBytes() == 0)
            m_engine->pool.giveBack(std::move(m_connection));
        m_connection.reset();
        bodyReceived();
    }
    return m_connection != nullptr;
}

void DirectReply::takeHead()
{
    ResponseParser &parser = m_connection->parser();
    m_status = parser.status();
    m_head = std::move(parser.headers());
    if (m_decodes && !m_answersHead)
        m_decoder = BodyDecoder::forCoding(m_head.value("Content-Encoding"));
    if (m_decoder) {
        m_head.remove("Content-Encoding");
        m_head.remove("Content-Length");
        m_decoder->feed(std::exchange(m_body, {}));
    }
    if (!m_follower)
        publishHead(parser.reason());
    m_headIsNew = true;
}

void DirectReply::publishHead(const QByteArray &reason)
{
    for (const auto &[name, value] : m_head) {
        if (hasRawHeader(name)) {
            // As Qt does it: cookies have commas of their own.
            const char *separator = equalsIgnoringCase(name, "Set-Cookie") ? "\n" : ", ";
            setRawHeader(name, rawHeader(name) + separator + value);
        } else {
            setRawHeader(name, value);
        }
    }
    setAttribute(QNetworkRequest::HttpStatusCodeAttribute, m_status);
    if (!reason.isEmpty())
        setAttribute(QNetworkRequest::HttpReasonPhraseAttribute, QString::fromLatin1(reason));
    if (m_target.endpoint.tls)
        setAttribute(QNetworkRequest::ConnectionEncryptedAttribute, true);
}

void DirectReply::streamClosed(io::CloseReason reason, const QByteArray &detail)
{
    if (!m_written) {
        conclude(connectFailure(peer(), reason, detail, m_target.proxy));
    } else if (!m_connection->parser().hasBegun()) {
        conclude(answerFailure(peer(), Kind::LostBeforeAnswer));
    } else if (
        reason == io::CloseReason::PeerClosed
        && m_connection->parser().feedEnd() == ResponseParser::State::Complete) {
        m_connection.reset();
        bodyReceived();
    } else {
        conclude(answerFailure(peer(), Kind::Truncated));
    }
    deliver();
}

// Decoding

void DirectReply::decode()
{
    while (!m_decoder->isDrained() && buffered() < m_mostBuffered) {
        const qsizetype before = m_body.size();
        if (!m_decoder->decode(m_body, std::min(DecodeStep, m_mostBuffered - buffered()))) {
            conclude(answerFailure(peer(), Kind::BadAnswer, "its compressed body is broken"));
            return;
        }
        m_bytesAreNew = m_bytesAreNew || m_body.size() > before;
        if (m_decoder->decodedBytes() > MostDecodedBytes) {
            conclude(answerFailure(peer(), Kind::BadAnswer, "its compressed body swells beyond all measure"));
            return;
        }
    }
}

void DirectReply::continueDecoding()
{
    m_decodePosted = false;
    if (isFinished())
        return;
    decode();
    if (m_bodyReceived && !isFinished())
        bodyReceived();
    else
        resumeReading();
    deliver();
}

void DirectReply::bodyReceived()
{
    m_bodyReceived = true;
    if (m_decoder && !m_decoder->isDrained())
        return; // goes on as it is read
    if (m_decoder && !m_decoder->atEnd())
        conclude(answerFailure(peer(), Kind::Truncated, "its compressed body is not complete"));
    else
        conclude(std::nullopt);
}

// Ending

void DirectReply::conclude(std::optional<TransportError> failure)
{
    m_connection.reset();
    if (m_engine)
        std::erase(m_engine->live, this);
    m_engine = nullptr;
    if (failure) {
        setError(toNetworkError(failure->kind()), QString::fromUtf8(failure->message()));
        m_failure = std::move(failure);
    } else if (m_status >= 400) {
        const QByteArray text = peer() + " answered with status " + QByteArray::number(m_status);
        setError(toNetworkError(m_status), QString::fromUtf8(text));
    }
    setFinished(true);
    m_endIsNew = true;
}

/// Emits what is due, in Qt's order. Any slot may destroy or abort us.
void DirectReply::deliver()
{
    if (m_follower) {
        m_headIsNew = m_bytesAreNew = m_endIsNew = false;
        m_follower->replyChanged();
        return;
    }
    const QPointer<DirectReply> alive(this);
    if (std::exchange(m_headIsNew, false)) {
        Q_EMIT metaDataChanged();
        if (!alive)
            return;
    }
    if (std::exchange(m_bytesAreNew, false) && buffered() > 0) {
        Q_EMIT readyRead();
        if (!alive)
            return;
    }
    if (!std::exchange(m_endIsNew, false))
        return;
    if (error() != NoError) {
        Q_EMIT errorOccurred(error());
        if (!alive)
            return;
    }
    Q_EMIT readChannelFinished();
    if (alive)
        Q_EMIT finished();
}

void DirectReply::deliverLater()
{
    QMetaObject::invokeMethod(this, &DirectReply::deliver, Qt::QueuedConnection);
}

void DirectReply::abort()
{
    if (isFinished())
        return;
    m_body.clear();
    m_offset = 0;
    m_bytesAreNew = false;
    conclude(answerFailure(peer(), Kind::Cancelled));
    deliver();
}

void DirectReply::close()
{
    abort();
    QNetworkReply::close();
}

void DirectReply::abandon()
{
    conclude(answerFailure(peer(), Kind::Cancelled));
    deliver();
}

QByteArray DirectReply::peer() const
{
    return nameOf(m_target.endpoint);
}

// Being read

qint64 DirectReply::bytesAvailable() const
{
    return QNetworkReply::bytesAvailable() + buffered();
}

qint64 DirectReply::readData(char *data, qint64 most)
{
    const qsizetype count = std::min<qsizetype>(most, buffered());
    if (count <= 0)
        return isFinished() ? -1 : 0;
    std::memcpy(data, m_body.constData() + m_offset, static_cast<std::size_t>(count));
    drop(count);
    return count;
}

QByteArray DirectReply::takeBody()
{
    if (buffered() == 0)
        return QByteArray();
    QByteArray bytes;
    if (m_offset == 0)
        bytes = std::exchange(m_body, {});
    else
        bytes = m_body.sliced(m_offset);
    drop(m_body.size() - m_offset);
    return bytes;
}

void DirectReply::drop(qsizetype bytes)
{
    m_offset += bytes;
    if (m_offset > 0 && m_offset >= m_body.size()) {
        m_body.resize(0);
        m_offset = 0;
    } else if (m_offset >= ReadSize) {
        m_body.remove(0, m_offset);
        m_offset = 0;
    }
    if (m_decoder && !m_decoder->isDrained())
        decodeLater();
    else
        resumeReading();
}

void DirectReply::decodeLater()
{
    if (isFinished() || std::exchange(m_decodePosted, true))
        return;
    QMetaObject::invokeMethod(this, &DirectReply::continueDecoding, Qt::QueuedConnection);
}

void DirectReply::resumeReading()
{
    if (!m_paused || !m_connection || room() < m_mostBuffered / 2)
        return;
    m_paused = false;
    m_connection->stream().setReadPaused(false);
}

void DirectReply::setReadBufferSize(qint64 size)
{
    QNetworkReply::setReadBufferSize(size);
    if (size > 0)
        m_mostBuffered = static_cast<qsizetype>(size);
    else if (m_engine)
        m_mostBuffered = m_engine->limits.readBuffer;
    resumeReading();
}

std::chrono::microseconds DirectReply::elapsed() const
{
    return m_engine ? micros(m_engine->clock.steady() - m_started) : microseconds(0);
}

} // namespace fairlead::net
