// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "wire/Codec.h"

namespace fairlead::wire::anthropic {

/// Vertex AI's form of a call (quirk "anthropic_version"): the version in the body instead of a header, and the
/// model in the path alone. The call as it is for everybody else.
[[nodiscard]] UpstreamCall withBodyVersion(UpstreamCall call, const Quirks &quirks);

} // namespace fairlead::wire::anthropic
