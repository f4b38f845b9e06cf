// SPDX-License-Identifier: GPL-3.0-or-later
#include "routing/Budget.h"

#include <QDateTime>

#include <algorithm>

namespace fairlead::routing {

namespace {

QDate firstDay(Period period, QDate day)
{
    switch (period) {
    case Period::Day:
        return day;
    case Period::Week:
        return day.addDays(1 - day.dayOfWeek());
    case Period::Month:
        return QDate(day.year(), day.month(), 1);
    }
    Q_UNREACHABLE();
}

QDate nextFirstDay(Period period, QDate first)
{
    switch (period) {
    case Period::Day:
        return first.addDays(1);
    case Period::Week:
        return first.addDays(7);
    case Period::Month:
        return first.addMonths(1);
    }
    Q_UNREACHABLE();
}

} // namespace

QByteArray periodName(Period period)
{
    switch (period) {
    case Period::Day:
        return QByteArrayLiteral("day");
    case Period::Week:
        return QByteArrayLiteral("week");
    case Period::Month:
        return QByteArrayLiteral("month");
    }
    Q_UNREACHABLE();
}

std::optional<Period> periodByName(QByteArrayView name)
{
    for (const Period period : kPeriods) {
        if (periodName(period) == name)
            return period;
    }
    return std::nullopt;
}

const Span &Calendar::span(Period period, qint64 ms)
{
    Span &last = m_last[static_cast<std::size_t>(period)];
    if (!last.holds(ms)) {
        const QDate first = firstDay(period, QDateTime::fromMSecsSinceEpoch(ms).date());
        // Where a day begins is the zone's business: some begin at one o'clock when summer time does.
        last.startMs = first.startOfDay().toMSecsSinceEpoch();
        last.endMs = nextFirstDay(period, first).startOfDay().toMSecsSinceEpoch();
    }
    return last;
}

void Spending::add(Period period, const Span &span, NanoUsd amount)
{
    auto &sums = m_sums[static_cast<std::size_t>(period)];
    const auto found
        = std::find_if(sums.begin(), sums.end(), [&](const Sum &sum) { return sum.startMs == span.startMs; });
    if (found != sums.end()) {
        found->amount += amount;
        return;
    }
    if (sums.size() == kKept)
        sums.erase(sums.begin());
    sums.push_back(Sum{span.startMs, amount});
}

void Spending::forget(Period period, const Span &span)
{
    std::erase_if(m_sums[static_cast<std::size_t>(period)], [&](const Sum &sum) {
        return sum.startMs == span.startMs;
    });
}

NanoUsd Spending::in(Period period, const Span &span) const
{
    for (const Sum &sum : m_sums[static_cast<std::size_t>(period)]) {
        if (sum.startMs == span.startMs)
            return sum.amount;
    }
    return NanoUsd();
}

} // namespace fairlead::routing
