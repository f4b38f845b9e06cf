// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "wire/Codec.h"

#include <set>

namespace fairlead::wire::openai_chat {

/// What the request being answered says of how its caller wants the answer written.
struct Caller {
    /// Declared `functions`, before there were tools: gets `function_call`.
    bool callsFunctions = false;
    /// Custom tools it declared. Other dialects know functions only, so their calls come as {"input": text}.
    std::set<QByteArray> customTools;
    /// Mistral's own client: it takes a tool call only whole, and its usage comes unasked.
    bool isMistral = false;

    /// Of no request: an ordinary caller.
    [[nodiscard]] static Caller of(const InboundCall *call);
};

/// Whether the headers are of Mistral's own client.
[[nodiscard]] bool isMistralClient(const Headers &headers);

/// The text in the arguments of the function that stands for a custom tool.
[[nodiscard]] QByteArray customInput(const QByteArray &arguments);

} // namespace fairlead::wire::openai_chat
