// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace fairlead::wire::ollama {

/// The two doors to a chat: the same model, options and stream, other names for the words.
enum class Endpoint {
    Chat, ///< /api/chat: messages in, a message out
    Generate, ///< /api/generate: a prompt in, a response out
};

} // namespace fairlead::wire::ollama
