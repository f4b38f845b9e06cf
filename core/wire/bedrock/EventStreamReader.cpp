// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/bedrock/EventStreamReader.h"

#include <QtEndian>

#include <algorithm>
#include <array>

namespace fairlead::wire::bedrock {

namespace {

constexpr qsizetype kPreludeBytes = 12; // total length, header length, checksum
constexpr qsizetype kChecksumBytes = 4;

constexpr std::array<std::uint32_t, 256> makeCrcTable()
{
    // CRC-32 as in zlib and RFC 1952, the reflected polynomial.
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t i = 0; i < table.size(); ++i) {
        std::uint32_t value = i;
        for (int bit = 0; bit < 8; ++bit)
            value = (value & 1U) != 0 ? 0xEDB88320U ^ (value >> 1U) : value >> 1U;
        table[i] = value;
    }
    return table;
}

std::uint32_t crc32(QByteArrayView bytes)
{
    static constexpr std::array<std::uint32_t, 256> table = makeCrcTable();
    std::uint32_t value = 0xFFFFFFFFU;
    for (const char byte : bytes)
        value = table[(value ^ static_cast<unsigned char>(byte)) & 0xFFU] ^ (value >> 8U);
    return value ^ 0xFFFFFFFFU;
}

std::uint32_t numberAt(QByteArrayView bytes, qsizetype at)
{
    return qFromBigEndian<std::uint32_t>(bytes.data() + at);
}

/// Reads the header block; every step checks that it stays inside.
class HeaderReader
{
public:
    explicit HeaderReader(QByteArrayView block)
        : m_rest(block)
    { }

    bool read(EventStreamMessage &message)
    {
        while (!m_rest.isEmpty()) {
            QByteArrayView name;
            QByteArrayView value;
            if (!take(number(1), name) || name.isEmpty() || !takeValue(number(1), value))
                return false;
            if (m_isText)
                message.headers.emplace_back(name, value);
        }
        return !m_cut;
    }

private:
    bool takeValue(qsizetype type, QByteArrayView &value)
    {
        // true, false, byte, short, int, long, bytes, text, time, uuid; bytes and text say their length.
        static constexpr std::array<qsizetype, 10> kLengths{0, 0, 1, 2, 4, 8, -1, -1, 8, 16};
        if (m_cut || type < 0 || type >= static_cast<qsizetype>(kLengths.size()))
            return false;
        m_isText = type == 7;
        const qsizetype fixed = kLengths[static_cast<std::size_t>(type)];
        return take(fixed < 0 ? number(2) : fixed, value);
    }
    qsizetype number(qsizetype bytes)
    {
        QByteArrayView digits;
        if (!take(bytes, digits))
            return 0;
        qsizetype value = 0;
        for (const char digit : digits)
            value = value * 256 + static_cast<unsigned char>(digit);
        return value;
    }
    bool take(qsizetype bytes, QByteArrayView &into)
    {
        if (m_cut || bytes > m_rest.size()) {
            m_cut = true;
            return false;
        }
        into = m_rest.first(bytes);
        m_rest = m_rest.sliced(bytes);
        return true;
    }

    QByteArrayView m_rest;
    bool m_isText = false;
    bool m_cut = false;
};

} // namespace

QByteArrayView EventStreamMessage::header(QByteArrayView name) const
{
    const auto field
        = std::find_if(headers.begin(), headers.end(), [&](const auto &each) { return each.first == name; });
    return field == headers.end() ? QByteArrayView() : field->second;
}

bool EventStreamReader::fail(QByteArray problem)
{
    m_problem = std::move(problem);
    m_buffer.clear();
    return false;
}

std::uint32_t EventStreamReader::lengthOf(QByteArrayView bytes)
{
    if (bytes.size() < kPreludeBytes)
        return 0;
    const std::uint32_t total = numberAt(bytes, 0);
    const std::uint32_t headers = numberAt(bytes, 4);
    // The checksum first: a length that is not what was sent must not make us wait for gigabytes.
    if (crc32(bytes.first(8)) != numberAt(bytes, 8)) {
        fail("the checksum of a message's length is wrong");
        return 0;
    }
    if (total < kPreludeBytes + kChecksumBytes || headers > total - kPreludeBytes - kChecksumBytes) {
        fail("the lengths of a message contradict each other");
        return 0;
    }
    if (total > m_mostMessageBytes) {
        fail(
            "a message of " + QByteArray::number(total) + " bytes is over the limit of "
            + QByteArray::number(m_mostMessageBytes));
        return 0;
    }
    return total;
}

bool EventStreamReader::give(
    QByteArrayView bytes, const std::function<void(const EventStreamMessage &)> &onMessage)
{
    const qsizetype body = bytes.size() - kChecksumBytes;
    if (crc32(bytes.first(body)) != numberAt(bytes, body))
        return fail("the checksum of a message is wrong");
    const qsizetype headerBytes = numberAt(bytes, 4);
    EventStreamMessage message;
    if (!HeaderReader(bytes.sliced(kPreludeBytes, headerBytes)).read(message))
        return fail("the headers of a message cannot be read");
    message.payload = bytes.sliced(kPreludeBytes + headerBytes, body - kPreludeBytes - headerBytes);
    onMessage(message);
    return true;
}

bool EventStreamReader::feed(
    QByteArrayView bytes, const std::function<void(const EventStreamMessage &)> &onMessage)
{
    while (m_problem.isEmpty()) {
        // Whole messages are read where they lie; only an unfinished one is copied, and filled up to its end.
        if (m_buffer.isEmpty()) {
            const std::uint32_t length = lengthOf(bytes);
            if (length == 0 || bytes.size() < length)
                break;
            if (!give(bytes.first(length), onMessage))
                return false;
            bytes = bytes.sliced(length);
            continue;
        }
        const std::uint32_t known = lengthOf(m_buffer);
        if (!m_problem.isEmpty())
            return false;
        const qsizetype wanted = (known == 0 ? kPreludeBytes : qsizetype(known)) - m_buffer.size();
        const qsizetype taken = std::min(wanted, bytes.size());
        m_buffer += bytes.first(taken);
        bytes = bytes.sliced(taken);
        if (taken < wanted)
            return true;
        if (known == 0)
            continue;
        const QByteArray message = std::exchange(m_buffer, QByteArray());
        if (!give(message, onMessage))
            return false;
    }
    if (!m_problem.isEmpty())
        return false;
    m_buffer += bytes;
    return true;
}

} // namespace fairlead::wire::bedrock
