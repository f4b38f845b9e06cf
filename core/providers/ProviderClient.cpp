// SPDX-License-Identifier: GPL-3.0-or-later
#include "providers/ProviderClient.h"

#include "providers/Addressing.h"
#include "providers/KeyScrub.h"

namespace fairlead::providers {

namespace {

// Whole answers and error bodies are read into memory, so they need a cap. Answers may hold base64 images.
constexpr qsizetype kMostAnswerBytes = 64 * 1024 * 1024;
constexpr qsizetype kMostErrorBytes = 1024 * 1024;
constexpr qsizetype kMostModelsBytes = 16 * 1024 * 1024;

constexpr std::size_t kMostUrlsKept = 32;

/// "v1", "v1beta", "v2": how APIs name their versions in a path.
bool isVersion(QByteArrayView segment)
{
    return segment.size() > 1 && segment[0] == 'v' && segment[1] >= '0' && segment[1] <= '9';
}

QUrl joined(const QUrl &base, const QByteArray &path)
{
    // The path is appended as text: it carries its own percent-encoding ("%2F" in a model name must stay).
    QByteArray url = base.toEncoded();
    while (url.endsWith('/'))
        url.chop(1);
    // Dialects whose paths begin with a version take a base URL that ends with one as well.
    const qsizetype firstEnd = path.indexOf('/', 1);
    const qsizetype last = url.lastIndexOf('/');
    if (firstEnd > 1 && isVersion(QByteArrayView(path).sliced(1, firstEnd - 1))
        && isVersion(QByteArrayView(url).sliced(last + 1)))
        url.truncate(last);
    return QUrl::fromEncoded(url + path, QUrl::StrictMode);
}

/// The request, complete but for its credentials.
net::TransportRequest
toTransport(const ProviderSpec &spec, QUrl url, wire::UpstreamCall call, CancelToken cancel)
{
    net::TransportRequest out;
    out.method = std::move(call.method);
    out.url = std::move(url);
    out.headers = std::move(call.headers);
    for (const auto &[name, value] : spec.headers)
        out.headers.set(name, value);
    out.body = std::move(call.body);
    out.timeouts = spec.timeouts;
    out.tls = spec.tls;
    out.http2 = spec.http2;
    out.cancel = std::move(cancel);
    return out;
}

bool beginsWith(QByteArrayView text, QByteArrayView word)
{
    return text.size() >= word.size() && equalsIgnoringCase(text.first(word.size()), word);
}

bool isHtml(QByteArrayView contentType)
{
    return beginsWith(contentType, "text/html");
}

bool isEventStream(QByteArrayView contentType)
{
    return beginsWith(contentType, "text/event-stream");
}

/// One JSON value, that is: Ollama's application/x-ndjson is a stream of them.
bool isJson(const QByteArray &contentType)
{
    const QByteArray type = contentType.toLower();
    return type.contains("json") && !type.contains("ndjson");
}

Failure htmlFailure(const QString &provider)
{
    return Failure(
        chat::FailureClass::Protocol, 200,
        provider.toUtf8()
            + " answered with a web page instead of an API response. Check the base URL, and whether a proxy "
              "or login page"
              " stands in between.");
}

Piece failedPiece(Failure failure)
{
    Piece piece;
    piece.last = true;
    piece.events.emplace_back(chat::Failed(std::move(failure)));
    return piece;
}

/// A streamed answer: bytes pass through a decoder that turns them into events (or only watches).
class StreamedAnswer final : public ProviderAnswer
{
public:
    StreamedAnswer(
        std::unique_ptr<net::TransportResponse> response, std::unique_ptr<wire::StreamDecoder> decoder,
        QString provider, Secret key)
        : m_response(std::move(response))
        , m_decoder(std::move(decoder))
        , m_provider(std::move(provider))
        , m_key(std::move(key))
    { }

    Task<Piece> next() override
    {
        auto ready = m_response->tryRead();
        if (!ready)
            ready = co_await m_response->read();
        co_return decode(std::move(*ready));
    }

    std::optional<Piece> tryNext() override
    {
        auto ready = m_response->tryRead();
        if (!ready)
            return std::nullopt;
        return decode(std::move(*ready));
    }

    void waitNoLonger() override { m_waitsNoLonger = true; }
    bool isComplete() const override { return m_decoder->isComplete(); }
    const Headers &headers() const override { return m_response->headers(); }
    const net::TransportTimes &times() const override { return m_response->times(); }
    int status() const override { return m_response->status(); }

private:
    Piece decode(net::TransportResult<QByteArray> bytes)
    {
        if (!bytes) {
            // Some servers drop the connection after the terminal signal, and so do some clients (openai's
            // package hangs up at [DONE]): the answer is whole all the same.
            const bool cancelled
                = bytes.error().kind() == net::TransportErrorKind::Cancelled && !m_waitsNoLonger;
            if (m_decoder->isOver() || (m_decoder->isComplete() && !cancelled))
                return lastPiece();
            return failedPiece(toFailure(bytes.error(), m_provider));
        }
        if (bytes->isEmpty())
            return lastPiece();
        Piece piece;
        piece.bytes = std::move(*bytes);
        m_decoder->feed(piece.bytes, piece.events);
        const int skipped = m_decoder->skippedEvents();
        piece.garbled = skipped != std::exchange(m_skipped, skipped);
        if (!piece.events.empty())
            scrubFailure(piece);
        piece.over = m_decoder->isOver();
        if (piece.over)
            lookForEnd(piece);
        return piece;
    }

    /// The end of the connection has mostly come with the end of the answer. Then both go on in one write,
    /// and a client that hangs up at the dialect's end has read the whole response and can use its connection
    /// again.
    void lookForEnd(Piece &piece)
    {
        const auto more = m_response->tryRead();
        if (!more)
            return;
        if (*more)
            piece.bytes += **more;
        piece.last = !*more || (*more)->isEmpty();
        if (piece.last)
            finish(piece);
    }

    Piece lastPiece()
    {
        Piece piece;
        piece.last = true;
        piece.over = m_decoder->isOver();
        finish(piece);
        return piece;
    }

    /// After a failure nothing follows, so it is the last event.
    void scrubFailure(Piece &piece) const
    {
        if (auto *failed = std::get_if<chat::Failed>(&piece.events.back())) {
            scrub(failed->failure, m_key);
            scrub(piece.bytes, m_key);
        }
    }

    void finish(Piece &piece)
    {
        m_decoder->finish(piece.events);
        if (!piece.events.empty())
            scrubFailure(piece);
        piece.skipped = m_decoder->skippedEvents();
    }

    std::unique_ptr<net::TransportResponse> m_response;
    std::unique_ptr<wire::StreamDecoder> m_decoder;
    QString m_provider;
    int m_skipped = 0;
    bool m_waitsNoLonger = false;
    Secret m_key;
};

/// A whole answer, already read: one piece.
class WholeAnswer final : public ProviderAnswer
{
public:
    WholeAnswer(
        std::unique_ptr<net::TransportResponse> response, QByteArray body, std::vector<ChatEvent> events)
        : m_response(std::move(response))
    {
        m_piece.bytes = std::move(body);
        m_piece.events = std::move(events);
        m_piece.last = true;
    }

    Task<Piece> next() override { co_return std::move(m_piece); }
    std::optional<Piece> tryNext() override { return std::move(m_piece); }
    const Headers &headers() const override { return m_response->headers(); }
    const net::TransportTimes &times() const override { return m_response->times(); }
    int status() const override { return m_response->status(); }

private:
    std::unique_ptr<net::TransportResponse> m_response;
    Piece m_piece;
};

/// A whole answer that is one Failed event is a failure like any other: some gateways send errors with status
/// 200.
std::optional<Failure> soleFailure(const std::vector<ChatEvent> &events)
{
    for (const ChatEvent &event : events) {
        if (const auto *failed = std::get_if<chat::Failed>(&event))
            return failed->failure;
    }
    return std::nullopt;
}

std::vector<ChatEvent> readWhole(wire::StreamDecoder &reader, const QByteArray &body)
{
    std::vector<ChatEvent> events;
    reader.feed(body, events);
    reader.finish(events);
    return events;
}

} // namespace

Failure toFailure(const net::TransportError &error, const QString &provider)
{
    using Kind = net::TransportErrorKind;
    using chat::FailureClass;
    FailureClass failureClass = FailureClass::Connection;
    switch (error.kind()) {
    case Kind::NotResolved:
    case Kind::Refused:
    case Kind::Unreachable:
    case Kind::TlsFailed:
    case Kind::ProxyFailed:
    case Kind::LostBeforeAnswer:
        failureClass = FailureClass::Connection;
        break;
    case Kind::ConnectTimeout:
    case Kind::FirstByteTimeout:
    case Kind::IdleTimeout:
    case Kind::TotalTimeout:
        failureClass = FailureClass::TimedOut;
        break;
    case Kind::Truncated:
    case Kind::BadAnswer:
        failureClass = FailureClass::Protocol;
        break;
    case Kind::Cancelled:
        failureClass = FailureClass::Cancelled;
        break;
    }
    Failure failure(failureClass, 0, provider.toUtf8() + ": " + error.message());
    failure.code = net::transportErrorName(error.kind());
    return failure;
}

ProviderClient::ProviderClient(net::HttpTransport &transport, Clock &clock)
    : m_transport(transport)
    , m_authenticator(transport, clock)
{ }

QUrl ProviderClient::urlOf(const std::shared_ptr<const ProviderSpec> &spec, const QByteArray &path)
{
    for (const KnownUrl &known : m_urls) {
        if (known.spec == spec && known.path == path)
            return known.url;
    }
    if (m_urls.size() >= kMostUrlsKept)
        m_urls.clear();
    return m_urls.emplace_back(KnownUrl{spec, path, joined(spec->baseUrl, path)}).url;
}

Task<OrFailure<std::unique_ptr<ProviderAnswer>>> ProviderClient::open(ProviderRequest request)
{
    const std::shared_ptr<const ProviderSpec> spec = request.spec;
    const wire::Wire *wire = wire::findWire(spec->wire);
    Q_ASSERT(wire && wire->upstream);

    QUrl url = urlOf(spec, addressed(*spec, request.call.path, request.model, request.stream));
    net::TransportRequest outgoing
        = toTransport(*spec, std::move(url), std::move(request.call), std::move(request.cancel));
    if (request.timeouts)
        outgoing.timeouts = *request.timeouts;
    if (!Authenticator::addHeader(*spec, request.key, outgoing)) { // mostly that is all: no frame for it
        auto authorized = co_await m_authenticator.authorize(spec, request.key, std::move(outgoing));
        if (!authorized)
            co_return tl::make_unexpected(std::move(authorized.error()));
        outgoing = std::move(*authorized);
    }
    auto sent = co_await m_transport.send(std::move(outgoing));
    if (!sent)
        co_return tl::make_unexpected(toFailure(sent.error(), spec->name));
    std::unique_ptr<net::TransportResponse> response = std::move(*sent);

    const bool ok = response->status() >= 200 && response->status() < 300;
    if (!ok) {
        auto body = co_await net::readAll(*response, kMostErrorBytes);
        const QByteArray text = body.value_or(QByteArray());
        Failure failure = wire->upstream->decodeError(response->status(), response->headers(), text);
        scrub(failure, request.key);
        co_return tl::make_unexpected(std::move(failure));
    }
    const QByteArray contentType = response->headers().value("content-type").trimmed();
    if (isHtml(contentType))
        co_return tl::make_unexpected(htmlFailure(spec->name));

    // A stream was asked for, but some providers answer errors (and a few answers) whole, as JSON.
    const bool streamed
        = request.stream
          && (isEventStream(contentType) || !isJson(contentType) || wire->upstream->streamsJson());
    if (streamed) {
        auto decoder = request.reader ? std::move(request.reader)
                                      : wire->upstream->makeStreamDecoder(spec->quirks, request.mode);
        co_return std::make_unique<StreamedAnswer>(
            std::move(response), std::move(decoder), spec->name, request.key);
    }

    auto body = co_await net::readAll(*response, kMostAnswerBytes);
    if (!body)
        co_return tl::make_unexpected(toFailure(body.error(), spec->name));
    const bool taps = request.mode == wire::DecodeMode::Tap;
    std::vector<ChatEvent> events = request.reader ? readWhole(*request.reader, *body)
                                    : taps         ? wire->upstream->tapAnswer(*body, spec->quirks)
                                                   : wire->upstream->decodeAnswer(*body, spec->quirks);
    auto failure = soleFailure(events);
    if (failure) {
        scrub(*failure, request.key);
        co_return tl::make_unexpected(std::move(*failure));
    }
    co_return std::make_unique<WholeAnswer>(std::move(response), std::move(*body), std::move(events));
}

Task<OrFailure<std::vector<QByteArray>>>
ProviderClient::listModels(std::shared_ptr<const ProviderSpec> spec, Secret key, CancelToken cancel)
{
    const wire::Wire *wire = wire::findWire(spec->wire);
    Q_ASSERT(wire && wire->upstream);
    wire::UpstreamCall call = wire->upstream->modelsCall();
    QUrl url = spec->modelsUrl.isEmpty() ? joined(spec->baseUrl, call.path)
                                         : QUrl::fromEncoded(spec->modelsUrl, QUrl::StrictMode);
    auto authorized = co_await m_authenticator.authorize(
        spec, key, toTransport(*spec, std::move(url), std::move(call), std::move(cancel)));
    if (!authorized)
        co_return tl::make_unexpected(std::move(authorized.error()));
    auto sent = co_await m_transport.send(std::move(*authorized));
    if (!sent)
        co_return tl::make_unexpected(toFailure(sent.error(), spec->name));
    const std::unique_ptr<net::TransportResponse> response = std::move(*sent);
    auto body = co_await net::readAll(*response, kMostModelsBytes);
    if (response->status() < 200 || response->status() >= 300) {
        const QByteArray text = body.value_or(QByteArray());
        Failure failure = wire->upstream->decodeError(response->status(), response->headers(), text);
        scrub(failure, key);
        co_return tl::make_unexpected(std::move(failure));
    }
    if (!body)
        co_return tl::make_unexpected(toFailure(body.error(), spec->name));
    const QByteArray contentType = response->headers().value("content-type").trimmed();
    if (isHtml(contentType))
        co_return tl::make_unexpected(htmlFailure(spec->name));
    auto models = wire->upstream->decodeModels(*body);
    if (!models) {
        Failure failure(chat::FailureClass::Protocol, response->status(), models.error().message());
        co_return tl::make_unexpected(std::move(failure));
    }
    co_return std::move(*models);
}

} // namespace fairlead::providers
