// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "chat/ChatEvent.h"
#include "json/View.h"
#include "json/Writer.h"

#include <vector>

namespace fairlead::wire::gemini {

/// groundingMetadata as citations: one for each source of each supported segment, or each source once where
/// no segment is named. Segments count UTF-8 bytes, citations characters of `text`.
[[nodiscard]] std::vector<chat::Citation> citationsOf(json::View metadata, const QByteArray &text);

/// The reverse: `"groundingMetadata": {...}`, or nothing where nothing is cited.
void writeGrounding(json::Writer &writer, const std::vector<chat::Citation> &citations, QByteArrayView text);

} // namespace fairlead::wire::gemini
