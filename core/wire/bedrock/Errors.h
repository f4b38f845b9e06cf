// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Headers.h"
#include "chat/Failure.h"

#include <QByteArrayView>

namespace fairlead::wire::bedrock {

/// A failed HTTP answer: the body has the words, the header x-amzn-errortype the kind.
[[nodiscard]] chat::Failure failureOfAnswer(int status, const Headers &headers, QByteArrayView body);
/// An exception in the middle of a stream, by its name ("throttlingException") and its JSON.
[[nodiscard]] chat::Failure failureInStream(QByteArrayView name, QByteArrayView payload);

} // namespace fairlead::wire::bedrock
