// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QByteArrayView>

namespace fairlead::io {

/// Reads a chunked body (RFC 9112 section 7.1), one byte of framing after the other, so it can stop anywhere.
/// Strict: what two readers could understand differently is refused. Extensions and trailers are checked and
/// thrown away.
///
/// Not Boost.Beast's: 1.74 asserts when a body's first line, "0", and what follows it come in separate
/// pieces.
class ChunkDecoder
{
public:
    enum class State {
        Size,
        Extension,
        SizeEnd,
        Data,
        DataEnd,
        DataEndLine,
        TrailerStart,
        Trailer,
        TrailerEnd,
        End,
        Done,
        Malformed,
        TooLarge
    };

    /// Appends to `body`, at most `mostBody` bytes altogether. Returns what was taken: all, unless the body
    /// ended.
    [[nodiscard]] qsizetype feed(QByteArrayView input, QByteArray &body, qsizetype mostBody);
    [[nodiscard]] State state() const { return m_state; }
    /// Bytes that were not body.
    [[nodiscard]] qint64 framingBytes() const { return m_framingBytes; }

private:
    [[nodiscard]] qsizetype usualFraming(QByteArrayView input);
    void framing(char c);
    void sizeDigit(char c);
    [[nodiscard]] State afterSizeLine() const { return m_size > 0 ? State::Data : State::TrailerStart; }

    State m_state = State::Size;
    int m_digits = 0;
    quint64 m_size = 0; ///< of the current chunk; what is left of it while in Data
    qint64 m_framingBytes = 0;
};

} // namespace fairlead::io
