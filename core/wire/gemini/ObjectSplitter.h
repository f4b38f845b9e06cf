// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QByteArrayView>

#include <functional>

namespace fairlead::wire::gemini {

/// Push splitter for JSON objects that stand in an array delivered piecemeal ("[{...}\n,\n{...}]":
/// streamGenerateContent without alt=sse) or alone. It only finds where objects end; whether they are JSON is
/// for the parser to say.
class ObjectSplitter
{
public:
    explicit ObjectSplitter(qsizetype mostObjectBytes)
        : m_mostObjectBytes(mostObjectBytes)
    { }

    /// Calls `onObject` for every object these bytes complete. False once one grew over the cap: the stream
    /// is then dead.
    bool feed(QByteArrayView bytes, const std::function<void(const QByteArray &)> &onObject);
    /// True between objects.
    [[nodiscard]] bool isIdle() const { return m_depth == 0; }

private:
    qsizetype m_mostObjectBytes;
    QByteArray m_object;
    qsizetype m_depth = 0;
    bool m_inString = false;
    bool m_escaped = false;
};

} // namespace fairlead::wire::gemini
