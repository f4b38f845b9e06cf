// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QByteArrayView>

namespace fairlead::wire::openai_chat {

/// `reasoning_details` (OpenRouter's way to carry signed reasoning through Chat) name the maker in `format`;
/// we name it by its dialect. Unknown formats give an empty origin, and the empty origin the format
/// "unknown".
[[nodiscard]] QByteArray originOfFormat(QByteArrayView format);
[[nodiscard]] QByteArray formatOfOrigin(QByteArrayView origin);

/// OpenRouter calls Gemini's seals encrypted reasoning; Gemini knows one kind only, a signature.
void settleSeal(QByteArrayView origin, QByteArray &signature, QByteArray &redacted);

} // namespace fairlead::wire::openai_chat
