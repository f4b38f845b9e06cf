// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "wire/Codec.h"
#include "json/Writer.h"

namespace fairlead::wire::anthropic {

/// A whole message: thinking, text (in several blocks where parts of it cite sources), tool calls.
[[nodiscard]] QByteArray writeAnswer(const ChatAnswer &answer, const AnswerContext &context);

// What a whole message and a streamed one say alike.

/// The provider's id where it is Anthropic's; clients may expect the form.
[[nodiscard]] QByteArray messageId(const QByteArray &id, const AnswerContext &context);
/// The usage object, which clients read unconditionally: unknown counts are 0 or null.
void writeUsage(json::Writer &writer, const chat::Usage &usage);
/// Its counts alone, as message_delta repeats them.
void writeFinalUsage(json::Writer &writer, const chat::Usage &usage);
/// stop_reason, stop_sequence and stop_details. `finished` may be null where the answer just ended.
void writeStop(
    json::Writer &writer, const chat::Finished *finished, bool calledTools, const QByteArray &refusal);
/// Anthropic's own citation as it is, any other web page as a search result; false if it cites neither.
bool writeCitation(json::Writer &writer, const chat::Citation &citation);
/// {"type":"redacted_thinking","data":...}
void writeRedacted(json::Writer &writer, const QByteArray &data);

} // namespace fairlead::wire::anthropic
