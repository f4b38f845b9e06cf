// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/LogHandler.h"

#include <QByteArray>
#include <QDateTime>
#include <QLoggingCategory>

#include <cstdio>
#include <unistd.h>

namespace fairlead::app {

namespace {

struct Level {
    const char *name;
    const char *colour;
};

Level levelOf(QtMsgType type)
{
    switch (type) {
    case QtDebugMsg:
        return {"debug", "\x1b[2m"};
    case QtInfoMsg:
        return {"info ", ""};
    case QtWarningMsg:
        return {"warn ", "\x1b[33m"};
    case QtCriticalMsg:
    case QtFatalMsg:
        break;
    }
    return {"error", "\x1b[31m"};
}

bool withColour()
{
    static const bool colour = isatty(STDERR_FILENO) != 0 && !qEnvironmentVariableIsSet("NO_COLOR");
    return colour;
}

void handle(QtMsgType type, const QMessageLogContext &context, const QString &message)
{
    const Level level = levelOf(type);
    const bool colour = withColour() && level.colour[0] != '\0';
    QByteArray line = QDateTime::currentDateTime().toString(Qt::ISODateWithMs).toLatin1() + ' ';
    if (colour)
        line += level.colour;
    line += level.name;
    line += ' ';
    line += context.category ? context.category : "default";
    line += ": ";
    line += message.toUtf8();
    if (colour)
        line += "\x1b[0m";
    line += '\n';
    // One call a line, so that lines of several threads do not mix.
    std::fwrite(line.constData(), 1, static_cast<std::size_t>(line.size()), stderr);
}

} // namespace

void installLogHandler()
{
    qInstallMessageHandler(handle);
}

} // namespace fairlead::app
