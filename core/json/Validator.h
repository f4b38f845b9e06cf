// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Result.h"

#include <QByteArrayView>

#include <optional>

namespace fairlead::json {

/// Why `text` is not one JSON value in strict UTF-8 no deeper than `maxDepth`, or nullopt if it is.
[[nodiscard]] std::optional<Error> whyInvalid(QByteArrayView text, int maxDepth);

} // namespace fairlead::json
