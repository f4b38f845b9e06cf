// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/anthropic/MessageReader.h"

#include "wire/ToolMapping.h"
#include "wire/anthropic/RequestEncoder.h"

#include <algorithm>

namespace fairlead::wire::anthropic {

namespace {

using namespace chat;

// One block is open at a time; a hostile stream must not make us keep thousands.
constexpr std::size_t kMostOpenBlocks = 64;

FinishReason finishReason(QByteArrayView word, bool calledTools)
{
    if (word == "max_tokens" || word == "model_context_window_exceeded")
        return FinishReason::Length;
    if (word == "refusal")
        return FinishReason::ContentFilter;
    if (word == "tool_use" && calledTools)
        return FinishReason::ToolCalls;
    return FinishReason::Stop; // end_turn, stop_sequence, pause_turn and words to come
}

ReasoningSignature seal(int block)
{
    ReasoningSignature signature;
    signature.block = block;
    signature.origin = QByteArrayLiteral("anthropic");
    return signature;
}

} // namespace

bool MessageReader::worthTelling(Kind kind)
{
    if (m_mode == DecodeMode::Full)
        return true;
    const unsigned bit = 1U << static_cast<unsigned>(kind);
    const bool first = (m_told & bit) == 0;
    m_told |= bit;
    return first;
}

void MessageReader::start(json::View message)
{
    m_usage.update(message["usage"], UsageCounts::Output::Provisional);
    // Spliced streams repeat message_start; the answer goes on and its id is already out.
    if (!m_started) {
        m_events->emplace_back(Started(message["id"].stringOr({}), message["model"].stringOr({})));
        m_started = true;
    }
    reportUsage();
}

void MessageReader::assureStarted()
{
    if (!m_started)
        m_events->emplace_back(Started());
    m_started = true;
}

void MessageReader::blockStart(std::int64_t index, json::View block)
{
    blockStop(index);
    if (m_open.size() >= kMostOpenBlocks)
        m_open.erase(m_open.begin());
    Block open;
    open.index = index;
    open.textStart = m_textCharacters;
    const QByteArray type = block["type"].stringOr({});
    if (type == "text") {
        open.kind = Kind::Text;
    } else if (type == "thinking") {
        open.kind = Kind::Thinking;
        open.number = m_reasoningBlocks++;
    } else if (type == "redacted_thinking") {
        open.kind = Kind::Redacted;
        ReasoningSignature redacted = seal(m_reasoningBlocks++);
        redacted.redacted = block["data"].stringOr({});
        if (m_mode == DecodeMode::Full)
            m_events->emplace_back(std::move(redacted));
    } else if (type == "tool_use") {
        const QByteArray name = block["name"].stringOr({});
        open.kind = name == kAnswerTool ? Kind::Answer : Kind::Tool;
        if (block["input"].count() > 0)
            open.input = block["input"].rawCopy();
        if (open.kind == Kind::Tool) {
            open.number = m_toolCalls++;
            QByteArray id = block["id"].stringOr({});
            if (id.isEmpty())
                id = "call_" + QByteArray::number(open.number);
            m_events->emplace_back(ToolCallBegin(open.number, std::move(id), callersToolName(name)));
        }
    }
    m_open.push_back(std::move(open));
    const Kind kind = m_open.back().kind;
    m_skipDeltas = m_mode == DecodeMode::Tap
                   && (kind == Kind::Other || (m_told & (1U << static_cast<unsigned>(kind))) != 0);
    blockDelta(index, block); // some begin with content already
    for (const json::View citation : block["citations"].elements())
        cite(m_open.back(), citation);
}

void MessageReader::blockDelta(std::int64_t index, json::View delta)
{
    Block *block = find(index);
    if (!block)
        return;
    // A delta is known by the field it carries: text, thinking, signature, partial_json, citation.
    switch (block->kind) {
    case Kind::Text:
        text(block->pieces.add(delta["text"]));
        if (const json::View citation = delta["citation"])
            cite(*block, citation);
        break;
    case Kind::Thinking:
        thought(*block, block->pieces.add(delta["thinking"]));
        if (const auto signature = delta["signature"].string(); signature && !signature->isEmpty()) {
            if (m_mode == DecodeMode::Full) {
                ReasoningSignature sealed = seal(block->number);
                sealed.signature = *signature;
                m_events->emplace_back(std::move(sealed));
            }
        }
        break;
    case Kind::Tool:
    case Kind::Answer:
        arguments(*block, block->pieces.add(delta["partial_json"]));
        break;
    case Kind::Redacted:
    case Kind::Other:
        break;
    }
    if (m_mode == DecodeMode::Tap && (m_told & (1U << static_cast<unsigned>(block->kind))) != 0)
        m_skipDeltas = true;
}

void MessageReader::text(const QByteArray &text)
{
    if (text.isEmpty() || !worthTelling(Kind::Text))
        return;
    m_textCharacters += countCharacters(text);
    m_events->emplace_back(TextDelta(text));
}

void MessageReader::thought(const Block &block, const QByteArray &text)
{
    if (text.isEmpty() || !worthTelling(Kind::Thinking))
        return;
    ReasoningDelta reasoning(text);
    reasoning.block = block.number;
    m_events->emplace_back(std::move(reasoning));
}

void MessageReader::arguments(Block &block, const QByteArray &fragment)
{
    if (fragment.isEmpty())
        return;
    block.sawArguments = true;
    if (block.kind == Kind::Answer)
        text(fragment);
    else if (worthTelling(Kind::Tool))
        m_events->emplace_back(ToolCallDelta(block.number, fragment));
}

void MessageReader::cite(Block &block, json::View citation)
{
    if (m_mode == DecodeMode::Tap)
        return;
    Citation cited;
    cited.url = citation["url"].stringOr({});
    // Documents have a title of another name and no URL.
    cited.title = citation["title"].string().value_or(citation["document_title"].stringOr({}));
    cited.json = citation.rawCopy();
    block.citations.push_back(std::move(cited));
}

void MessageReader::blockStop(std::int64_t index)
{
    const auto block
        = std::find_if(m_open.begin(), m_open.end(), [&](const Block &open) { return open.index == index; });
    if (block == m_open.end())
        return;
    close(*block);
    m_open.erase(block);
    m_skipDeltas = false;
}

void MessageReader::close(Block &block)
{
    const QByteArray rest = block.pieces.rest();
    if (block.kind == Kind::Text)
        text(rest);
    else if (block.kind == Kind::Thinking)
        thought(block, rest);
    else
        arguments(block, rest);
    // A tool without arguments sends no delta at all.
    if (!block.sawArguments && (block.kind == Kind::Tool || block.kind == Kind::Answer))
        arguments(block, block.input.isEmpty() ? QByteArrayLiteral("{}") : block.input);
    // A block's citations are about its whole text, which is only known now.
    for (Citation &citation : block.citations) {
        citation.start = block.textStart;
        citation.end = m_textCharacters;
        m_events->emplace_back(std::move(citation));
    }
}

void MessageReader::messageDelta(json::View delta, json::View usage)
{
    m_stopReason = delta["stop_reason"].stringOr(m_stopReason);
    m_stopSequence = delta["stop_sequence"].stringOr(m_stopSequence);
    m_explanation = delta["stop_details"]["explanation"].stringOr(m_explanation);
    if (usage) {
        m_usage.update(usage, UsageCounts::Output::Final);
        reportUsage();
    }
}

void MessageReader::stop()
{
    for (Block &block : m_open)
        close(block);
    m_open.clear();
    if (m_stopReason == "refusal" && !m_explanation.isEmpty())
        m_events->emplace_back(RefusalDelta(m_explanation));
    Finished finished(finishReason(m_stopReason, m_toolCalls > 0), m_stopReason);
    finished.stopSequence = m_stopSequence;
    m_events->emplace_back(std::move(finished));
}

MessageReader::Block *MessageReader::find(std::int64_t index)
{
    const auto block
        = std::find_if(m_open.begin(), m_open.end(), [&](const Block &open) { return open.index == index; });
    return block == m_open.end() ? nullptr : &*block;
}

void MessageReader::reportUsage()
{
    Usage usage = m_usage.usage();
    if (!usage.isEmpty())
        m_events->emplace_back(UsageReport(std::move(usage)));
}

} // namespace fairlead::wire::anthropic
