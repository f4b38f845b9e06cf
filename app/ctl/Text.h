// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Money.h"

#include <QByteArray>

#include <chrono>
#include <optional>

/// Figures as a terminal shows them, the same in every locale. What is not known is "—", never 0.
namespace fairlead::app::text {

[[nodiscard]] QByteArray unknown();
/// To the cent from $1 up, four significant figures below: "$12.30", "$0.006120", "$0".
[[nodiscard]] QByteArray money(std::optional<NanoUsd> amount);
/// Dollars for a million, every digit: "$2.50", "$0.0375".
[[nodiscard]] QByteArray price(std::optional<UnitPrice> price);
/// "840 µs", "92 ms", "1.3 s", "2 min 5 s".
[[nodiscard]] QByteArray duration(std::optional<std::chrono::microseconds> time);
/// "980", "12,345".
[[nodiscard]] QByteArray count(std::optional<std::int64_t> number);
/// "71 tok/s", "8.4 tok/s".
[[nodiscard]] QByteArray tokenRate(std::optional<double> perSecond);
/// Local time: "2026-11-22 13:46:52"; "—" for 0.
[[nodiscard]] QByteArray time(qint64 unixMs);

} // namespace fairlead::app::text
