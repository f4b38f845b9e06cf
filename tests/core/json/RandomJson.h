// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "json/Writer.h"

#include <QRandomGenerator>

namespace fairlead::json::test {

/// Random documents, the same ones for the same seed: every kind of value, odd keys, escapes, and white space
/// where the grammar allows it.
class RandomJson
{
public:
    explicit RandomJson(quint32 seed)
        : m_random(seed)
    { }

    [[nodiscard]] int below(int most) { return static_cast<int>(m_random.bounded(most)); }

    [[nodiscard]] QByteArray value(int depth)
    {
        switch (below(depth > 0 ? 9 : 6)) {
        case 0:
            return "null";
        case 1:
            return below(2) ? "true" : "false";
        case 2:
            return number();
        case 3:
        case 4:
        case 5:
            return string();
        case 6:
            return array(depth);
        default:
            return object(depth);
        }
    }

    [[nodiscard]] QByteArray object(int depth)
    {
        QByteArray out = "{" + space();
        const int count = below(6);
        for (int i = 0; i < count; ++i) {
            // The number keeps keys apart; tests of duplicates are elsewhere.
            const QByteArray key = string().chopped(1) + QByteArray::number(i) + '"';
            out += (i ? "," + space() : QByteArray()) + key + space() + ':' + space() + value(depth - 1)
                   + space();
        }
        return out + '}';
    }

    [[nodiscard]] QByteArray array(int depth)
    {
        QByteArray out = "[" + space();
        const int count = below(6);
        for (int i = 0; i < count; ++i)
            out += (i ? "," + space() : QByteArray()) + value(depth - 1) + space();
        return out + ']';
    }

    [[nodiscard]] QByteArray number()
    {
        static const char *const texts[]
            = {"0",    "-0",  "1.0", "-1.5e3", "1E5",  "0.1",  "12345678901234",
               "2e-7", "100", "1e2", "0.10",   "-0.0", "1e-0", "12345678901234567890123"};
        return below(2) ? QByteArray(texts[below(std::size(texts))])
                        : QByteArray::number(below(1000000) - 500000);
    }

    [[nodiscard]] QByteArray string()
    {
        static const char *const pieces[]
            = {"a",
               "model",
               " ",
               "{",
               "}",
               "[",
               "]",
               ",",
               ":",
               "\\\"",
               "\\\\",
               "\\n",
               "\\u00e4",
               "\\ud83d\\ude00",
               "\\/",
               "\xC3\xA4",
               "\xE2\x82\xAC",
               "\xF0\x9F\x98\x80",
               "a longer run of plain text, over 16 bytes"};
        QByteArray out = "\"";
        for (int left = below(7); left > 0; --left)
            out += pieces[below(std::size(pieces))];
        return out + '"';
    }

    [[nodiscard]] QByteArray space()
    {
        static const char *const spaces[] = {"", "", "", " ", "\n", "\r\n\t", "  "};
        return spaces[below(std::size(spaces))];
    }

private:
    QRandomGenerator m_random;
};

} // namespace fairlead::json::test
