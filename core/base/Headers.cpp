// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/Headers.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

namespace fairlead {

namespace {

/// What a byte may not be part of.
enum : std::uint8_t { BreaksName = 1, BreaksValue = 2 };

constexpr std::array<std::uint8_t, 256> Breaks = [] {
    constexpr std::string_view token = "!#$%&'*+-.^_`|~0123456789"
                                       "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    std::array<std::uint8_t, 256> breaks{};
    for (std::uint8_t &byte : breaks)
        byte = BreaksName;
    for (const char c : token)
        breaks[static_cast<unsigned char>(c)] = 0;
    for (const char c : {'\r', '\n', '\0'})
        breaks[static_cast<unsigned char>(c)] |= BreaksValue;
    return breaks;
}();

bool isFreeOf(std::uint8_t what, QByteArrayView text)
{
    std::uint8_t found = 0;
    for (const char c : text)
        found |= Breaks[static_cast<unsigned char>(c)];
    return (found & what) == 0;
}

// The fields nearly every message has, in the two ways they are written.
constexpr std::string_view CommonNames[] = {
    "Accept",
    "accept",
    "Accept-Encoding",
    "accept-encoding",
    "Accept-Language",
    "accept-language",
    "Authorization",
    "authorization",
    "Cache-Control",
    "cache-control",
    "Connection",
    "connection",
    "Content-Encoding",
    "content-encoding",
    "Content-Length",
    "content-length",
    "Content-Type",
    "content-type",
    "Date",
    "date",
    "Host",
    "host",
    "Server",
    "server",
    "Set-Cookie",
    "set-cookie",
    "Transfer-Encoding",
    "transfer-encoding",
    "User-Agent",
    "user-agent",
    "Vary",
    "vary",
    "X-Api-Key",
    "x-api-key",
    "X-Request-Id",
    "x-request-id",
};

/// Spreads the names above over twice as many places; where two meet, the first has it.
constexpr std::size_t placeOf(std::string_view name)
{
    const auto byte = [](char c) { return static_cast<std::size_t>(static_cast<unsigned char>(c)); };
    return (name.size() * 7 + byte(name.front()) * 3 + byte(name.back())) % 128;
}

constexpr std::array<std::string_view, 128> NameTable = [] {
    std::array<std::string_view, 128> table{};
    for (const std::string_view name : CommonNames) {
        if (table[placeOf(name)].empty())
            table[placeOf(name)] = name;
    }
    return table;
}();

} // namespace

QByteArray fieldName(QByteArrayView name)
{
    const std::string_view text(name.data(), static_cast<std::size_t>(name.size()));
    if (!text.empty()) {
        const std::string_view known = NameTable[placeOf(text)];
        if (known == text)
            return QByteArray::fromRawData(known.data(), static_cast<qsizetype>(known.size()));
    }
    return name.toByteArray();
}

bool isFieldName(QByteArrayView text)
{
    return !text.isEmpty() && isFreeOf(BreaksName, text);
}

bool isFieldValue(QByteArrayView text)
{
    return isFreeOf(BreaksValue, text);
}

bool equalLettersIgnoringCase(const char *a, const char *b, qsizetype size)
{
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; };
    for (qsizetype i = 0; i < size; ++i) {
        if (a[i] != b[i] && lower(a[i]) != lower(b[i]))
            return false;
    }
    return true;
}

std::optional<QByteArray> Headers::get(QByteArrayView name) const
{
    for (const auto &[key, value] : m_fields) {
        if (equalsIgnoringCase(key, name))
            return value;
    }
    return std::nullopt;
}

bool Headers::contains(QByteArrayView name) const
{
    return std::any_of(m_fields.begin(), m_fields.end(), [&](const Field &field) {
        return equalsIgnoringCase(field.first, name);
    });
}

qsizetype Headers::count(QByteArrayView name) const
{
    return std::count_if(m_fields.begin(), m_fields.end(), [&](const Field &field) {
        return equalsIgnoringCase(field.first, name);
    });
}

void Headers::set(const QByteArray &name, QByteArray value)
{
    remove(name);
    add(name, std::move(value));
}

void Headers::remove(QByteArrayView name)
{
    std::erase_if(m_fields, [&](const Field &field) { return equalsIgnoringCase(field.first, name); });
}

} // namespace fairlead
