// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "chat/ChatRequest.h"
#include "wire/Losses.h"
#include "json/Writer.h"

namespace fairlead::wire::bedrock {

/// Why a part cannot be sent; empty if it can. Bedrock takes data and its own storage's s3:// addresses,
/// never other URLs.
[[nodiscard]] QByteArray mediaProblem(const chat::MediaPart &part);

/// An image, document, video or audio block. Documents need a name within a conversation, and of few
/// characters: `number` makes one where the caller's is none.
void writeMedia(
    const chat::MediaPart &part, int number, const QByteArray &where, json::Writer &writer, Losses &losses);

} // namespace fairlead::wire::bedrock
