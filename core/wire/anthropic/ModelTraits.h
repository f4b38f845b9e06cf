// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArrayView>

#include <cstdint>

namespace fairlead::wire::anthropic {

/// How a model is told to think.
enum class ThinkingStyle {
    None, ///< it cannot
    Budget, ///< thinking {type: enabled, budget_tokens}
    Adaptive, ///< thinking {type: adaptive} and output_config.effort
};

/// What a request must know of a model beyond what the caller says.
struct ModelTraits {
    QByteArrayView part; ///< the models whose name holds this, with '.' read as '-'
    ThinkingStyle thinking = ThinkingStyle::Budget;
    std::int64_t mostOutput = 64000; ///< tokens it can write at most
    bool sampling = true; ///< takes temperature, top_p, top_k
    bool xhigh = true; ///< knows effort "xhigh"
};

[[nodiscard]] const ModelTraits &traitsOf(QByteArrayView model);

} // namespace fairlead::wire::anthropic
