// SPDX-License-Identifier: GPL-3.0-or-later
#include "json/Scan.h"

#include <bit>
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

/// The first quote or bracket of either kind, or end.
const char *findStructure(const char *at, const char *end)
{
#ifdef __SSE2__
    const __m128i quote = _mm_set1_epi8('"');
    const __m128i open = _mm_set1_epi8('{');
    const __m128i close = _mm_set1_epi8('}');
    const __m128i bit = _mm_set1_epi8('{' ^ '[');
    for (; end - at >= 16; at += 16) {
        const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i *>(at));
        const __m128i folded = _mm_or_si128(bytes, bit); // [ and ] become { and }
        const __m128i hits = _mm_or_si128(
            _mm_cmpeq_epi8(bytes, quote),
            _mm_or_si128(_mm_cmpeq_epi8(folded, open), _mm_cmpeq_epi8(folded, close)));
        if (const int mask = _mm_movemask_epi8(hits))
            return at + std::countr_zero(static_cast<unsigned>(mask));
    }
#endif
    while (at != end && *at != '"' && !opens(*at) && !closes(*at))
        ++at;
    return at;
}

const char *afterContainer(const char *at, const char *end)
{
    qsizetype depth = 0;
    do {
        at = findStructure(at, end);
        if (at == end)
            return end;
        if (*at == '"') {
            at = afterString(at, end);
            continue;
        }
        depth += opens(*at) ? 1 : -1;
        ++at;
    } while (depth > 0);
    return at;
}

const char *afterScalar(const char *at, const char *end)
{
    while (at != end && !isSpace(*at) && *at != ',' && !closes(*at))
        ++at;
    return at;
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
    const char *const first = open + 1;
    for (const char *at = first;;) {
        const char *quote = find(at, end, '"');
        if (quote == end)
            return end;
        // A quote ends the string unless an odd number of backslashes stands before it.
        const char *run = quote;
        while (run != first && run[-1] == '\\')
            --run;
        at = quote + 1;
        if ((quote - run) % 2 == 0)
            return at;
    }
}

const char *afterValue(const char *at, const char *end)
{
    if (at == end)
        return end;
    if (*at == '"')
        return afterString(at, end);
    return opens(*at) ? afterContainer(at, end) : afterScalar(at, end);
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

bool readMember(const char *&at, const char *end, RawMember &member)
{
    const char *const quote = nextStart(at, end);
    if (!quote)
        return false;
    const char *const afterKey = afterString(quote, end);
    const char *const colon = skipSpace(afterKey, end);
    member.key = QByteArrayView(quote + 1, afterKey - 1);
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
