// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Clock.h"
#include "base/Result.h"
#include "http/Exchange.h"
#include "io/StreamFactory.h"

#include <QSslConfiguration>
#include <QString>

#include <chrono>
#include <functional>
#include <memory>

namespace fairlead::http {

struct ServerLimits {
    qsizetype mostHeadBytes = 64 * 1024;
    qsizetype mostBodyBytes = 64 * 1024 * 1024;
    int mostConnections = 4096;
    std::chrono::milliseconds headTimeout{10'000}; ///< first byte to end of head (slow-loris)
    std::chrono::milliseconds bodyTimeout{60'000}; ///< without a byte while a body is owed
    std::chrono::milliseconds idleTimeout{75'000}; ///< between requests on a kept-alive connection
    std::chrono::milliseconds writeTimeout{120'000}; ///< a client that takes nothing while bytes are pending
    qsizetype highWater = 256 * 1024; ///< unsent bytes at which write() waits
    qsizetype lowWater = 64 * 1024;
};

/// HTTP/1.1 server: keep-alive, pipelining (answered in order), chunked bodies both ways, Expect:
/// 100-continue, HEAD. Knows nothing of what it serves. RFC 9110 and 9112; the message parser is
/// Boost.Beast's.
///
/// Requests it refuses itself (bad head 400, head too large 431, body too large 413, unknown transfer coding
/// 501, missing or double Host 400, both Content-Length and Transfer-Encoding 400, HTTP/1.0 without Host is
/// fine) are answered through `renderError`, so that they can wear the dialect of the path.
class Server
{
public:
    /// Makes the answer for a request the server refuses before any handler sees it. `request` is as much of
    /// it as was read: maybe nothing, mostly the whole head.
    using RenderError
        = std::function<Response(int status, const QByteArray &message, const Request &request)>;

    Server(io::StreamFactory &streams, Clock &clock, Handler &handler, ServerLimits limits = {});
    ~Server(); ///< cuts every connection
    Q_DISABLE_COPY_MOVE(Server)

    void setRenderError(RenderError render);
    /// https instead of http, from the next listen() on.
    void setTls(QSslConfiguration tls);

    /// Listens on each address with the same port; 0 picks a free one (the same for all). An address the
    /// machine does not have (::1 without IPv6) is skipped as long as one works. Returns the port.
    [[nodiscard]] Result<quint16> listen(const QStringList &addresses, quint16 port);
    [[nodiscard]] bool isListening() const;
    [[nodiscard]] quint16 port() const;

    /// Stops accepting; idle connections close, running exchanges go on (each answer then says Connection:
    /// close).
    void stopListening();
    /// Cancels every running exchange with that reason and cuts its connection once the handler has let go or
    /// at once.
    void cancelAll(CancelReason reason);

    [[nodiscard]] int connectionCount() const;
    [[nodiscard]] int exchangeCount() const;
    /// Called whenever the last running exchange ends after stopListening().
    void setIdleCallback(std::function<void()> idle);

private:
    class Private;
    std::unique_ptr<Private> d;
};

/// "OK", "Not Found": the reason phrase of a status code, or "Unknown".
[[nodiscard]] QByteArray reasonPhrase(int status);

} // namespace fairlead::http
