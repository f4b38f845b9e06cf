// SPDX-License-Identifier: GPL-3.0-or-later
#include "routing/HedgeBudget.h"

#include <QDateTime>

#include <algorithm>

namespace fairlead::routing {

namespace {

constexpr int kLongestPeriod = 31;

QDate dateOf(qint64 unixMs)
{
    return QDateTime::fromMSecsSinceEpoch(unixMs).date();
}

QDate firstOf(const QByteArray &period, QDate today)
{
    if (period == "month")
        return QDate(today.year(), today.month(), 1);
    return period == "week" ? today.addDays(1 - today.dayOfWeek()) : today;
}

} // namespace

HedgeBudget::HedgeBudget(Clock &clock)
    : m_clock(clock)
{ }

QDate HedgeBudget::today() const
{
    return dateOf(toUnixMs(m_clock.wall()));
}

bool HedgeBudget::take(const QByteArray &route, const config::Hedge &hedge, NanoUsd amount)
{
    if (spent(route, hedge) + amount > hedge.mostUsd)
        return false;
    add(route, today(), amount);
    return true;
}

void HedgeBudget::settle(const QByteArray &route, NanoUsd taken, NanoUsd truth)
{
    add(route, today(), truth - taken);
}

NanoUsd HedgeBudget::spent(const QByteArray &route, const config::Hedge &hedge)
{
    const QDate from = firstOf(hedge.per, today());
    NanoUsd sum(0);
    const auto it = m_days.constFind(route);
    if (it == m_days.cend())
        return sum;
    for (const Day &day : *it) {
        if (day.date >= from)
            sum = sum + day.amount;
    }
    return sum;
}

void HedgeBudget::warm(const QByteArray &route, qint64 startedMs, NanoUsd amount)
{
    add(route, dateOf(startedMs), amount);
}

void HedgeBudget::add(const QByteArray &route, QDate date, NanoUsd amount)
{
    std::vector<Day> &days = m_days[route];
    const QDate oldest = today().addDays(-kLongestPeriod);
    std::erase_if(days, [oldest](const Day &day) { return day.date < oldest; });
    const auto found
        = std::find_if(days.begin(), days.end(), [date](const Day &day) { return day.date == date; });
    if (found != days.end())
        found->amount = found->amount + amount;
    else
        days.push_back(Day{date, amount});
}

} // namespace fairlead::routing
