// SPDX-License-Identifier: GPL-3.0-or-later
#include "gateway/Gateway.h"

namespace fairlead::gateway {

QString ServerStatus::url() const
{
    if (port == 0)
        return QString();
    QUrl url;
    url.setScheme(tls ? QStringLiteral("https") : QStringLiteral("http"));
    url.setHost(host);
    url.setPort(port);
    return url.toString();
}

void Gateway::addApp(const QByteArray &name, QObject *context, Callback<NewApp> done)
{
    config::AppConfig settings;
    settings.name = name;
    addApp(settings, context, std::move(done));
}

} // namespace fairlead::gateway
