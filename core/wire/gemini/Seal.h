// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "chat/ChatRequest.h"

#include <QByteArray>

namespace fairlead::wire::gemini {

/// What a thoughtSignature says of a thought: Gemini's own as it is, another dialect's signature or encrypted
/// reasoning in an envelope (base64, as the field demands). Callers give the field back unread.
[[nodiscard]] QByteArray thoughtSignature(const chat::ReasoningPart &part);

/// Fills in signature, redacted, id and origin.
void readThoughtSignature(const QByteArray &signature, chat::ReasoningPart &part);

/// True for the words Google lets callers put where a call has no signature. They sign nothing.
[[nodiscard]] bool isPlaceholder(const QByteArray &signature);

} // namespace fairlead::wire::gemini
