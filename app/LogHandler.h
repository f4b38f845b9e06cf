// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace fairlead::app {

/// Logs go to standard error, one line each: time, level, category, message; with colour only on a terminal
/// and without NO_COLOR. Call before the first log line.
void installLogHandler();

} // namespace fairlead::app
