// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Clock.h"
#include "io/StreamFactory.h"
#include "net/RequestHead.h"

#include <QNetworkAccessManager>
#include <QSslConfiguration>

#include <memory>

namespace fairlead::net {

struct PoolLimits {
    int mostIdle = 128; ///< kept-alive connections waiting, over all hosts
    std::chrono::milliseconds idleFor{15'000};
    qsizetype readBuffer = 256 * 1024; ///< unread body bytes at which the socket is left alone
    qsizetype mostHeadBytes = 64 * 1024;
};

/// QNetworkAccessManager with its own HTTP/1.1 engine. `createRequest()` is Qt's documented place to answer a
/// request oneself: http:// and https:// are served from a keep-alive pool of io::ByteStreams with
/// Boost.Beast's parser, because Qt 6.4's own back end re-sends a POST silently when a connection drops,
/// queues the seventh request to a host unseen and delays bodies above 16 KiB by 44 ms on a reused
/// connection. Requests with Http2AllowedAttribute on https go to Qt.
///
/// Fixed policies: redirects are never followed, cookies and cache are off, credentials in URLs are refused,
/// the system proxy is honoured, certificates are checked against the system store (plus what
/// setTlsConfiguration adds). A connection whose end is known before the first byte of a request is written
/// is not used for it; after that byte, nothing is ever sent again. HTTP/2 is asked for only where the way is
/// known to be direct; a host that turns out not to speak it is served here from then on.
class UpstreamManager : public QNetworkAccessManager
{
    Q_OBJECT
public:
    UpstreamManager(
        io::StreamFactory &streams, Clock &clock, PoolLimits limits = {}, QObject *parent = nullptr);
    ~UpstreamManager() override;

    void setTlsConfiguration(const QSslConfiguration &configuration);

    /// post() without a QBuffer: the body is sent by gather-write from the array itself. `verb` is any
    /// method. The reply belongs to the caller; it may be deleted at any time, also inside one of its own
    /// signals unless it is Qt's (HTTP/2).
    [[nodiscard]] QNetworkReply *
    send(const QNetworkRequest &request, const QByteArray &verb, const QByteArray &body);
    /// The same with header fields from where they lie; those in `request` are not looked at.
    [[nodiscard]] QNetworkReply *send(
        const QNetworkRequest &request, const RequestFields &fields, const QByteArray &verb,
        const QByteArray &body);

    /// Connections now: in use and idle.
    [[nodiscard]] int activeConnections() const;
    [[nodiscard]] int idleConnections() const;
    void closeIdleConnections();

protected:
    /// A device must hold its whole body already.
    QNetworkReply *createRequest(
        Operation operation, const QNetworkRequest &request, QIODevice *outgoingData = nullptr) override;

private:
    class Private;
    std::unique_ptr<Private> d;
};

} // namespace fairlead::net
