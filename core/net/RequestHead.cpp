// SPDX-License-Identifier: GPL-3.0-or-later
#include "net/RequestHead.h"

#include "base/Headers.h"
#include "base/TextWriter.h"

#include <algorithm>
#include <array>

namespace fairlead::net {

namespace {

// RFC 9110 section 7.6.1, and what frames the message.
constexpr std::array<QByteArrayView, 9> OursAlone{
    "connection", "content-length",    "host",    "keep-alive", "proxy-connection", "te",
    "trailer",    "transfer-encoding", "upgrade",
};

constexpr QByteArrayView UserAgent = "Fairlead/" FAIRLEAD_VERSION;

bool isOurs(QByteArrayView name)
{
    return std::any_of(OursAlone.begin(), OursAlone.end(), [name](QByteArrayView ours) {
        return equalsIgnoringCase(ours, name);
    });
}

} // namespace

Headers fieldsOf(const QNetworkRequest &request)
{
    Headers fields;
    const QList<QByteArray> names = request.rawHeaderList();
    for (const QByteArray &name : names)
        fields.add(name, request.rawHeader(name));
    return fields;
}

Result<RequestTarget> parseTarget(const QUrl &url)
{
    RequestTarget target;
    const QString scheme = url.scheme();
    target.endpoint.tls = scheme == QLatin1String("https");
    if (!target.endpoint.tls && scheme != QLatin1String("http"))
        return fail(ErrorKind::Invalid, "only http and https addresses can be requested");
    target.endpoint.host = url.host(QUrl::FullyEncoded); // international names in their wire form
    if (target.endpoint.host.isEmpty())
        return fail(ErrorKind::Invalid, "the address names no host");
    if (!url.userInfo().isEmpty())
        return fail(ErrorKind::Invalid, "the address holds a user name or password: give the key separately");
    const int ownPort = target.endpoint.tls ? 443 : 80;
    target.endpoint.port = static_cast<quint16>(url.port(ownPort));
    target.authority = target.endpoint.host.toLatin1();
    if (target.authority.contains(':'))
        target.authority = '[' + target.authority + ']';
    if (target.endpoint.port != ownPort)
        target.authority += ':' + QByteArray::number(target.endpoint.port);
    target.path = url.toEncoded(
        QUrl::RemoveScheme | QUrl::RemoveAuthority | QUrl::RemoveFragment | QUrl::FullyEncoded);
    if (!target.path.startsWith('/'))
        target.path.prepend('/');
    return target;
}

Result<QByteArray> encodeHead(
    const QByteArray &verb, const RequestTarget &target, const RequestFields &fields, qsizetype bodyBytes)
{
    if (!isFieldName(verb)) // a method is a token too
        return fail(ErrorKind::Invalid, "the request's method is not a method");
    TextWriter head(1024);
    head.add(verb, " ", target.path, " HTTP/1.1\r\nHost: ", target.authority);
    bool saysAgent = false;
    bool saysCodings = false;
    const auto add = [&](const QByteArray &name, QByteArrayView value) {
        if (isOurs(name))
            return true;
        if (!isFieldName(name) || !isFieldValue(value))
            return false;
        saysAgent = saysAgent || equalsIgnoringCase(name, "user-agent");
        saysCodings = saysCodings || equalsIgnoringCase(name, "accept-encoding");
        head.add("\r\n", name, ": ", value);
        return true;
    };
    bool clean = true;
    for (const auto &[name, value] : fields.open)
        clean = add(name, value) && clean;
    for (const auto &[name, value] : fields.secret)
        clean = add(name, value.reveal()) && clean;
    if (!clean)
        return fail(
            ErrorKind::Invalid, "a header field of the request has characters that do not belong there");
    if (!saysAgent)
        head.add("\r\nUser-Agent: ", UserAgent);
    if (!saysCodings)
        head.add("\r\nAccept-Encoding: identity"); // a stream must not wait in a compressor
    // RFC 9110 section 8.6: methods that expect content say so even when there is none.
    if (bodyBytes > 0 || verb == "POST" || verb == "PUT" || verb == "PATCH") {
        head.add("\r\nContent-Length: ");
        head.addNumber(bodyBytes);
    }
    head.add("\r\n\r\n");
    return head.take();
}

} // namespace fairlead::net
