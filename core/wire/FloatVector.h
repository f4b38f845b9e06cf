// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Result.h"
#include "chat/Embedding.h"

/// Embedding vectors as dialects write them: JSON numbers, or base64 of little-endian 32-bit floats. Both say
/// the same 32-bit floats, so that going from one to the other and back changes nothing.
namespace fairlead::wire {

/// The vector as a JSON array of numbers: the provider's own text where there is one, else the shortest text
/// that reads back as the same float.
[[nodiscard]] Result<chat::RawJson> numbersOf(const chat::EmbeddingVector &vector);
/// The vector as base64: the provider's own, else each number as the nearest float.
[[nodiscard]] Result<QByteArray> base64Of(const chat::EmbeddingVector &vector);

} // namespace fairlead::wire
