// SPDX-License-Identifier: GPL-3.0-or-later
#include "net/ProxyResolver.h"

#include <QHostAddress>
#include <QMutex>
#include <QThreadPool>

#include <algorithm>

namespace fairlead::net {

namespace {

constexpr std::chrono::minutes KeptFor{5};
constexpr qsizetype MostKnown = 256;

bool isThisMachine(const QString &host)
{
    if (host == QLatin1String("127.0.0.1") || host == QLatin1String("::1"))
        return true; // the usual ones, without the costly look below
    if (host.compare(QLatin1String("localhost"), Qt::CaseInsensitive) == 0
        || host.endsWith(QLatin1String(".localhost"), Qt::CaseInsensitive))
        return true;
    const QChar first = host.isEmpty() ? QChar() : host.front();
    if (!first.isDigit() && !host.contains(QLatin1Char(':')))
        return false; // a name; QHostAddress would only find that out the slow way
    const QHostAddress address(host);
    return address.isLoopback();
}

QString keyOf(const io::Endpoint &endpoint)
{
    return endpoint.host + QLatin1Char(endpoint.tls ? '\1' : '\0') + QString::number(endpoint.port);
}

ProxyResolver::Way choose(const QList<QNetworkProxy> &proxies)
{
    // A proxy for plain HTTP is asked for a tunnel as well: one way through the code, and the answer is the
    // server's own.
    const auto usable = std::find_if(proxies.begin(), proxies.end(), [](const QNetworkProxy &proxy) {
        return proxy.type() != QNetworkProxy::FtpCachingProxy && proxy.type() != QNetworkProxy::DefaultProxy;
    });
    if (usable == proxies.end() || usable->type() == QNetworkProxy::NoProxy)
        return std::nullopt;
    QNetworkProxy chosen = *usable;
    if (chosen.type() == QNetworkProxy::HttpCachingProxy)
        chosen.setType(QNetworkProxy::HttpProxy);
    return chosen;
}

} // namespace

/// Where the lookup's thread leaves its answer; outlives the resolver if that thread does.
class ProxyResolver::Mailbox : public QObject
{
public:
    explicit Mailbox(ProxyResolver *resolver)
        : m_resolver(resolver)
    { }

    void close()
    {
        const QMutexLocker lock(&m_mutex);
        m_resolver = nullptr;
    }

    /// On the lookup's thread.
    static void
    post(const std::shared_ptr<Mailbox> &self, const QString &key, const QList<QNetworkProxy> &proxies)
    {
        const QMutexLocker lock(&self->m_mutex);
        if (!self->m_resolver)
            return;
        QMetaObject::invokeMethod(
            self.get(),
            [mailbox = self, key, proxies] {
                if (mailbox->m_resolver)
                    mailbox->m_resolver->resolved(key, proxies);
            },
            Qt::QueuedConnection);
    }

private:
    QMutex m_mutex;
    ProxyResolver *m_resolver;
};

ProxyResolver::ProxyResolver(Clock &clock, Lookup lookup)
    : m_clock(clock)
    , m_lookup(std::move(lookup))
    , m_mailbox(std::make_shared<Mailbox>(this))
{ }

ProxyResolver::~ProxyResolver()
{
    m_mailbox->close();
}

std::optional<ProxyResolver::Way> ProxyResolver::known(const io::Endpoint &endpoint) const
{
    if (isThisMachine(endpoint.host))
        return Way();
    const auto found = m_known.constFind(keyOf(endpoint));
    if (found == m_known.constEnd() || found->until < m_clock.steady())
        return std::nullopt;
    return found->way;
}

void ProxyResolver::resolve(const io::Endpoint &endpoint, QObject *context, Answer answer)
{
    const QString key = keyOf(endpoint);
    auto &waiting = m_waiting[key];
    waiting.emplace_back(context, std::move(answer));
    if (waiting.size() > 1)
        return;
    const QNetworkProxyQuery query(
        endpoint.host, endpoint.port, endpoint.tls ? QStringLiteral("https") : QStringLiteral("http"),
        QNetworkProxyQuery::UrlRequest);
    QThreadPool::globalInstance()->start(
        [mailbox = m_mailbox, key, query, lookup = m_lookup] { Mailbox::post(mailbox, key, lookup(query)); });
}

void ProxyResolver::resolved(const QString &key, const QList<QNetworkProxy> &proxies)
{
    const Way way = choose(proxies);
    if (m_known.size() >= MostKnown)
        m_known.clear();
    m_known.insert(key, Entry{way, m_clock.steady() + KeptFor});
    const auto waiting = m_waiting.take(key);
    const std::shared_ptr<Mailbox> alive = m_mailbox; // an answer may end all of this
    for (const auto &[context, answer] : waiting) {
        if (context)
            answer(way);
    }
}

} // namespace fairlead::net
