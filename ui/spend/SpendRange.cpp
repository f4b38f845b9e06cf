// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/spend/SpendRange.h"

#include <QCoreApplication>
#include <QDateTime>
#include <QLocale>

#include <algorithm>

namespace fairlead::ui {

namespace {

struct Text {
    Q_DECLARE_TR_FUNCTIONS(SpendRange)
};

constexpr qint64 kHourMs = 3'600'000;

qint64 startOf(const QDate &day)
{
    return day.startOfDay().toMSecsSinceEpoch();
}

std::vector<SpendBucket> hoursOf(const QDate &day)
{
    std::vector<SpendBucket> buckets;
    const qint64 end = startOf(day.addDays(1));
    for (qint64 from = startOf(day); from < end; from += kHourMs) {
        const QTime time = QDateTime::fromMSecsSinceEpoch(from).time();
        buckets.push_back(
            {{from, std::min(from + kHourMs, end)}, QLocale().toString(time, QLocale::ShortFormat)});
    }
    return buckets;
}

} // namespace

QString rangeWords(SpendRange range)
{
    switch (range) {
    case SpendRange::Today:
        return Text::tr("Today");
    case SpendRange::SevenDays:
        return Text::tr("7 days");
    case SpendRange::ThirtyDays:
        return Text::tr("30 days");
    case SpendRange::ThisMonth:
        return Text::tr("This month");
    }
    Q_UNREACHABLE();
}

std::vector<SpendBucket> bucketsOf(SpendRange range, const QDate &today)
{
    if (range == SpendRange::Today)
        return hoursOf(today);
    const QDate first = range == SpendRange::SevenDays    ? today.addDays(-6)
                        : range == SpendRange::ThirtyDays ? today.addDays(-29)
                                                          : QDate(today.year(), today.month(), 1);
    std::vector<SpendBucket> buckets;
    for (QDate day = first; day <= today; day = day.addDays(1)) {
        const QString label = QLocale().toString(day, Text::tr("d MMM", "day and month under a bar"));
        buckets.push_back({{startOf(day), startOf(day.addDays(1))}, label});
    }
    return buckets;
}

storage::TimeRange wholeOf(const std::vector<SpendBucket> &buckets)
{
    if (buckets.empty())
        return {};
    return {buckets.front().range.fromMs, buckets.back().range.toMs};
}

} // namespace fairlead::ui
