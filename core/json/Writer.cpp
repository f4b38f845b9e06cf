// SPDX-License-Identifier: GPL-3.0-or-later
#include "json/Writer.h"

#include "json/Text.h"

#include <charconv>
#include <cmath>

namespace fairlead::json {

Writer::Writer(qsizetype reserve)
{
    m_text.reserve(reserve);
}

void Writer::separate()
{
    if (m_needComma)
        m_text.append(',');
    m_needComma = true;
}

Writer &Writer::open(char bracket)
{
    separate();
    m_text.append(bracket);
    m_needComma = false;
    ++m_depth;
    return *this;
}

Writer &Writer::close(char bracket)
{
    Q_ASSERT(m_depth > 0);
    m_text.append(bracket);
    m_needComma = true;
    --m_depth;
    return *this;
}

Writer &Writer::beginObject()
{
    return open('{');
}

Writer &Writer::endObject()
{
    return close('}');
}

Writer &Writer::beginArray()
{
    return open('[');
}

Writer &Writer::endArray()
{
    return close(']');
}

Writer &Writer::key(QByteArrayView name)
{
    Q_ASSERT(m_depth > 0);
    separate();
    appendQuoted(m_text, name);
    m_text.append(':');
    m_needComma = false;
    return *this;
}

Writer &Writer::string(QByteArrayView utf8)
{
    separate();
    appendQuoted(m_text, utf8);
    return *this;
}

Writer &Writer::integer(std::int64_t value)
{
    separate();
    char digits[24];
    const auto result = std::to_chars(digits, digits + sizeof digits, value);
    m_text.append(digits, result.ptr - digits);
    return *this;
}

Writer &Writer::boolean(bool value)
{
    return raw(value ? QByteArrayView("true") : QByteArrayView("false"));
}

Writer &Writer::null()
{
    return raw(QByteArrayView("null"));
}

Writer &Writer::number(double value)
{
    if (!std::isfinite(value))
        return null();
    separate();
    char digits[32];
    const auto result = std::to_chars(digits, digits + sizeof digits, value);
    m_text.append(digits, result.ptr - digits);
    return *this;
}

Writer &Writer::raw(QByteArrayView json)
{
    if (json.isEmpty())
        return null();
    separate();
    m_text.append(json.data(), json.size());
    return *this;
}

QByteArray Writer::take()
{
    Q_ASSERT(m_depth == 0);
    m_needComma = false;
    m_depth = 0;
    return std::exchange(m_text, QByteArray());
}

QByteArray quoted(QByteArrayView utf8)
{
    QByteArray text;
    text.reserve(utf8.size() + 2);
    appendQuoted(text, utf8);
    return text;
}

QByteArray oneLine(QByteArray json)
{
    if (json.contains('\n') || json.contains('\r'))
        json.replace('\n', ' ').replace('\r', ' ');
    return json;
}

} // namespace fairlead::json
