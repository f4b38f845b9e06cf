// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "io/StreamFactory.h"
#include "net/HttpTransport.h"

#include <QNetworkProxy>
#include <QNetworkReply>

namespace fairlead::net {

/// The words for what goes wrong, in one place: what happened, with which host, and what to do about it.

/// "host:port", or "[::1]:port".
[[nodiscard]] QByteArray nameOf(const io::Endpoint &endpoint);

/// A connection that could not be made.
[[nodiscard]] TransportError connectFailure(
    const QByteArray &peer, io::CloseReason reason, const QByteArray &detail,
    const std::optional<QNetworkProxy> &proxy = std::nullopt);
/// One of Timeouts has run out.
[[nodiscard]] TransportError
timeoutFailure(const QByteArray &peer, TransportErrorKind kind, const Timeouts &timeouts);
/// Everything after the connection was made.
[[nodiscard]] TransportError
answerFailure(const QByteArray &peer, TransportErrorKind kind, const QByteArray &detail = QByteArray());

/// Between our kinds and Qt's, for those who look at a QNetworkReply only.
[[nodiscard]] QNetworkReply::NetworkError toNetworkError(TransportErrorKind kind);
[[nodiscard]] QNetworkReply::NetworkError toNetworkError(int httpStatus);
/// `begun`: the answer's head had come.
[[nodiscard]] TransportError
failureOf(const QByteArray &peer, QNetworkReply::NetworkError error, const QString &text, bool begun);

} // namespace fairlead::net
