// SPDX-License-Identifier: GPL-3.0-or-later
#include "providers/Authenticator.h"

#include "providers/AwsSigV4.h"

namespace fairlead::providers {

namespace {

using chat::Failure;
using chat::FailureClass;

Failure badKey(const ProviderSpec &spec, const QByteArray &words)
{
    Failure failure(FailureClass::Credential, 0, spec.name.toUtf8() + ": " + words + ". Nothing was sent.");
    failure.code = "key_invalid";
    return failure;
}

void addBearer(const Secret &token, net::TransportRequest &request)
{
    QByteArray value = QByteArrayLiteral("Bearer ");
    value += token.reveal();
    request.secretHeaders.emplace_back("authorization", Secret(std::move(value)));
}

/// As the transport writes it: the name, and the port where it is not the scheme's own.
QByteArray hostOf(const QUrl &url)
{
    QByteArray host = url.host(QUrl::FullyEncoded).toLatin1();
    if (host.contains(':'))
        host = '[' + host + ']';
    const int own = url.scheme() == QLatin1String("https") ? 443 : 80;
    return url.port(own) == own ? host : host + ':' + QByteArray::number(url.port());
}

/// Bedrock's API keys go out as they are
/// (https://docs.aws.amazon.com/bedrock/latest/userguide/api-keys-use.html): lasting ones and those made for
/// some hours.
bool isBedrockApiKey(const Secret &key)
{
    const QByteArrayView text = key.reveal();
    return text.startsWith("ABSK") || text.startsWith("bedrock-api-key-");
}

} // namespace

Authenticator::Authenticator(net::HttpTransport &transport, Clock &clock)
    : m_clock(clock)
    , m_googleTokens(transport, clock)
{ }

bool Authenticator::addHeader(const ProviderSpec &spec, const Secret &key, net::TransportRequest &request)
{
    if (spec.auth.scheme != Authentication::Scheme::Header)
        return false;
    if (spec.auth.needsKey() && !key.isEmpty()) {
        QByteArray value = spec.auth.prefix;
        value += key.reveal();
        request.secretHeaders.emplace_back(spec.auth.header, Secret(std::move(value)));
    }
    return true;
}

std::optional<Failure>
Authenticator::signForAws(const ProviderSpec &spec, const Secret &key, net::TransportRequest &request) const
{
    if (isBedrockApiKey(key)) {
        addBearer(key, request);
        return std::nullopt;
    }
    auto credentials = AwsCredentials::parse(key);
    if (!credentials)
        return badKey(spec, credentials.error().message() + "; or a Bedrock API key");
    AwsRequest parts;
    parts.method = request.method;
    parts.path = request.url.path(QUrl::FullyEncoded).toLatin1();
    parts.query = request.url.query(QUrl::FullyEncoded).toLatin1();
    parts.headers.add("host", hostOf(request.url));
    if (const auto type = request.headers.get("content-type"))
        parts.headers.add("content-type", *type);
    parts.body = request.body;
    const AwsSigV4 signature(std::move(*credentials), spec.auth.region, spec.auth.service);
    for (auto &[name, value] : signature.sign(parts, m_clock.wall()))
        request.secretHeaders.emplace_back(name, std::move(value));
    return std::nullopt;
}

Task<tl::expected<net::TransportRequest, Failure>>
Authenticator::authorize(std::shared_ptr<const ProviderSpec> spec, Secret key, net::TransportRequest request)
{
    // Where somebody else authenticates (a local stand-in, a gateway), there may be no key.
    if (addHeader(*spec, key, request) || key.isEmpty())
        co_return request;
    if (spec->auth.scheme == Authentication::Scheme::AwsSigV4) {
        auto failure = signForAws(*spec, key, request);
        if (failure)
            co_return tl::make_unexpected(std::move(*failure));
        co_return request;
    }
    if (key.reveal().startsWith("ya29.")) { // an access token, as `gcloud auth print-access-token` gives it
        addBearer(key, request);
        co_return request;
    }
    auto token = co_await m_googleTokens.token(key, request.cancel);
    if (!token)
        co_return tl::make_unexpected(std::move(token.error()));
    addBearer(*token, request);
    co_return request;
}

} // namespace fairlead::providers
