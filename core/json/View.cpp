// SPDX-License-Identifier: GPL-3.0-or-later
#include "json/View.h"

#include "json/Text.h"

#include <algorithm>
#include <charconv>
#include <cstring>
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

/// Most names differ in their length or first letter.
inline bool isSame(QByteArrayView a, QByteArrayView b)
{
    return a.size() == b.size()
           && (a.isEmpty()
               || (a.front() == b.front()
                   && std::memcmp(a.data(), b.data(), static_cast<std::size_t>(a.size())) == 0));
}

} // namespace

View View::operator[](QByteArrayView key) const
{
    View found;
    findMembers(&key, &found, 1);
    return found;
}

bool View::means(QByteArrayView text) const
{
    const QByteArrayView own = between();
    return m_node->plain ? isSame(own, text) : json::means(own, text);
}

void View::findMembers(const QByteArrayView *keys, View *found, std::size_t count) const
{
    if (!isObject())
        return;
    const Node *const end = m_node->next();
    for (View key = firstInside(); key.m_node != end;) {
        const View value = key.next();
        const QByteArrayView name = key.between();
        const bool plain = key.m_node->plain;
        for (std::size_t i = 0; i < count; ++i) {
            if (plain ? isSame(name, keys[i]) : json::means(name, keys[i])) {
                found[i] = value;
                break;
            }
        }
        key = value.next();
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
    return m_node && m_node->size > 1;
}

qsizetype View::count() const
{
    if (!hasAny())
        return 0;
    qsizetype count = 0;
    const Node *const end = m_node->next();
    for (View inside = firstInside(); inside.m_node != end; inside = inside.next())
        ++count;
    return isObject() ? count / 2 : count;
}

MemberRange View::members() const
{
    return isObject() ? MemberRange(m_text, m_node + 1, m_node->next())
                      : MemberRange(nullptr, nullptr, nullptr);
}

ElementRange View::elements() const
{
    return isArray() ? ElementRange(firstInside(), next()) : ElementRange({}, {});
}

std::optional<QByteArray> View::string() const
{
    if (!isString())
        return std::nullopt;
    if (m_node->plain)
        return between().toByteArray();
    QByteArray text;
    text.reserve(between().size());
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
    return isString() && means(text);
}

std::optional<std::int64_t> View::integer() const
{
    if (!isNumber())
        return std::nullopt;
    if (const auto value = toInteger(raw()))
        return value;
    constexpr std::int64_t mostDigits = std::numeric_limits<std::int64_t>::digits10 + 1;
    const Decimal decimal = parseDecimal(raw());
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
    if (std::from_chars(raw().begin(), raw().end(), value).ec == std::errc())
        return value;
    // Out of range: too large has no double, too small is nearest to zero.
    const Decimal decimal = parseDecimal(raw());
    if (decimal.magnitude() > 0)
        return std::nullopt;
    return decimal.negative ? -0.0 : 0.0;
}

std::optional<bool> View::boolean() const
{
    if (kind() != Kind::Bool)
        return std::nullopt;
    return raw().front() == 't';
}

MemberRange::Iterator::Iterator(const char *text, const Node *key, const Node *end)
    : m_text(text)
    , m_key(key)
    , m_end(end)
{
    read();
}

MemberRange::Iterator &MemberRange::Iterator::operator++()
{
    m_key = m_current.value.next().m_node;
    read();
    return *this;
}

void MemberRange::Iterator::read()
{
    if (m_key == m_end)
        return;
    const View name(m_text, m_key);
    QByteArray &key = m_current.key;
    if (key.isDetached())
        key.resize(0);
    else
        key = QByteArray();
    key.reserve(name.between().size());
    appendUnescaped(key, name.between());
    m_current.value = name.next();
}

} // namespace fairlead::json
