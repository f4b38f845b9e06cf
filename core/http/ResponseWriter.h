// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Clock.h"
#include "base/Headers.h"

#include <QByteArray>

#include <optional>

namespace fairlead::http {

/// How the end of an answer's body is found (RFC 9112 section 6).
enum class Framing { Length, Chunked, UntilClose, None };

/// What the Connection field has to say.
enum class Persistence { Silent, KeepAlive, Close };

/// Composes answer heads and chunks. One per server: the Date field is formatted once a second.
class ResponseWriter
{
public:
    explicit ResponseWriter(Clock &clock);

    /// Everything up to and with the empty line. Fields that are the server's own (content-length, date,
    /// connection, transfer-encoding) are taken from the arguments; a field that would break the head is left
    /// out.
    [[nodiscard]] QByteArray
    head(int status, const Headers &headers, Framing framing, qsizetype length, Persistence persistence);

    /// "1f\r\n", to be written before a chunk's bytes; "\r\n" goes behind them.
    [[nodiscard]] static QByteArray chunkStart(qsizetype size);

private:
    [[nodiscard]] const QByteArray &date();

    Clock &m_clock;
    std::optional<std::chrono::sys_seconds> m_dateOf;
    QByteArray m_date;
};

/// RFC 9110 section 6.4.1: answers that never have a body.
[[nodiscard]] bool isBodiless(int status);

} // namespace fairlead::http
