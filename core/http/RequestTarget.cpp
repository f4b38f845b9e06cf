// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/RequestTarget.h"

#include "base/Headers.h"

#include <algorithm>

namespace fairlead::http {

namespace {

int hexDigit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    const char lower = static_cast<char>(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

bool isControl(char c)
{
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

Result<QByteArray> decodePath(QByteArrayView encoded)
{
    if (std::none_of(encoded.begin(), encoded.end(), [](char c) { return c == '%' || isControl(c); }))
        return encoded.toByteArray();
    QByteArray decoded;
    decoded.reserve(encoded.size());
    for (qsizetype i = 0; i < encoded.size(); ++i) {
        char c = encoded[i];
        if (c == '%') {
            const int high = i + 2 < encoded.size() ? hexDigit(encoded[i + 1]) : -1;
            const int low = i + 2 < encoded.size() ? hexDigit(encoded[i + 2]) : -1;
            if (high < 0 || low < 0)
                return fail(ErrorKind::Invalid, "The path has a broken percent escape.");
            c = static_cast<char>(high * 16 + low);
            i += 2;
        }
        if (isControl(c))
            return fail(ErrorKind::Invalid, "The path has a control character.");
        decoded.append(c);
    }
    return decoded;
}

bool hasDotSegment(QByteArrayView path)
{
    while (!path.isEmpty()) {
        const auto slash = std::find(path.begin(), path.end(), '/');
        const QByteArrayView segment = path.first(slash - path.begin());
        if (segment == "." || segment == "..")
            return true;
        path = path.sliced(std::min(segment.size() + 1, path.size()));
    }
    return false;
}

Result<RequestTarget> parseOrigin(QByteArrayView target)
{
    RequestTarget parts;
    const auto mark = std::find(target.begin(), target.end(), '?');
    const qsizetype pathSize = mark - target.begin();
    if (pathSize < target.size())
        parts.query = target.sliced(pathSize + 1).toByteArray();
    auto path = decodePath(target.first(pathSize));
    if (!path)
        return fail(path.error());
    if (hasDotSegment(*path))
        return fail(ErrorKind::Invalid, "The path has a dot segment.");
    parts.path = std::move(*path);
    return parts;
}

qsizetype schemeSize(QByteArrayView target)
{
    for (const QByteArrayView scheme : {QByteArrayView("http://"), QByteArrayView("https://")}) {
        if (target.size() > scheme.size() && equalsIgnoringCase(target.first(scheme.size()), scheme))
            return scheme.size();
    }
    return 0;
}

} // namespace

Result<RequestTarget> parseTarget(QByteArrayView method, QByteArrayView target)
{
    if (target.startsWith('/'))
        return parseOrigin(target);
    if (target == "*" && method == "OPTIONS")
        return RequestTarget{.path = "*", .query = {}, .authority = {}};
    if (method == "CONNECT")
        return RequestTarget{.path = {}, .query = {}, .authority = target.toByteArray()};
    const qsizetype scheme = schemeSize(target);
    if (scheme == 0)
        return fail(ErrorKind::Invalid, "The request target is neither a path nor an http:// address.");
    const QByteArrayView rest = target.sliced(scheme);
    const auto end = std::find_if(rest.begin(), rest.end(), [](char c) { return c == '/' || c == '?'; });
    const QByteArrayView authority = rest.first(end - rest.begin());
    if (authority.isEmpty() || authority.contains('@')) // RFC 9110 section 4.2.4: no user information
        return fail(ErrorKind::Invalid, "The request target has no proper host.");
    QByteArray origin = rest.sliced(authority.size()).toByteArray();
    if (!origin.startsWith('/'))
        origin.prepend('/');
    auto parts = parseOrigin(origin);
    if (parts)
        parts->authority = authority.toByteArray();
    return parts;
}

} // namespace fairlead::http
