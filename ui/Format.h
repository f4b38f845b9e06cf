// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Money.h"

#include <QString>

#include <chrono>
#include <cstdint>
#include <optional>

/// The one place where numbers become words: money, durations, tokens, rates and times, by the user's locale.
/// What is not known is unknown(), never 0; the widget that shows it says why on hover.
namespace fairlead::ui::format {

[[nodiscard]] QString unknown(); ///< "—"

/// To the cent from $1 up, to four significant figures below, never in exponents: "$12.30", "$0.006120",
/// "$0".
[[nodiscard]] QString money(NanoUsd amount);
[[nodiscard]] QString money(std::optional<NanoUsd> amount);
/// Every digit there is, for tips: "$0.0061204".
[[nodiscard]] QString exactMoney(NanoUsd amount);
/// A price as price lists write it: "$2.50 / M".
[[nodiscard]] QString pricePerMillion(UnitPrice price);

/// "840 ms", "1.2 s", "2 min 5 s".
[[nodiscard]] QString duration(std::chrono::microseconds time);
[[nodiscard]] QString duration(std::optional<std::chrono::microseconds> time);

/// "980", "12.3k", "1.2M".
[[nodiscard]] QString tokens(std::int64_t count);
[[nodiscard]] QString tokens(std::optional<std::int64_t> count);
/// "12,345 tokens", for tips.
[[nodiscard]] QString exactTokens(std::int64_t count);

/// "71 tok/s", "8.4 tok/s".
[[nodiscard]] QString tokenRate(std::optional<double> perSecond);

/// "just now", "3 min ago", "yesterday" ...; the absolute time belongs in the tip.
[[nodiscard]] QString relativeTime(qint64 unixMs, qint64 nowMs);
[[nodiscard]] QString absoluteTime(qint64 unixMs);

/// "340", "1,204": a count by locale.
[[nodiscard]] QString count(std::int64_t number);

} // namespace fairlead::ui::format
