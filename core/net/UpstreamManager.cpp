// SPDX-License-Identifier: GPL-3.0-or-later
#include "net/UpstreamManager.h"

#include "net/DirectReply.h"
#include "net/OneShotBody.h"
#include "net/StockRequest.h"

#include <QSet>

#include <algorithm>
#include <array>

namespace fairlead::net {

namespace {

struct Verb {
    QNetworkAccessManager::Operation operation;
    const char *name;
};

constexpr std::array<Verb, 5> Verbs{{
    {QNetworkAccessManager::PostOperation, "POST"},
    {QNetworkAccessManager::GetOperation, "GET"},
    {QNetworkAccessManager::HeadOperation, "HEAD"},
    {QNetworkAccessManager::PutOperation, "PUT"},
    {QNetworkAccessManager::DeleteOperation, "DELETE"},
}};

QNetworkAccessManager::Operation operationOf(const QByteArray &verb)
{
    const auto found
        = std::find_if(Verbs.begin(), Verbs.end(), [&](const Verb &entry) { return verb == entry.name; });
    return found == Verbs.end() ? QNetworkAccessManager::CustomOperation : found->operation;
}

QByteArray verbOf(QNetworkAccessManager::Operation operation, const QNetworkRequest &request)
{
    const auto found = std::find_if(
        Verbs.begin(), Verbs.end(), [&](const Verb &entry) { return operation == entry.operation; });
    if (found != Verbs.end())
        return found->name;
    return request.attribute(QNetworkRequest::CustomVerbAttribute).toByteArray();
}

} // namespace

class UpstreamManager::Private
{
public:
    Private(io::StreamFactory &streams, Clock &clock, const PoolLimits &limits)
        : engine(streams, clock, limits)
    { }

    [[nodiscard]] bool speaksHttp2(const QNetworkRequest &request) const
    {
        const QUrl url = request.url();
        if (url.scheme() != QLatin1String("https")
            || !request.attribute(QNetworkRequest::Http2AllowedAttribute, false).toBool())
            return false;
        const auto target = parseTarget(url);
        if (!target || withoutHttp2.contains(target->authority))
            return false;
        const auto way = engine.proxies.known(target->endpoint);
        return way && !*way;
    }

    DirectEngine engine;
    QSet<QByteArray> withoutHttp2;
};

UpstreamManager::UpstreamManager(io::StreamFactory &streams, Clock &clock, PoolLimits limits, QObject *parent)
    : QNetworkAccessManager(parent)
    , d(std::make_unique<Private>(streams, clock, limits))
{
    setProxy(QNetworkProxy(QNetworkProxy::NoProxy)); // ours to decide, see speaksHttp2()
    setTlsConfiguration(QSslConfiguration::defaultConfiguration());
}

UpstreamManager::~UpstreamManager()
{
    while (!d->engine.live.empty())
        d->engine.live.back()->abandon();
}

void UpstreamManager::setTlsConfiguration(const QSslConfiguration &configuration)
{
    QSslConfiguration own = configuration;
    own.setAllowedNextProtocols({QByteArray(QSslConfiguration::NextProtocolHttp1_1)});
    d->engine.tls = std::make_shared<const QSslConfiguration>(own);
}

QNetworkReply *UpstreamManager::send(
    const QNetworkRequest &request, const RequestFields &fields, const QByteArray &verb,
    const QByteArray &body)
{
    const Operation operation = operationOf(verb);
    if (!d->speaksHttp2(request))
        return new DirectReply(d->engine, operation, request, fields, verb, body);

    QNetworkRequest own = forStockBackend(request, fields, body.size());
    if (operation == CustomOperation)
        own.setAttribute(QNetworkRequest::CustomVerbAttribute, verb);
    if (own.sslConfiguration() == QSslConfiguration::defaultConfiguration())
        own.setSslConfiguration(*d->engine.tls);
    auto *device = body.isEmpty() ? nullptr : new OneShotBody(body);
    QNetworkReply *reply = QNetworkAccessManager::createRequest(operation, own, device);
    if (device)
        device->setParent(reply);
    connect(reply, &QNetworkReply::metaDataChanged, this, [this, reply] {
        if (reply->attribute(QNetworkRequest::Http2WasUsedAttribute).toBool())
            return;
        if (const auto target = parseTarget(reply->url()))
            d->withoutHttp2.insert(target->authority);
    });
    return reply;
}

QNetworkReply *
UpstreamManager::send(const QNetworkRequest &request, const QByteArray &verb, const QByteArray &body)
{
    const Headers fields = fieldsOf(request);
    const SecretFields none; // Qt's request does not tell keys from other fields
    return send(request, {fields, none}, verb, body);
}

QNetworkReply *
UpstreamManager::createRequest(Operation operation, const QNetworkRequest &request, QIODevice *outgoingData)
{
    const QByteArray body = outgoingData ? outgoingData->readAll() : QByteArray();
    QNetworkReply *reply = send(request, verbOf(operation, request), body);
    reply->setParent(this);
    return reply;
}

int UpstreamManager::activeConnections() const
{
    return d->engine.pool.active();
}

int UpstreamManager::idleConnections() const
{
    return d->engine.pool.idle();
}

void UpstreamManager::closeIdleConnections()
{
    d->engine.pool.closeIdle();
}

} // namespace fairlead::net
