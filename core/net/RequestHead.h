// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Headers.h"
#include "base/Result.h"
#include "base/Secret.h"
#include "io/StreamFactory.h"

#include <QByteArray>
#include <QNetworkRequest>
#include <QUrl>

#include <utility>
#include <vector>

namespace fairlead::net {

/// Where a URL leads, and how the request line and the Host field name it.
struct RequestTarget {
    io::Endpoint endpoint;
    QByteArray authority; ///< "host" or "host:port", without the scheme's own port
    QByteArray path; ///< the request target: path and query, encoded
};

using SecretFields = std::vector<std::pair<QByteArray, Secret>>;

/// The header fields of a request, where they lie: QNetworkRequest's own list costs more than the sending.
struct RequestFields {
    const Headers &open;
    const SecretFields &secret;
};
/// What a QNetworkRequest holds.
[[nodiscard]] Headers fieldsOf(const QNetworkRequest &request);

/// Invalid for another scheme than http and https, no host, or credentials in the URL: those end up in logs.
[[nodiscard]] Result<RequestTarget> parseTarget(const QUrl &url);

/// The head of an HTTP/1.1 request up to its empty line. Fields that belong to the connection or frame the
/// body are ours, whatever the request says. Invalid for a field that would break out of its line.
[[nodiscard]] Result<QByteArray> encodeHead(
    const QByteArray &verb, const RequestTarget &target, const RequestFields &fields, qsizetype bodyBytes);

} // namespace fairlead::net
