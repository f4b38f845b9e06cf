// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "chat/ChatRequest.h"
#include "wire/Losses.h"

namespace fairlead::wire {

/// A JSON number's value, 0 if it is none. For deciding, never for sending: the caller's text is sent.
[[nodiscard]] double numberOf(const chat::RawJson &number);
/// True for a number that is given and not zero: a zero penalty changes nothing and is no loss.
[[nodiscard]] bool isNotZero(const chat::RawJson &number);

/// The caller's name of a message, for reports.
[[nodiscard]] QByteArray placeOf(const chat::Message &message, std::size_t index);

/// A field of the message that was read as reasoning as well: what becomes of the reasoning is reported
/// there.
[[nodiscard]] bool isToldAsReasoning(const chat::UnknownPart &part);

/// Reports what the caller's decoder could not place, unless `wire` is the caller's own dialect.
void reportMisfits(const chat::ChatRequest &request, QByteArrayView wire, Losses &losses);

/// Reports logit_bias and metadata, which only OpenAI's own dialects have.
void reportForeignFields(const chat::ChatRequest &request, Losses &losses);

} // namespace fairlead::wire
