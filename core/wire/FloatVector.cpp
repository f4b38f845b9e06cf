// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/FloatVector.h"

#include "json/View.h"

#include <QtEndian>

#include <array>
#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>

namespace fairlead::wire {

namespace {

constexpr qsizetype kFloatBytes = sizeof(float);
constexpr qsizetype kDoubleBytes = sizeof(double);
static_assert(kFloatBytes == 4 && std::numeric_limits<float>::is_iec559);

tl::unexpected<Error> broken(const char *what)
{
    return fail(ErrorKind::Protocol, QByteArray("The provider's embedding ") + what + '.');
}

float floatAt(const char *bytes)
{
    const auto bits = qFromLittleEndian<quint32>(bytes);
    float value = 0;
    std::memcpy(&value, &bits, sizeof value);
    return value;
}

double doubleAt(const char *bytes)
{
    const auto bits = qFromLittleEndian<quint64>(bytes);
    double value = 0;
    std::memcpy(&value, &bits, sizeof value);
    return value;
}

void append(QByteArray &bytes, float value)
{
    quint32 bits = 0;
    std::memcpy(&bits, &value, sizeof bits);
    bits = qToLittleEndian(bits);
    bytes.append(reinterpret_cast<const char *>(&bits), kFloatBytes);
}

/// Some vLLM versions encode 64-bit floats. Each is a widened 32-bit one, whose low 29 bits are zero; as
/// 32-bit floats every other value would then be nothing but a sign and two bits of exponent, which no real
/// vector is.
bool holdsWidenedDoubles(const QByteArray &bytes)
{
    if (bytes.isEmpty() || bytes.size() % kDoubleBytes != 0)
        return false;
    bool anything = false;
    for (qsizetype at = 0; at < bytes.size(); at += kDoubleBytes) {
        const auto bits = qFromLittleEndian<quint64>(bytes.constData() + at);
        if (bits & ((quint64(1) << 29) - 1))
            return false;
        anything = anything || bits != 0;
    }
    return anything;
}

Result<QByteArray> floatBytes(const QByteArray &base64)
{
    const auto result = QByteArray::fromBase64Encoding(
        base64, QByteArray::Base64Encoding | QByteArray::AbortOnBase64DecodingErrors);
    const QByteArray &decoded = result.decoded;
    if (!result || decoded.size() % kFloatBytes != 0)
        return broken("is no base64 of 32-bit floats");
    if (!holdsWidenedDoubles(decoded))
        return decoded;
    QByteArray narrowed;
    narrowed.reserve(decoded.size() / 2);
    for (qsizetype at = 0; at < decoded.size(); at += kDoubleBytes)
        append(narrowed, static_cast<float>(doubleAt(decoded.constData() + at)));
    return narrowed;
}

/// The nearest float to a JSON number, straight from its text: by way of a double it would be rounded twice.
std::optional<float> nearestFloat(json::View number)
{
    const QByteArrayView text = number.raw();
    float value = 0;
    const auto read = std::from_chars(text.begin(), text.end(), value);
    if (read.ec == std::errc() && read.ptr == text.end())
        return value;
    const std::optional<double> wide = number.number();
    if (!wide || std::abs(*wide) > 1) // too large, or no number at all
        return std::nullopt;
    return std::copysign(0.0F, static_cast<float>(*wide)); // too small for a float
}

} // namespace

Result<chat::RawJson> numbersOf(const chat::EmbeddingVector &vector)
{
    if (!vector.numbers.isEmpty())
        return vector.numbers;
    const auto bytes = floatBytes(vector.base64);
    if (!bytes)
        return fail(bytes.error());
    QByteArray text;
    text.reserve(bytes->size() * 3);
    text += '[';
    for (qsizetype at = 0; at < bytes->size(); at += kFloatBytes) {
        const float value = floatAt(bytes->constData() + at);
        if (!std::isfinite(value))
            return broken("holds a value that is no number");
        std::array<char, 32> digits{};
        const auto written = std::to_chars(digits.data(), digits.data() + digits.size(), value);
        if (at > 0)
            text += ',';
        text.append(digits.data(), written.ptr - digits.data());
    }
    text += ']';
    return text;
}

Result<QByteArray> base64Of(const chat::EmbeddingVector &vector)
{
    if (vector.numbers.isEmpty()) {
        const auto bytes = floatBytes(vector.base64);
        return bytes ? Result<QByteArray>(bytes->toBase64()) : Result<QByteArray>(fail(bytes.error()));
    }
    const auto document = json::Document::parse(vector.numbers);
    if (!document || !document->root().isArray())
        return broken("is no list of numbers");
    QByteArray bytes;
    for (const json::View number : document->root().elements()) {
        const std::optional<float> value = number.isNumber() ? nearestFloat(number) : std::nullopt;
        if (!value)
            return broken("holds a value that is no 32-bit float");
        append(bytes, *value);
    }
    return bytes.toBase64();
}

} // namespace fairlead::wire
