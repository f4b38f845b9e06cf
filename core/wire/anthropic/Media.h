// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "chat/ChatRequest.h"
#include "wire/Losses.h"
#include "json/Writer.h"

#include <QByteArray>

namespace fairlead::wire::anthropic {

/// Why Anthropic cannot take it; empty if it can. Images and documents (PDF, plain text) go, audio does not.
[[nodiscard]] QByteArray mediaProblem(const chat::MediaPart &part);
/// An image or document block. Only for parts without a problem.
void writeMedia(const chat::MediaPart &part, const QByteArray &where, json::Writer &writer, Losses &losses);

} // namespace fairlead::wire::anthropic
