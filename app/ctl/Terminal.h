// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Result.h"
#include "base/Secret.h"

#include <QByteArray>

/// Standard output, error and input.
namespace fairlead::app::terminal {

/// Writes at once.
void out(const QByteArray &utf8);
void err(const QByteArray &utf8);
/// "fairleadctl: words" on standard error.
void complain(const QByteArray &words);

[[nodiscard]] bool isOutputTerminal();
[[nodiscard]] bool isInputTerminal();

/// What a model wrote, fit for a terminal: control characters other than line feed and tab are dropped, so
/// that an answer cannot move the cursor, set titles or write into the clipboard.
[[nodiscard]] QByteArray harmless(QByteArray utf8);

/// All of standard input, up to a cap.
[[nodiscard]] Result<QByteArray> readAll();
/// One line without echo after a prompt on a terminal; without a terminal, all there is. White space around
/// it is cut.
[[nodiscard]] Result<Secret> readSecret(const QByteArray &prompt);
/// A yes from a terminal; false without one.
[[nodiscard]] bool confirm(const QByteArray &question);

} // namespace fairlead::app::terminal
