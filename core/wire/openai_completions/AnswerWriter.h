// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "wire/Codec.h"
#include "json/Writer.h"

namespace fairlead::wire::openai_completions {

/// A whole text_completion.
[[nodiscard]] QByteArray
writeAnswer(const ChatAnswer &answer, const AnswerContext &context, const QByteArray &echo);

// Pieces that streams and whole answers share.

/// Opens the object and its `choices`.
void beginCompletion(json::Writer &writer, const QByteArray &id, qint64 created, QByteArrayView model);
/// One choice. `logprobs` is JSON; without `finished` its reason is null.
void writeChoice(
    json::Writer &writer, int index, const QByteArray &text, const QByteArray &logprobs,
    const std::optional<chat::Finished> &finished);

} // namespace fairlead::wire::openai_completions
