// SPDX-License-Identifier: GPL-3.0-or-later
#include "providers/GoogleKey.h"

#include "providers/Rs256.h"
#include "json/View.h"
#include "json/Writer.h"

#include <chrono>

namespace fairlead::providers {

namespace {

constexpr QByteArrayView kScope = "https://www.googleapis.com/auth/cloud-platform";
constexpr QByteArrayView kTokenUrl = "https://oauth2.googleapis.com/token";
constexpr qint64 kLifetimeSeconds = 3600; // the most Google grants

Secret secretIn(json::View value)
{
    QByteArray text = value.stringOr({});
    return Secret(std::move(text));
}

QByteArray base64Url(QByteArrayView bytes)
{
    return bytes.toByteArray().toBase64(QByteArray::Base64UrlEncoding | QByteArray::OmitTrailingEquals);
}

tl::unexpected<Error> lacks(const char *what)
{
    return fail(ErrorKind::Invalid, "The Google credentials have no \"" + QByteArray(what) + '"');
}

bool isSafe(const QUrl &url)
{
    // What is posted there can be exchanged for a token by whoever reads it.
    const bool here = url.host() == QLatin1String("127.0.0.1") || url.host() == QLatin1String("localhost");
    return url.isValid() && !url.host().isEmpty()
           && (url.scheme() == QLatin1String("https") || (here && url.scheme() == QLatin1String("http")));
}

QByteArray formField(QByteArrayView name, QByteArrayView value)
{
    return name.toByteArray() + '=' + value.toByteArray().toPercentEncoding();
}

} // namespace

Result<GoogleKey> GoogleKey::parse(const Secret &json)
{
    const QByteArrayView text = json.reveal();
    const auto document = json::Document::parse(QByteArray::fromRawData(text.data(), text.size()));
    if (!document || !document->root().isObject()) {
        return fail(
            ErrorKind::Invalid,
            "The key must be the JSON file of a Google service account (fairleadctl key set google-vertex < "
            "key.json) or an access token");
    }
    const json::View root = document->root();
    GoogleKey key;
    key.m_tokenUrl = QUrl(QString::fromUtf8(root["token_uri"].stringOr(kTokenUrl)), QUrl::StrictMode);
    if (!isSafe(key.m_tokenUrl))
        return fail(ErrorKind::Invalid, "The \"token_uri\" of the Google credentials is no https address");
    if (root["type"].equals("authorized_user")) {
        key.m_kind = Kind::User;
        key.m_name = root["client_id"].stringOr({});
        key.m_secret = secretIn(root["client_secret"]);
        key.m_refreshToken = secretIn(root["refresh_token"]);
        if (key.m_name.isEmpty())
            return lacks("client_id");
        if (key.m_secret.isEmpty())
            return lacks("client_secret");
        if (key.m_refreshToken.isEmpty())
            return lacks("refresh_token");
        return key;
    }
    if (!root["type"].equals("service_account"))
        return fail(
            ErrorKind::Invalid, "The Google credentials are of a \"type\" that is not known here; there are "
                                "\"service_account\" and \"authorized_user\"");
    key.m_name = root["client_email"].stringOr({});
    key.m_keyId = root["private_key_id"].stringOr({});
    key.m_secret = secretIn(root["private_key"]);
    if (key.m_name.isEmpty())
        return lacks("client_email");
    if (key.m_secret.isEmpty())
        return lacks("private_key");
    return key;
}

Result<QByteArray> GoogleKey::assertion(WallTime now) const
{
    const qint64 seconds = toUnixMs(now) / 1000;
    json::Writer header;
    header.beginObject().member("alg", "RS256").member("typ", "JWT");
    if (!m_keyId.isEmpty())
        header.member("kid", m_keyId);
    header.endObject();
    json::Writer claims;
    claims.beginObject().member("iss", m_name).member("scope", kScope);
    claims.member("aud", m_tokenUrl.toEncoded());
    claims.memberInteger("iat", seconds).memberInteger("exp", seconds + kLifetimeSeconds).endObject();
    const QByteArray message = base64Url(header.text()) + '.' + base64Url(claims.text());
    const auto signature = signRs256(m_secret, message);
    if (!signature)
        return fail(signature.error().in("The service account " + m_name));
    return message + '.' + base64Url(*signature);
}

Result<QByteArray> GoogleKey::tokenForm(WallTime now) const
{
    if (m_kind == Kind::User) {
        return formField("grant_type", "refresh_token") + '&' + formField("client_id", m_name) + '&'
               + formField("client_secret", m_secret.reveal()) + '&'
               + formField("refresh_token", m_refreshToken.reveal());
    }
    const auto signedClaims = assertion(now);
    if (!signedClaims)
        return fail(signedClaims.error());
    return formField("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer") + '&'
           + formField("assertion", *signedClaims);
}

} // namespace fairlead::providers
