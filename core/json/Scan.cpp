// SPDX-License-Identifier: GPL-3.0-or-later
#include "json/Scan.h"

#include <bit>
#include <cstddef>
#include <cstring>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace fairlead::json {

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

} // namespace fairlead::json
