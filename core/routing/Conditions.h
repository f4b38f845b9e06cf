// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/RouteConfig.h"
#include "routing/RequestFacts.h"

namespace fairlead::routing {

/// What a condition comes to for one request.
struct Verdict {
    enum class Outcome {
        Holds,
        Fails,
        Unknown, ///< it asks for something that is not known; the target is then not taken
    };
    Outcome outcome = Outcome::Holds;
    QByteArray reason; ///< in words, of what does not hold: "only for the app my-editor"
};

[[nodiscard]] Verdict check(const config::Condition &condition, const RequestFacts &facts);

} // namespace fairlead::routing
