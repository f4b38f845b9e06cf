// SPDX-License-Identifier: GPL-3.0-or-later
#include "routing/Budget.h"

#include <QDateTime>
#include <QTest>

using namespace fairlead;
using namespace fairlead::routing;

namespace {

qint64 at(const char *local)
{
    return QDateTime::fromString(QString::fromLatin1(local), Qt::ISODate).toMSecsSinceEpoch();
}

} // namespace

class BudgetTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    // A zone with summer time, whatever the machine's is.
    void initTestCase()
    {
        qputenv("TZ", "Europe/Berlin");
        tzset();
    }

    void findsPeriodsOfTheCalendar_data()
    {
        QTest::addColumn<int>("period");
        QTest::addColumn<QByteArray>("now");
        QTest::addColumn<QByteArray>("start");
        QTest::addColumn<QByteArray>("end");
        const auto row
            = [](const char *name, Period period, const char *now, const char *start, const char *end) {
                  QTest::newRow(name)
                      << static_cast<int>(period) << QByteArray(now) << QByteArray(start) << QByteArray(end);
              };
        row("day", Period::Day, "2026-11-22T23:59:59", "2026-11-22T00:00:00", "2026-11-23T00:00:00");
        row("first moment", Period::Day, "2026-11-23T00:00:00", "2026-11-23T00:00:00", "2026-11-24T00:00:00");
        row("the long day", Period::Day, "2026-10-25T12:00:00", "2026-10-25T00:00:00", "2026-10-26T00:00:00");
        row("a Sunday's week", Period::Week, "2026-11-22T12:00:00", "2026-11-16T00:00:00",
            "2026-11-23T00:00:00");
        row("a Monday's week", Period::Week, "2026-11-23T00:00:00", "2026-11-23T00:00:00",
            "2026-11-30T00:00:00");
        row("month", Period::Month, "2026-12-31T23:00:00", "2026-12-01T00:00:00", "2027-01-01T00:00:00");
        row("February", Period::Month, "2028-02-29T01:00:00", "2028-02-01T00:00:00", "2028-03-01T00:00:00");
    }
    void findsPeriodsOfTheCalendar()
    {
        QFETCH(int, period);
        QFETCH(QByteArray, now);
        QFETCH(QByteArray, start);
        QFETCH(QByteArray, end);
        Calendar calendar;
        const Span span = calendar.span(static_cast<Period>(period), at(now.constData()));
        QCOMPARE(span.startMs, at(start.constData()));
        QCOMPARE(span.endMs, at(end.constData()));
        QVERIFY(span.holds(at(now.constData())));
    }

    void theLongDayIsLonger()
    {
        Calendar calendar;
        const Span span = calendar.span(Period::Day, at("2026-10-25T12:00:00"));
        QCOMPARE(span.endMs - span.startMs, qint64(25) * 3'600'000);
    }

    void aClockThatJumpsAndComesBackFindsItsDay()
    {
        Calendar calendar;
        Spending spending;
        const qint64 today = at("2026-11-22T12:00:00");
        const qint64 tomorrow = at("2026-11-23T12:00:00");
        spending.add(Period::Day, calendar.span(Period::Day, today), NanoUsd(700));
        QCOMPARE(spending.in(Period::Day, calendar.span(Period::Day, tomorrow)), NanoUsd(0));
        spending.add(Period::Day, calendar.span(Period::Day, tomorrow), NanoUsd(5));
        QCOMPARE(spending.in(Period::Day, calendar.span(Period::Day, today)), NanoUsd(700));
        QCOMPARE(spending.in(Period::Week, calendar.span(Period::Week, today)), NanoUsd(0));
    }

    void namesGoBothWays()
    {
        for (const Period period : kPeriods)
            QVERIFY(periodByName(periodName(period)) == period);
        QVERIFY(!periodByName("year"));
    }
};

QTEST_GUILESS_MAIN(BudgetTest)
#include "BudgetTest.moc"
