// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Result.h"
#include "wire/Losses.h"

#include <QByteArray>

namespace fairlead::wire::cohere {

/// Cohere takes letters, digits and '_', and no digit first. Other names are spelled with escapes and noted.
[[nodiscard]] Result<QByteArray> outwardName(const QByteArray &name, Losses &losses);
/// The caller's name of a tool the model named.
[[nodiscard]] QByteArray callersName(const QByteArray &name);

} // namespace fairlead::wire::cohere
