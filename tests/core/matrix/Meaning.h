// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "chat/ChatAnswer.h"
#include "chat/ChatRequest.h"

#include <QList>

/// What a request or an answer says, one line a thing, whatever dialect it came in. The first word of a line
/// is its aspect: "user", "tool", "strict", "finish".
namespace fairlead::test::matrix {

using Lines = QList<QByteArray>;

/// Calls are numbered, as dialects without ids make their own up; results say which call they answer.
[[nodiscard]] Lines meaningOf(const chat::ChatRequest &request);
[[nodiscard]] Lines meaningOf(const chat::ChatAnswer &answer);

[[nodiscard]] QByteArray aspectOf(const QByteArray &line);
/// Those of `some` that are not among `others`, as often as they are there.
[[nodiscard]] Lines without(Lines some, const Lines &others);

/// JSON text without the white space between its tokens: order and number text stay.
[[nodiscard]] QByteArray tight(QByteArrayView json);

} // namespace fairlead::test::matrix
