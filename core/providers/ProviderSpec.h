// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Result.h"
#include "net/HttpTransport.h"
#include "wire/Quirks.h"

#include <QByteArray>
#include <QSslConfiguration>
#include <QString>
#include <QUrl>

#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace fairlead::providers {

/// How a key is presented.
struct Authentication {
    enum class Scheme {
        Header, ///< the key itself, in a header field
        AwsSigV4, ///< a signature over the request (AwsSigV4.h); a Bedrock API key goes as bearer
        GoogleServiceAccount, ///< an access token the key is exchanged for (GoogleTokens.h)
    };

    Scheme scheme = Scheme::Header;
    QByteArray header = "authorization"; ///< empty = no key
    QByteArray prefix = "Bearer ";
    QByteArray service; ///< AWS's name of what is called: "bedrock"
    QByteArray region; ///< of AWS; filled in from "params"

    [[nodiscard]] bool needsKey() const { return !header.isEmpty(); }

    /// "bearer", "x-api-key", "x-goog-api-key", "api-key", "x-portkey-api-key", "api-key-prefix"
    /// (Authorization: Api-Key ...), "aws-sigv4", "google-service-account", "none".
    [[nodiscard]] static Result<Authentication> byName(QByteArrayView name);
};

/// Something an address or a header leaves to the account: "{region}".
struct Parameter {
    QByteArray name;
    QByteArray about; ///< what to write there, for people: "the AWS region, such as eu-central-1"
    std::vector<QByteArray> environment; ///< variables it is usually in
    QByteArray fallback; ///< its value where nobody says
    bool optional = false; ///< a header that needs it is left out without it
};

/// Where the dialect's own path is another here: "/v1/messages" to "/models/{model}:rawPredict".
struct PathRule {
    QByteArray from; ///< without query
    QByteArray to; ///< with query, if it needs one
    QByteArray toStream; ///< for streamed answers, where it differs
};

/// Where the counts of an answer are, by the name of the kind ("input", "cache_read", ...): the fields whose
/// sum it is, below `root`.
struct UsageFields {
    QByteArray root;
    std::vector<std::pair<QByteArray, std::vector<QByteArray>>> sums;
};

/// An ordinary provider, as data: one file in resources/providers, overridden by the config. No C++ is
/// written for it.
struct ProviderSpec {
    QByteArray id;
    QString name;
    QByteArray wire; ///< name in the wire table
    QUrl baseUrl; ///< empty where the account decides, until fillIn() (Addressing.h)
    QString baseUrlTemplate; ///< what it looks like then: "https://{resource}.openai.azure.com/openai/v1"
    bool ownBaseUrl = false; ///< the config gave the base URL itself
    std::vector<std::pair<QByteArray, QByteArray>> regions; ///< name and base URL, where there are several
    std::vector<Parameter> params; ///< what is left open
    std::vector<PathRule> paths;
    QByteArray modelsUrl; ///< of the list of models, where it is not below the base URL
    Authentication auth;
    std::vector<QByteArray> environment; ///< variables its key is usually in
    QString keyPattern; ///< regular expression a key of this provider matches; empty = not known
    QUrl keysPage; ///< where to get a key
    QUrl docsPage;
    QByteArray kind; ///< "vendor", "cloud", "host", "gateway", "plan", "local", "demo"
    bool local = false; ///< runs on this machine; needs no key
    bool http2 = false;
    Headers headers; ///< always sent
    wire::Quirks quirks;
    std::optional<UsageFields> usageFields;
    std::vector<QByteArray> rateLimitHeaders; ///< header fields that tell how much is left
    net::Timeouts timeouts;
    bool rotateKeys = false; ///< each request begins with the next key; else with the first
    QByteArray priceProvider; ///< id in the price book, where it differs
    /// Endpoints besides chat, below the base URL: "images/generations", "audio/speech", "v2/rerank" ... Not
    /// said: whoever speaks OpenAI's dialect is believed to have OpenAI's.
    std::optional<std::vector<QByteArray>> serves;
    std::vector<QByteArray> models; ///< what it offers, when the catalogue or the config says
    QString caFile; ///< PEM: authorities trusted besides the system's
    std::shared_ptr<const QSslConfiguration> tls; ///< made from caFile; null = the system's

    /// Where a service is ("rerank" is at "/v2/rerank" of Cohere); nullopt if it is not offered.
    [[nodiscard]] std::optional<QByteArray> pathOf(QByteArrayView service) const;
};

/// TLS that trusts the authorities of a PEM file as well as the system's. The error says what is wrong with
/// the file.
[[nodiscard]] Result<std::shared_ptr<const QSslConfiguration>> trusting(const QString &caFile);

/// Every provider we ship, by id, from resources/providers/*.json. A file is read when it is first asked for,
/// so that starting with three providers costs three small files. Any thread.
class Catalogue
{
public:
    [[nodiscard]] static const Catalogue &builtIn();
    ~Catalogue();
    Q_DISABLE_COPY_MOVE(Catalogue)

    [[nodiscard]] const ProviderSpec *find(QByteArrayView id) const;
    [[nodiscard]] const std::vector<ProviderSpec> &all() const; ///< by id; reads every file
    /// Whose key this looks like, by pattern: to warn before a key is sent to the wrong provider. Of several,
    /// those whose pattern begins with the longest fixed text ("sk-ant-" before "sk-"); empty if no such text
    /// tells them apart. Reason to warn, never to refuse: providers whose pattern we do not know may use the
    /// same.
    [[nodiscard]] std::vector<QByteArray> providersMatchingKey(QByteArrayView key) const;

    /// Whose key this plainly is, when it is not this provider's: then it is not to be sent. Empty where that
    /// cannot be told: the patterns say too little, ours is not known, or the config sends to an address of
    /// its own.
    [[nodiscard]] std::vector<QByteArray>
    ownersOfForeignKey(const ProviderSpec &spec, QByteArrayView key) const;
    /// One provider file's text (schema: resources/providers/schema.json).
    [[nodiscard]] static Result<ProviderSpec> parse(const QByteArray &json);

private:
    Catalogue();
    class Private;
    std::unique_ptr<Private> d;
};

} // namespace fairlead::providers
