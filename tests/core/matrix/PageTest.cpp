// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/matrix/Page.h"
#include "core/wire/Shared.h"

#include <QLoggingCategory>
#include <QTest>

using namespace fairlead::test;

class PageTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { QLoggingCategory::setFilterRules(QStringLiteral("fairlead.*.info=false")); }

    /// With FAIRLEAD_WRITE_PAGES set it writes the page instead of comparing it.
    void isUpToDate()
    {
        const QString path = QStringLiteral(FAIRLEAD_SOURCE_DIR "/core/wire/MATRIX.md");
        const QByteArray written = matrix::writtenPage();
        QVERIFY(!written.contains("**fails**"));
        if (qEnvironmentVariableIsSet("FAIRLEAD_WRITE_PAGES")) {
            QFile file(path);
            QVERIFY(file.open(QIODevice::WriteOnly));
            QCOMPARE(file.write(written), written.size());
        }
        QVERIFY2(
            fileBytes(path) == written,
            "core/wire/MATRIX.md is not what the code does now. Look at what changed, then write it anew: "
            "FAIRLEAD_WRITE_PAGES=1 ctest --test-dir build/dev -R core.matrix.PageTest");
    }
};

QTEST_GUILESS_MAIN(PageTest)
#include "PageTest.moc"
