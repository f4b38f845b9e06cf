// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/Prompt.h"

#include "app/ctl/Terminal.h"

namespace fairlead::app {

namespace {

chat::Message message(chat::Role role, const QByteArray &text)
{
    chat::TextPart part;
    part.text = text;
    chat::Message message;
    message.role = role;
    message.parts.emplace_back(std::move(part));
    return message;
}

} // namespace

Result<QByteArray> readPrompt(const QStringList &words)
{
    QStringList said = words;
    const bool piped
        = said.removeAll(QStringLiteral("-")) > 0 || (words.isEmpty() && !terminal::isInputTerminal());
    QByteArray prompt = said.join(u' ').toUtf8();
    if (piped) {
        auto input = terminal::readAll();
        if (!input)
            return input;
        if (!prompt.isEmpty())
            prompt += "\n\n";
        prompt += *input;
    }
    if (prompt.trimmed().isEmpty())
        return fail(ErrorKind::Invalid, "There is no prompt. Write it behind the options, or pipe it in.");
    if (!prompt.isValidUtf8())
        return fail(ErrorKind::Invalid, "The prompt is not UTF-8 text.");
    return prompt;
}

chat::ChatRequest makeRequest(const QByteArray &model, const QByteArray &system, const QByteArray &prompt)
{
    chat::ChatRequest request;
    request.model = model;
    request.stream = true;
    if (!system.isEmpty())
        request.messages.push_back(message(chat::Role::System, system));
    request.messages.push_back(message(chat::Role::User, prompt));
    return request;
}

Result<QByteArray> defaultModel(const gateway::Gateway &gateway)
{
    for (const gateway::ModelInfo &model : gateway.models()) {
        const bool free = model.isRoute || (gateway.config().providers.empty() && model.provider == "demo");
        if (model.ready && free)
            return model.name;
    }
    return fail(
        ErrorKind::Invalid,
        "Say which model: -m PROVIDER/MODEL. `fairleadctl models` lists them; a route in the config becomes"
        " the default.");
}

} // namespace fairlead::app
