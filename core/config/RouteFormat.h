// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/RouteConfig.h"
#include "json/Writer.h"

namespace fairlead::config {

/// The members of a route, in the documented order; what is as it would be unsaid is left out.
void writeRoute(json::Writer &writer, const RouteConfig &route);

} // namespace fairlead::config
