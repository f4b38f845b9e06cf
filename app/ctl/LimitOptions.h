// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/ctl/Arguments.h"

#include <QCommandLineOption>

namespace fairlead::app {

/// The name and all that the options say; the error is for whoever mistyped.
[[nodiscard]] Result<config::AppConfig> appSettings(const QByteArray &name, const Arguments &arguments);

/// "90s", "30m", "1h", "7d".
[[nodiscard]] Result<std::chrono::seconds> durationOf(const QString &text);
/// "5", "5.00", "$5".
[[nodiscard]] Result<NanoUsd> amountOf(const QString &text);

} // namespace fairlead::app
