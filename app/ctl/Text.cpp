// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/Text.h"

#include <QDateTime>

#include <cmath>
#include <cstdlib>

namespace fairlead::app::text {

namespace {

constexpr std::int64_t kNanoPerDollar = 1'000'000'000;
constexpr int kNanoDecimals = 9;

/// Cut to `decimals`, half up.
QByteArray dollars(std::int64_t nano, int decimals)
{
    std::int64_t unit = 1;
    for (int i = decimals; i < kNanoDecimals; ++i)
        unit *= 10;
    const std::int64_t rounded = (std::abs(nano) + unit / 2) / unit * unit;
    const QByteArray fraction
        = QByteArray::number(static_cast<qlonglong>(rounded % kNanoPerDollar)).rightJustified(9, '0');
    return QByteArray(nano < 0 ? "-$" : "$") + count(rounded / kNanoPerDollar) + '.'
           + fraction.left(decimals);
}

} // namespace

QByteArray unknown()
{
    return "—";
}

QByteArray money(std::optional<NanoUsd> amount)
{
    if (!amount)
        return unknown();
    const std::int64_t size = std::abs(amount->nano());
    if (size == 0)
        return "$0";
    constexpr std::int64_t kRoundsToDollar = kNanoPerDollar - 50'000;
    if (size >= kRoundsToDollar)
        return dollars(amount->nano(), 2);
    int decimals = 4;
    for (std::int64_t threshold = kNanoPerDollar / 10; size < threshold && decimals < kNanoDecimals;
         threshold /= 10)
        ++decimals;
    return dollars(amount->nano(), decimals);
}

QByteArray price(std::optional<UnitPrice> price)
{
    if (!price)
        return unknown();
    QByteArray exact = price->toDecimal();
    const auto point = exact.indexOf('.');
    if (point < 0)
        exact += ".00";
    else if (exact.size() - point == 2)
        exact += '0';
    return '$' + exact;
}

QByteArray duration(std::optional<std::chrono::microseconds> time)
{
    if (!time)
        return unknown();
    const std::int64_t us = time->count();
    if (us < 1000)
        return QByteArray::number(static_cast<qlonglong>(us)) + " µs";
    const std::int64_t ms = (us + 500) / 1000;
    if (ms < 1000)
        return QByteArray::number(static_cast<qlonglong>(ms)) + " ms";
    if (ms < 59'950)
        return QByteArray::number(static_cast<double>(ms) / 1000.0, 'f', 1) + " s";
    const std::int64_t seconds = (ms + 500) / 1000;
    return QByteArray::number(static_cast<qlonglong>(seconds / 60)) + " min "
           + QByteArray::number(static_cast<qlonglong>(seconds % 60)) + " s";
}

QByteArray count(std::optional<std::int64_t> number)
{
    if (!number)
        return unknown();
    QByteArray digits = QByteArray::number(static_cast<qlonglong>(*number));
    const qsizetype first = *number < 0 ? 1 : 0;
    for (qsizetype at = digits.size() - 3; at > first; at -= 3)
        digits.insert(at, ',');
    return digits;
}

QByteArray tokenRate(std::optional<double> perSecond)
{
    if (!perSecond || !std::isfinite(*perSecond))
        return unknown();
    return QByteArray::number(*perSecond, 'f', *perSecond < 10 ? 1 : 0) + " tok/s";
}

QByteArray time(qint64 unixMs)
{
    if (unixMs == 0)
        return unknown();
    return QDateTime::fromMSecsSinceEpoch(unixMs).toString(QStringLiteral("yyyy-MM-dd HH:mm:ss")).toLatin1();
}

} // namespace fairlead::app::text
