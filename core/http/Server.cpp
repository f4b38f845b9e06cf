// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/Server.h"

#include "http/ServerCore.h"

#include "base/Logging.h"

#include <optional>
#include <utility>

namespace fairlead::http {

namespace {

constexpr int PortAttempts = 16; // a port free on the first address may be taken on the second

} // namespace

class Server::Private
{
public:
    using Sockets = std::vector<std::unique_ptr<io::StreamFactory::Listening>>;

    Private(io::StreamFactory &factory, Clock &clock, Handler &handler, const ServerLimits &limits)
        : streams(factory)
        , core(std::make_shared<ServerCore>(clock, handler, limits))
    { }

    [[nodiscard]] std::unique_ptr<io::StreamFactory::Listening>
    open(const QString &address, quint16 port, QString *error)
    {
        const auto accept = [weak = std::weak_ptr<ServerCore>(core)](std::unique_ptr<io::ByteStream> stream) {
            if (const auto server = weak.lock())
                server->addConnection(std::move(stream));
        };
        return streams.listen(address, port, accept, error, tls ? &*tls : nullptr);
    }
    [[nodiscard]] bool hasAddress(const QString &address)
    {
        return streams.listen(
                   address, 0, [](auto) {}, nullptr)
               != nullptr;
    }
    [[nodiscard]] Result<Sockets> openAll(const QStringList &addresses, quint16 port);

    io::StreamFactory &streams;
    std::shared_ptr<ServerCore> core;
    std::optional<QSslConfiguration> tls;
};

Result<Server::Private::Sockets> Server::Private::openAll(const QStringList &addresses, quint16 port)
{
    Sockets sockets;
    QString firstError;
    for (const QString &address : addresses) {
        QString error;
        const quint16 wanted = sockets.empty() ? port : sockets.front()->port();
        if (auto socket = open(address, wanted, &error)) {
            sockets.push_back(std::move(socket));
            continue;
        }
        // Somebody else on the same port of another address of ours would get a part of our clients, and
        // their keys.
        if (hasAddress(address))
            return fail(ErrorKind::Unavailable, error.toUtf8());
        qCInfo(lcHttp, "%s", qUtf8Printable(error));
        if (firstError.isEmpty())
            firstError = error;
    }
    if (sockets.empty())
        return fail(
            ErrorKind::NotFound, firstError.isEmpty() ? "no address to listen on" : firstError.toUtf8());
    return sockets;
}

Server::Server(io::StreamFactory &streams, Clock &clock, Handler &handler, ServerLimits limits)
    : d(std::make_unique<Private>(streams, clock, handler, limits))
{ }

Server::~Server()
{
    d->core->closeAll();
}

void Server::setRenderError(RenderError render)
{
    d->core->renderError = std::move(render);
}

void Server::setTls(QSslConfiguration tls)
{
    d->tls = std::move(tls);
}

Result<quint16> Server::listen(const QStringList &addresses, quint16 port)
{
    auto sockets = d->openAll(addresses, port);
    const auto isTaken = [&] { return !sockets && sockets.error().kind() == ErrorKind::Unavailable; };
    for (int i = 1; isTaken() && port == 0 && i < PortAttempts; ++i)
        sockets = d->openAll(addresses, port);
    if (!sockets)
        return fail(sockets.error());
    d->core->startListening(std::move(*sockets));
    return this->port();
}

bool Server::isListening() const
{
    return !d->core->listening.empty();
}

quint16 Server::port() const
{
    return isListening() ? d->core->listening.front()->port() : quint16(0);
}

void Server::stopListening()
{
    d->core->stopListening();
}

void Server::cancelAll(CancelReason reason)
{
    d->core->cancelAll(reason);
}

int Server::connectionCount() const
{
    return d->core->connectionCount();
}

int Server::exchangeCount() const
{
    return d->core->exchangeCount();
}

void Server::setIdleCallback(std::function<void()> idle)
{
    d->core->idle = std::move(idle);
}

} // namespace fairlead::http
