// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Result.h"
#include "net/HttpTransport.h"
#include "wire/Quirks.h"

#include <QByteArray>
#include <QString>
#include <QUrl>

#include <memory>
#include <vector>

namespace fairlead::providers {

/// How a key is presented.
struct Authentication {
    QByteArray header = "authorization";  ///< empty = no key
    QByteArray prefix = "Bearer ";
    [[nodiscard]] bool needsKey() const { return !header.isEmpty(); }
    /// "bearer", "x-api-key", "x-goog-api-key", "api-key", "none".
    [[nodiscard]] static Result<Authentication> byName(QByteArrayView name);
};

/// An ordinary provider, as data: one file in resources/providers, overridden by the config. No C++ is written for it.
struct ProviderSpec {
    QByteArray id;
    QString name;
    QByteArray wire;              ///< name in the wire table
    QUrl baseUrl;
    Authentication auth;
    std::vector<QByteArray> environment;   ///< variables its key is usually in
    QString keyPattern;           ///< regular expression a key of this provider matches; empty = not known
    QUrl keysPage;                ///< where to get a key
    QUrl docsPage;
    QByteArray kind;              ///< "vendor", "cloud", "host", "gateway", "plan", "local", "demo"
    bool local = false;           ///< runs on this machine; needs no key
    bool http2 = false;
    Headers headers;              ///< always sent
    wire::Quirks quirks;
    net::Timeouts timeouts;
    QByteArray priceProvider;     ///< id in the price book, where it differs
    std::vector<QByteArray> models;        ///< what it offers, when the catalogue or the config says
    QString caFile;
};

/// Every provider we ship, by id, from resources/providers/*.json. Loaded once.
class Catalogue
{
public:
    [[nodiscard]] static const Catalogue &builtIn();
    [[nodiscard]] const ProviderSpec *find(QByteArrayView id) const;
    [[nodiscard]] const std::vector<ProviderSpec> &all() const { return m_specs; }
    /// Whose key this looks like, by pattern: to warn before a key is sent to the wrong provider. Empty if unclear.
    [[nodiscard]] std::vector<QByteArray> providersMatchingKey(QByteArrayView key) const;

    /// One provider file's text (schema: resources/providers/schema.json).
    [[nodiscard]] static Result<ProviderSpec> parse(const QByteArray &json);

private:
    std::vector<ProviderSpec> m_specs;
};

} // namespace fairlead::providers
