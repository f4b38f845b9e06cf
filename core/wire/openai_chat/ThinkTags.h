// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>

namespace fairlead::wire::openai_chat {

/// Takes reasoning out of a text that begins with <think> and goes on after </think>, for providers that
/// leave it there. Tags may be split over deltas; what might still become one is held back.
class ThinkTags
{
public:
    struct Pieces {
        QByteArray reasoning;
        QByteArray text;
    };

    [[nodiscard]] Pieces add(const QByteArray &delta);
    /// What was held back at the end.
    [[nodiscard]] Pieces rest();

private:
    enum class State { Start, Thinking, After, Text };

    State m_state = State::Start;
    QByteArray m_held;
};

} // namespace fairlead::wire::openai_chat
