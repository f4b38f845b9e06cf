// SPDX-License-Identifier: GPL-3.0-or-later
#include "io/StreamFactory.h"

#include "io/QtListening.h"
#include "io/QtStream.h"

#ifdef Q_OS_LINUX
#include "io/EpollListening.h"
#include "io/EpollReactor.h"
#include "io/EpollStream.h"
#endif

#include <QSslServer>
#include <QTcpServer>

#include <utility>

namespace fairlead::io {

namespace {

constexpr int Backlog = 1024; // a burst of clients waits in the kernel rather than being refused

} // namespace

class StreamFactory::Private
{
public:
#ifdef Q_OS_LINUX
    std::shared_ptr<EpollReactor> reactor; ///< null: Qt sockets only
#endif
};

StreamFactory::StreamFactory(Backend backend, QObject *parent)
    : QObject(parent)
    , d(std::make_unique<Private>())
{
#ifdef Q_OS_LINUX
    if (backend == Backend::Best)
        d->reactor = EpollReactor::create();
#else
    Q_UNUSED(backend)
#endif
}

StreamFactory::~StreamFactory() = default;

std::unique_ptr<ByteStream> StreamFactory::connectTo(
    const Endpoint &endpoint, ByteStream::Listener *listener, const QSslConfiguration &tls,
    const QNetworkProxy &proxy)
{
#ifdef Q_OS_LINUX
    if (d->reactor && !endpoint.tls && proxy.type() == QNetworkProxy::NoProxy) {
        auto stream = std::make_unique<EpollStream>(d->reactor);
        stream->setListener(listener);
        stream->connectTo(endpoint.host, endpoint.port);
        return stream;
    }
#endif
    return std::make_unique<QtStream>(endpoint, listener, tls, proxy);
}

std::unique_ptr<StreamFactory::Listening> StreamFactory::listen(
    const QString &address, quint16 port, Accept accept, QString *error, const QSslConfiguration *tls)
{
    std::unique_ptr<QTcpServer> server;
    if (tls) {
        auto secure = std::make_unique<QSslServer>();
        secure->setSslConfiguration(*tls);
        server = std::move(secure);
    } else {
        server = std::make_unique<QTcpServer>();
    }
    server->setProxy(QNetworkProxy::NoProxy);
    server->setListenBacklogSize(Backlog);
    const bool isLocalhost = address.compare(QLatin1StringView("localhost"), Qt::CaseInsensitive) == 0;
    const QHostAddress where = isLocalhost ? QHostAddress(QHostAddress::LocalHost) : QHostAddress(address);
    if (where.isNull() || !server->listen(where, port)) {
        const QString why = where.isNull() ? tr("that is not an IP address") : server->errorString();
        if (error)
            *error = tr("cannot listen on %1 port %2: %3").arg(address).arg(port).arg(why);
        return nullptr;
    }
#ifdef Q_OS_LINUX
    if (d->reactor && !tls)
        return std::make_unique<EpollListening>(d->reactor, std::move(server), std::move(accept));
#endif
    return std::make_unique<QtListening>(std::move(server), std::move(accept));
}

} // namespace fairlead::io
