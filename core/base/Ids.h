// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>

namespace fairlead {

/// `length` random letters and digits from the system's generator, unguessable.
[[nodiscard]] QByteArray randomToken(int length);

/// A new request id: "req_" and 20 characters that sort by time of creation.
[[nodiscard]] QByteArray newRequestId(qint64 unixMs);

} // namespace fairlead
