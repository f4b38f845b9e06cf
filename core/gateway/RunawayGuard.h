// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "gateway/Conversation.h"

namespace fairlead::gateway {

/// Pauses an app whose request shows that its model makes the same tool call again and again, and says so.
/// Costs nothing for conversations that are too short for that.
[[nodiscard]] std::optional<chat::Failure>
whyPausedNow(const Services &services, const QByteArray &app, const wire::InboundCall &call);

} // namespace fairlead::gateway
