// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArrayView>

namespace fairlead {

/// Whether all of `text` fits: '*' stands for any run of characters, every other one for itself.
[[nodiscard]] bool matchesPattern(QByteArrayView pattern, QByteArrayView text);

} // namespace fairlead
