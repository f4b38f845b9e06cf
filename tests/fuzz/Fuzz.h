// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QByteArrayView>

#include <cstdint>
#include <vector>

/// What fuzz targets have in common. A target is one function, checkInput(): libFuzzer calls it with inputs
/// it makes up, the test of the same name with those of tests/fuzz/corpus.
namespace fairlead::fuzz {

/// Implemented by each target. Ends the program where a property does not hold.
void checkInput(QByteArrayView input);

[[noreturn]] void giveUp(const char *property, const char *file, int line);
/// The same with the two values that should be one.
[[noreturn]] void
giveUp(const char *property, const char *file, int line, const QByteArray &got, const QByteArray &wanted);

/// The input of a target: bytes that choose, then the text itself.
class Input
{
public:
    explicit Input(QByteArrayView bytes)
        : m_bytes(bytes)
    { }

    /// The next byte; 0 when there is none.
    std::uint8_t choice()
    {
        if (m_bytes.isEmpty())
            return 0;
        const auto byte = static_cast<std::uint8_t>(m_bytes.front());
        m_bytes = m_bytes.sliced(1);
        return byte;
    }
    [[nodiscard]] QByteArrayView rest() const { return m_bytes; }

private:
    QByteArrayView m_bytes;
};

/// `bytes` in pieces, as a socket might give them: one by one for the seed 0, else of sizes that the seed
/// settles. Each is a copy of just its size, so that reading over its end is seen.
[[nodiscard]] std::vector<std::vector<char>> pieces(QByteArrayView bytes, std::uint8_t seed);

[[nodiscard]] inline QByteArrayView viewOf(const std::vector<char> &piece)
{
    return {piece.data(), static_cast<qsizetype>(piece.size())};
}

} // namespace fairlead::fuzz

/// A property of every input.
#define FUZZ_CHECK(condition)                                                                                \
    do {                                                                                                     \
        if (!(condition))                                                                                    \
            ::fairlead::fuzz::giveUp(#condition, __FILE__, __LINE__);                                        \
    } while (false)

/// A property of every input: two texts are the same.
#define FUZZ_COMPARE(got, wanted)                                                                            \
    do {                                                                                                     \
        const QByteArray fuzzGot = (got);                                                                    \
        const QByteArray fuzzWanted = (wanted);                                                              \
        if (fuzzGot != fuzzWanted)                                                                           \
            ::fairlead::fuzz::giveUp(#got " == " #wanted, __FILE__, __LINE__, fuzzGot, fuzzWanted);          \
    } while (false)
