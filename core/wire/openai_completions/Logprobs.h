// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>

namespace fairlead::wire::openai_completions {

/// Chat's logprobs (`{"content":[...]}`) as Completions writes them: lists of tokens, of their logprobs, of
/// the alternatives, and of where each token begins in the text. `offset` counts characters from the text's
/// beginning and is moved behind these tokens. "null" if there are none.
[[nodiscard]] QByteArray listedLogprobs(const QByteArray &chat, qint64 &offset);

} // namespace fairlead::wire::openai_completions
