// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <iterator>

namespace fairlead {

/// Appends bytes: QByteArray::append is written for inserting anywhere and costs several times as much, and a
/// stream does it for every event.
inline void appendBytes(QByteArray &to, QByteArrayView bytes)
{
    if (bytes.isEmpty())
        return;
    constexpr qsizetype kLeastReserved = 256;
    auto &own = to.data_ptr();
    if (own.needsDetach() || own.freeSpaceAtEnd() < bytes.size())
        to.reserve(std::max({kLeastReserved, 2 * to.size(), to.size() + bytes.size()}));
    std::memcpy(own.end(), bytes.data(), static_cast<std::size_t>(bytes.size()));
    own.size += bytes.size();
    *own.end() = '\0'; // every QByteArray has it, beyond its capacity
}

/// Puts pieces of text one behind the other. Grows by doubling and copies straight into place: for the heads
/// of HTTP messages QByteArray::append costs more than everything else about them.
class TextWriter
{
public:
    explicit TextWriter(qsizetype expected)
        : m_bytes(expected, Qt::Uninitialized)
    { }

    template<typename... Pieces>
    void add(const Pieces &...pieces)
    {
        (addOne(QByteArrayView(pieces)), ...);
    }
    void addNumber(qint64 number)
    {
        char digits[24];
        const auto end = std::to_chars(std::begin(digits), std::end(digits), number).ptr;
        addOne({digits, end});
    }
    [[nodiscard]] QByteArray take()
    {
        m_bytes.truncate(m_used);
        return std::move(m_bytes);
    }

private:
    void addOne(QByteArrayView piece)
    {
        if (piece.isEmpty())
            return; // it may be null, which memcpy is not to get
        if (m_used + piece.size() > m_bytes.size())
            m_bytes.resize(2 * (m_used + piece.size()));
        std::memcpy(m_bytes.data() + m_used, piece.data(), static_cast<std::size_t>(piece.size()));
        m_used += piece.size();
    }

    QByteArray m_bytes;
    qsizetype m_used = 0;
};

} // namespace fairlead
