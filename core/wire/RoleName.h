// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "chat/ChatRequest.h"

#include <QByteArrayView>

namespace fairlead::wire {

/// The usual word for who speaks, in dialects where developers have no role of their own and speak as the
/// system.
[[nodiscard]] QByteArrayView roleName(chat::Role role);

} // namespace fairlead::wire
