// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "wire/Codec.h"

namespace fairlead::wire::anthropic {

/// A Messages request (or a request to count one) in the neutral model. Fields without a place in it are kept
/// in `extras`; those inside an object as "object.field".
[[nodiscard]] Result<ChatRequest> readRequest(const InboundCall &call);

} // namespace fairlead::wire::anthropic
