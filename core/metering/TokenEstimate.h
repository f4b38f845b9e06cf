// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "chat/ChatRequest.h"

#include <QByteArrayView>

#include <cstdint>

namespace fairlead::metering {

/// How many tokens a text is likely to be, by its words, digits, punctuation and scripts. Tokenisers differ
/// by a third among themselves, and so may this from any of them: for where the provider cannot be asked.
[[nodiscard]] std::int64_t estimateTokens(QByteArrayView utf8);

/// The same for everything a request makes a model read. Never 0.
[[nodiscard]] std::int64_t estimateInputTokens(const chat::ChatRequest &request);

} // namespace fairlead::metering
