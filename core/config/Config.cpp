// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/Config.h"

#include <QHostAddress>

#include <algorithm>

namespace fairlead::config {

std::optional<Error> whyNotListenOn(const QString &host, const ServerConfig &server)
{
    if (host == QLatin1String("localhost") || QHostAddress(host).isLoopback())
        return std::nullopt;
    QByteArray missing;
    if (!server.lan)
        missing = "\"lan\": true";
    if (!server.tls)
        missing += (missing.isEmpty() ? "" : " and ") + QByteArray("\"tls\" with a certificate");
    if (server.auth == ServerConfig::Auth::None)
        missing += (missing.isEmpty() ? "" : " and ") + QByteArray("\"auth\": \"token\"");
    if (missing.isEmpty())
        return std::nullopt;
    return Error(
        ErrorKind::Denied,
        "Other machines could reach " + host.toUtf8()
            + " and spend your money. If they are to, the \"server\" section of the config needs " + missing
            + "; otherwise listen on 127.0.0.1");
}

ProviderConfig *Config::provider(QByteArrayView id)
{
    const auto found = std::find_if(
        providers.begin(), providers.end(), [id](const ProviderConfig &entry) { return entry.id == id; });
    return found == providers.end() ? nullptr : &*found;
}

AppConfig *Config::app(QByteArrayView name)
{
    const auto found = std::find_if(
        apps.begin(), apps.end(), [name](const AppConfig &entry) { return entry.name == name; });
    return found == apps.end() ? nullptr : &*found;
}

} // namespace fairlead::config
