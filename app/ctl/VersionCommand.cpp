// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/Commands.h"

#include "app/ctl/Output.h"

#include <QtGlobal>

namespace fairlead::app {

ExitCode version(const Arguments &arguments)
{
    if (arguments.wantsJson()) {
        json::Writer writer;
        writer.beginObject().member("version", FAIRLEAD_VERSION).member("qt", qVersion()).endObject();
        printJson(writer);
    } else {
        terminal::out(QByteArray("fairleadctl ") + FAIRLEAD_VERSION + " (Qt " + qVersion() + ")\n");
    }
    return kSuccess;
}

} // namespace fairlead::app
