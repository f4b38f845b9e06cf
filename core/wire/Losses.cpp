// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/Losses.h"

#include <algorithm>

namespace fairlead::wire {

namespace {

constexpr qsizetype kMostHeaderBytes = 1024;

QByteArray kindName(Loss::Kind kind)
{
    switch (kind) {
    case Loss::Kind::Dropped:
        return QByteArrayLiteral("dropped");
    case Loss::Kind::Renamed:
        return QByteArrayLiteral("renamed");
    case Loss::Kind::Approximated:
        return QByteArrayLiteral("approximated");
    }
    Q_UNREACHABLE();
}

} // namespace

void Losses::add(Loss loss)
{
    const auto known = std::find_if(m_losses.begin(), m_losses.end(), [&](const Loss &other) {
        return other.kind == loss.kind && other.field == loss.field;
    });
    if (known == m_losses.end())
        m_losses.push_back(std::move(loss));
    else
        known->harmless = known->harmless && loss.harmless;
}

QByteArray Losses::header() const
{
    QByteArray text;
    for (const Loss &loss : m_losses) {
        QByteArray item = kindName(loss.kind) + '=' + loss.field;
        // Field names come from the caller: nothing that could break a header line or leave ASCII.
        for (char &c : item) {
            if (c <= ' ' || c > '~' || c == ',')
                c = '_';
        }
        constexpr QByteArrayView more(", ...");
        if (text.size() + item.size() + 2 + more.size() > kMostHeaderBytes) {
            text += text.isEmpty() ? more.sliced(2) : more;
            break;
        }
        if (!text.isEmpty())
            text += ", ";
        text += item;
    }
    return text;
}

} // namespace fairlead::wire
