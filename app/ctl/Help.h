// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/ctl/Command.h"

namespace fairlead::app {

[[nodiscard]] QByteArray overviewHelp();
[[nodiscard]] QByteArray commandHelp(const Command &command);
/// The verbs of a command such as "key".
[[nodiscard]] QByteArray groupHelp(const QByteArray &group);
/// The name nearest to a mistyped one; empty if none is near.
[[nodiscard]] QByteArray nearestName(const QByteArray &mistyped, const std::vector<QByteArray> &names);

} // namespace fairlead::app
