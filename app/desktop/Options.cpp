// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/desktop/Options.h"

#include <QCommandLineParser>

#include <algorithm>

namespace fairlead::app {

DesktopOptions readOptions(const QCoreApplication &application)
{
    QCommandLineParser parser;
    parser.setApplicationDescription(QCoreApplication::translate(
        "main", "One port to every model, your keys in the keychain, each request accounted for."));
    parser.addHelpOption();
    parser.addVersionOption();
    parser.addOptions({
        {QStringLiteral("page"), QCoreApplication::translate("main", "Open this page."),
         QStringLiteral("NAME")},
        {QStringLiteral("demo"),
         QCoreApplication::translate("main", "Offer the demo models beside configured providers.")},
        {QStringLiteral("config"), QCoreApplication::translate("main", "Another config file."),
         QStringLiteral("FILE")},
        {QStringLiteral("data-dir"), QCoreApplication::translate("main", "Another folder for the ledger."),
         QStringLiteral("DIR")},
        {QStringLiteral("screenshots"),
         QCoreApplication::translate(
             "main", "Write a picture of every page, light and dark, with demo content, and exit."),
         QStringLiteral("DIR")},
    });
    parser.process(application);
    DesktopOptions options;
    options.page = parser.value(QStringLiteral("page")).toUtf8();
    options.configPath = parser.value(QStringLiteral("config"));
    options.dataDir = parser.value(QStringLiteral("data-dir"));
    options.screenshots = parser.value(QStringLiteral("screenshots"));
    options.demo = parser.isSet(QStringLiteral("demo"));
    return options;
}

void useOffscreenForScreenshots(int argc, char **argv)
{
    const bool wanted = std::any_of(
        argv, argv + argc, [](const char *word) { return QByteArrayView(word).startsWith("--screenshots"); });
    if (wanted && !qEnvironmentVariableIsSet("QT_QPA_PLATFORM"))
        qputenv("QT_QPA_PLATFORM", "offscreen");
}

} // namespace fairlead::app
