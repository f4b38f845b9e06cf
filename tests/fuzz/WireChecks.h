// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "wire/Codec.h"

#include <QByteArrayView>

#include <vector>

/// Properties of the codecs, whatever the dialect.
namespace fairlead::fuzz {

/// The call a tool of that dialect makes, with such a body; nothing if the body is no JSON. `variant` chooses
/// among the dialect's paths and queries.
[[nodiscard]] Result<wire::InboundCall> callOf(QByteArrayView wire, std::uint8_t variant, QByteArray body);

/// What a decoder may say of one answer: how it begins and ends, that its tool calls are countable, its text
/// is UTF-8, and how much it makes of how many bytes.
void checkEvents(const std::vector<chat::ChatEvent> &events, qsizetype inputBytes);

/// An answer in the dialect of the caller, streamed and whole: it is the JSON, SSE or NDJSON it claims to be,
/// also with keep-alives in between, and its own dialect's decoder reads from it what went in.
void checkAnswerFor(
    const wire::Wire &wire, const wire::InboundCall &call, const std::vector<chat::ChatEvent> &events);

void checkErrorFor(const wire::InboundCodec &codec, const chat::Failure &failure);

/// What goes to a provider: a path, headers that stay on their lines, a body of JSON or none.
void checkCall(const wire::UpstreamCall &call);

void checkLosses(const wire::Losses &losses);

[[nodiscard]] bool isJson(const QByteArray &text);

} // namespace fairlead::fuzz
