// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "json/View.h"

#include <QByteArray>

namespace fairlead::wire::ollama {

/// Ollama's list of token objects as OpenAI's `{"content":[...]}`, where `bytes` and `top_logprobs` are
/// always there.
[[nodiscard]] QByteArray openAiLogprobs(json::View list);

/// The elements of such a content, without brackets, as Ollama writes them; empty if there are none.
[[nodiscard]] QByteArray logprobElements(const QByteArray &openAi);

} // namespace fairlead::wire::ollama
