// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QStringList>

#include <optional>

namespace fairlead::app {

/// Arguments stand in the shell's history and in the process list, so a key among them is as good as
/// published. What to say if one of these words looks like a key; the words themselves are never repeated.
[[nodiscard]] std::optional<QByteArray> findLeakedKey(const QStringList &words);

} // namespace fairlead::app
