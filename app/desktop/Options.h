// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QString>

class QCoreApplication;

namespace fairlead::app {

struct DesktopOptions {
    QByteArray page;
    QString configPath;
    QString dataDir;
    QString screenshots; ///< a folder; empty = show the window
    bool demo = false;
};

/// Reads the command line; on --help, --version or a mistake it prints and ends the process.
[[nodiscard]] DesktopOptions readOptions(const QCoreApplication &application);
/// Pictures need no screen; to be called before there is an application.
void useOffscreenForScreenshots(int argc, char **argv);

} // namespace fairlead::app
