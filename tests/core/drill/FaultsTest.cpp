// SPDX-License-Identifier: GPL-3.0-or-later
#include "drill/Drill.h"
#include "drill/LeapingClock.h"
#include "drill/Report.h"
#include "support/Await.h"

#include <QFile>
#include <QTest>

using namespace fairlead;
using namespace fairlead::drill;

/// The sixteen faults, through real sockets, in time that leaps.
class FaultsTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void fault_data();
    void fault();
};

void FaultsTest::fault_data()
{
    QTest::addColumn<QByteArray>("id");
    for (const Scenario &scenario : scenarios())
        QTest::addRow("%s %s", scenario.id.constData(), scenario.fault.constData()) << scenario.id;
}

void FaultsTest::fault()
{
    QFETCH(QByteArray, id);
    LeapingClock clock;
    auto drill = Drill::create(clock);
    QVERIFY2(drill, drill ? "" : drill.error().message().constData());
    const Finding finding = test::await((*drill)->run(*findScenario(id)), std::chrono::seconds(60));
    const Evidence &evidence = finding.evidence;
    QByteArray story = gradeName(finding.verdict.grade) + ": " + finding.verdict.reason + "\n";
    for (const Evidence::Asked &asked : evidence.asked)
        story += "  asked " + asked.model + " at " + QByteArray::number(qlonglong(asked.after.count()))
                 + " ms" + (asked.refused ? ", refused" : "") + "\n";
    QVERIFY2(finding.verdict.grade == Verdict::Grade::Pass, story.constData());

    const Line line = lineOf(finding);
    QFile docs(QStringLiteral(FAIRLEAD_SOURCE_DIR "/core/drill/FAULTS.md"));
    QVERIFY(docs.open(QIODevice::ReadOnly));
    const QByteArray row = "| " + line.id + " | " + line.title + " | " + line.grade + " |";
    QVERIFY2(docs.readAll().contains(row), row.constData());
}

QTEST_GUILESS_MAIN(FaultsTest)
#include "FaultsTest.moc"
