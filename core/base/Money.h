// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Result.h"

#include <QByteArrayView>
#include <QMetaType>

#include <compare>
#include <cstdint>
#include <optional>

namespace fairlead {

/// An amount of money in 1e-9 US dollars. Integer, so sums are exact; unknown is std::optional's nullopt,
/// never 0.
class NanoUsd
{
public:
    constexpr NanoUsd() = default;
    constexpr explicit NanoUsd(std::int64_t nano)
        : m_nano(nano)
    { }

    [[nodiscard]] constexpr std::int64_t nano() const { return m_nano; }

    constexpr auto operator<=>(const NanoUsd &) const = default;
    constexpr NanoUsd &operator+=(NanoUsd other)
    {
        m_nano += other.m_nano;
        return *this;
    }
    friend constexpr NanoUsd operator+(NanoUsd a, NanoUsd b) { return NanoUsd(a.m_nano + b.m_nano); }
    friend constexpr NanoUsd operator-(NanoUsd a, NanoUsd b) { return NanoUsd(a.m_nano - b.m_nano); }

    /// Exact decimal dollars without exponent or trailing zeros: "0.0375", "12". The form of headers, CSV and
    /// JSON.
    [[nodiscard]] QByteArray toDecimal() const;
    /// Reads exact decimal dollars ("0.0375", "-1.5", "12"). More than nine decimals, exponents and signs
    /// other than a leading minus are refused: money is never rounded on the way in.
    [[nodiscard]] static Result<NanoUsd> fromDecimal(QByteArrayView text);

private:
    std::int64_t m_nano = 0;
};

/// A price as an exact number of nano-dollars for one million units (tokens, mostly): $0.0375 a million is
/// 37,500,000. Price lists carry up to ten significant decimals, so the unit below is 1e-12 dollars a
/// million: nothing is rounded.
class UnitPrice
{
public:
    constexpr UnitPrice() = default;
    /// `picoPerMillion`: 1e-12 dollars for a million units.
    constexpr explicit UnitPrice(std::int64_t picoPerMillion)
        : m_picoPerMillion(picoPerMillion)
    { }

    [[nodiscard]] constexpr std::int64_t picoPerMillion() const { return m_picoPerMillion; }
    constexpr auto operator<=>(const UnitPrice &) const = default;

    /// Exact decimal dollars for a million units, as price pages print it.
    [[nodiscard]] QByteArray toDecimal() const;
    [[nodiscard]] static Result<UnitPrice> fromDecimal(QByteArrayView dollarsPerMillion);

private:
    std::int64_t m_picoPerMillion = 0;
};

/// A sum of units x price, kept exact (1e-18 dollars in 128 bits) until one rounding, half up, at the end.
class CostSum
{
public:
    void add(std::int64_t units, UnitPrice price);
    /// Adds an amount that is not per million (a fee for one request).
    void add(NanoUsd amount);
    [[nodiscard]] NanoUsd rounded() const;

private:
    __extension__ using Wide = __int128;
    Wide m_attoUsd = 0;
};

} // namespace fairlead

Q_DECLARE_METATYPE(fairlead::NanoUsd)
