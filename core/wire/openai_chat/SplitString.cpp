// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/openai_chat/SplitString.h"

#include <utility>

namespace fairlead::wire::openai_chat {

namespace {

constexpr qsizetype kEscapeLength = 6; // \ud83d

bool endsWithHighSurrogate(QByteArrayView escaped)
{
    if (escaped.size() < kEscapeLength)
        return false;
    const QByteArrayView tail = escaped.last(kEscapeLength);
    if (tail[0] != '\\' || tail[1] != 'u' || (tail[2] | 0x20) != 'd')
        return false;
    if (!QByteArrayView("89abAB").contains(tail[3]))
        return false;
    qsizetype backslashes = 1; // an even number: the last one is text, not an escape
    while (backslashes < escaped.size() - kEscapeLength + 1
           && escaped[escaped.size() - kEscapeLength - backslashes] == '\\')
        ++backslashes;
    return backslashes % 2 == 1;
}

QByteArray unescaped(const QByteArray &escaped)
{
    const auto document = json::Document::parse('"' + escaped + '"');
    return document ? document->root().stringOr({}) : QByteArray();
}

} // namespace

QByteArray SplitString::add(json::View string)
{
    if (!string.isString())
        return {};
    const QByteArrayView inner = string.raw().sliced(1).chopped(1);
    if (m_half.isEmpty() && !endsWithHighSurrogate(inner))
        return string.stringOr({});
    QByteArray escaped = std::exchange(m_half, QByteArray());
    escaped.append(inner.data(), inner.size());
    if (endsWithHighSurrogate(escaped)) {
        m_half = escaped.right(kEscapeLength);
        escaped.chop(kEscapeLength);
    }
    return unescaped(escaped);
}

QByteArray SplitString::rest()
{
    return m_half.isEmpty() ? QByteArray() : unescaped(std::exchange(m_half, QByteArray()));
}

} // namespace fairlead::wire::openai_chat
