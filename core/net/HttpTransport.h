// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Cancel.h"
#include "base/Clock.h"
#include "base/Headers.h"
#include "base/Result.h"
#include "base/Secret.h"
#include "base/Task.h"

#include <QSslConfiguration>
#include <QUrl>

#include <chrono>
#include <memory>

namespace fairlead::net {

/// How long each phase may take; 0 = no limit.
struct Timeouts {
    std::chrono::milliseconds connect{10'000}; ///< resolve + TCP + TLS
    std::chrono::milliseconds firstByte{
        120'000}; ///< request sent until the answer's head (reasoning models think long)
    std::chrono::milliseconds idle{120'000}; ///< between two reads of the body
    std::chrono::milliseconds total{0}; ///< all of it
};

/// What can go wrong below HTTP. A status of 4xx or 5xx is an answer, not a transport error.
enum class TransportErrorKind {
    NotResolved,
    Refused,
    Unreachable,
    TlsFailed,
    ProxyFailed,
    ConnectTimeout,
    /// The connection broke before any byte of the answer: the request may or may not have been acted upon.
    /// Never sent again by the transport; whether to is the caller's decision, in the open.
    LostBeforeAnswer,
    FirstByteTimeout,
    IdleTimeout,
    TotalTimeout,
    /// The answer broke off in the middle.
    Truncated,
    /// What came is no HTTP, or breaks a limit of ours.
    BadAnswer,
    Cancelled,
};

[[nodiscard]] QByteArray transportErrorName(TransportErrorKind kind);

class TransportError
{
public:
    TransportError(TransportErrorKind kind, QByteArray message)
        : m_kind(kind)
        , m_message(std::move(message))
    { }
    [[nodiscard]] TransportErrorKind kind() const { return m_kind; }
    [[nodiscard]] const QByteArray &message() const
    {
        return m_message;
    } ///< a sentence for people; names host, never a key

private:
    TransportErrorKind m_kind;
    QByteArray m_message;
};

template<typename T>
using TransportResult = tl::expected<T, TransportError>;

struct TransportRequest {
    QByteArray method = "POST";
    QUrl url;
    Headers headers; ///< without credentials
    /// Header fields with keys in them, written last and nowhere logged: {"authorization", "Bearer ..."}.
    std::vector<std::pair<QByteArray, Secret>> secretHeaders;
    QByteArray body;
    Timeouts timeouts;
    /// Null = the system's certificate authorities. Shared, as it is compared to find a connection that fits.
    std::shared_ptr<const QSslConfiguration> tls;
    bool http2 = false; ///< ask Qt for HTTP/2 (https only); a line in the provider's file
    CancelToken cancel;
};

/// When each phase ended, relative to the start of send(); nullopt = did not happen (a reused connection does
/// not resolve).
struct TransportTimes {
    std::optional<std::chrono::microseconds> resolved;
    std::optional<std::chrono::microseconds> connected;
    std::optional<std::chrono::microseconds> encrypted;
    std::optional<std::chrono::microseconds> sent;
    std::optional<std::chrono::microseconds> firstByte;
    bool reusedConnection = false;
};

/// An answer whose head has arrived. Destroying it closes or recycles the connection; one reader at a time.
class TransportResponse
{
public:
    TransportResponse() = default;
    virtual ~TransportResponse() = default;
    Q_DISABLE_COPY_MOVE(TransportResponse)

    [[nodiscard]] virtual int status() const = 0;
    [[nodiscard]] virtual const Headers &headers() const = 0;
    [[nodiscard]] virtual const TransportTimes &times() const = 0;

    /// All bytes that are there, waiting for at least one; an empty array is the proper end of the body. Not
    /// reading slows the sender (the transport buffers at most 256 KiB).
    [[nodiscard]] virtual Task<TransportResult<QByteArray>> read() = 0;
    /// As read(), without waiting: nullopt if nothing is there now.
    [[nodiscard]] virtual std::optional<TransportResult<QByteArray>> tryRead() = 0;
};

/// The narrow seam between the providers and the network; tests put a FakeTransport here.
class HttpTransport
{
public:
    HttpTransport() = default;
    virtual ~HttpTransport() = default;
    Q_DISABLE_COPY_MOVE(HttpTransport)

    /// Sends once and waits for the answer's head. Cancelling the token aborts at any point; the awaiting
    /// coroutine is resumed with TransportErrorKind::Cancelled.
    [[nodiscard]] virtual Task<TransportResult<std::unique_ptr<TransportResponse>>>
    send(TransportRequest request) = 0;
};

/// Reads a body to its end; BadAnswer once it grows over `mostBytes`.
[[nodiscard]] Task<TransportResult<QByteArray>> readAll(TransportResponse &response, qsizetype mostBytes);

} // namespace fairlead::net
