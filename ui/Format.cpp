// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/Format.h"

#include <QCoreApplication>
#include <QDateTime>
#include <QLocale>

#include <cmath>

namespace fairlead::ui::format {

namespace {

struct Text {
    Q_DECLARE_TR_FUNCTIONS(Format)
};

constexpr std::int64_t kNanoPerDollar = 1'000'000'000;

/// Cuts a decimal fraction of nine digits to `digits`, half up.
std::int64_t roundedTo(std::int64_t nano, int digits)
{
    std::int64_t unit = 1;
    for (int i = digits; i < 9; ++i)
        unit *= 10;
    return (nano + unit / 2) / unit * unit;
}

/// Decimals that leave four significant figures of an amount below one dollar.
int decimalsBelowDollar(std::int64_t nano)
{
    int leadingZeros = 0;
    for (std::int64_t threshold = kNanoPerDollar / 10; nano < threshold && leadingZeros < 9; threshold /= 10)
        ++leadingZeros;
    return std::min(9, leadingZeros + 4);
}

QString decimal(const QLocale &locale, std::int64_t nano, int decimals)
{
    const std::int64_t rounded = roundedTo(nano, decimals);
    const QString whole = locale.toString(static_cast<qlonglong>(rounded / kNanoPerDollar));
    if (decimals == 0)
        return whole;
    const QString fraction = QStringLiteral("%1").arg(rounded % kNanoPerDollar, 9, 10, QLatin1Char('0'));
    return whole + locale.decimalPoint() + fraction.left(decimals);
}

QString dollars(std::int64_t nano, int decimals)
{
    const QString sign = nano < 0 ? QLocale().negativeSign() : QString();
    return sign + QLatin1Char('$') + decimal(QLocale(), std::abs(nano), decimals);
}

} // namespace

QString unknown()
{
    return QStringLiteral("—");
}

QString money(NanoUsd amount)
{
    const std::int64_t size = std::abs(amount.nano());
    if (size == 0)
        return QStringLiteral("$0");
    // Rounding may carry $0.99999 over the line, where cents rule.
    if (size >= kNanoPerDollar || roundedTo(size, 4) >= kNanoPerDollar)
        return dollars(amount.nano(), 2);
    return dollars(amount.nano(), decimalsBelowDollar(size));
}

QString money(std::optional<NanoUsd> amount)
{
    return amount ? money(*amount) : unknown();
}

QString exactMoney(NanoUsd amount)
{
    const QByteArray exact = amount.toDecimal();
    return QLatin1Char('$') + QString::fromLatin1(exact);
}

QString pricePerMillion(UnitPrice price)
{
    const std::int64_t nano = price.picoPerMillion() / 1000;
    const int decimals = nano % (kNanoPerDollar / 100) == 0 ? 2 : decimalsBelowDollar(nano);
    return Text::tr("%1 / M", "price for a million tokens").arg(dollars(nano, decimals));
}

QString duration(std::chrono::microseconds time)
{
    using std::chrono::milliseconds;
    const QLocale locale;
    const auto ms = std::chrono::duration_cast<milliseconds>(time + std::chrono::microseconds(500)).count();
    if (ms < 1000)
        return Text::tr("%1 ms").arg(locale.toString(static_cast<qlonglong>(ms)));
    if (ms < 59'950)
        return Text::tr("%1 s", "seconds").arg(locale.toString(static_cast<double>(ms) / 1000.0, 'f', 1));
    const auto seconds = (ms + 500) / 1000;
    return Text::tr("%1 min %2 s")
        .arg(
            locale.toString(static_cast<qlonglong>(seconds / 60)),
            locale.toString(static_cast<qlonglong>(seconds % 60)));
}

QString duration(std::optional<std::chrono::microseconds> time)
{
    return time ? duration(*time) : unknown();
}

QString tokens(std::int64_t count)
{
    const QLocale locale;
    if (count < 1000)
        return locale.toString(static_cast<qlonglong>(count));
    const double thousands = static_cast<double>(count) / 1000.0;
    if (thousands < 999.95)
        return Text::tr("%1k", "thousands").arg(locale.toString(thousands, 'f', 1));
    return Text::tr("%1M", "millions").arg(locale.toString(thousands / 1000.0, 'f', 1));
}

QString tokens(std::optional<std::int64_t> count)
{
    return count ? tokens(*count) : unknown();
}

QString exactTokens(std::int64_t count)
{
    return Text::tr("%1 tokens", "exact number").arg(QLocale().toString(static_cast<qlonglong>(count)));
}

QString tokenRate(std::optional<double> perSecond)
{
    if (!perSecond || !std::isfinite(*perSecond))
        return unknown();
    return Text::tr("%1 tok/s").arg(QLocale().toString(*perSecond, 'f', *perSecond < 9.95 ? 1 : 0));
}

QString relativeTime(qint64 unixMs, qint64 nowMs)
{
    const qint64 seconds = (nowMs - unixMs) / 1000;
    if (seconds < 0)
        return absoluteTime(unixMs);
    if (seconds < 45)
        return Text::tr("just now");
    if (seconds < 3600)
        return Text::tr("%n min ago", nullptr, static_cast<int>(std::max<qint64>(1, (seconds + 30) / 60)));
    if (seconds < 86'400)
        return Text::tr("%n h ago", nullptr, static_cast<int>(seconds / 3600));
    if (seconds < 7 * 86'400)
        return Text::tr("%n day(s) ago", nullptr, static_cast<int>(seconds / 86'400));
    return QLocale().toString(QDateTime::fromMSecsSinceEpoch(unixMs).date(), QLocale::ShortFormat);
}

QString absoluteTime(qint64 unixMs)
{
    return QLocale().toString(QDateTime::fromMSecsSinceEpoch(unixMs), QLocale::LongFormat);
}

QString count(std::int64_t number)
{
    return QLocale().toString(static_cast<qlonglong>(number));
}

} // namespace fairlead::ui::format
