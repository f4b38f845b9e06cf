// SPDX-License-Identifier: GPL-3.0-or-later
#include "json/View.h"

#include "json/Scan.h"
#include "json/Text.h"

#include <algorithm>
#include <charconv>
#include <limits>

namespace fairlead::json {

namespace {

/// A JSON number as sign, significant digits and a power of ten.
struct Decimal {
    bool negative = false;
    QByteArray digits; ///< no zeros at either end; empty for zero
    std::int64_t exponent = 0;

    /// Where the first digit stands relative to the decimal point: 1 for 1 to 9.99.
    [[nodiscard]] std::int64_t magnitude() const { return digits.size() + exponent; }
};

/// An exponent too long for an int64 is as good as the largest: no text is long enough to make up for it.
std::int64_t parseExponent(QByteArrayView text)
{
    constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max() / 2;
    const bool negative = text.startsWith('-');
    if (negative || text.startsWith('+'))
        text = text.sliced(1);
    std::int64_t value = 0;
    for (const char c : text) {
        if (value < most / 10)
            value = value * 10 + (c - '0');
        else
            value = most;
    }
    return negative ? -value : value;
}

Decimal parseDecimal(QByteArrayView text)
{
    Decimal decimal;
    bool inFraction = false;
    for (const char *at = text.begin(); at != text.end(); ++at) {
        if (*at == '-') {
            decimal.negative = true;
        } else if (*at == '.') {
            inFraction = true;
        } else if (*at == 'e' || *at == 'E') {
            decimal.exponent += parseExponent(QByteArrayView(at + 1, text.end()));
            break;
        } else {
            decimal.exponent -= inFraction ? 1 : 0;
            if (*at != '0' || !decimal.digits.isEmpty())
                decimal.digits.append(*at);
        }
    }
    const auto significant
        = std::find_if(decimal.digits.crbegin(), decimal.digits.crend(), [](char c) { return c != '0'; });
    const auto zeros = significant - decimal.digits.crbegin();
    decimal.digits.chop(zeros);
    decimal.exponent += zeros;
    return decimal;
}

std::optional<std::int64_t> toInteger(QByteArrayView text)
{
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.begin(), text.end(), value);
    if (error == std::errc() && end == text.end())
        return value;
    return std::nullopt;
}

} // namespace

View::View(QByteArrayView raw)
    : m_raw(raw)
    , m_kind(kindOf(raw.front()))
{ }

View View::operator[](QByteArrayView key) const
{
    View found;
    findMembers(&key, &found, 1);
    return found;
}

void View::findMembers(const QByteArrayView *keys, View *found, std::size_t count) const
{
    if (!isObject())
        return;
    const char *at = m_raw.begin() + 1;
    for (RawMember member; readMember(at, m_raw.end(), member);) {
        for (std::size_t i = 0; i < count; ++i) {
            if (member.isNamed(keys[i]))
                found[i] = View(member.text());
        }
    }
}

View View::at(qsizetype index) const
{
    if (index < 0)
        return {};
    for (const View element : elements()) {
        if (index-- == 0)
            return element;
    }
    return {};
}

bool View::hasAny() const
{
    if (!isObject() && !isArray())
        return false;
    const char *const inside = m_raw.begin() + 1;
    return skipSpace(inside, m_raw.end()) != m_raw.end() - 1;
}

qsizetype View::count() const
{
    qsizetype count = 0;
    if (isObject()) {
        const char *at = m_raw.begin() + 1;
        for (RawMember member; readMember(at, m_raw.end(), member);)
            ++count;
    } else if (isArray()) {
        const char *at = m_raw.begin() + 1;
        for (QByteArrayView element; readElement(at, m_raw.end(), element);)
            ++count;
    }
    return count;
}

MemberRange View::members() const
{
    return MemberRange(isObject() ? m_raw : QByteArrayView());
}

ElementRange View::elements() const
{
    return ElementRange(isArray() ? m_raw : QByteArrayView());
}

std::optional<QByteArray> View::string() const
{
    if (!isString())
        return std::nullopt;
    QByteArray text;
    text.reserve(m_raw.size());
    appendUnescaped(text, between());
    return text;
}

QByteArray View::stringOr(QByteArrayView fallback) const
{
    if (auto text = string())
        return *std::move(text);
    return fallback.toByteArray();
}

bool View::equals(QByteArrayView text) const
{
    return isString() && means(between(), text);
}

std::optional<std::int64_t> View::integer() const
{
    if (!isNumber())
        return std::nullopt;
    if (const auto value = toInteger(m_raw))
        return value;
    constexpr std::int64_t mostDigits = std::numeric_limits<std::int64_t>::digits10 + 1;
    const Decimal decimal = parseDecimal(m_raw);
    if (decimal.digits.isEmpty())
        return 0;
    if (decimal.exponent < 0 || decimal.magnitude() > mostDigits)
        return std::nullopt;
    QByteArray whole = decimal.negative ? QByteArray("-") : QByteArray();
    whole += decimal.digits;
    whole += QByteArray(static_cast<qsizetype>(decimal.exponent), '0');
    return toInteger(whole);
}

std::optional<double> View::number() const
{
    if (!isNumber())
        return std::nullopt;
    double value = 0;
    if (std::from_chars(m_raw.begin(), m_raw.end(), value).ec == std::errc())
        return value;
    // Out of range: too large has no double, too small is nearest to zero.
    const Decimal decimal = parseDecimal(m_raw);
    if (decimal.magnitude() > 0)
        return std::nullopt;
    return decimal.negative ? -0.0 : 0.0;
}

std::optional<bool> View::boolean() const
{
    if (m_kind != Kind::Bool)
        return std::nullopt;
    return m_raw.front() == 't';
}

MemberRange::Iterator MemberRange::begin() const
{
    Iterator first;
    if (!m_object.isEmpty()) {
        first.m_at = m_object.begin() + 1;
        first.m_end = m_object.end();
        ++first;
    }
    return first;
}

MemberRange::Iterator &MemberRange::Iterator::operator++()
{
    RawMember member;
    if (!readMember(m_at, m_end, member))
        return *this;
    QByteArray &key = m_current.key;
    if (key.isDetached())
        key.resize(0);
    else
        key = QByteArray();
    key.reserve(member.key.size());
    appendUnescaped(key, member.key);
    m_current.value = View(member.text());
    return *this;
}

ElementRange::Iterator ElementRange::begin() const
{
    Iterator first;
    if (!m_array.isEmpty()) {
        first.m_at = m_array.begin() + 1;
        first.m_end = m_array.end();
        ++first;
    }
    return first;
}

ElementRange::Iterator &ElementRange::Iterator::operator++()
{
    if (QByteArrayView element; readElement(m_at, m_end, element))
        m_current = View(element);
    return *this;
}

} // namespace fairlead::json
