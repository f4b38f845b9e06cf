// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "wire/Codec.h"
#include "json/Writer.h"

namespace fairlead::wire::cohere {

/// A whole v2 chat answer.
[[nodiscard]] QByteArray writeAnswer(const ChatAnswer &answer, const AnswerContext &context);

// Pieces that streams and whole answers share.

[[nodiscard]] QByteArrayView finishWord(const chat::Finished &finished);
/// A citation with the words it is about, taken from the answer's `text`; `number` names its source if that
/// has no name.
void writeCitation(
    json::Writer &writer, const chat::Citation &citation, QByteArrayView text, qsizetype number);

} // namespace fairlead::wire::cohere
