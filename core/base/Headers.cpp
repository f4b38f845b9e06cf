// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/Headers.h"

#include <algorithm>

namespace fairlead {

bool equalsIgnoringCase(QByteArrayView a, QByteArrayView b)
{
    return a.size() == b.size() && a.compare(b, Qt::CaseInsensitive) == 0;
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
