// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QByteArrayView>

namespace fairlead::json {

/// Appends what a validated string means; `escaped` is the text between its quotes.
void appendUnescaped(QByteArray &out, QByteArrayView escaped);

/// Whether a validated string means exactly `text`.
[[nodiscard]] bool means(QByteArrayView escaped, QByteArrayView text);

/// Appends `utf8` as a JSON string with quotes; bytes that are no UTF-8 become U+FFFD.
void appendQuoted(QByteArray &out, QByteArrayView utf8);

/// Length of the well-formed UTF-8 sequence at `at`, or 0 (RFC 3629: no overlong forms, surrogates or values
/// over U+10FFFF).
[[nodiscard]] int utf8Length(const char *at, const char *end);

} // namespace fairlead::json
