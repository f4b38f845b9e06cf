// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Headers.h"
#include "wire/Codec.h"
#include "json/View.h"

namespace fairlead::wire::cohere {

/// {"id","message"}, sometimes with error_type, of an answer that is not 2xx.
[[nodiscard]] Failure failureOfAnswer(int status, const Headers &headers, QByteArrayView body);
/// The same where an answer was expected.
[[nodiscard]] Failure failureInBody(json::View root);
/// What message-end says of an answer that broke off.
[[nodiscard]] Failure
failureAtEnd(const QByteArray &finish, const QByteArray &error, const QByteArray &errorType);

/// A failure as Cohere's clients expect it.
[[nodiscard]] EncodedError encodeError(const Failure &failure);

} // namespace fairlead::wire::cohere
