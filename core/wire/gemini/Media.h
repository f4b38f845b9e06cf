// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "chat/ChatRequest.h"
#include "json/Writer.h"

#include <QByteArray>
#include <QByteArrayView>

namespace fairlead::wire::gemini {

/// What a media type is: image, audio, or a file of another kind.
[[nodiscard]] chat::MediaPart::Kind mediaKind(QByteArrayView mediaType);
/// Why Gemini cannot take it; empty if it can.
[[nodiscard]] QByteArray mediaProblem(const chat::MediaPart &part);
/// An inlineData or fileData part. Gemini fetches https and gs URLs itself (recorded with 2.5 Flash and on
/// Vertex). Only for parts without a problem.
void writeMedia(const chat::MediaPart &part, json::Writer &writer);

} // namespace fairlead::wire::gemini
