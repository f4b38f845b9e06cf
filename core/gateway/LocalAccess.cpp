// SPDX-License-Identifier: GPL-3.0-or-later
#include "gateway/LocalAccess.h"

#include "base/Ids.h"
#include "base/Pattern.h"
#include "base/Secret.h"

#include <QCryptographicHash>
#include <QHostAddress>
#include <QUrl>
#include <QUrlQuery>

#include <algorithm>

namespace fairlead::gateway {

namespace {

/// The host of "host:port", "[::1]:port" or "host".
QByteArrayView hostOf(QByteArrayView authority)
{
    if (authority.startsWith('[')) {
        const qsizetype end = authority.indexOf(']');
        return end < 0 ? QByteArrayView() : authority.sliced(1, end - 1);
    }
    const qsizetype colon = authority.lastIndexOf(':');
    return colon < 0 ? authority : authority.first(colon);
}

/// Calls `found` with every key the request shows until one is taken. Tools that speak several dialects send
/// more than one, and not all of them are ours.
template<typename Found>
bool anyToken(const Headers &headers, QByteArrayView query, Found found)
{
    for (const auto &[name, value] : headers) {
        if (equalsIgnoringCase(name, "authorization")) {
            constexpr QByteArrayView kBearer = "bearer ";
            if (value.size() > kBearer.size()
                && equalsIgnoringCase(QByteArrayView(value).first(kBearer.size()), kBearer)
                && found(value.mid(kBearer.size()).trimmed()))
                return true;
        } else if (
            equalsIgnoringCase(name, "x-api-key") || equalsIgnoringCase(name, "api-key")
            || equalsIgnoringCase(name, "x-goog-api-key")) {
            if (found(value.trimmed()))
                return true;
        }
    }
    if (!query.contains("key="))
        return false;
    const auto values
        = QUrlQuery(QString::fromUtf8(query)).allQueryItemValues(QStringLiteral("key"), QUrl::FullyDecoded);
    return std::any_of(
        values.begin(), values.end(), [&](const QString &value) { return found(value.toUtf8()); });
}

Admission refuse(int status, QByteArray message)
{
    Admission admission;
    admission.status = status;
    admission.message = std::move(message);
    return admission;
}

} // namespace

LocalAccess::LocalAccess(AccessRules rules)
    : m_rules(std::move(rules))
{ }

bool LocalAccess::isOurHost(QByteArrayView host) const
{
    if (equalsIgnoringCase(host, "localhost") || host == QByteArrayView("127.0.0.1")
        || host == QByteArrayView("::1"))
        return true;
    const QString name = QString::fromLatin1(host);
    if (name.compare(m_rules.host, Qt::CaseInsensitive) == 0
        || m_rules.names.contains(name, Qt::CaseInsensitive))
        return true;
    // A rebinding attack needs a name; an address literal is what the user typed. Only when we listen beyond
    // loopback.
    const QHostAddress listening(m_rules.host);
    return !listening.isLoopback() && !QHostAddress(name).isNull();
}

Admission LocalAccess::checkOrigin(const Headers &headers) const
{
    if (const auto host = headers.get("host")) {
        if (!isOurHost(hostOf(*host)))
            return refuse(
                403, "The Host header names another machine. Use http://127.0.0.1 or http://localhost with "
                     "this server's port.");
    }

    Admission admission;
    // Browsers send one; of several, none may be another's.
    for (const auto &[name, value] : headers) {
        if (!equalsIgnoringCase(name, "origin"))
            continue;
        if (!m_rules.corsOrigins.contains(QString::fromUtf8(value)))
            return refuse(
                403, "Requests from web pages are refused. To allow this page, add its origin to "
                     "\"cors_origins\" in the"
                     " \"server\" section of the config.");
        admission.allowOrigin = value;
    }
    if (!admission.allowOrigin.isEmpty())
        return admission;
    if (const auto site = headers.get("sec-fetch-site"); site && *site != "none" && *site != "same-origin") {
        // Pictures and links carry no Origin. A page on another port of this machine is "same-site".
        return refuse(403, "Requests from other sites' web pages are refused.");
    }
    return admission;
}

Admission LocalAccess::check(const Headers &headers, QByteArrayView query) const
{
    const Admission origin = checkOrigin(headers);
    if (!origin.isIn())
        return origin;
    Admission admission = identify(headers, query);
    admission.allowOrigin = origin.allowOrigin;
    return admission;
}

std::optional<QByteArray> LocalAccess::appOf(const QByteArray &token) const
{
    constexpr std::size_t mostKnown = 16;
    for (const Known &known : m_known) {
        if (known.token.equals(token))
            return known.app;
    }
    // Looking a hash up leaks nothing useful by its time: the attacker does not choose the hash's bits.
    const QByteArray hash = hashToken(token);
    const auto it = m_rules.appByTokenHash.constFind(hash);
    if (it == m_rules.appByTokenHash.cend() || !constantTimeEquals(it.key(), hash))
        return std::nullopt;
    if (m_known.size() >= mostKnown)
        m_known.erase(m_known.begin());
    m_known.push_back(Known{Secret(QByteArray(token.constData(), token.size())), *it});
    return *it;
}

Admission LocalAccess::identify(const Headers &headers, QByteArrayView query) const
{
    Admission admission;
    bool shown = false;
    const bool known = anyToken(headers, query, [&](const QByteArray &token) {
        if (token.isEmpty())
            return false;
        shown = true;
        auto app = appOf(token);
        if (app)
            admission.app = *std::move(app);
        return app.has_value();
    });
    if (known) {
        admission.byToken = true;
        return admission;
    }
    if (m_rules.auth == config::ServerConfig::Auth::None) {
        admission.app = "local";
        return admission;
    }
    if (!shown)
        return refuse(
            401, "This server needs a token of its own. Create one with: fairleadctl app add <name>, and set "
                 "it as the API key of"
                 " your tool.");
    return refuse(
        401, "The API key is not a token of this server (provider keys do not work here). Create one with:"
             " fairleadctl app add <name>");
}

std::optional<Admission> LocalAccess::whyExpired(const QByteArray &app, qint64 nowMs) const
{
    const auto end = m_rules.endByApp.constFind(app);
    if (end == m_rules.endByApp.cend() || nowMs < *end)
        return std::nullopt;
    return refuse(
        401, "The token of the app \"" + app
                 + "\" has expired. Its \"expires\" in the config says when; a later date lets it in again.");
}

QByteArray LocalAccess::appOf(const PeerProcess &process) const
{
    const QByteArray byProcess = m_rules.appByProcess.value(process.key());
    return byProcess.isEmpty() ? m_rules.appByProgram.value(process.path) : byProcess;
}

bool LocalAccess::mayUse(const QByteArray &app, QByteArrayView model) const
{
    const auto it = m_rules.modelsByApp.constFind(app);
    if (it == m_rules.modelsByApp.cend() || it->empty())
        return true;
    return std::any_of(
        it->begin(), it->end(), [&](const QByteArray &pattern) { return matchesPattern(pattern, model); });
}

QByteArray LocalAccess::hashToken(QByteArrayView token)
{
    return QCryptographicHash::hash(token, QCryptographicHash::Sha256);
}

QByteArray LocalAccess::newToken()
{
    return "fl-" + randomToken(40);
}

} // namespace fairlead::gateway
