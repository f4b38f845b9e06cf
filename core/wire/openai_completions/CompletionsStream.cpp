// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/openai_completions/CompletionsStream.h"

#include "wire/ToolMapping.h"
#include "wire/openai_chat/AnswerWriter.h"
#include "wire/openai_chat/ErrorWriter.h"
#include "wire/openai_completions/AnswerWriter.h"
#include "wire/openai_completions/Logprobs.h"

#include <utility>

namespace fairlead::wire::openai_completions {

CompletionsStream::CompletionsStream(AnswerContext context, QByteArray echo)
    : m_context(std::move(context))
    , m_id("cmpl-" + m_context.fallbackId)
    , m_echo(std::move(echo))
{ }

QByteArray CompletionsStream::encode(const ChatEvent &event)
{
    if (m_failed)
        return {};
    std::visit(
        overloaded{
            [this](const chat::Started &started) {
                if (!started.id.isEmpty())
                    m_id = started.id;
                if (started.created > 0)
                    m_context.created = started.created;
            },
            [this](const chat::TextDelta &delta) {
                say(delta.choice, choice(delta.choice).text.add(delta.text));
            },
            [](const chat::ReasoningDelta &) {},
            [](const chat::ReasoningSignature &) {},
            [this](const chat::RefusalDelta &delta) {
                say(delta.choice, choice(delta.choice).text.add(delta.text));
            },
            [](const chat::ToolCallBegin &) {},
            [](const chat::ToolCallDelta &) {},
            [](const chat::Citation &) {},
            [](const chat::MediaDelta &) {},
            [this](const chat::LogprobsDelta &delta) {
                Choice &target = choice(delta.choice);
                target.logprobs = listedLogprobs(delta.json, target.offset);
            },
            [this](const chat::UsageReport &report) { m_usage = report.usage; },
            [this](const chat::Finished &finished) {
                // What is still held back was never completed: the writer turns it into U+FFFD.
                say(finished.choice, choice(finished.choice).text.rest(), finished);
            },
            [this](const chat::Failed &failed) {
                m_failed = true;
                m_out += "data: " + openai_chat::errorObject(failed.failure) + "\n\n";
            },
        },
        event);
    return std::exchange(m_out, QByteArray());
}

QByteArray CompletionsStream::finish()
{
    if (m_context.includeUsage && !m_failed && !m_usage.isEmpty()) {
        json::Writer writer;
        begin(writer);
        writer.endArray().key("usage");
        openai_chat::writeUsage(writer, m_usage);
        send(writer);
    }
    m_out += "data: [DONE]\n\n";
    return std::exchange(m_out, QByteArray());
}

QByteArray CompletionsStream::keepAlive() const
{
    return QByteArrayLiteral(": keep-alive\n\n");
}

CompletionsStream::Choice &CompletionsStream::choice(int index)
{
    const auto [place, isNew] = m_choices.try_emplace(index);
    if (isNew)
        place->second.offset = countCharacters(m_echo);
    return place->second;
}

void CompletionsStream::say(int index, const QByteArray &text, const std::optional<chat::Finished> &finished)
{
    Choice &target = choice(index);
    const QByteArray echo = std::exchange(target.echoed, true) ? QByteArray() : m_echo;
    if (text.isEmpty() && echo.isEmpty() && !finished)
        return;
    json::Writer writer;
    begin(writer);
    writeChoice(writer, index, echo + text, std::exchange(target.logprobs, "null"), finished);
    writer.endArray();
    if (m_context.includeUsage)
        writer.memberNull("usage");
    send(writer);
}

void CompletionsStream::begin(json::Writer &writer) const
{
    beginCompletion(writer, m_id, m_context.created, m_context.model);
}

void CompletionsStream::send(json::Writer &writer)
{
    m_out += "data: " + json::oneLine(writer.endObject().take()) + "\n\n";
}

} // namespace fairlead::wire::openai_completions
