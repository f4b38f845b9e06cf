// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/openai_chat/Caller.h"

namespace fairlead::wire::openai_chat {

Caller Caller::of(const InboundCall *call)
{
    Caller caller;
    if (!call)
        return caller;
    const auto [tools, functions] = call->document.root().pick("tools", "functions");
    caller.callsFunctions = functions.isArray() && !tools.isArray();
    for (const json::View tool : tools.elements()) {
        if (tool["type"].equals("custom"))
            caller.customTools.insert(tool["custom"]["name"].stringOr({}));
    }
    caller.isMistral = isMistralClient(call->headers);
    return caller;
}

bool isMistralClient(const Headers &headers)
{
    // Browsers do not let it set the usual one.
    return headers.value("user-agent").startsWith("mistral-client")
           || headers.value("x-mistral-user-agent").startsWith("mistral-client");
}

QByteArray customInput(const QByteArray &arguments)
{
    const auto document = json::Document::parse(arguments);
    return document ? (*document)["input"].stringOr(arguments) : arguments;
}

} // namespace fairlead::wire::openai_chat
