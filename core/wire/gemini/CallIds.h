// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QByteArrayView>

namespace fairlead::wire::gemini {

/// An id for a call that came without one: the same for the same answer however it is cut, another one in
/// every answer of a conversation. `seed` is the answer's responseId, or the chunk's own bytes (whose token
/// counts grow from turn to turn).
[[nodiscard]] QByteArray madeUpCallId(QByteArrayView seed, int choice, int index);

/// True if an id came from Gemini: neither made up by us nor another dialect's. Only such an id is sent back;
/// the others are matched by name and order, which every version of the API does.
[[nodiscard]] bool isOwnCallId(QByteArrayView id);

} // namespace fairlead::wire::gemini
