// SPDX-License-Identifier: GPL-3.0-or-later
#include "routing/LedgerSamples.h"

#include <QTest>

using namespace fairlead;
using namespace fairlead::routing;
using namespace std::chrono_literals;
using metering::AttemptRecord;
using metering::LedgerRecord;

namespace {

AttemptRecord attempt(const QByteArray &provider, const QByteArray &failureClass, milliseconds after)
{
    AttemptRecord made;
    made.provider = provider;
    made.model = "m-" + provider;
    made.failureClass = failureClass;
    made.startedAfter = after;
    made.total = 2s;
    return made;
}

LedgerRecord record(std::vector<AttemptRecord> attempts)
{
    LedgerRecord made;
    made.startedMs = 1'000'000;
    made.streamed = true;
    made.firstReasoning = 3500ms;
    made.firstText = 4000ms;
    made.total = 6s;
    made.attempts = std::move(attempts);
    return made;
}

} // namespace

class LedgerSamplesTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void tellsWhoServedHowFast()
    {
        const auto samples = samplesOf({record({attempt("a", "overloaded", 0ms), attempt("b", {}, 3000ms)})});
        QCOMPARE(samples.size(), std::size_t(2));
        QVERIFY(samples[0].failed && !samples[0].firstToken);
        QCOMPARE(samples[0].provider, QByteArray("a"));
        QCOMPARE(samples[1].model, QByteArray("m-b"));
        QVERIFY(!samples[1].failed);
        QVERIFY(samples[1].firstToken == 500ms); // since its own attempt began
        QCOMPARE(toUnixMs(samples[1].finished), qint64(1'005'000));
    }

    void leavesOutWhatIsNotTheTargetsFault_data()
    {
        QTest::addColumn<QByteArray>("failureClass");
        for (const char *name : {"credential", "caller_fault", "cancelled", "content_policy", "no such"})
            QTest::newRow(name) << QByteArray(name);
    }
    void leavesOutWhatIsNotTheTargetsFault()
    {
        QFETCH(QByteArray, failureClass);
        QVERIFY(samplesOf({record({attempt("a", failureClass, 0ms)})}).empty());
    }

    void leavesOutAnswersThatWereNotWhole()
    {
        LedgerRecord cancelled = record({attempt("a", {}, 0ms)});
        cancelled.status = LedgerRecord::Status::Cancelled;
        QVERIFY(samplesOf({cancelled}).empty());
    }

    void aWholeAnswerHasNoFirstToken()
    {
        LedgerRecord whole = record({attempt("a", {}, 0ms)});
        whole.streamed = false;
        QVERIFY(!samplesOf({whole}).front().firstToken);
    }
};

QTEST_GUILESS_MAIN(LedgerSamplesTest)
#include "LedgerSamplesTest.moc"
