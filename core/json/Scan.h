// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "json/Node.h"

namespace fairlead::json {

// Moving through JSON text. Every function stays inside [at, end), so texts need no padding and no
// terminating zero.

[[nodiscard]] inline bool isSpace(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

[[nodiscard]] inline const char *skipSpace(const char *at, const char *end)
{
    while (at != end && isSpace(*at))
        ++at;
    return at;
}

/// The first `wanted` in [at, end), or end. Short strings are the rule, so the first 16 bytes are looked at
/// in place.
[[nodiscard]] const char *find(const char *at, const char *end, char wanted);

/// What a number, true, false or null is, by its first byte.
[[nodiscard]] inline Kind kindOfScalar(char first)
{
    return first == 't' || first == 'f' ? Kind::Bool : first == 'n' ? Kind::Null : Kind::Number;
}

} // namespace fairlead::json
