// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Headers.h"
#include "chat/Failure.h"
#include "json/View.h"

#include <QByteArrayView>

namespace fairlead::wire::anthropic {

/// An answer that is not 2xx.
[[nodiscard]] chat::Failure failureOfAnswer(int status, const Headers &headers, QByteArrayView body);
/// `{"type":"error","error":{...}}` inside a 200.
[[nodiscard]] chat::Failure failureInStream(json::View root);

} // namespace fairlead::wire::anthropic
