// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config/RouteConfig.h"

namespace fairlead::config {

/// A condition in words: "for the app my-editor, up to 20,000 tokens of prompt".
[[nodiscard]] QByteArray conditionText(const Condition &condition);

// Its parts, each of which must be there.
[[nodiscard]] QByteArray appsText(const Condition &condition); ///< "for the apps a, b"
[[nodiscard]] QByteArray modelsText(const Condition &condition); ///< "asked for as the model gpt-*"
[[nodiscard]] QByteArray headerText(const Condition::Header &header);
[[nodiscard]] QByteArray tokensText(const Condition &condition); ///< "up to 20,000 tokens of prompt"
[[nodiscard]] QByteArray timeText(const Condition &condition); ///< "from 22:00 to 06:00 on sat"
[[nodiscard]] QByteArray budgetText(const Condition &condition); ///< "with at most $1 left of the budget"

/// "1,234,567"
[[nodiscard]] QByteArray grouped(qint64 number);

} // namespace fairlead::config
