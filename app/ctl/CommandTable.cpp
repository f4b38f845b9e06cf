// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/Commands.h"

namespace fairlead::app {

namespace {

QList<QCommandLineOption> none()
{
    return {};
}

} // namespace

const std::vector<Command> &commandTable()
{
    static const std::vector<Command> table{
        {"serve", "Run the local server", "",
         "Prints \"fairlead: listening on URL\" on standard output once it accepts connections; logs go to "
         "standard\n"
         "error. SIGTERM lets running streams finish, then exits; a second one exits at once. SIGHUP reads "
         "the config\n"
         "again. The first start without any app creates the app \"default\" and prints its token.",
         serveOptions, serve},
        {"version", "Print the version", "", "", none, version},
    };
    return table;
}

} // namespace fairlead::app
