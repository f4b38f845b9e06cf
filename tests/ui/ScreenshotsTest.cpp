// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/Screenshots.h"
#include "support/FakeGateway.h"
#include "ui/pages/PageRegistry.h"

#include <QDir>
#include <QImage>
#include <QTemporaryDir>
#include <QTest>

using namespace fairlead;

class ScreenshotsTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    /// FAIRLEAD_SCREENSHOTS=DIR keeps the pictures, to look at.
    void everyPageHasTwoPictures()
    {
        QTemporaryDir temporary;
        const QString kept = qEnvironmentVariable("FAIRLEAD_SCREENSHOTS");
        const QDir dir(kept.isEmpty() ? temporary.path() : kept);
        test::FakeGateway gateway;
        test::fillWithDemoContent(gateway);
        QCOMPARE(ui::renderScreenshots(gateway, dir.path()), 0);
        QVERIFY(!ui::pageRegistry().empty());
        for (const ui::PageEntry &page : ui::pageRegistry()) {
            const QImage light(dir.filePath(QStringLiteral("%1-light.png").arg(QLatin1String(page.id))));
            const QImage dark(dir.filePath(QStringLiteral("%1-dark.png").arg(QLatin1String(page.id))));
            QCOMPARE(light.size(), QSize(1440, 900));
            QCOMPARE(dark.size(), light.size());
            QVERIFY(qGray(light.pixel(2, 2)) > 200);
            QVERIFY(qGray(dark.pixel(2, 2)) < 60);
        }
    }

    void anUnwritableFolderIsAnError()
    {
        test::FakeGateway gateway;
        QCOMPARE(ui::renderScreenshots(gateway, QStringLiteral("/dev/null/pictures")), 1);
    }
};

QTEST_MAIN(ScreenshotsTest)
#include "ScreenshotsTest.moc"
