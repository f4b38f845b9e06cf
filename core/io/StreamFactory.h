// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "io/ByteStream.h"

#include <QNetworkProxy>
#include <QObject>
#include <QSslConfiguration>
#include <QString>

#include <functional>
#include <memory>

namespace fairlead::io {

/// Where to connect to.
struct Endpoint {
    QString host;
    quint16 port = 0;
    bool tls = false;
    bool operator==(const Endpoint &) const = default;
};

/// Makes streams for the thread it lives in. On Linux plain TCP streams share one epoll set behind a single
/// QSocketNotifier (Qt's dispatcher is poll(): it walks every open socket on every turn, reference figures in
/// the bench); elsewhere, and for TLS, they are Qt sockets. TCP_NODELAY is set on all of them.
class StreamFactory : public QObject
{
    Q_OBJECT
public:
    enum class Backend { Best, QtOnly };

    explicit StreamFactory(Backend backend = Backend::Best, QObject *parent = nullptr);
    ~StreamFactory() override;

    /// Starts connecting; the listener hears streamConnected or streamClosed. Resolves names without
    /// blocking, tries every address in turn. The caller keeps the time limit. `proxy` of type NoProxy
    /// connects directly.
    [[nodiscard]] std::unique_ptr<ByteStream> connectTo(
        const Endpoint &endpoint, ByteStream::Listener *listener, const QSslConfiguration &tls,
        const QNetworkProxy &proxy = QNetworkProxy(QNetworkProxy::NoProxy));

    class Listening;
    using Accept = std::function<void(std::unique_ptr<ByteStream>)>;
    /// Listens on the address; every accepted stream goes to `accept`, which sets its listener. Port 0 picks
    /// a free one. With `tls`, only streams whose handshake is done are accepted. Null, and an error text
    /// naming address and port, when that fails.
    [[nodiscard]] std::unique_ptr<Listening> listen(
        const QString &address, quint16 port, Accept accept, QString *error,
        const QSslConfiguration *tls = nullptr);

private:
    class Private;
    std::unique_ptr<Private> d;
};

/// An open listening socket; destroying it stops accepting.
class StreamFactory::Listening
{
public:
    Listening() = default;
    virtual ~Listening() = default;
    Q_DISABLE_COPY_MOVE(Listening)
    [[nodiscard]] virtual quint16 port() const = 0;
    [[nodiscard]] virtual QString address() const = 0;
    /// Stops or resumes accepting without closing the socket (connection cap reached).
    virtual void setPaused(bool paused) = 0;
};

} // namespace fairlead::io
