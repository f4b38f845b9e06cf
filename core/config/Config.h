// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Money.h"
#include "base/Result.h"
#include "config/Limits.h"
#include "config/RouteConfig.h"

#include <QByteArray>
#include <QDate>
#include <QString>
#include <QStringList>

#include <chrono>
#include <optional>
#include <utility>
#include <vector>

namespace fairlead::config {

/// The config file as values (schema: resources/config.schema.json, contract: CONTRIBUTING.md). Everything
/// optional keeps "not said" apart from a value, so that the catalogue can fill it in and the file can be
/// written back as it was meant.
struct KeyEntry {
    enum class Source { Keychain, Environment };
    Source source = Source::Keychain;
    QString name;
    bool operator==(const KeyEntry &) const = default;
};

struct ServerConfig {
    enum class Auth { Token, None };
    std::optional<QString> host;
    std::optional<quint16> port;
    std::optional<Auth> auth;
    std::optional<qint64> mostBodyBytes; ///< "max_body_bytes"
    bool lan = false; ///< other machines may call; needs tokens and TLS
    struct Tls {
        QString certFile; ///< "cert_file": PEM, the chain in order
        QString keyFile; ///< "key_file": PEM, without a passphrase
        bool operator==(const Tls &) const = default;
    };
    std::optional<Tls> tls;
    QStringList
        corsOrigins; ///< "cors_origins": exact origins allowed to call from a browser; none by default
    bool operator==(const ServerConfig &) const = default;
};

struct AppConfig {
    QByteArray name;
    QString tokenEnv; ///< "token_env"
    QString program; ///< whose calls need no token: the path of an executable on this machine
    std::vector<QByteArray> models; ///< patterns with '*'; empty = all
    struct Budget {
        NanoUsd usd;
        QByteArray per; ///< "day", "week", "month"
        bool hard = false;
        bool operator==(const Budget &) const = default;
    };
    std::optional<Budget> budget;
    Limits limits;
    RunawayLimits runaway;
    std::optional<QDate> expires; ///< the last day it is let in, by this machine's calendar
    bool operator==(const AppConfig &) const = default;
};

struct ProviderConfig {
    QByteArray id;
    std::optional<QString> name;
    std::optional<QByteArray> wire;
    std::optional<QString> baseUrl;
    /// "params": what the provider's addresses and headers leave open ("region", "resource" ...), in order
    std::vector<std::pair<QByteArray, QByteArray>> params;
    std::optional<QByteArray> auth; ///< "bearer", "x-api-key", "aws-sigv4" ...; see authenticationNames()
    std::vector<KeyEntry> keys;
    /// "key_use": which of several keys a request begins with
    enum class KeyUse { Order, Rotate };
    KeyUse keyUse = KeyUse::Order;
    std::vector<QByteArray> models;
    std::optional<bool> http2;
    std::optional<QString> caFile; ///< "ca_file": extra certificate authority for this provider (PEM)
    struct Timeouts {
        std::optional<std::chrono::milliseconds> connect, firstByte, idle,
            total; ///< "connect_ms", "first_byte_ms", ...
        bool operator==(const Timeouts &) const = default;
    };
    Timeouts timeouts;
    Limits limits;
    bool enabled = true;
    bool operator==(const ProviderConfig &) const = default;
};

struct Config {
    QString schema; ///< "$schema": for editors only, kept as it was
    ServerConfig server;
    std::vector<AppConfig> apps;
    std::vector<ProviderConfig> providers;
    std::vector<RouteConfig> routes;
    Limits limits; ///< of all requests together
    std::vector<ModelLimits> modelLimits; ///< "model_limits"
    RunawayLimits runaway; ///< of every app
    bool operator==(const Config &) const = default;

    [[nodiscard]] ProviderConfig *provider(QByteArrayView id);
    [[nodiscard]] AppConfig *app(QByteArrayView name);
};

/// Why a server may not listen there, with the fix; nullopt = it may. Beyond this machine only if that is
/// said, with tokens and with TLS.
[[nodiscard]] std::optional<Error> whyNotListenOn(const QString &host, const ServerConfig &server);

/// Reads a config text. Unknown keys, wrong types, keys written into the file ("api_key", "key": "sk-...")
/// and impossible values are errors that name the key, the line and the fix. Only structure is checked here;
/// whether a target's provider exists is the router's question.
[[nodiscard]] Result<Config> parseConfig(const QByteArray &text);
/// Reads a file; a file that does not exist is an empty Config.
[[nodiscard]] Result<Config> loadConfig(const QString &path);
/// Writes the file atomically (QSaveFile, mode 0600), pretty, keys in the documented order.
[[nodiscard]] Result<> saveConfig(const QString &path, const Config &config);
[[nodiscard]] QByteArray formatConfig(const Config &config);

/// Default places: $XDG_CONFIG_HOME/fairlead/config.json and $XDG_DATA_HOME/fairlead (or the platform's
/// equivalents).
[[nodiscard]] QString defaultConfigPath();
[[nodiscard]] QString defaultDataDir();

inline constexpr quint16 kDefaultPort = 5323;

} // namespace fairlead::config
