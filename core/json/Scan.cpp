// SPDX-License-Identifier: GPL-3.0-or-later
#include "json/Scan.h"

#include "json/Text.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace fairlead::json {

namespace {

constexpr bool opens(char c)
{
    return c == '{' || c == '[';
}

constexpr bool closes(char c)
{
    return c == '}' || c == ']';
}

/// `at` is inside a string; the place after its closing quote.
const char *afterClosingQuote(const char *at, const char *end)
{
    while (true) {
        const char *const quote = find(at, end, '"');
        if (quote == end)
            return end;
        // A quote ends the string unless an odd number of backslashes stands before it; the opening quote
        // stops the count.
        const char *run = quote;
        while (run[-1] == '\\')
            --run;
        at = quote + 1;
        if ((quote - run) % 2 == 0)
            return at;
    }
}

/// Where the bytes that matter stand in 64 bytes of text: bit i for byte i.
struct Block {
    std::uint64_t quotes = 0;
    std::uint64_t backslashes = 0;
    std::uint64_t opening = 0;
    std::uint64_t closing = 0;
};

constexpr qsizetype kBlockSize = 64;

Block readBlock(const char *at)
{
    Block block;
#ifdef __SSE2__
    const __m128i bit = _mm_set1_epi8('{' ^ '[');
    for (int i = 0; i < kBlockSize; i += 16) {
        const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i *>(at + i));
        const __m128i folded = _mm_or_si128(bytes, bit); // [ and ] become { and }
        const auto mask = [i](__m128i equal) {
            return static_cast<std::uint64_t>(static_cast<unsigned>(_mm_movemask_epi8(equal))) << i;
        };
        block.quotes |= mask(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('"')));
        block.backslashes |= mask(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\')));
        block.opening |= mask(_mm_cmpeq_epi8(folded, _mm_set1_epi8('{')));
        block.closing |= mask(_mm_cmpeq_epi8(folded, _mm_set1_epi8('}')));
    }
#else
    for (int i = 0; i < kBlockSize; ++i) {
        const auto mask = [i](bool equal) { return static_cast<std::uint64_t>(equal) << i; };
        block.quotes |= mask(at[i] == '"');
        block.backslashes |= mask(at[i] == '\\');
        block.opening |= mask(opens(at[i]));
        block.closing |= mask(closes(at[i]));
    }
#endif
    return block;
}

/// Bit i is the parity of bits 0 to i.
constexpr std::uint64_t prefixParity(std::uint64_t bits)
{
    for (int shift = 1; shift < 64; shift *= 2)
        bits ^= bits << shift;
    return bits;
}

/// The place after the container at `at`, 64 bytes a step: brackets count where the number of quotes before
/// them is even. The technique is that of Langdale and Lemire, "Parsing gigabytes of JSON per second".
class ContainerScan
{
public:
    [[nodiscard]] const char *end(const char *at, const char *textEnd)
    {
        while (at != textEnd) {
            char padded[kBlockSize];
            const char *bytes = at;
            const qsizetype size = std::min(kBlockSize, qsizetype(textEnd - at));
            if (size < kBlockSize) {
                std::memset(padded, ' ', sizeof padded);
                std::memcpy(padded, at, static_cast<std::size_t>(size));
                bytes = padded;
            }
            const Block block = readBlock(bytes);
            if (m_inString && block.quotes == 0) {
                at = closedString(at, textEnd);
                continue;
            }
            if (const int found = lastBracket(block); found >= 0)
                return at + found + 1;
            at += size;
        }
        return textEnd;
    }

private:
    /// Inside a long string: straight to its end.
    const char *closedString(const char *at, const char *textEnd)
    {
        m_inString = 0;
        m_escaped = 0;
        return afterClosingQuote(at, textEnd);
    }

    /// The index of the bracket that closes the container, or -1.
    int lastBracket(const Block &block)
    {
        const std::uint64_t inside = prefixParity(block.quotes & ~escaped(block.backslashes)) ^ m_inString;
        m_inString = inside >> 63 ? ~std::uint64_t(0) : 0;
        for (std::uint64_t left = (block.opening | block.closing) & ~inside; left; left &= left - 1) {
            const int i = std::countr_zero(left);
            m_depth += (block.opening >> i & 1) ? 1 : -1;
            if (m_depth == 0)
                return i;
        }
        return -1;
    }

    /// The bytes that an unescaped backslash stands before.
    std::uint64_t escaped(std::uint64_t backslashes)
    {
        std::uint64_t escaped = m_escaped;
        m_escaped = 0;
        for (backslashes &= ~escaped; backslashes;) {
            const int i = std::countr_zero(backslashes);
            if (i == 63) {
                m_escaped = 1;
                break;
            }
            escaped |= std::uint64_t(2) << i;
            backslashes &= ~(std::uint64_t(3) << i);
        }
        return escaped;
    }

    qsizetype m_depth = 0;
    std::uint64_t m_inString = 0; ///< all ones if the block starts inside a string
    std::uint64_t m_escaped = 0; ///< 1 if the block's first byte is escaped
};

constexpr std::array<bool, 256> kEndsScalar = [] {
    std::array<bool, 256> ends{};
    for (const char c : {' ', '\n', '\r', '\t', ',', '}', ']'})
        ends[static_cast<unsigned char>(c)] = true;
    return ends;
}();

const char *afterScalar(const char *at, const char *end)
{
    while (at != end && !kEndsScalar[static_cast<unsigned char>(*at)])
        ++at;
    return at;
}

/// The place after a key's closing quote. Most keys end within 16 bytes and have no escape, so both are seen
/// in one look.
const char *afterKey(const char *open, const char *end, bool &plain)
{
#ifdef __SSE2__
    if (end - open > 16) {
        const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i *>(open + 1));
        const auto mask = [&](char wanted) {
            return static_cast<unsigned>(_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, _mm_set1_epi8(wanted))));
        };
        const unsigned quotes = mask('"');
        const unsigned beforeQuote = (quotes & (0U - quotes)) - 1;
        if (quotes != 0 && (mask('\\') & beforeQuote) == 0) {
            plain = true;
            return open + 2 + std::countr_zero(quotes);
        }
    }
#endif
    const char *const after = afterString(open, end);
    plain = find(open + 1, after - 1, '\\') == after - 1;
    return after;
}

/// The first byte of the next key or element, or null, and `at` too, before the closing bracket.
const char *nextStart(const char *&at, const char *end)
{
    if (!at)
        return nullptr;
    const char *start = skipSpace(at, end);
    if (start != end && *start == ',')
        start = skipSpace(start + 1, end);
    if (start != end && !closes(*start))
        return start;
    at = nullptr;
    return nullptr;
}

} // namespace

const char *find(const char *at, const char *end, char wanted)
{
#ifdef __SSE2__
    if (end - at >= 16) {
        const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i *>(at));
        if (const int mask = _mm_movemask_epi8(_mm_cmpeq_epi8(bytes, _mm_set1_epi8(wanted))))
            return at + std::countr_zero(static_cast<unsigned>(mask));
        at += 16;
    }
#endif
    if (at == end)
        return end;
    const void *found = std::memchr(at, wanted, static_cast<std::size_t>(end - at));
    return found ? static_cast<const char *>(found) : end;
}

const char *afterString(const char *open, const char *end)
{
    return afterClosingQuote(open + 1, end);
}

const char *afterValue(const char *at, const char *end)
{
    if (at == end)
        return end;
    if (*at == '"')
        return afterString(at, end);
    return opens(*at) ? ContainerScan().end(at, end) : afterScalar(at, end);
}

Kind kindOf(char first)
{
    switch (first) {
    case '{':
        return Kind::Object;
    case '[':
        return Kind::Array;
    case '"':
        return Kind::String;
    case 't':
    case 'f':
        return Kind::Bool;
    case 'n':
        return Kind::Null;
    default:
        return Kind::Number;
    }
}

bool RawMember::hasText(QByteArrayView name) const
{
    // An empty name may have no bytes at all, which memcmp must not be shown (C17 7.24.1).
    return name.isEmpty() || std::memcmp(key.data(), name.data(), static_cast<std::size_t>(name.size())) == 0;
}

bool RawMember::hasMeaning(QByteArrayView name) const
{
    return means(key, name);
}

bool readMember(const char *&at, const char *end, RawMember &member)
{
    const char *const quote = nextStart(at, end);
    if (!quote)
        return false;
    const char *const behindKey = afterKey(quote, end, member.plain);
    const char *const colon = skipSpace(behindKey, end);
    member.key = QByteArrayView(quote + 1, behindKey - 1);
    member.value = skipSpace(colon + 1, end);
    member.next = at = afterValue(member.value, end);
    return true;
}

bool readElement(const char *&at, const char *end, QByteArrayView &element)
{
    const char *const start = nextStart(at, end);
    if (!start)
        return false;
    at = afterValue(start, end);
    element = QByteArrayView(start, at);
    return true;
}

} // namespace fairlead::json
