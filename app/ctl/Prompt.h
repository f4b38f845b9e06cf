// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Result.h"
#include "chat/ChatRequest.h"
#include "gateway/Gateway.h"

#include <QStringList>

namespace fairlead::app {

/// The prompt from the words of the command line; "-" stands for standard input, and so do no words at all
/// when input is piped.
[[nodiscard]] Result<QByteArray> readPrompt(const QStringList &words);
[[nodiscard]] chat::ChatRequest
makeRequest(const QByteArray &model, const QByteArray &system, const QByteArray &prompt);
/// What to ask when no model is named: the first route that is ready, or the demo on a fresh machine. Never a
/// model that costs money and was not chosen.
[[nodiscard]] Result<QByteArray> defaultModel(const gateway::Gateway &gateway);

} // namespace fairlead::app
