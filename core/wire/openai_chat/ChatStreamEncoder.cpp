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
                textChunk(target, refusalField(), target.refusal.add(delta.text));
            },
            [this](const chat::ToolCallBegin &begin) { beginCall(begin); },
            [this](const chat::ToolCallDelta &delta) { addArguments(delta); },
            [this](const chat::Citation &citation) { cite(citation); },
            [this](const chat::MediaDelta &delta) { addMedia(delta); },
            [this](const chat::LogprobsDelta &delta) {
                choice(delta.choice).logprobs = json::oneLine(delta.json);
            },
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
    if ((m_context.includeUsage || caller().isMistral) && !m_failed && !m_usage.isEmpty()) {
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

const Caller &ChatStreamEncoder::caller()
{
    if (!m_caller)
        m_caller = Caller::of(m_context.call);
    return *m_caller;
}

QByteArrayView ChatStreamEncoder::refusalField()
{
    return caller().isMistral ? "content" : "refusal"; // Mistral's messages have no field for it
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
    // Mistral's client refuses the null that OpenAI's expect.
    const bool usageToCome = m_context.includeUsage && !caller().isMistral;
    m_out += usageToCome ? "}],\"usage\":null}\n\n" : "}]}\n\n";
}

void ChatStreamEncoder::textChunk(Choice &target, QByteArrayView field, const QByteArray &text)
{
    if (!text.isEmpty())
        chunk(target, Writer().beginObject().member(field, text).endObject().text());
}

void ChatStreamEncoder::beginCall(const chat::ToolCallBegin &begin)
{
    if (begin.index < 0 || begin.index >= kMostCalls)
        return;
    Choice &target = choice(begin.choice);
    writeHeldCalls(target);
    const auto place = static_cast<std::size_t>(begin.index);
    if (place >= target.calls.size())
        target.calls.resize(place + 1);
    Call &call = target.calls[place];
    call.id = begin.id;
    call.name = begin.name;
    call.signature = begin.signature;
    call.wraps = !begin.custom && caller().customTools.count(begin.name) > 0;
    call.custom = begin.custom || call.wraps;
    call.waits = call.wraps || caller().isMistral;
    if (!call.waits)
        headChunk(target, begin.index, {});
}

void ChatStreamEncoder::headChunk(Choice &target, int index, const QByteArray &arguments)
{
    const Call &call = target.calls[static_cast<std::size_t>(index)];
    if (caller().callsFunctions) {
        functionChunk(target, index, call.name, arguments);
        return;
    }
    const QByteArrayView kind = call.custom ? "custom" : "function";
    Writer writer;
    writer.beginObject().key("tool_calls").beginArray().beginObject();
    writer.memberInteger("index", index).member("id", call.id).member("type", kind).key(kind).beginObject();
    writer.member("name", call.name).member(call.custom ? "input" : "arguments", arguments).endObject();
    writeCallSignature(writer, call.signature);
    chunk(target, writer.endObject().endArray().endObject().text());
}

void ChatStreamEncoder::addArguments(const chat::ToolCallDelta &delta)
{
    Choice &target = choice(delta.choice);
    if (delta.index < 0 || static_cast<std::size_t>(delta.index) >= target.calls.size())
        return;
    Call &call = target.calls[static_cast<std::size_t>(delta.index)];
    if (call.waits)
        call.held += delta.arguments;
    else
        argumentsChunk(target, delta.index, call.pieces.add(delta.arguments));
}

void ChatStreamEncoder::argumentsChunk(Choice &target, int index, const QByteArray &text)
{
    if (text.isEmpty())
        return;
    if (caller().callsFunctions) {
        functionChunk(target, index, {}, text);
        return;
    }
    const bool custom = target.calls[static_cast<std::size_t>(index)].custom;
    Writer writer;
    writer.beginObject().key("tool_calls").beginArray().beginObject().memberInteger("index", index);
    writer.key(custom ? "custom" : "function")
        .beginObject()
        .member(custom ? "input" : "arguments", text)
        .endObject();
    chunk(target, writer.endObject().endArray().endObject().text());
}

/// The deprecated form has room for one call.
void ChatStreamEncoder::functionChunk(
    Choice &target, int index, const QByteArray &name, const QByteArray &arguments)
{
    if (index != 0)
        return;
    Writer writer;
    writer.beginObject().key("function_call").beginObject();
    if (!name.isEmpty())
        writer.member("name", name);
    chunk(target, writer.member("arguments", arguments).endObject().endObject().text());
}

void ChatStreamEncoder::writeHeldCalls(Choice &target)
{
    for (std::size_t i = 0; i < target.calls.size(); ++i) {
        Call &call = target.calls[i];
        if (std::exchange(call.waits, false))
            headChunk(target, static_cast<int>(i), call.wraps ? customInput(call.held) : call.held);
    }
}

void ChatStreamEncoder::addMedia(const chat::MediaDelta &delta)
{
    Writer writer;
    writer.beginObject();
    writeMedia(writer, {&delta, 1});
    chunk(choice(delta.choice), writer.endObject().text());
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
    chunk(choice(citation.choice), json::oneLine(writer.endArray().endObject().take()));
}

/// What is still held back was never completed: the writer turns it into U+FFFD.
void ChatStreamEncoder::flush(Choice &target)
{
    textChunk(target, "reasoning_content", target.reasoning.rest());
    textChunk(target, "content", target.text.rest());
    textChunk(target, refusalField(), target.refusal.rest());
    for (std::size_t i = 0; i < target.calls.size(); ++i)
        argumentsChunk(target, static_cast<int>(i), target.calls[i].pieces.rest());
    writeHeldCalls(target);
}

void ChatStreamEncoder::endChoice(const chat::Finished &finished)
{
    Choice &target = choice(finished.choice);
    flush(target);
    chunk(target, QByteArrayLiteral("{}"), finishWord(finished.reason, caller()));
}

} // namespace fairlead::wire::openai_chat
