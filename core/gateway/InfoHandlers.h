// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "http/Exchange.h"
#include "routing/RoutingTable.h"

namespace fairlead::gateway {

/// GET /v1/models in OpenAI's shape: routes first, then provider/model names.
/// https://platform.openai.com/docs/api-reference/models
[[nodiscard]] http::Response modelsResponse(const routing::RoutingTable &routing, qint64 createdUnixSeconds);

/// GET /v1/models/{id}; ids may hold slashes. 404 in OpenAI's shape if there is none.
[[nodiscard]] http::Response
modelResponse(const routing::RoutingTable &routing, QByteArrayView id, qint64 createdUnixSeconds);

/// GET /health: that we are up, and which version. No token needed, nothing private told.
[[nodiscard]] http::Response healthResponse();

/// GET /: one line for people who open the address in a browser.
[[nodiscard]] http::Response rootResponse();

} // namespace fairlead::gateway
