// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "wire/Codec.h"
#include "wire/openai_chat/Caller.h"
#include "json/Writer.h"

#include <span>

namespace fairlead::wire::openai_chat {

/// A whole chat.completion.
[[nodiscard]] QByteArray writeAnswer(const ChatAnswer &answer, const AnswerContext &context);

// Pieces that streams and whole answers share.

/// The usage object, with OpenAI's inclusive figures. Not to be called for usage that is empty: zeros would
/// be a lie.
void writeUsage(json::Writer &writer, const chat::Usage &usage);
void writeCitation(json::Writer &writer, const chat::Citation &citation);
/// One element of reasoning_details. `text` may be empty.
void writeReasoningDetail(json::Writer &writer, const chat::ReasoningPart &part, int block);
/// "audio" and "images" (OpenRouter's) of a message or delta; nothing if there are none.
void writeMedia(json::Writer &writer, std::span<const chat::MediaDelta> media);
[[nodiscard]] QByteArray finishWord(chat::FinishReason reason, const Caller &caller);
/// Gemini's signature of a call, where its own OpenAI layer puts it; nothing if there is none.
void writeCallSignature(json::Writer &writer, const QByteArray &signature);

} // namespace fairlead::wire::openai_chat
