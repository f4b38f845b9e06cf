// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Result.h"
#include "json/Node.h"

#include <QByteArrayView>

#include <memory>

namespace fairlead::json {

/// The nodes of `text`, the root first. An error says why it is not one JSON value in strict UTF-8 no deeper
/// than `maxDepth`, and where.
[[nodiscard]] Result<std::shared_ptr<const Node[]>> parseNodes(QByteArrayView text, int maxDepth);

} // namespace fairlead::json
