// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Cancel.h"
#include "base/Clock.h"
#include "base/Headers.h"
#include "base/Task.h"

#include <QByteArray>

#include <memory>

namespace fairlead::http {

/// One request, whole: bodies are read before a handler sees them (a JSON document is of no use in halves).
struct Request {
    QByteArray method; ///< "GET", upper case as sent
    QByteArray target; ///< as sent: "/v1/models?limit=2"
    QByteArray path; ///< percent-decoded, without query; dot segments are refused by the parser
    QByteArray query; ///< as sent, without '?'
    Headers headers;
    QByteArray body;
    QByteArray peer; ///< "127.0.0.1:54321"
    bool keepAlive = true;
    SteadyTime received; ///< when the last byte of the request was read
    SteadyTime started; ///< when its first byte was read
};

struct Response {
    int status = 200;
    Headers headers; ///< content-length, date and connection are the server's business
    QByteArray body;
};

/// One request and the means to answer it. Handlers hold it by shared_ptr; it outlives its connection, after
/// which every write is a no-op that reports "gone". Exactly one of reply() or begin()..end() answers a
/// request; an exchange dropped without an answer sends 500 (or cuts a stream that had begun).
class Exchange
{
public:
    Exchange() = default;
    virtual ~Exchange() = default;
    Q_DISABLE_COPY_MOVE(Exchange)

    [[nodiscard]] virtual const Request &request() const = 0;
    /// Cancelled (CancelReason::ClientGone) as soon as the client closes or the connection fails, also while
    /// the handler only waits. Shutdown cancels with CancelReason::Shutdown.
    [[nodiscard]] virtual CancelToken cancelToken() const = 0;

    /// A header field for whatever answer this request gets (CORS).
    virtual void addCommonHeader(QByteArray name, QByteArray value) = 0;

    /// Answers at once with a known length.
    virtual void reply(Response response) = 0;

    /// Starts a streamed (chunked) answer. The head is kept back until the first write, so that both leave in
    /// one segment.
    virtual void begin(int status, Headers headers) = 0;
    /// Sends one piece. Waits while more than the high-water mark is unsent (a slow client), so memory stays
    /// bounded. False once the client is gone. Completes without suspending in the usual case.
    [[nodiscard]] virtual Task<bool> write(QByteArray bytes) = 0;
    /// As write(), without waiting: true if the caller may go on at once, false if it should await drained()
    /// first.
    [[nodiscard]] virtual bool tryWrite(QByteArray bytes) = 0;
    /// Resumes when the unsent bytes are below the low-water mark again; false once the client is gone.
    [[nodiscard]] virtual Task<bool> drained() = 0;
    /// Ends the streamed answer properly, after a last piece where one is given. Both leave in one segment: a
    /// client that hangs up at the last event it wants has then read the response to its end and can use the
    /// connection again.
    virtual void end(QByteArray last = {}) = 0;
    /// Cuts the connection without ending the answer: for dialects whose clients must see a broken stream as
    /// broken.
    virtual void cut() = 0;
    /// As cut(), but the client sees an error of the connection (RST), also where nothing was answered yet.
    virtual void reset() { cut(); }

    [[nodiscard]] virtual bool isGone() const = 0;
    [[nodiscard]] virtual bool hasBegun() const = 0;
};

using ExchangePtr = std::shared_ptr<Exchange>;

/// What the server hands requests to. One method, on the server's thread; the handler may answer at once or
/// keep the exchange.
class Handler
{
public:
    Handler() = default;
    virtual ~Handler() = default;
    Q_DISABLE_COPY_MOVE(Handler)
    virtual void handle(ExchangePtr exchange) = 0;
};

} // namespace fairlead::http
