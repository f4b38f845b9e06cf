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

void Losses::add(Loss::Kind kind, QByteArray field, QByteArray note)
{
    const bool known = std::any_of(m_losses.begin(), m_losses.end(), [&](const Loss &loss) {
        return loss.kind == kind && loss.field == field;
    });
    if (known)
        return;
    Loss loss;
    loss.kind = kind;
    loss.field = std::move(field);
    loss.note = std::move(note);
    m_losses.push_back(std::move(loss));
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
