// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Clock.h"
#include "base/Money.h"
#include "config/RouteConfig.h"

#include <QDate>
#include <QHash>

namespace fairlead::routing {

/// What second tries have cost each route within the running day, week or month (by this machine's calendar).
/// Taken before, by estimate, and put right after.
class HedgeBudget
{
public:
    explicit HedgeBudget(Clock &clock);

    /// Takes the amount if it still fits under the route's cap.
    [[nodiscard]] bool take(const QByteArray &route, const config::Hedge &hedge, NanoUsd amount);
    /// What was taken was in truth that.
    void settle(const QByteArray &route, NanoUsd taken, NanoUsd truth);
    [[nodiscard]] NanoUsd spent(const QByteArray &route, const config::Hedge &hedge);
    /// What the ledger remembers; for the start.
    void warm(const QByteArray &route, qint64 startedMs, NanoUsd amount);

private:
    struct Day {
        QDate date;
        NanoUsd amount;
    };

    [[nodiscard]] QDate today() const;
    void add(const QByteArray &route, QDate date, NanoUsd amount);

    Clock &m_clock;
    QHash<QByteArray, std::vector<Day>> m_days; ///< by route: a month of them at most
};

} // namespace fairlead::routing
