// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QByteArrayView>
#include <QtEndian>

#include <cstdint>
#include <utility>
#include <vector>

/// Messages of AWS's event stream, written bit by bit after the specification and with none of our code.
namespace fairlead::test {

inline QByteArray bigEndian(std::uint32_t value)
{
    QByteArray bytes(4, Qt::Uninitialized);
    qToBigEndian(value, bytes.data());
    return bytes;
}

inline std::uint32_t bitwiseCrc32(QByteArrayView bytes)
{
    std::uint32_t crc = 0xFFFFFFFFU;
    for (const char byte : bytes) {
        crc ^= static_cast<unsigned char>(byte);
        for (int bit = 0; bit < 8; ++bit)
            crc = (crc & 1U) != 0 ? (crc >> 1U) ^ 0xEDB88320U : crc >> 1U;
    }
    return ~crc;
}

/// A message of a raw header block and a payload.
inline QByteArray rawFrame(const QByteArray &headers, const QByteArray &payload)
{
    QByteArray frame = bigEndian(static_cast<std::uint32_t>(16 + headers.size() + payload.size()));
    frame += bigEndian(static_cast<std::uint32_t>(headers.size()));
    frame += bigEndian(bitwiseCrc32(frame));
    frame += headers + payload;
    return frame + bigEndian(bitwiseCrc32(frame));
}

inline QByteArray textHeader(const QByteArray &name, const QByteArray &value)
{
    return static_cast<char>(name.size()) + name + '\7' + static_cast<char>(value.size() / 256)
           + static_cast<char>(value.size() % 256) + value;
}

inline QByteArray eventFrame(const QByteArray &type, const QByteArray &json)
{
    return rawFrame(
        textHeader(":event-type", type) + textHeader(":content-type", "application/json")
            + textHeader(":message-type", "event"),
        json);
}

inline QByteArray exceptionFrame(const QByteArray &type, const QByteArray &json)
{
    return rawFrame(textHeader(":exception-type", type) + textHeader(":message-type", "exception"), json);
}

} // namespace fairlead::test
