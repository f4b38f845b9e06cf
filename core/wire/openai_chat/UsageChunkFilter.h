// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QByteArrayView>

namespace fairlead::wire::openai_chat {

/// Takes the usage chunk (`"choices":[]` with a usage object) out of a stream that passes through, for
/// callers who did not ask for it: clients that read choices[0] break on it. Every other byte stays as it is.
/// Bytes may be split anywhere; an event that is not complete yet is held back, which costs the caller
/// nothing, as nobody can read half an event. Where nothing is removed or held, the very same (shared) bytes
/// come back.
class UsageChunkFilter
{
public:
    [[nodiscard]] QByteArray feed(const QByteArray &bytes);
    /// What was held back when the stream ended.
    [[nodiscard]] QByteArray finish();

private:
    QByteArray m_held;
    bool m_gaveUp = false;
};

} // namespace fairlead::wire::openai_chat
