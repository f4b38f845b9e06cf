// SPDX-License-Identifier: GPL-3.0-or-later
#include "routing/ToolRun.h"

namespace fairlead::routing {

namespace {

using json::View;

/// Follows the conversation from its beginning; what stands at its end counts.
class Follower
{
public:
    [[nodiscard]] ToolRun run() const { return ToolRun{m_name, m_length}; }

    /// `arguments` as they were written: a model in a loop writes them alike.
    void called(View name, View arguments)
    {
        QByteArray said = name.stringOr({});
        const QByteArray given = arguments.rawCopy();
        if (m_length > 0 && said == m_name && given == m_arguments) {
            ++m_length;
            return;
        }
        m_name = std::move(said);
        m_arguments = given;
        m_length = 1;
    }
    void somebodySpoke() { m_length = 0; }

private:
    QByteArray m_name;
    QByteArray m_arguments;
    qint64 m_length = 0;
};

/// Chat Completions, Cohere and Ollama: {"role":"assistant","tool_calls":[{"function":{...}}]}.
void followToolCalls(View message, Follower &follower)
{
    for (const View call : message["tool_calls"].elements()) {
        const View function = call["function"];
        follower.called(function["name"], function["arguments"]);
    }
}

/// Messages: {"type":"tool_use","name":...,"input":...} among the blocks; results come as the user's.
/// True if there is something besides them.
bool followBlocks(View content, Follower &follower)
{
    bool spoke = content.isString();
    for (const View block : content.elements()) {
        if (block["type"].equals("tool_use"))
            follower.called(block["name"], block["input"]);
        else if (!block["type"].equals("tool_result"))
            spoke = true;
    }
    return spoke;
}

/// Gemini: {"functionCall":{"name":...,"args":...}} and functionResponse among the parts.
bool followParts(View parts, Follower &follower)
{
    bool spoke = false;
    for (const View part : parts.elements()) {
        const View call = part["functionCall"];
        if (call)
            follower.called(call["name"], call["args"]);
        else if (!part["functionResponse"])
            spoke = true;
    }
    return spoke;
}

void follow(View message, Follower &follower)
{
    const View type = message["type"];
    if (type.equals("function_call")) { // an item of the Responses dialect
        follower.called(message["name"], message["arguments"]);
        return;
    }
    followToolCalls(message, follower);
    bool spoke = followBlocks(message["content"], follower);
    spoke = followParts(message["parts"], follower) || spoke;
    if (spoke && message["role"].equals("user"))
        follower.somebodySpoke();
}

} // namespace

ToolRun toolRunOf(const wire::InboundCall &call, qint64 least)
{
    const auto [messages, input, contents] = call.document.root().pick("messages", "input", "contents");
    const View conversation = messages.isArray() ? messages : input.isArray() ? input : contents;
    // Each call has its answer beside it.
    if (least <= 0 || conversation.count() < 2 * least - 1)
        return {};
    Follower follower;
    for (const View message : conversation.elements())
        follow(message, follower);
    return follower.run();
}

} // namespace fairlead::routing
