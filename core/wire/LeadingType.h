// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArrayView>

namespace fairlead::wire {

/// The type of an event whose JSON begins with it, as providers write theirs ({"type":"content-delta",...);
/// empty for any other text. It is known before the JSON is parsed, so that a tap can leave an event out
/// unread; a full decoder goes by it as well, lest the two take one event for different things.
[[nodiscard]] QByteArrayView leadingType(QByteArrayView json);

} // namespace fairlead::wire
