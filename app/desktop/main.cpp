// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/LogHandler.h"
#include "app/UnixSignals.h"
#include "app/desktop/Options.h"
#include "app/desktop/SampleLedger.h"
#include "app/desktop/Translations.h"

#include "base/Logging.h"
#include "gateway/LocalGateway.h"
#include "secrets/MemoryStore.h"
#include "ui/MainWindow.h"
#include "ui/Screenshots.h"

#include <QApplication>
#include <QMessageBox>
#include <QTemporaryDir>

using namespace fairlead;
using namespace fairlead::app;

namespace {

/// The words in a box, or on standard error where nobody sees a box.
int sayWhyNot(const Error &error)
{
    const QString words = QString::fromUtf8(error.message());
    qCCritical(lcApp).noquote() << words;
    const bool hasScreen = QGuiApplication::platformName() != QLatin1String("offscreen")
                           && QGuiApplication::platformName() != QLatin1String("minimal");
    if (hasScreen)
        QMessageBox::critical(
            nullptr, QStringLiteral("Fairlead"),
            QCoreApplication::translate("main", "Fairlead cannot start.\n\n%1").arg(words));
    return 1;
}

/// Lets running streams finish, as far as their time allows.
void shutDown(gateway::LocalGateway &gateway)
{
    QEventLoop loop;
    gateway.shutDown([&] { loop.quit(); });
    loop.exec();
}

int runWindow(const DesktopOptions &options)
{
    gateway::GatewayOptions where;
    where.configPath = options.configPath;
    where.dataDir = options.dataDir;
    where.demo = options.demo;
    auto gateway = gateway::LocalGateway::create(std::move(where));
    if (!gateway)
        return sayWhyNot(gateway.error());
    int result = 0;
    {
        ui::MainWindow window(**gateway);
        if (!options.page.isEmpty() && !window.openPage(options.page))
            return sayWhyNot(Error(ErrorKind::Invalid, "There is no page \"" + options.page + "\"."));
        const UnixSignals signals_;
        QObject::connect(&signals_, &UnixSignals::endAsked, qApp, &QCoreApplication::quit);
        QObject::connect(&signals_, &UnixSignals::reloadAsked, &window, [&] {
            if (const auto reloaded = (*gateway)->reloadConfig(); !reloaded)
                qCCritical(lcApp).noquote() << reloaded.error().message();
        });
        window.show();
        (*gateway)->startServer();
        result = QApplication::exec();
    }
    shutDown(**gateway);
    return result;
}

/// Everything in a folder that goes away again: nothing of the user's is read or written.
int runScreenshots(const QString &folder)
{
    const QTemporaryDir home;
    if (!home.isValid())
        return sayWhyNot(Error(ErrorKind::Unavailable, "No temporary folder can be had."));
    gateway::GatewayOptions options;
    options.configPath = home.filePath(QStringLiteral("config.json"));
    options.dataDir = home.filePath(QStringLiteral("data"));
    options.port = quint16(0);
    options.demo = true;
    if (const auto written = writeSampleConfig(options.configPath); !written)
        return sayWhyNot(written.error());
    options.secrets = std::make_unique<secrets::MemoryStore>();
    auto gateway = gateway::LocalGateway::create(std::move(options));
    if (!gateway)
        return sayWhyNot(gateway.error());
    fillWithSamples((*gateway)->ledger(), QDateTime::currentDateTime());
    addSampleApps(**gateway);
    askSamples(**gateway);
    (*gateway)->startServer();
    const int result = ui::renderScreenshots(**gateway, folder);
    shutDown(**gateway);
    return result;
}

} // namespace

int main(int argc, char **argv)
{
    useOffscreenForScreenshots(argc, argv);
    QApplication application(argc, argv);
    QCoreApplication::setApplicationName(QStringLiteral("fairlead"));
    QCoreApplication::setApplicationVersion(QStringLiteral(FAIRLEAD_VERSION));
    QGuiApplication::setApplicationDisplayName(QStringLiteral("Fairlead"));
    QGuiApplication::setDesktopFileName(QStringLiteral("fairlead"));
    // After the application object: the window and the keychain need GLib's loop on this thread, the
    // gateway's is faster without it.
    qputenv("QT_NO_GLIB", "1");
    installLogHandler();
    installTranslations(application);

    const DesktopOptions options = readOptions(application);
    return options.screenshots.isEmpty() ? runWindow(options) : runScreenshots(options.screenshots);
}
