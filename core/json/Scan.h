// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "json/View.h"

namespace fairlead::json {

// Moving through JSON text that is already known to be valid. Every function stays inside [at, end), so views
// work on buffers without padding or a terminating zero.

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

/// `open` is at the opening quote; the place after the closing one.
[[nodiscard]] const char *afterString(const char *open, const char *end);

/// `at` is at a value's first byte; the place after its last one.
[[nodiscard]] const char *afterValue(const char *at, const char *end);

/// What a value is, by its first byte.
[[nodiscard]] Kind kindOf(char first);

/// One member of an object, as places in the text.
struct RawMember {
    QByteArrayView key; ///< between the quotes, still escaped
    bool plain; ///< the key has no escapes
    const char *value;
    const char *next; ///< after the value

    [[nodiscard]] const char *keyQuote() const { return key.data() - 1; }
    [[nodiscard]] QByteArrayView text() const { return {value, next}; }
    /// Inline as far as the lengths: most names differ in it.
    [[nodiscard]] bool isNamed(QByteArrayView name) const
    {
        return plain ? key.size() == name.size() && hasText(name) : hasMeaning(name);
    }

private:
    [[nodiscard]] bool hasText(QByteArrayView name) const;
    [[nodiscard]] bool hasMeaning(QByteArrayView name) const;
};

/// Reads the member or element after `at`, which is behind the opening bracket or the one before, and moves
/// `at` behind it. False, with `at` null, when there is none.
[[nodiscard]] bool readMember(const char *&at, const char *end, RawMember &member);
[[nodiscard]] bool readElement(const char *&at, const char *end, QByteArrayView &element);

} // namespace fairlead::json
