// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Headers.h"
#include "base/Secret.h"
#include "config/Config.h"
#include "gateway/PeerProcess.h"
#include "storage/Ledger.h"

#include <QHash>
#include <QStringList>

#include <optional>
#include <vector>

namespace fairlead::gateway {

/// Who may come in.
struct AccessRules {
    config::ServerConfig::Auth auth = config::ServerConfig::Auth::Token;
    QString host = QStringLiteral("127.0.0.1"); ///< the address we listen on
    QStringList names; ///< further names of ours, those of the certificate
    QStringList corsOrigins;
    /// Apps by SHA-256 of their token.
    QHash<QByteArray, QByteArray> appByTokenHash;
    /// Model patterns by app; none = all.
    QHash<QByteArray, std::vector<QByteArray>> modelsByApp;
    /// Apps by the program that needs no token, and by the process that needs none while it runs.
    QHash<QString, QByteArray> appByProgram;
    QHash<QString, QByteArray> appByProcess;
    /// When apps are let in no more, in Unix milliseconds; none = never.
    QHash<QByteArray, qint64> endByApp;
};

/// The answer of the door.
struct Admission {
    int status = 200; ///< 200 = come in; otherwise 401 or 403
    QByteArray app; ///< who it is
    bool byToken = false; ///< and a token says so
    QByteArray message; ///< for a refusal: what is wrong and what to do
    QByteArray allowOrigin; ///< value for Access-Control-Allow-Origin, empty if none
    [[nodiscard]] bool isIn() const { return status == 200; }
};

/// The local door. A server on localhost is reachable by every web page the user opens: the Host header
/// defeats DNS rebinding, Origin and Sec-Fetch-Site defeat cross-site posts, the token defeats other users
/// and curious programs. Pure: headers in, verdict out.
class LocalAccess
{
public:
    explicit LocalAccess(AccessRules rules);

    /// Host and Origin; for everything, also what needs no token.
    [[nodiscard]] Admission checkOrigin(const Headers &headers) const;
    /// Host, Origin and token.
    [[nodiscard]] Admission check(const Headers &headers, QByteArrayView query) const;
    /// The token alone, for callers who have checked the origin. The key may come as any dialect sends it:
    /// Authorization: Bearer, x-api-key, api-key, x-goog-api-key or ?key=. Of several,
    /// any that is right admits.
    [[nodiscard]] Admission identify(const Headers &headers, QByteArrayView query) const;
    /// Why an app that showed its token may not come in any more; its status is 401.
    [[nodiscard]] std::optional<Admission> whyExpired(const QByteArray &app, qint64 nowMs) const;
    /// What app a program comes in as without a token; empty = none.
    [[nodiscard]] QByteArray appOf(const PeerProcess &process) const;
    [[nodiscard]] bool mayUse(const QByteArray &app, QByteArrayView model) const;

    [[nodiscard]] static QByteArray hashToken(QByteArrayView token);
    /// A fresh token: "fl-" and 40 random characters.
    [[nodiscard]] static QByteArray newToken();

private:
    struct Known {
        Secret token;
        QByteArray app;
    };

    [[nodiscard]] bool isOurHost(QByteArrayView host) const;
    [[nodiscard]] std::optional<QByteArray> appOf(const QByteArray &token) const;

    AccessRules m_rules;
    /// Tokens seen lately: comparing them costs a twentieth of hashing. A change of the rules makes a new
    /// LocalAccess, so none outlives its revocation.
    mutable std::vector<Known> m_known;
};

} // namespace fairlead::gateway
