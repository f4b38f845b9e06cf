// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Headers.h"
#include "chat/Failure.h"
#include "json/View.h"

#include <QByteArray>
#include <QByteArrayView>

#include <chrono>
#include <optional>

/// What providers say when they fail, in any of the shapes seen in the wild, as one chat::Failure. Pure:
/// where a date needs a "now", the answer's own Date header is it.
namespace fairlead::wire {

/// A failed HTTP answer of whatever provider. Never fails itself: HTML, empty and foreign bodies are
/// classified by status.
[[nodiscard]] chat::Failure failureFromResponse(int status, const Headers &headers, QByteArrayView body);

/// An error inside a 200 (a chunk of a stream, or a whole body): `root` is the object that holds it. The
/// status is taken from the body (error.code, error.status_code ...) where it says one, else derived from
/// what the words mean.
[[nodiscard]] chat::Failure failureFromJson(json::View root);

/// True if `root` is an object (or a one-element array of one) that reports an error rather than an answer.
[[nodiscard]] bool holdsError(json::View root);
/// The same, for callers who have already picked the members of that name from the root.
[[nodiscard]] bool holdsError(json::View error, json::View object, json::View type);

/// retry-after-ms, else retry-after as seconds or as a date against the Date header. Capped at a day.
[[nodiscard]] std::optional<std::chrono::milliseconds> retryAfter(const Headers &headers);

/// "1h2m3.5s", "494ms", "6s", "2.5" (seconds): the spellings of rate-limit headers and of Gemini's
/// retryDelay.
[[nodiscard]] std::optional<std::chrono::milliseconds> parseDuration(QByteArrayView text);

} // namespace fairlead::wire
