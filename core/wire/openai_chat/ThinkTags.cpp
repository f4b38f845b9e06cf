// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/openai_chat/ThinkTags.h"

#include <QByteArrayView>

#include <algorithm>
#include <utility>

namespace fairlead::wire::openai_chat {

namespace {

constexpr QByteArrayView kOpen("<think>");
constexpr QByteArrayView kClose("</think>");

bool isSpace(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

qsizetype leadingSpace(const QByteArray &text)
{
    return std::find_if_not(text.begin(), text.end(), isSpace) - text.begin();
}

/// How many bytes at the end may be the beginning of the tag.
qsizetype tagTail(const QByteArray &text, QByteArrayView tag)
{
    for (qsizetype length = std::min(text.size(), tag.size() - 1); length > 0; --length) {
        if (tag.startsWith(QByteArrayView(text).last(length)))
            return length;
    }
    return 0;
}

} // namespace

ThinkTags::Pieces ThinkTags::add(const QByteArray &delta)
{
    if (m_state == State::Text)
        return {{}, delta};
    Pieces pieces;
    m_held += delta;
    if (m_state == State::Start) {
        const qsizetype space = leadingSpace(m_held);
        const QByteArrayView rest = QByteArrayView(m_held).sliced(space);
        if (rest.startsWith(kOpen)) {
            m_held.remove(0, space + kOpen.size());
            m_state = State::Thinking;
        } else if (kOpen.startsWith(rest)) {
            return pieces; // may become the tag
        } else {
            m_state = State::Text;
        }
    }
    if (m_state == State::Thinking) {
        const qsizetype end = m_held.indexOf(kClose);
        if (end < 0) {
            const qsizetype tail = tagTail(m_held, kClose);
            pieces.reasoning = m_held.chopped(tail);
            m_held = m_held.last(tail);
            return pieces;
        }
        pieces.reasoning = m_held.first(end);
        m_held.remove(0, end + kClose.size());
        m_state = State::After;
    }
    if (m_state == State::After) { // blank lines part the two
        m_held.remove(0, leadingSpace(m_held));
        if (m_held.isEmpty())
            return pieces;
        m_state = State::Text;
    }
    pieces.text = std::exchange(m_held, QByteArray());
    return pieces;
}

ThinkTags::Pieces ThinkTags::rest()
{
    const QByteArray held = std::exchange(m_held, QByteArray());
    return m_state == State::Thinking ? Pieces{held, {}} : Pieces{{}, held};
}

} // namespace fairlead::wire::openai_chat
