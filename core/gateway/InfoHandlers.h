// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "http/Exchange.h"

namespace fairlead::gateway {

/// GET /health: that we are up, and which version. No token needed, nothing private told.
[[nodiscard]] http::Response healthResponse();

/// GET /api/hello: what Anthropic's server says to a client that looks whether anybody is there.
[[nodiscard]] http::Response helloResponse();

/// GET /: one line for people who open the address in a browser.
[[nodiscard]] http::Response rootResponse();

} // namespace fairlead::gateway
