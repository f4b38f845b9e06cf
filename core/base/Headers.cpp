// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/Headers.h"

#include <algorithm>

namespace fairlead {

bool equalLettersIgnoringCase(const char *a, const char *b, qsizetype size)
{
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; };
    for (qsizetype i = 0; i < size; ++i) {
        if (a[i] != b[i] && lower(a[i]) != lower(b[i]))
            return false;
    }
    return true;
}

std::optional<QByteArray> Headers::get(QByteArrayView name) const
{
    for (const auto &[key, value] : m_fields) {
        if (equalsIgnoringCase(key, name))
            return value;
    }
    return std::nullopt;
}

bool Headers::contains(QByteArrayView name) const
{
    return std::any_of(m_fields.begin(), m_fields.end(), [&](const Field &field) {
        return equalsIgnoringCase(field.first, name);
    });
}

qsizetype Headers::count(QByteArrayView name) const
{
    return std::count_if(m_fields.begin(), m_fields.end(), [&](const Field &field) {
        return equalsIgnoringCase(field.first, name);
    });
}

void Headers::set(const QByteArray &name, QByteArray value)
{
    remove(name);
    add(name, std::move(value));
}

void Headers::remove(QByteArrayView name)
{
    std::erase_if(m_fields, [&](const Field &field) { return equalsIgnoringCase(field.first, name); });
}

} // namespace fairlead
