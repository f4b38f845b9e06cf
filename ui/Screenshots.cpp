// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/Screenshots.h"

#include "ui/MainWindow.h"
#include "ui/Theme.h"

#include "base/Logging.h"

#include <QApplication>
#include <QDeadlineTimer>
#include <QDir>
#include <QEventLoop>
#include <QPixmap>

namespace fairlead::ui {

using namespace std::chrono_literals;

namespace {

constexpr QSize kPicture(1440, 900);
constexpr auto kPatience = 30s;
constexpr auto kRest = 150ms; // for queued layouts and the last figures, once a page says it is done

void spinFor(std::chrono::milliseconds time)
{
    for (const QDeadlineTimer end(time); !end.hasExpired();)
        QCoreApplication::processEvents(QEventLoop::AllEvents | QEventLoop::WaitForMoreEvents, 10);
}

bool settle(const Page &page)
{
    const QDeadlineTimer end(kPatience);
    while (!page.isSettled() && !end.hasExpired())
        spinFor(20ms);
    spinFor(kRest);
    return page.isSettled();
}

bool shoot(MainWindow &window, const QByteArray &id, const QString &path)
{
    window.openPage(id);
    const bool settled = settle(*window.page(id));
    if (!settled)
        qCWarning(lcUi) << "the page" << id << "did not settle in time";
    const bool written = window.grab().save(path);
    if (!written)
        qCWarning(lcUi) << "cannot write" << path;
    return settled && written;
}

} // namespace

int renderScreenshots(gateway::Gateway &gateway, const QString &dir)
{
    if (!QDir().mkpath(dir)) {
        qCWarning(lcUi) << "cannot make the folder" << dir;
        return 1;
    }
    bool good = true;
    MainWindow window(gateway);
    window.resize(kPicture);
    window.show();
    for (const PageEntry &entry : pageRegistry()) {
        window.openPage(entry.id);
        window.page(entry.id)->showDemo();
    }
    const std::pair<Appearance, const char *> themes[]{
        {Appearance::Light, "light"}, {Appearance::Dark, "dark"}};
    for (const auto &theme : themes) {
        applyAppearance(theme.first);
        for (const PageEntry &entry : pageRegistry()) {
            const QString name
                = QStringLiteral("%1-%2.png").arg(QLatin1String(entry.id), QLatin1String(theme.second));
            good = shoot(window, entry.id, QDir(dir).filePath(name)) && good;
        }
    }
    return good ? 0 : 1;
}

} // namespace fairlead::ui
