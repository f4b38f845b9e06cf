// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QByteArrayView>

#include <cstdint>

namespace fairlead::json {

/// Writes compact JSON in the order of the calls. Commas are placed by the writer; balance is the caller's
/// (asserted in debug builds). Strings are UTF-8; bytes that are not become U+FFFD, so the output is always
/// valid.
class Writer
{
public:
    explicit Writer(qsizetype reserve = 256);

    Writer &beginObject();
    Writer &endObject();
    Writer &beginArray();
    Writer &endArray();
    Writer &key(QByteArrayView name);

    Writer &string(QByteArrayView utf8);
    Writer &integer(std::int64_t value);
    Writer &boolean(bool value);
    Writer &null();
    /// Shortest text that reads back as the same double; null if it is infinite or no number, which JSON
    /// cannot say. Not for money: write that as string or raw.
    Writer &number(double value);
    /// A value that is JSON already, byte for byte; null for the empty bytes of a missing view.
    Writer &raw(QByteArrayView json);

    // key + value in one call, the usual case
    Writer &member(QByteArrayView name, QByteArrayView utf8) { return key(name).string(utf8); }
    Writer &memberInteger(QByteArrayView name, std::int64_t value) { return key(name).integer(value); }
    Writer &memberBoolean(QByteArrayView name, bool value) { return key(name).boolean(value); }
    Writer &memberNull(QByteArrayView name) { return key(name).null(); }
    Writer &memberRaw(QByteArrayView name, QByteArrayView json) { return key(name).raw(json); }

    [[nodiscard]] const QByteArray &text() const { return m_text; }
    /// The text, leaving the writer empty and ready for the next one.
    [[nodiscard]] QByteArray take();

private:
    void separate();
    Writer &open(char bracket);
    Writer &close(char bracket);

    QByteArray m_text;
    bool m_needComma = false;
    int m_depth = 0;
};

/// `utf8` as a JSON string with its quotes.
[[nodiscard]] QByteArray quoted(QByteArrayView utf8);

/// The same JSON on one line, for streams whose events end with a line. Inside a string a line break is
/// escaped, so that any other stands between two tokens and may as well be a blank.
[[nodiscard]] QByteArray oneLine(QByteArray json);

} // namespace fairlead::json
