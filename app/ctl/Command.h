// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/ctl/Arguments.h"

#include <QCommandLineOption>
#include <QList>

#include <vector>

namespace fairlead::app {

/// What the shell gets to see.
enum ExitCode { kSuccess = 0, kFailure = 1, kMisuse = 2, kInterrupted = 130 };

/// One subcommand: a new one is a file with its run function and a row in the table.
struct Command {
    const char *name; ///< "ask", or with a verb: "key set"
    const char *summary; ///< one line for the list
    const char *arguments; ///< what follows the name: "PROVIDER"
    const char *details; ///< more for its own help, lines as they are to stand; may be empty
    QList<QCommandLineOption> (*options)();
    ExitCode (*run)(const Arguments &arguments);
};

/// All of them, in the order of the help.
[[nodiscard]] const std::vector<Command> &commandTable();

} // namespace fairlead::app
