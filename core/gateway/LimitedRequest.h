// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "chat/ChatRequest.h"
#include "routing/KnownLimits.h"
#include "wire/Losses.h"
#include "wire/Quirks.h"

/// A request as a model with limits takes it. What is left out or said in other words is reported; "(learnt)"
/// behind a field says that the provider's own error told us.
namespace fairlead::gateway {

/// For a request that is encoded anew.
[[nodiscard]] chat::ChatRequest
limited(chat::ChatRequest request, const routing::ModelLimits &limits, wire::Losses &losses);
/// The provider's deviations, and the model's.
[[nodiscard]] wire::Quirks limited(wire::Quirks quirks, const routing::ModelLimits &limits);

/// For a body in Chat Completions that passes through: what is not concerned stays as it is, byte for byte.
[[nodiscard]] QByteArray
limited(const QByteArray &body, const routing::ModelLimits &limits, wire::Losses &losses);

} // namespace fairlead::gateway
