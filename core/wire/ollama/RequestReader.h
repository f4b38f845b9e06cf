// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "wire/Codec.h"
#include "wire/ollama/Endpoint.h"
#include "json/View.h"

namespace fairlead::wire::ollama {

/// What routing needs; streams are the default here.
[[nodiscard]] Result<RequestHead> readHead(json::View root, Endpoint endpoint);

/// The whole request. Runner settings ("options.num_ctx") and what only a template of Ollama's can use are
/// extras.
[[nodiscard]] Result<chat::ChatRequest> readRequest(json::View root, Endpoint endpoint);

} // namespace fairlead::wire::ollama
