// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Clock.h"
#include "base/Result.h"
#include "base/Secret.h"

#include <QByteArray>
#include <QUrl>

namespace fairlead::providers {

/// Google's credentials file, one JSON object: of a service account, or of a user as `gcloud auth
/// application-default login` writes it.
class GoogleKey
{
public:
    /// The error says what is missing; it never repeats the key.
    [[nodiscard]] static Result<GoogleKey> parse(const Secret &json);

    /// Where it is exchanged for an access token.
    [[nodiscard]] const QUrl &tokenUrl() const { return m_tokenUrl; }
    /// Whose it is, for people: the account's address.
    [[nodiscard]] const QByteArray &name() const { return m_name; }
    /// The form to post there: a signed assertion (RFC 7523) or a refresh token (RFC 6749 section 6).
    [[nodiscard]] Result<QByteArray> tokenForm(WallTime now) const;

private:
    enum class Kind { ServiceAccount, User };

    [[nodiscard]] Result<QByteArray> assertion(WallTime now) const;

    Kind m_kind = Kind::ServiceAccount;
    QUrl m_tokenUrl;
    QByteArray m_name;
    QByteArray m_keyId;
    Secret m_secret; ///< the private key, or the user's client secret
    Secret m_refreshToken;
};

} // namespace fairlead::providers
