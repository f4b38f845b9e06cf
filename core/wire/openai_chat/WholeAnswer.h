// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "chat/ChatEvent.h"
#include "wire/Quirks.h"

#include <QByteArrayView>

#include <vector>

namespace fairlead::wire::openai_chat {

/// A chat.completion body as events; one Failed if it is an error or nothing of this dialect.
void decodeWhole(QByteArrayView body, const Quirks &quirks, std::vector<chat::ChatEvent> &events);

} // namespace fairlead::wire::openai_chat
