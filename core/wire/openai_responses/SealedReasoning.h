// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "chat/ChatRequest.h"

#include <QByteArray>
#include <QByteArrayView>

namespace fairlead::wire::openai_responses {

/// Other dialects sign their reasoning, and Gemini its calls. Clients of the Responses API keep and return
/// `encrypted_content` unread, so that is where a foreign signature travels, under a mark that names its
/// dialect.
inline constexpr QByteArrayView kSealMark("fairlead:1:");

/// What `encrypted_content` is for this reasoning: OpenAI's own as it is, everybody else's under the mark.
/// Empty if there is nothing to keep.
[[nodiscard]] QByteArray sealed(const chat::ReasoningPart &part);
[[nodiscard]] QByteArray sealedCall(const QByteArray &signature);

/// A call's signature, for the call that follows; empty if this is something else.
[[nodiscard]] QByteArray callSignature(QByteArrayView encrypted);
/// Fills signature or redacted, and origin.
void unseal(const QByteArray &encrypted, chat::ReasoningPart &part);

} // namespace fairlead::wire::openai_responses
