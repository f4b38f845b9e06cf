// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/ConfigReader.h"
#include "config/RouteConfig.h"

namespace fairlead::config {

[[nodiscard]] Result<RouteConfig>
readRoute(const ConfigReader &reader, json::View value, const QByteArray &where);

/// What can only be said of all routes together: each name once, no target that is no route, no circle.
/// `list` is where they were read from.
[[nodiscard]] Result<>
checkRoutes(const ConfigReader &reader, json::View list, const std::vector<RouteConfig> &routes);

} // namespace fairlead::config
