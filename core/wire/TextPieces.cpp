// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/TextPieces.h"

#include <QByteArrayView>

namespace fairlead::wire {

namespace {

/// How many bytes at the end begin a character that is not there in full (RFC 3629).
qsizetype incompleteTail(QByteArrayView text)
{
    for (qsizetype length = 1; length <= 3 && length <= text.size(); ++length) {
        const auto byte = static_cast<unsigned char>(text[text.size() - length]);
        if ((byte & 0xC0) == 0x80)
            continue; // a continuation: its lead is further left
        const qsizetype needed = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : byte >= 0xC0 ? 2 : 1;
        return needed > length ? length : 0;
    }
    return 0;
}

} // namespace

QByteArray TextPieces::add(const QByteArray &text)
{
    const qsizetype incomplete = incompleteTail(text);
    if (m_tail.isEmpty() && incomplete == 0)
        return text;
    QByteArray joined = m_tail + text;
    const qsizetype tail = incompleteTail(joined);
    m_tail = joined.right(tail);
    joined.chop(tail);
    return joined;
}

} // namespace fairlead::wire
