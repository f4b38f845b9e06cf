// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "routing/RoutingTable.h"
#include "wire/Codec.h"

#include <optional>

/// Why a target is not even sent a request.
namespace fairlead::routing {

/// The key is plainly another provider's.
[[nodiscard]] chat::Failure
foreignKey(const providers::ProviderSpec &provider, const secrets::LoadedKey &key);

[[nodiscard]] chat::Failure keyMissing(const providers::ProviderSpec &provider);

/// A strict route, and the request would lose something on its way there.
[[nodiscard]] std::optional<chat::Failure> tooLossy(const Target &target, const wire::Losses &losses);

} // namespace fairlead::routing
