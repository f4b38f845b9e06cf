// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "json/View.h"
#include "json/Writer.h"

#include <QByteArray>

namespace fairlead::wire::cohere {

/// One {text, token_ids, logprobs} as OpenAI's {"content": [...]}. Where a text is of several tokens nobody
/// says which is whose, so the first has it all.
[[nodiscard]] QByteArray openAiLogprobs(json::View item);

/// OpenAI's form as the values of Cohere's items: one for each token. Token ids nobody else gives; they are
/// left empty.
void writeLogprobItem(json::Writer &writer, json::View token);

} // namespace fairlead::wire::cohere
