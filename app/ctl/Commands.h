// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/ctl/Command.h"

/// The run functions of the table and the options that only their command has; one file each.
namespace fairlead::app {

[[nodiscard]] QList<QCommandLineOption> serveOptions();
[[nodiscard]] ExitCode serve(const Arguments &arguments);

[[nodiscard]] ExitCode version(const Arguments &arguments);

} // namespace fairlead::app
