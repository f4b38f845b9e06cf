// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>

#include <utility>

namespace fairlead::wire {

/// Text that comes in pieces which may end inside a character: the bytes of one that is not there in full are
/// held back until it is. Clients decode each delta by itself and would show U+FFFD twice.
class TextPieces
{
public:
    /// What can be shown now.
    [[nodiscard]] QByteArray add(const QByteArray &text);
    /// What waited in vain; mostly nothing.
    [[nodiscard]] QByteArray rest() { return std::exchange(m_tail, QByteArray()); }

private:
    QByteArray m_tail;
};

} // namespace fairlead::wire
