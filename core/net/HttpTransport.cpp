// SPDX-License-Identifier: GPL-3.0-or-later
#include "net/HttpTransport.h"

namespace fairlead::net {

QByteArray transportErrorName(TransportErrorKind kind)
{
    switch (kind) {
    case TransportErrorKind::NotResolved:
        return QByteArrayLiteral("not_resolved");
    case TransportErrorKind::Refused:
        return QByteArrayLiteral("refused");
    case TransportErrorKind::Unreachable:
        return QByteArrayLiteral("unreachable");
    case TransportErrorKind::TlsFailed:
        return QByteArrayLiteral("tls_failed");
    case TransportErrorKind::ProxyFailed:
        return QByteArrayLiteral("proxy_failed");
    case TransportErrorKind::ConnectTimeout:
        return QByteArrayLiteral("connect_timeout");
    case TransportErrorKind::LostBeforeAnswer:
        return QByteArrayLiteral("lost_before_answer");
    case TransportErrorKind::FirstByteTimeout:
        return QByteArrayLiteral("first_byte_timeout");
    case TransportErrorKind::IdleTimeout:
        return QByteArrayLiteral("idle_timeout");
    case TransportErrorKind::TotalTimeout:
        return QByteArrayLiteral("total_timeout");
    case TransportErrorKind::Truncated:
        return QByteArrayLiteral("truncated");
    case TransportErrorKind::BadAnswer:
        return QByteArrayLiteral("bad_answer");
    case TransportErrorKind::Cancelled:
        return QByteArrayLiteral("cancelled");
    }
    Q_UNREACHABLE();
}

Task<TransportResult<QByteArray>> readAll(TransportResponse &response, qsizetype mostBytes)
{
    QByteArray all;
    while (true) {
        auto ready = response.tryRead(); // what has come already needs no frame of its own
        if (!ready)
            ready = co_await response.read();
        auto &part = *ready;
        if (!part)
            co_return tl::unexpected(part.error());
        if (part->isEmpty())
            co_return all;
        if (all.size() + part->size() > mostBytes) {
            co_return tl::unexpected(TransportError(
                TransportErrorKind::BadAnswer,
                "the answer is larger than the limit of " + QByteArray::number(mostBytes) + " bytes"));
        }
        if (all.isEmpty())
            all = std::move(*part);
        else
            all += *part;
    }
}

} // namespace fairlead::net
