// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Clock.h"
#include "base/Money.h"

#include <QByteArrayView>

#include <array>
#include <optional>
#include <vector>

namespace fairlead::routing {

/// How long a budget lasts, by this machine's calendar. Weeks begin on Monday.
enum class Period { Day, Week, Month };
inline constexpr std::array kPeriods{Period::Day, Period::Week, Period::Month};

[[nodiscard]] QByteArray periodName(Period period); ///< "day", as in the config file
[[nodiscard]] std::optional<Period> periodByName(QByteArrayView name);

/// Unix milliseconds, half open.
struct Span {
    qint64 startMs = 0;
    qint64 endMs = 0;
    [[nodiscard]] bool holds(qint64 ms) const { return ms >= startMs && ms < endMs; }
};

/// Finds the day, week and month of a time. Remembers the last ones: a calendar costs more than a request
/// may.
class Calendar
{
public:
    [[nodiscard]] const Span &span(Period period, qint64 ms);

private:
    std::array<Span, kPeriods.size()> m_last;
};

/// What somebody has spent, by day, week and month. A clock that jumps to another day and back finds what it
/// had there: the last few of each kind are kept.
class Spending
{
public:
    void add(Period period, const Span &span, NanoUsd amount);
    void forget(Period period, const Span &span);
    [[nodiscard]] NanoUsd in(Period period, const Span &span) const;

private:
    static constexpr std::size_t kKept = 4;
    struct Sum {
        qint64 startMs = 0;
        NanoUsd amount;
    };
    std::array<std::vector<Sum>, kPeriods.size()> m_sums;
};

} // namespace fairlead::routing
