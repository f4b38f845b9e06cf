// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "json/View.h"

#include <QByteArray>

namespace fairlead::wire::openai_chat {

/// Text that arrives in many JSON strings. Servers that cut by UTF-16 units put the two halves of an emoji
/// into two strings ("\ud83d", "\ude00"); each alone is no character, so a first half waits here for its
/// second.
class SplitString
{
public:
    /// The text this string adds; empty if it is no string.
    [[nodiscard]] QByteArray add(json::View string);
    /// What waited in vain, as U+FFFD; mostly nothing.
    [[nodiscard]] QByteArray rest();

private:
    QByteArray m_half; ///< the escape of a high surrogate, as written
};

} // namespace fairlead::wire::openai_chat
