// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Clock.h"
#include "io/StreamFactory.h"

#include <QHash>
#include <QNetworkProxy>
#include <QPointer>

#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace fairlead::net {

/// Which way to an endpoint: direct or through the system's proxy. Asking the system may run scripts and take
/// seconds, so it happens on a pool thread, once an endpoint in a while. This machine itself is never reached
/// through a proxy.
class ProxyResolver
{
public:
    /// Asked on another thread.
    using Lookup = std::function<QList<QNetworkProxy>(const QNetworkProxyQuery &)>;
    /// None: direct.
    using Way = std::optional<QNetworkProxy>;
    using Answer = std::function<void(const Way &)>;

    explicit ProxyResolver(Clock &clock, Lookup lookup = QNetworkProxyFactory::systemProxyForQuery);
    ~ProxyResolver();
    Q_DISABLE_COPY_MOVE(ProxyResolver)

    /// The way, if it is known now.
    [[nodiscard]] std::optional<Way> known(const io::Endpoint &endpoint) const;
    /// Finds the way and tells it from the event loop; `context` dying forgets the question.
    void resolve(const io::Endpoint &endpoint, QObject *context, Answer answer);

private:
    struct Entry {
        Way way;
        SteadyTime until;
    };
    class Mailbox;

    void resolved(const QString &key, const QList<QNetworkProxy> &proxies);

    Clock &m_clock;
    Lookup m_lookup;
    QHash<QString, Entry> m_known;
    QHash<QString, std::vector<std::pair<QPointer<QObject>, Answer>>> m_waiting;
    std::shared_ptr<Mailbox> m_mailbox;
};

} // namespace fairlead::net
