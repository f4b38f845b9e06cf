// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Result.h"

#include <QByteArray>
#include <QByteArrayView>

namespace fairlead::http {

/// A request target taken apart (RFC 9112 section 3.2): "/path?query", "http://host/path?query", "*", or
/// CONNECT's "host:port".
struct RequestTarget {
    QByteArray path; ///< decoded once; empty for CONNECT
    QByteArray query; ///< as sent
    QByteArray authority; ///< of the absolute form, which overrides the Host field; otherwise empty
};

/// Refuses broken escapes, NUL, control characters and dot segments (decoded or not): nothing behind this has
/// to think about them again.
[[nodiscard]] Result<RequestTarget> parseTarget(QByteArrayView method, QByteArrayView target);

} // namespace fairlead::http
