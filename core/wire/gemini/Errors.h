// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Headers.h"
#include "chat/Failure.h"
#include "json/View.h"

#include <QByteArrayView>

namespace fairlead::wire::gemini {

/// An answer that is not 2xx.
[[nodiscard]] chat::Failure failureOfAnswer(int status, const Headers &headers, QByteArrayView body);
/// `{"error":{...}}`, or a list of one, inside a 200.
[[nodiscard]] chat::Failure failureInBody(json::View root);

} // namespace fairlead::wire::gemini
