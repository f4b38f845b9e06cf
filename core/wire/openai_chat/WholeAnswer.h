// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "wire/Codec.h"

#include <QByteArrayView>

#include <vector>

namespace fairlead::wire::openai_chat {

/// A chat.completion body as events, in Tap mode with no more of the text than its beginning; one Failed if
/// it is an error or nothing of this dialect.
void decodeWhole(
    QByteArrayView body, const Quirks &quirks, DecodeMode mode, std::vector<chat::ChatEvent> &events);

} // namespace fairlead::wire::openai_chat
