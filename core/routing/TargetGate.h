// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "routing/RoutingTable.h"

#include <memory>

namespace fairlead::routing {

/// Asked before one request is sent to a target: whether the target's own limits still let it in. One for
/// each request, so that it may know what the request will take.
class TargetGate
{
public:
    /// What is held while the attempt and its answer last, and let go with its last copy. May be null.
    using Place = std::shared_ptr<void>;

    TargetGate() = default;
    virtual ~TargetGate() = default;
    Q_DISABLE_COPY_MOVE(TargetGate)
    /// Why the target is full now (class RateLimit, Quota ...), in words for people: it is then passed over,
    /// and nothing is held against it.
    [[nodiscard]] virtual tl::expected<Place, chat::Failure> enter(const Target &target) = 0;
};

} // namespace fairlead::routing
