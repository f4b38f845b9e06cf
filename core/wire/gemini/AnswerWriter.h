// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "wire/Codec.h"
#include "json/Writer.h"

#include <vector>

namespace fairlead::wire::gemini {

/// A whole GenerateContentResponse.
[[nodiscard]] QByteArray writeAnswer(const ChatAnswer &answer, const AnswerContext &context);

// Pieces that streams and whole answers share.

struct TextPiece {
    QByteArray text;
    bool thought = false;
    QByteArray signature; ///< thoughtSignature
};
void writeTextPart(json::Writer &writer, const TextPiece &piece);
/// Arguments that are no object become {"input": text}: the dialect has no other place for them.
void writeCallPart(json::Writer &writer, const chat::ToolCallPart &call);
/// Made media, with its words (if any) as text.
void writeMediaParts(json::Writer &writer, const chat::MediaDelta &media);

/// finishReason. STOP also where functions were called, as Google does.
[[nodiscard]] QByteArray finishWord(const chat::Finished &finished);
/// `"usageMetadata": {...}`. Not to be called for usage that is empty: zeros would be a lie.
void writeUsage(json::Writer &writer, const chat::Usage &usage);
/// False only where the caller said it wants no thoughts.
[[nodiscard]] bool wantsThoughts(const InboundCall *call);

} // namespace fairlead::wire::gemini
