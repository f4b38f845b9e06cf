// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "wire/Codec.h"
#include "wire/ollama/Endpoint.h"
#include "json/Writer.h"

namespace fairlead::wire::ollama {

/// A whole answer: one object that is done.
[[nodiscard]] QByteArray
writeAnswer(const ChatAnswer &answer, const AnswerContext &context, Endpoint endpoint);

/// {"error":"..."}, the same for answers and for streams.
[[nodiscard]] QByteArray errorObject(const Failure &failure);
[[nodiscard]] EncodedError encodeError(const Failure &failure);

// Pieces that streams and whole answers share.

/// What one object says.
struct Said {
    QByteArray text;
    QByteArray thinking;
    std::vector<chat::ToolCallPart> calls;
    std::vector<QByteArray> images; ///< base64
    QByteArray logprobs; ///< JSON elements without brackets
};

/// Opens an object: the model and the time, the same all over a stream.
void beginObject(json::Writer &writer, QByteArrayView model, qint64 created);
/// `message` or `response`, and what belongs beside it.
void writeSaid(json::Writer &writer, const Said &said, Endpoint endpoint);
/// Closes the last object of an answer.
void endAnswer(json::Writer &writer, const std::optional<chat::Finished> &finished, const chat::Usage &usage);

} // namespace fairlead::wire::ollama
