// SPDX-License-Identifier: GPL-3.0-or-later
#include "io/ChunkDecoder.h"

#include "base/TextWriter.h"

#include <algorithm>
#include <array>

namespace fairlead::io {

namespace {

constexpr int MostDigits = 15; // so that a size never overflows 64 bits; leading zeros count

bool isControl(char c)
{
    return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f;
}

constexpr auto kHexDigits = [] {
    std::array<signed char, 256> digits{};
    digits.fill(-1);
    for (int i = 0; i < 16; ++i) {
        digits[static_cast<unsigned char>("0123456789abcdef"[i])] = static_cast<signed char>(i);
        digits[static_cast<unsigned char>("0123456789ABCDEF"[i])] = static_cast<signed char>(i);
    }
    return digits;
}();

int hexDigit(char c)
{
    return kHexDigits[static_cast<unsigned char>(c)];
}

} // namespace

qsizetype ChunkDecoder::feed(QByteArrayView input, QByteArray &body, qsizetype mostBody)
{
    qsizetype taken = 0;
    while (taken < input.size() && m_state < State::Done) {
        if (m_state != State::Data) {
            qsizetype count = usualFraming(input.sliced(taken));
            if (count == 0) {
                framing(input[taken]);
                count = 1;
            }
            taken += count;
            m_framingBytes += count;
            continue;
        }
        if (m_size > static_cast<quint64>(mostBody - body.size())) {
            m_state = State::TooLarge;
            break;
        }
        const qsizetype count = std::min(input.size() - taken, static_cast<qsizetype>(m_size));
        appendBytes(body, input.sliced(taken, count));
        taken += count;
        m_size -= static_cast<quint64>(count);
        if (m_size == 0)
            m_state = State::DataEnd;
    }
    return taken;
}

/// What nearly every chunk has, when all of it is there: the end of the data before, and a size without
/// extensions. Gives the bytes it took.
qsizetype ChunkDecoder::usualFraming(QByteArrayView input)
{
    const char *at = input.begin();
    const auto isLineEnd = [end = input.end()](const char *place) {
        return end - place >= 2 && place[0] == '\r' && place[1] == '\n';
    };
    if (m_state == State::DataEnd && isLineEnd(at)) {
        m_state = State::Size;
        m_digits = 0;
        at += 2;
    }
    if (m_state == State::Size && m_digits == 0) {
        const char *next = at;
        const char *const most = next + std::min<qsizetype>(input.end() - next, MostDigits);
        quint64 size = 0;
        for (int digit = 0; next != most && (digit = hexDigit(*next)) >= 0; ++next)
            size = size * 16 + static_cast<quint64>(digit);
        if (next != at && isLineEnd(next)) {
            m_size = size;
            m_state = afterSizeLine();
            at = next + 2;
        }
    }
    return at - input.begin();
}

void ChunkDecoder::framing(char c)
{
    const auto expect = [&](char wanted, State next) { m_state = c == wanted ? next : State::Malformed; };
    switch (m_state) {
    case State::Size:
        sizeDigit(c);
        break;
    case State::Extension:
        if (c == '\r')
            m_state = State::SizeEnd;
        else if (isControl(c))
            m_state = State::Malformed;
        break;
    case State::SizeEnd:
        expect('\n', afterSizeLine());
        break;
    case State::DataEnd:
        expect('\r', State::DataEndLine);
        break;
    case State::DataEndLine:
        expect('\n', State::Size);
        m_digits = 0;
        break;
    case State::TrailerStart:
        if (c == '\r')
            m_state = State::End;
        else
            m_state = isControl(c) || c == ' ' || c == '\t' ? State::Malformed : State::Trailer;
        break;
    case State::Trailer:
        if (c == '\r')
            m_state = State::TrailerEnd;
        else if (isControl(c))
            m_state = State::Malformed;
        break;
    case State::TrailerEnd:
        expect('\n', State::TrailerStart);
        break;
    case State::End:
        expect('\n', State::Done);
        break;
    case State::Data:
    case State::Done:
    case State::Malformed:
    case State::TooLarge:
        break;
    }
}

void ChunkDecoder::sizeDigit(char c)
{
    const int digit = hexDigit(c);
    if (digit >= 0 && m_digits < MostDigits) {
        m_size = m_size * 16 + static_cast<quint64>(digit);
        ++m_digits;
    } else if (digit >= 0 || m_digits == 0) {
        m_state = State::Malformed;
    } else if (c == '\r') {
        m_state = State::SizeEnd;
    } else {
        m_state = c == ';' || c == ' ' || c == '\t' ? State::Extension : State::Malformed;
    }
}

} // namespace fairlead::io
