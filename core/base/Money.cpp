// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/Money.h"

#include <limits>

namespace fairlead {

namespace {

constexpr std::int64_t kNanoPerUsd = 1'000'000'000;
constexpr std::int64_t kPicoPerUsd = 1'000'000'000'000;

QByteArray formatDecimal(std::int64_t value, std::int64_t unit, int decimals)
{
    const bool negative = value < 0;
    // Unsigned, so that the smallest integer has a magnitude too.
    const std::uint64_t magnitude
        = negative ? 0 - static_cast<std::uint64_t>(value) : static_cast<std::uint64_t>(value);
    QByteArray fraction
        = QByteArray::number(static_cast<qulonglong>(magnitude % static_cast<std::uint64_t>(unit)));
    fraction = fraction.rightJustified(decimals, '0');
    while (fraction.endsWith('0'))
        fraction.chop(1);

    QByteArray text;
    if (negative)
        text += '-';
    text += QByteArray::number(static_cast<qulonglong>(magnitude / static_cast<std::uint64_t>(unit)));
    if (!fraction.isEmpty())
        text += '.' + fraction;
    return text;
}

Result<std::int64_t> parseDecimal(QByteArrayView text, int decimals)
{
    const auto refuse = [&] {
        return fail(
            ErrorKind::Invalid, "\"" + text.toByteArray() + "\" is not an amount of dollars with at most "
                                    + QByteArray::number(decimals) + " decimals, such as 0.0375");
    };

    qsizetype i = 0;
    const bool negative = !text.isEmpty() && text[0] == '-';
    if (negative)
        ++i;
    if (i == text.size())
        return refuse();

    std::int64_t value = 0;
    int digitsAfterPoint = -1;
    bool anyDigit = false;
    for (; i < text.size(); ++i) {
        const char c = text[i];
        if (c == '.' && digitsAfterPoint < 0 && anyDigit) {
            digitsAfterPoint = 0;
            continue;
        }
        if (c < '0' || c > '9')
            return refuse();
        anyDigit = true;
        if (digitsAfterPoint >= decimals) {
            if (c != '0')
                return refuse();
            continue;
        }
        if (digitsAfterPoint >= 0)
            ++digitsAfterPoint;
        if (__builtin_mul_overflow(value, std::int64_t{10}, &value)
            || __builtin_add_overflow(value, std::int64_t{c - '0'}, &value))
            return refuse();
    }
    if (digitsAfterPoint == 0)
        return refuse();
    for (int k = digitsAfterPoint < 0 ? 0 : digitsAfterPoint; k < decimals; ++k) {
        if (__builtin_mul_overflow(value, std::int64_t{10}, &value))
            return refuse();
    }
    return negative ? -value : value;
}

} // namespace

QByteArray NanoUsd::toDecimal() const
{
    return formatDecimal(m_nano, kNanoPerUsd, 9);
}

Result<NanoUsd> NanoUsd::fromDecimal(QByteArrayView text)
{
    return parseDecimal(text, 9).map([](std::int64_t nano) { return NanoUsd(nano); });
}

QByteArray UnitPrice::toDecimal() const
{
    return formatDecimal(m_picoPerMillion, kPicoPerUsd, 12);
}

Result<UnitPrice> UnitPrice::fromDecimal(QByteArrayView dollarsPerMillion)
{
    return parseDecimal(dollarsPerMillion, 12).map([](std::int64_t pico) { return UnitPrice(pico); });
}

void CostSum::add(std::int64_t units, UnitPrice price)
{
    // 1e-12 dollars a million units = 1e-18 dollars a unit.
    m_attoUsd += static_cast<Wide>(units) * price.picoPerMillion();
}

void CostSum::add(NanoUsd amount)
{
    m_attoUsd += static_cast<Wide>(amount.nano()) * kNanoPerUsd;
}

NanoUsd CostSum::rounded() const
{
    const Wide half = kNanoPerUsd / 2;
    const Wide shifted = m_attoUsd >= 0 ? m_attoUsd + half : m_attoUsd - half;
    return NanoUsd(static_cast<std::int64_t>(shifted / kNanoPerUsd));
}

} // namespace fairlead
