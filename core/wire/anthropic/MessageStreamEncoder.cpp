// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/anthropic/MessageStreamEncoder.h"

#include "wire/SseReader.h"
#include "wire/anthropic/AnswerWriter.h"
#include "wire/anthropic/ErrorWriter.h"
#include "wire/anthropic/ForeignThinking.h"
#include "json/Writer.h"

#include <algorithm>
#include <utility>

namespace fairlead::wire::anthropic {

using json::Writer;

namespace {

constexpr std::size_t kMostCalls = 4096;
constexpr qsizetype kMostWaitingBytes = 16 * 1024 * 1024;
constexpr QByteArrayView kPing = "event: ping\ndata: {\"type\": \"ping\"}\n\n";

chat::Failure broken(const char *message)
{
    return chat::Failure(chat::FailureClass::Protocol, 0, message);
}

} // namespace

void ObjectEnd::feed(QByteArrayView piece)
{
    for (const char c : piece) {
        if (m_inString) {
            m_inString = m_escaped || c != '"';
            m_escaped = !m_escaped && c == '\\';
        } else if (c == '"') {
            m_inString = true;
        } else if (c == '{' || c == '[') {
            ++m_depth;
        } else if (c == '}' || c == ']') {
            m_reached = --m_depth <= 0 || m_reached;
        }
    }
}

MessageStreamEncoder::MessageStreamEncoder(AnswerContext context)
    : m_context(std::move(context))
{ }

QByteArray MessageStreamEncoder::encode(const ChatEvent &event)
{
    if (m_failed)
        return {};
    // The dialect has one answer; further choices were reported as lost when they were asked for.
    const auto first = [](const auto &part) { return part.choice == 0; };
    std::visit(
        overloaded{
            [&](const chat::Started &started) { start(started.id); },
            [&](const chat::TextDelta &delta) {
                if (first(delta))
                    text(delta.text);
            },
            [&](const chat::ReasoningDelta &delta) {
                if (first(delta))
                    think(delta);
            },
            [&](const chat::ReasoningSignature &signature) {
                if (first(signature))
                    sign(signature);
            },
            [&](const chat::RefusalDelta &delta) {
                if (first(delta))
                    m_refusal += delta.text;
            },
            [&](const chat::ToolCallBegin &begin) {
                if (first(begin))
                    beginCall(begin);
            },
            [&](const chat::ToolCallDelta &delta) {
                if (first(delta))
                    addArguments(delta);
            },
            [&](const chat::Citation &citation) {
                if (first(citation))
                    cite(citation);
            },
            [](const chat::MediaDelta &) {},
            [](const chat::LogprobsDelta &) {},
            [&](const chat::UsageReport &report) { m_usage = report.usage; },
            [&](const chat::Finished &finished) {
                if (first(finished))
                    m_finished = finished;
            },
            [&](const chat::Failed &failed) { fail(failed.failure); },
        },
        event);
    return std::exchange(m_out, QByteArray());
}

QByteArray MessageStreamEncoder::finish()
{
    if (m_failed)
        return {};
    if (m_finished && m_finished->reason == chat::FinishReason::Error) {
        fail(broken("The model ended its answer with an error."));
        return std::exchange(m_out, QByteArray());
    }
    start({});
    endCalls();
    closeBlock();
    Writer writer;
    writer.beginObject().member("type", "message_delta").key("delta").beginObject();
    writeStop(writer, m_finished ? &*m_finished : nullptr, !m_calls.empty(), m_refusal);
    writer.endObject().key("usage");
    writeFinalUsage(writer, m_usage);
    event("message_delta", writer.endObject().take());
    event("message_stop", QByteArrayLiteral(R"({"type":"message_stop"})"));
    return std::exchange(m_out, QByteArray());
}

/// Blocks are numbered: what was told must have as many as we know of.
bool MessageStreamEncoder::adopt(QByteArrayView told)
{
    if (told.isEmpty())
        return true;
    int blocks = 0;
    bool isOpen = false;
    SseReader reader;
    (void)reader.feed(told, [&](const SseEvent &event) {
        if (event.data.contains("\"content_block_start\"")) {
            ++blocks;
            isOpen = true;
        } else if (event.data.contains("\"content_block_stop\"")) {
            isOpen = false;
        }
    });
    if (!isOpen)
        m_open = Open::Nothing;
    m_pinged = true;
    return blocks == m_blocks;
}

QByteArray MessageStreamEncoder::keepAlive() const
{
    return kPing.toByteArray();
}

void MessageStreamEncoder::event(QByteArrayView name, const QByteArray &data)
{
    m_out += "event: ";
    m_out.append(name.data(), name.size());
    m_out += "\ndata: " + json::oneLine(data) + "\n\n";
}

/// At once, for clients that show that something happens; the tokens read are told at the end.
void MessageStreamEncoder::start(const QByteArray &id)
{
    if (std::exchange(m_started, true))
        return;
    Writer writer;
    writer.beginObject().member("type", "message_start").key("message").beginObject();
    writer.member("id", messageId(id, m_context)).member("type", "message").member("role", "assistant");
    writer.member("model", m_context.model).key("content").beginArray().endArray();
    writer.memberNull("stop_reason").memberNull("stop_sequence").memberNull("stop_details").key("usage");
    writeUsage(writer, m_usage);
    event("message_start", writer.endObject().endObject().take());
}

void MessageStreamEncoder::openBlock(Open kind, const QByteArray &block)
{
    start({});
    m_open = kind;
    event(
        "content_block_start", R"({"type":"content_block_start","index":)" + QByteArray::number(m_blocks++)
                                   + ",\"content_block\":" + block + '}');
    if (!std::exchange(m_pinged, true))
        m_out.append(kPing.data(), kPing.size());
}

void MessageStreamEncoder::closeBlock()
{
    switch (m_open) {
    case Open::Nothing:
        return;
    case Open::Text:
        delta("text_delta", "text", m_text.rest());
        m_cited = false;
        break;
    case Open::Thinking:
        delta("thinking_delta", "thinking", m_thoughts.rest());
        if (!m_signed)
            delta("signature_delta", "signature", sealedThinking({}));
        m_thinking = -1;
        m_signed = false;
        break;
    case Open::Call: {
        Call &call = m_calls[m_nextCall - 1];
        QByteArray rest = call.pieces.rest();
        if (call.begin.custom)
            rest = Writer().beginObject().member("input", call.waiting + rest).endObject().text();
        delta("input_json_delta", "partial_json", rest);
        call.waiting.clear();
        call.isClosed = true;
        break;
    }
    }
    m_open = Open::Nothing;
    event(
        "content_block_stop",
        R"({"type":"content_block_stop","index":)" + QByteArray::number(m_blocks - 1) + '}');
}

void MessageStreamEncoder::wholeBlock(const QByteArray &block)
{
    closeBlock();
    openBlock(Open::Nothing, block);
    event(
        "content_block_stop",
        R"({"type":"content_block_stop","index":)" + QByteArray::number(m_blocks - 1) + '}');
}

void MessageStreamEncoder::delta(QByteArrayView type, QByteArrayView field, const QByteArray &text)
{
    if (text.isEmpty())
        return;
    Writer writer;
    writer.beginObject().member("type", "content_block_delta").memberInteger("index", m_blocks - 1);
    writer.key("delta").beginObject().member("type", type).member(field, text).endObject();
    event("content_block_delta", writer.endObject().take());
}

void MessageStreamEncoder::text(const QByteArray &text)
{
    if (text.isEmpty())
        return;
    if (m_open != Open::Text || m_cited) {
        endCalls();
        closeBlock();
        openBlock(Open::Text, QByteArrayLiteral(R"({"type":"text","text":""})"));
    }
    delta("text_delta", "text", m_text.add(text));
}

void MessageStreamEncoder::openThinking(int block)
{
    if (m_open == Open::Thinking && m_thinking == block)
        return;
    endCalls();
    closeBlock();
    openBlock(Open::Thinking, QByteArrayLiteral(R"({"type":"thinking","thinking":"","signature":""})"));
    m_thinking = block;
}

void MessageStreamEncoder::think(const chat::ReasoningDelta &thought)
{
    if (thought.text.isEmpty())
        return;
    openThinking(thought.block);
    delta("thinking_delta", "thinking", m_thoughts.add(thought.text));
}

void MessageStreamEncoder::sign(const chat::ReasoningSignature &signature)
{
    chat::ReasoningPart part;
    part.signature = signature.signature;
    part.redacted = signature.redacted;
    part.id = signature.id;
    part.origin = signature.origin;
    if (part.signature.isEmpty() && part.redacted.isEmpty() && part.id.isEmpty())
        return;
    const bool own = isOwnThinking(part);
    const bool isOpen = m_open == Open::Thinking && m_thinking == signature.block && !m_signed;
    if ((own && !part.redacted.isEmpty()) || (!own && !isOpen)) {
        endCalls();
        Writer writer;
        writeRedacted(writer, own ? part.redacted : sealedThinking(part));
        wholeBlock(writer.take());
        return;
    }
    openThinking(signature.block);
    delta("signature_delta", "signature", own ? part.signature : sealedThinking(part));
    m_signed = true;
}

void MessageStreamEncoder::cite(const chat::Citation &citation)
{
    if (m_open != Open::Text)
        return; // nothing it could belong to
    Writer cited;
    if (!writeCitation(cited, citation))
        return;
    Writer writer;
    writer.beginObject().member("type", "content_block_delta").memberInteger("index", m_blocks - 1);
    writer.key("delta").beginObject().member("type", "citations_delta");
    writer.memberRaw("citation", cited.text()).endObject();
    event("content_block_delta", writer.endObject().take());
    m_cited = true;
}

void MessageStreamEncoder::beginCall(const chat::ToolCallBegin &begin)
{
    if (m_calls.size() >= kMostCalls) {
        fail(broken("The model called too many tools."));
        return;
    }
    m_calls.emplace_back().begin = begin;
    advanceCalls();
}

void MessageStreamEncoder::addArguments(const chat::ToolCallDelta &fragment)
{
    const auto found = std::find_if(
        m_calls.begin(), m_calls.end(), [&](const Call &call) { return call.begin.index == fragment.index; });
    if (found == m_calls.end() || fragment.arguments.isEmpty())
        return;
    if (found->isClosed) {
        // That a call has no arguments is often told late, behind the text that followed it.
        if (found->hasArguments || found->begin.custom || fragment.arguments != "{}")
            fail(broken("The provider added to a tool call after it had ended."));
        return;
    }
    found->hasArguments = true;
    const QByteArray piece = found->pieces.add(fragment.arguments);
    found->end.feed(piece);
    const bool isOpen = m_open == Open::Call && found - m_calls.begin() + 1 == std::ptrdiff_t(m_nextCall);
    if (isOpen && !found->begin.custom) {
        delta("input_json_delta", "partial_json", piece);
        advanceCalls();
        return;
    }
    found->waiting += piece;
    m_waitingBytes += piece.size();
    if (m_waitingBytes > kMostWaitingBytes)
        fail(broken("The model's tool calls are beyond the size limit."));
}

void MessageStreamEncoder::advanceCalls()
{
    while (m_nextCall < m_calls.size()) {
        if (m_open == Open::Call && !m_calls[m_nextCall - 1].end.isReached())
            return;
        closeBlock();
        openCall(m_calls[m_nextCall++]);
    }
}

void MessageStreamEncoder::openCall(Call &call)
{
    if (!call.begin.signature.isEmpty()) {
        Writer seal;
        writeRedacted(seal, sealedCallSignature(call.begin.signature));
        wholeBlock(seal.take());
    }
    Writer writer;
    writer.beginObject().member("type", "tool_use").member("id", call.begin.id);
    writer.member("name", call.begin.name).key("input").beginObject().endObject();
    openBlock(Open::Call, writer.endObject().take());
    if (!call.begin.custom)
        delta("input_json_delta", "partial_json", std::exchange(call.waiting, QByteArray()));
}

void MessageStreamEncoder::endCalls()
{
    while (m_nextCall < m_calls.size()) {
        closeBlock();
        openCall(m_calls[m_nextCall++]);
    }
}

void MessageStreamEncoder::fail(const chat::Failure &failure)
{
    m_failed = true;
    event("error", errorObject(failure));
}

} // namespace fairlead::wire::anthropic
