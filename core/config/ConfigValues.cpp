// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/ConfigValues.h"

#include <QDir>
#include <QHostAddress>
#include <QUrl>

#include <algorithm>
#include <array>

namespace fairlead::config {

namespace {

bool isDigit(char c)
{
    return c >= '0' && c <= '9';
}

bool isLower(char c)
{
    return c >= 'a' && c <= 'z';
}

bool isLetter(char c)
{
    return isLower(c) || (c >= 'A' && c <= 'Z');
}

template<typename Allowed>
bool consistsOf(QByteArrayView text, qsizetype most, Allowed allowed)
{
    return !text.isEmpty() && text.size() <= most && std::all_of(text.begin(), text.end(), allowed);
}

bool isOneOf(char c, QByteArrayView set)
{
    return set.contains(c);
}

} // namespace

bool isListenAddress(QByteArrayView text)
{
    if (text == "localhost")
        return true;
    // QHostAddress also reads inet_aton's short forms ("127.1", "1"): too easily a slip to take silently.
    const auto dots = std::count(text.begin(), text.end(), '.');
    QHostAddress address;
    return address.setAddress(QString::fromLatin1(text)) && (text.contains(':') || dots == 3);
}

bool isOrigin(QByteArrayView text)
{
    const qsizetype scheme = text.indexOf("://");
    if (scheme < 1 || !isLower(text.front()))
        return false;
    const auto schemeLetter = [](char c) { return isLower(c) || isDigit(c) || isOneOf(c, "+.-"); };
    const auto hostLetter = [](char c) { return isLetter(c) || isDigit(c) || isOneOf(c, ".-_:[]"); };
    return consistsOf(text.first(scheme), 32, schemeLetter)
           && consistsOf(text.sliced(scheme + 3), 255, hostLetter);
}

bool isEnvironmentName(QByteArrayView text)
{
    return consistsOf(text, 128, [](char c) { return isLetter(c) || isDigit(c) || c == '_'; })
           && !isDigit(text.front());
}

bool isKeyVariable(QByteArrayView text)
{
    if (text.startsWith('@'))
        return isEnvironmentName(text.sliced(1));
    constexpr int kMostParts = 3;
    const QList<QByteArray> parts = text.toByteArray().split(':');
    return parts.size() <= kMostParts && std::all_of(parts.begin(), parts.end(), isEnvironmentName);
}

bool isAbsolutePath(QByteArrayView text)
{
    constexpr qsizetype kLongest = 4096;
    return text.size() <= kLongest && QDir::isAbsolutePath(QString::fromUtf8(text));
}

bool isParameterName(QByteArrayView text)
{
    return consistsOf(text, 64, [](char c) { return isLower(c) || isDigit(c) || c == '_'; })
           && isLower(text.front());
}

bool isProviderId(QByteArrayView text)
{
    return consistsOf(text, 64, [](char c) { return isLower(c) || isDigit(c) || isOneOf(c, "._-"); })
           && (isLower(text.front()) || isDigit(text.front()));
}

bool isAppName(QByteArrayView text)
{
    return consistsOf(text, 64, [](char c) { return isLetter(c) || isDigit(c) || isOneOf(c, " ._-"); })
           && text.front() != ' ' && text.back() != ' ';
}

bool isKeychainName(QByteArrayView text)
{
    return consistsOf(text, 128, [](char c) { return static_cast<unsigned char>(c) >= 0x20 && c != 0x7f; });
}

bool isModelName(QByteArrayView text)
{
    return consistsOf(text, 256, [](char c) { return static_cast<unsigned char>(c) > 0x20 && c != 0x7f; });
}

bool isHeaderName(QByteArrayView text)
{
    return consistsOf(text, 128, [](char c) { return isLetter(c) || isDigit(c) || isOneOf(c, "-_"); });
}

bool isTarget(QByteArrayView text)
{
    const qsizetype slash = text.indexOf('/');
    return slash > 0 && isProviderId(text.first(slash)) && isModelName(text.sliced(slash + 1));
}

bool isBaseUrl(QByteArrayView text)
{
    const QUrl url(QString::fromUtf8(text), QUrl::StrictMode);
    const bool web = url.scheme() == QLatin1String("http") || url.scheme() == QLatin1String("https");
    return url.isValid() && web && !url.host().isEmpty() && url.userInfo().isEmpty() && !url.hasQuery()
           && !url.hasFragment();
}

bool looksLikeKey(QByteArrayView text)
{
    static constexpr std::array kPrefixes{
        QByteArrayView("sk-"),    QByteArrayView("sk_"),   QByteArrayView("pk-"),  QByteArrayView("gsk_"),
        QByteArrayView("xai-"),   QByteArrayView("AIza"),  QByteArrayView("hf_"),  QByteArrayView("r8_"),
        QByteArrayView("nvapi-"), QByteArrayView("pplx-"), QByteArrayView("csk-"), QByteArrayView("tgp_"),
        QByteArrayView("fw_"),    QByteArrayView("ghp_"),  QByteArrayView("AKIA"), QByteArrayView("Bearer ")};
    const auto startsHere = [text](QByteArrayView prefix) { return text.startsWith(prefix); };
    if (text.size() >= 12 && std::any_of(kPrefixes.begin(), kPrefixes.end(), startsHere))
        return true;
    // A long run without a gap, in hexadecimal or in mixed case with digits: nobody names things so.
    constexpr qsizetype kShortestKey = 32;
    if (text.size() < kShortestKey)
        return false;
    const auto isUpper = [](char c) { return c >= 'A' && c <= 'Z'; };
    const auto isHex = [](char c) { return isDigit(c) || (c >= 'a' && c <= 'f'); };
    const auto isPlain = [](char c) { return isLetter(c) || isDigit(c) || isOneOf(c, "_-"); };
    const auto has = [text](auto kind) { return std::any_of(text.begin(), text.end(), kind); };
    const auto isAll = [text](auto kind) { return std::all_of(text.begin(), text.end(), kind); };
    return isAll(isHex) || (isAll(isPlain) && has(isUpper) && has(isLower) && has(isDigit));
}

bool isNameForKeys(QByteArrayView name)
{
    static constexpr std::array kNames{
        QByteArrayView("key"),        QByteArrayView("apikey"),       QByteArrayView("token"),
        QByteArrayView("apitoken"),   QByteArrayView("accesstoken"),  QByteArrayView("secret"),
        QByteArrayView("secretkey"),  QByteArrayView("clientsecret"), QByteArrayView("password"),
        QByteArrayView("credential"), QByteArrayView("credentials"),  QByteArrayView("authorization"),
        QByteArrayView("bearer"),     QByteArrayView("xapikey"),      QByteArrayView("xgoogapikey"),
        QByteArrayView("value")};
    QByteArray folded = name.toByteArray().toLower();
    folded.replace("_", "").replace("-", "");
    return std::find(kNames.begin(), kNames.end(), QByteArrayView(folded)) != kNames.end();
}

} // namespace fairlead::config
