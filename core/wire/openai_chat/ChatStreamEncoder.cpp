// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/openai_chat/ChatStreamEncoder.h"

#include "wire/openai_chat/AnswerWriter.h"
#include "wire/openai_chat/ErrorWriter.h"

#include <algorithm>
#include <utility>

namespace fairlead::wire::openai_chat {

using json::Writer;

namespace {

constexpr int kMostCalls = 4096;

} // namespace

ChatStreamEncoder::ChatStreamEncoder(AnswerContext context)
    : m_context(std::move(context))
    , m_id("chatcmpl-" + m_context.fallbackId)
{ }

QByteArray ChatStreamEncoder::encode(const ChatEvent &event)
{
    if (m_failed)
        return {};
    std::visit(
        overloaded{
            [this](const chat::Started &started) { start(started); },
            [this](const chat::TextDelta &delta) {
                Choice &target = choice(delta.choice);
                textChunk(target, "content", target.text.add(delta.text));
            },
            [this](const chat::ReasoningDelta &delta) {
                Choice &target = choice(delta.choice);
                textChunk(target, "reasoning_content", target.reasoning.add(delta.text));
            },
            [this](const chat::ReasoningSignature &signature) { sign(signature); },
            [this](const chat::RefusalDelta &delta) {
                Choice &target = choice(delta.choice);
                textChunk(target, "refusal", target.refusal.add(delta.text));
            },
            [this](const chat::ToolCallBegin &begin) { beginCall(begin); },
            [this](const chat::ToolCallDelta &delta) { addArguments(delta); },
            [this](const chat::Citation &citation) { cite(citation); },
            [](const chat::MediaDelta &) {},
            [this](const chat::LogprobsDelta &delta) { choice(delta.choice).logprobs = delta.json; },
            [this](const chat::UsageReport &report) { m_usage = report.usage; },
            [this](const chat::Finished &finished) { endChoice(finished); },
            [this](const chat::Failed &failed) {
                m_failed = true;
                m_out += "data: " + errorObject(failed.failure) + "\n\n";
            },
        },
        event);
    return std::exchange(m_out, QByteArray());
}

QByteArray ChatStreamEncoder::finish()
{
    if (m_context.includeUsage && !m_failed && !m_usage.isEmpty()) {
        fixHead();
        Writer usage;
        writeUsage(usage, m_usage);
        m_out += m_head + "],\"usage\":" + usage.text() + "}\n\n";
    }
    m_out += "data: [DONE]\n\n";
    return std::exchange(m_out, QByteArray());
}

QByteArray ChatStreamEncoder::keepAlive() const
{
    return QByteArrayLiteral(": keep-alive\n\n");
}

void ChatStreamEncoder::start(const chat::Started &started)
{
    if (!started.id.isEmpty())
        m_id = started.id;
    if (started.created > 0)
        m_context.created = started.created;
    m_fingerprint = started.fingerprint;
}

/// Clients expect id, created and model to be the same in every chunk, so they are written once.
void ChatStreamEncoder::fixHead()
{
    if (!m_head.isEmpty())
        return;
    Writer writer;
    writer.beginObject().member("id", m_id).member("object", "chat.completion.chunk");
    writer.memberInteger("created", m_context.created).member("model", m_context.model);
    if (!m_fingerprint.isEmpty())
        writer.member("system_fingerprint", m_fingerprint);
    m_head = "data: " + writer.endObject().take();
    m_head.chop(1);
    m_head += ",\"choices\":[";
}

ChatStreamEncoder::Choice &ChatStreamEncoder::choice(int index)
{
    const auto known = std::find_if(m_choices.begin(), m_choices.end(), [&](const Choice &candidate) {
        return candidate.index == index;
    });
    if (known != m_choices.end())
        return *known;
    Choice &fresh = m_choices.emplace_back();
    fresh.index = index;
    return fresh;
}

void ChatStreamEncoder::chunk(Choice &target, const QByteArray &delta, QByteArrayView finishReason)
{
    if (!target.hasRole) {
        target.hasRole = true;
        // LangChain loses the tool calls of a message whose first delta has no role.
        chunk(target, QByteArrayLiteral(R"({"role":"assistant","content":"","refusal":null})"));
    }
    fixHead();
    m_out += m_head + "{\"index\":" + QByteArray::number(target.index) + ",\"delta\":" + delta
             + ",\"logprobs\":";
    const bool withLogprobs = !target.logprobs.isEmpty() && !delta.startsWith("{\"role\"");
    m_out += withLogprobs ? std::exchange(target.logprobs, QByteArray()) : QByteArrayLiteral("null");
    m_out += ",\"finish_reason\":";
    if (finishReason.isEmpty())
        m_out += "null";
    else
        m_out += json::quoted(finishReason);
    m_out += m_context.includeUsage ? "}],\"usage\":null}\n\n" : "}]}\n\n";
}

void ChatStreamEncoder::textChunk(Choice &target, QByteArrayView field, const QByteArray &text)
{
    if (!text.isEmpty())
        chunk(target, Writer().beginObject().member(field, text).endObject().text());
}

void ChatStreamEncoder::beginCall(const chat::ToolCallBegin &begin)
{
    Choice &target = choice(begin.choice);
    if (begin.custom)
        target.custom.insert(begin.index);
    const QByteArrayView kind = begin.custom ? "custom" : "function";
    Writer writer;
    writer.beginObject().key("tool_calls").beginArray().beginObject();
    writer.memberInteger("index", begin.index)
        .member("id", begin.id)
        .member("type", kind)
        .key(kind)
        .beginObject();
    writer.member("name", begin.name).member(begin.custom ? "input" : "arguments", {}).endObject();
    writeCallSignature(writer, begin.signature);
    chunk(target, writer.endObject().endArray().endObject().text());
}

void ChatStreamEncoder::addArguments(const chat::ToolCallDelta &delta)
{
    if (delta.index < 0 || delta.index >= kMostCalls)
        return;
    Choice &target = choice(delta.choice);
    const auto place = static_cast<std::size_t>(delta.index);
    if (place >= target.arguments.size())
        target.arguments.resize(place + 1);
    argumentsChunk(target, delta.index, target.arguments[place].add(delta.arguments));
}

void ChatStreamEncoder::argumentsChunk(Choice &target, int index, const QByteArray &text)
{
    if (text.isEmpty())
        return;
    const bool custom = target.custom.count(index) > 0;
    Writer writer;
    writer.beginObject().key("tool_calls").beginArray().beginObject().memberInteger("index", index);
    writer.key(custom ? "custom" : "function")
        .beginObject()
        .member(custom ? "input" : "arguments", text)
        .endObject();
    chunk(target, writer.endObject().endArray().endObject().text());
}

void ChatStreamEncoder::sign(const chat::ReasoningSignature &signature)
{
    chat::ReasoningPart part;
    part.signature = signature.signature;
    part.redacted = signature.redacted;
    part.id = signature.id;
    part.origin = signature.origin;
    Writer writer;
    writer.beginObject().key("reasoning_details").beginArray();
    writeReasoningDetail(writer, part, signature.block);
    chunk(choice(signature.choice), writer.endArray().endObject().text());
}

void ChatStreamEncoder::cite(const chat::Citation &citation)
{
    Writer writer;
    writer.beginObject().key("annotations").beginArray();
    writeCitation(writer, citation);
    chunk(choice(citation.choice), writer.endArray().endObject().text());
}

/// What is still held back was never completed: the writer turns it into U+FFFD.
void ChatStreamEncoder::flush(Choice &target)
{
    textChunk(target, "reasoning_content", target.reasoning.rest());
    textChunk(target, "content", target.text.rest());
    textChunk(target, "refusal", target.refusal.rest());
    for (std::size_t i = 0; i < target.arguments.size(); ++i)
        argumentsChunk(target, static_cast<int>(i), target.arguments[i].rest());
}

void ChatStreamEncoder::endChoice(const chat::Finished &finished)
{
    Choice &target = choice(finished.choice);
    flush(target);
    chunk(target, QByteArrayLiteral("{}"), finishReasonName(finished.reason));
}

} // namespace fairlead::wire::openai_chat
