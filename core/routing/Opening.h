// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "providers/ProviderClient.h"

#include <optional>

namespace fairlead::routing {

/// What the first pieces of an answer tell.
struct Opening {
    bool committed = false; ///< it has begun to say something
    std::optional<chat::Failure> failure; ///< it failed before that
};

[[nodiscard]] Opening inspect(const providers::Piece &piece);

} // namespace fairlead::routing
