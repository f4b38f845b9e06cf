// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/ollama/OllamaStreamEncoder.h"

#include "wire/ollama/Logprobs.h"

#include <utility>

namespace fairlead::wire::ollama {

namespace {

constexpr int kMostCalls = 4096;
constexpr int kMostImages = 64;

/// The answer's only choice.
constexpr int kChoice = 0;

template<typename T>
T *slot(std::vector<T> &list, int index, int most)
{
    if (index < 0 || index >= most)
        return nullptr;
    if (static_cast<std::size_t>(index) >= list.size())
        list.resize(static_cast<std::size_t>(index) + 1);
    return &list[static_cast<std::size_t>(index)];
}

int choiceOf(const ChatEvent &event)
{
    return std::visit(
        [](const auto &e) {
            if constexpr (requires { e.choice; })
                return e.choice;
            else
                return kChoice;
        },
        event);
}

} // namespace

OllamaStreamEncoder::OllamaStreamEncoder(AnswerContext context, Endpoint endpoint)
    : m_context(std::move(context))
    , m_endpoint(endpoint)
{ }

QByteArray OllamaStreamEncoder::encode(const ChatEvent &event)
{
    if (m_failed || choiceOf(event) != kChoice)
        return {};
    std::visit(
        overloaded{
            [this](const chat::Started &started) {
                if (started.created > 0)
                    m_context.created = started.created;
            },
            [this](const chat::TextDelta &delta) { sayText(m_text.add(delta.text)); },
            [this](const chat::ReasoningDelta &delta) { sayThinking(m_thinking.add(delta.text)); },
            [](const chat::ReasoningSignature &) {},
            [this](const chat::RefusalDelta &delta) { sayText(m_text.add(delta.text)); },
            [this](const chat::ToolCallBegin &begin) {
                if (auto *call = slot(m_whole.calls, begin.index, kMostCalls)) {
                    call->id = begin.id;
                    call->name = begin.name;
                    call->custom = begin.custom;
                }
            },
            [this](const chat::ToolCallDelta &delta) { addArguments(delta); },
            [](const chat::Citation &) {},
            [this](const chat::MediaDelta &delta) { addImage(delta); },
            [this](const chat::LogprobsDelta &delta) {
                const QByteArray elements = logprobElements(delta.json);
                if (!m_logprobs.isEmpty() && !elements.isEmpty())
                    m_logprobs += ',';
                m_logprobs += elements;
            },
            [this](const chat::UsageReport &report) { m_usage = report.usage; },
            [this](const chat::Finished &finished) { endChoice(finished); },
            [this](const chat::Failed &failed) {
                m_failed = true;
                m_out += errorObject(failed.failure) + '\n';
            },
        },
        event);
    return std::exchange(m_out, QByteArray());
}

QByteArray OllamaStreamEncoder::finish()
{
    if (m_failed)
        return {};
    json::Writer writer;
    beginObject(writer, m_context.model, m_context.created);
    Said nothingMore;
    nothingMore.logprobs = std::exchange(m_logprobs, QByteArray());
    writeSaid(writer, nothingMore, m_endpoint);
    endAnswer(writer, m_finished, m_usage);
    return json::oneLine(writer.take()) + '\n';
}

void OllamaStreamEncoder::line(const Said &said)
{
    json::Writer writer;
    beginObject(writer, m_context.model, m_context.created);
    writeSaid(writer, said, m_endpoint);
    m_out += json::oneLine(writer.memberBoolean("done", false).endObject().take()) + '\n';
}

void OllamaStreamEncoder::sayText(const QByteArray &text)
{
    if (text.isEmpty())
        return;
    Said said;
    said.text = text;
    said.logprobs = std::exchange(m_logprobs, QByteArray());
    line(said);
}

void OllamaStreamEncoder::sayThinking(const QByteArray &text)
{
    if (text.isEmpty())
        return;
    Said said;
    said.thinking = text;
    line(said);
}

void OllamaStreamEncoder::addArguments(const chat::ToolCallDelta &delta)
{
    if (auto *call = slot(m_whole.calls, delta.index, kMostCalls))
        call->arguments += delta.arguments;
}

void OllamaStreamEncoder::addImage(const chat::MediaDelta &delta)
{
    if (delta.media.kind != chat::MediaPart::Kind::Image)
        return;
    if (QByteArray *image = slot(m_whole.images, delta.block, kMostImages))
        *image += delta.media.base64;
}

/// What is still held back was never completed: the writer turns it into U+FFFD.
void OllamaStreamEncoder::endChoice(const chat::Finished &finished)
{
    sayThinking(m_thinking.rest());
    sayText(m_text.rest());
    m_finished = finished;
    if (m_endpoint == Endpoint::Chat && !(m_whole.calls.empty() && m_whole.images.empty()))
        line(m_whole);
    m_whole = Said();
}

} // namespace fairlead::wire::ollama
