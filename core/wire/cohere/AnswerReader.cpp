// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/cohere/AnswerReader.h"

#include "wire/ErrorBody.h"
#include "wire/ToolMapping.h"
#include "wire/cohere/Errors.h"
#include "wire/cohere/Logprobs.h"
#include "wire/cohere/ToolNames.h"
#include "wire/cohere/Usage.h"

#include <algorithm>
#include <utility>

namespace fairlead::wire::cohere {

using chat::FinishReason;
using json::View;

namespace {

// What a hostile answer may make us keep.
constexpr std::size_t kMostBlocks = 4096;
constexpr std::size_t kMostCalls = 1024;

/// USER_CANCEL, ERROR_TOXIC and ERROR_LIMIT are words of the older API that gateways still say.
FinishReason finishReason(QByteArrayView word, bool called)
{
    if (word == "MAX_TOKENS" || word == "ERROR_LIMIT")
        return FinishReason::Length;
    if (word == "ERROR_TOXIC")
        return FinishReason::ContentFilter;
    if (word == "ERROR" || word == "TIMEOUT" || word == "USER_CANCEL")
        return FinishReason::Error;
    return called ? FinishReason::ToolCalls : FinishReason::Stop;
}

bool isPartOfAnswer(QByteArrayView type)
{
    return type.startsWith("content-") || type.startsWith("tool-") || type == "citation-start"
           || type == "message-end";
}

} // namespace

bool AnswerReader::wants(QByteArrayView eventType) const
{
    if (m_mode == DecodeMode::Full)
        return true;
    if (eventType == "content-delta")
        return (m_told & m_current) == 0;
    if (eventType == "tool-plan-delta")
        return (m_told & Reasoning) == 0;
    if (eventType == "tool-call-delta")
        return (m_told & Arguments) == 0;
    return eventType != "citation-start" && eventType != "citation-end";
}

void AnswerReader::readEvent(QByteArrayView type, View event, Events &events)
{
    if (m_failed || m_ended)
        return;
    const auto [index, delta, id, logprobs] = event.pick("index", "delta", "id", "logprobs");
    const View message = delta["message"];
    const std::int64_t place = index.integerOr(0);
    if (type == "message-start") {
        start(id, events);
        return;
    }
    // Should the message-start be garbled, it is an answer all the same.
    if (!m_started && isPartOfAnswer(type))
        start({}, events);
    if (type == "content-start" || type == "content-delta") {
        readLogprobs(logprobs, events);
        readContent(message["content"], place, events);
    } else if (type == "tool-plan-delta") {
        readPlan(message["tool_plan"], events);
    } else if (type == "tool-call-start") {
        beginCall(message["tool_calls"], place, events);
    } else if (type == "tool-call-delta") {
        addArguments(message["tool_calls"]["function"]["arguments"], place, events);
    } else if (type == "tool-call-end") {
        for (Call &call : m_calls) {
            if (call.wireIndex == place)
                endCall(call, events);
        }
    } else if (type == "citation-start") {
        readCitations(message["citations"], events);
    } else if (type == "message-end") {
        end(delta["finish_reason"], delta["usage"], delta["error"], delta["error_type"], events);
    } else if (holdsError(event) || (type.isEmpty() && event["message"].isString())) {
        fail(failureInBody(event), events);
    }
}

void AnswerReader::readBody(QByteArrayView body, Events &events)
{
    const auto document = json::Document::parse(body.toByteArray());
    if (!document) {
        Failure failure = failureFromResponse(200, Headers(), body);
        failure.failureClass = chat::FailureClass::Protocol;
        failure.status = 0;
        fail(std::move(failure), events);
        return;
    }
    const View root = document->root();
    if (root["message"].isObject()) {
        readWhole(root, events);
    } else if (holdsError(root) || root["message"].isString()) {
        fail(failureInBody(root), events);
    } else {
        const QByteArray said
            = QByteArrayLiteral("The provider answered with JSON that is no Cohere chat answer.");
        fail(Failure(chat::FailureClass::Protocol, 0, said), events);
    }
}

void AnswerReader::readWhole(View answer, Events &events)
{
    const auto [id, message, finish, usage, logprobs]
        = answer.pick("id", "message", "finish_reason", "usage", "logprobs");
    start(id, events);
    readPlan(message["tool_plan"], events);
    std::int64_t index = 0;
    if (message["content"].isString())
        readContent(message["content"], index, events);
    for (const View part : message["content"].elements())
        readContent(part, index++, events);
    for (const View item : logprobs.elements())
        readLogprobs(item, events);
    index = 0;
    for (const View call : message["tool_calls"].elements())
        beginCall(call, index++, events);
    readCitations(message["citations"], events);
    end(finish, usage, answer["error"], answer["error_type"], events);
}

void AnswerReader::fail(Failure failure, Events &events)
{
    if (std::exchange(m_failed, true))
        return;
    events.emplace_back(chat::Failed(std::move(failure)));
}

void AnswerReader::start(View id, Events &events)
{
    if (std::exchange(m_started, true))
        return;
    events.emplace_back(chat::Started(id.stringOr({}), {}));
}

AnswerReader::Block *AnswerReader::block(std::int64_t index, bool thinking)
{
    const auto known = m_blocks.find(index);
    if (known != m_blocks.end())
        return &known->second;
    if (m_blocks.size() >= kMostBlocks)
        return nullptr;
    Block &fresh = m_blocks[index];
    fresh.thinking = thinking;
    fresh.before = m_characters;
    if (thinking)
        fresh.reasoning = m_reasoningBlocks++;
    return &fresh;
}

void AnswerReader::readContent(View content, std::int64_t index, Events &events)
{
    if (content.isString()) {
        if (Block *const target = block(index, false))
            addText(*target, content, events);
        return;
    }
    const auto [type, text, thinking] = content.pick("type", "text", "thinking");
    const bool thinks = type.equals("thinking") || (!type && thinking.isString());
    Block *const target = block(index, thinks);
    if (!target)
        return;
    m_current = target->thinking ? Reasoning : Text;
    addText(*target, target->thinking ? thinking : text, events);
}

void AnswerReader::addText(Block &block, View text, Events &events)
{
    QByteArray words = block.text.add(text);
    if (words.isEmpty())
        return;
    const unsigned kind = block.thinking ? Reasoning : Text;
    if (m_mode == DecodeMode::Tap && (m_told & kind) != 0)
        return;
    m_told |= kind;
    if (block.thinking) {
        chat::ReasoningDelta delta(std::move(words));
        delta.block = block.reasoning;
        events.emplace_back(std::move(delta));
        return;
    }
    if (m_mode == DecodeMode::Full)
        m_characters += countCharacters(words);
    events.emplace_back(chat::TextDelta(std::move(words)));
}

void AnswerReader::readPlan(View plan, Events &events)
{
    if (plan.stringOr({}).isEmpty())
        return;
    if (!std::exchange(m_planned, true)) {
        m_plan.thinking = true;
        m_plan.reasoning = m_reasoningBlocks++;
    }
    addText(m_plan, plan, events);
}

void AnswerReader::beginCall(View call, std::int64_t index, Events &events)
{
    if (!call.isObject() || m_calls.size() >= kMostCalls)
        return;
    const auto [id, function] = call.pick("id", "function");
    const auto place = static_cast<int>(m_calls.size());
    Call &fresh = m_calls.emplace_back();
    fresh.wireIndex = index;
    QByteArray callId = id.stringOr({});
    if (callId.isEmpty())
        callId = "call_" + QByteArray::number(place);
    events.emplace_back(
        chat::ToolCallBegin(place, std::move(callId), callersName(function["name"].stringOr({}))));
    addArguments(function["arguments"], index, events);
}

void AnswerReader::addArguments(View text, std::int64_t index, Events &events)
{
    const auto call = std::find_if(m_calls.rbegin(), m_calls.rend(), [&](const Call &candidate) {
        return candidate.wireIndex == index;
    });
    if (call == m_calls.rend())
        return;
    QByteArray fragment = text.isObject() ? text.rawCopy() : call->arguments.add(text);
    if (fragment.isEmpty())
        return;
    call->hasArguments = true;
    if (m_mode == DecodeMode::Tap && (m_told & Arguments) != 0)
        return;
    m_told |= Arguments;
    const auto place = static_cast<int>(&*call - m_calls.data());
    events.emplace_back(chat::ToolCallDelta(place, std::move(fragment)));
}

/// A tool without arguments is called with an empty text.
void AnswerReader::endCall(Call &call, Events &events)
{
    if (std::exchange(call.closed, true) || call.hasArguments || m_mode == DecodeMode::Tap)
        return;
    events.emplace_back(
        chat::ToolCallDelta(static_cast<int>(&call - m_calls.data()), QByteArrayLiteral("{}")));
}

void AnswerReader::readCitations(View citations, Events &events)
{
    if (m_mode == DecodeMode::Tap)
        return;
    if (citations.isObject())
        readCitation(citations, events);
    for (const View citation : citations.elements())
        readCitation(citation, events);
}

void AnswerReader::readCitation(View citation, Events &events)
{
    const auto [start, end, sources, type, contentIndex]
        = citation.pick("start", "end", "sources", "type", "content_index");
    const View source = sources.at(0);
    const View document = source["document"];
    chat::Citation out;
    out.url = document["url"].stringOr({});
    out.title = document["title"].stringOr(source["id"].stringOr({}));
    out.json = citation.rawCopy();
    // Plans and thoughts are cited too; their offsets mean nothing in the visible text.
    if (!type || type.equals("TEXT_CONTENT")) {
        const auto known = m_blocks.find(contentIndex.integerOr(-1));
        const qint64 before = known == m_blocks.end() ? 0 : known->second.before;
        out.start = start.isNumber() ? before + start.integerOr(0) : -1;
        out.end = end.isNumber() ? before + end.integerOr(0) : -1;
    }
    events.emplace_back(std::move(out));
}

void AnswerReader::readLogprobs(View logprobs, Events &events)
{
    if (!logprobs.isObject() || m_mode == DecodeMode::Tap)
        return;
    chat::LogprobsDelta delta;
    delta.json = openAiLogprobs(logprobs);
    events.emplace_back(std::move(delta));
}

void AnswerReader::end(View finish, View usage, View error, View errorType, Events &events)
{
    m_ended = true;
    for (auto &[index, block] : m_blocks) {
        // Half a character whose other half never came.
        const QByteArray rest = block.text.rest();
        if (!rest.isEmpty() && !block.thinking)
            events.emplace_back(chat::TextDelta(rest));
    }
    for (Call &call : m_calls)
        endCall(call, events);
    if (chat::Usage known = usageOf(usage); !known.isEmpty())
        events.emplace_back(chat::UsageReport(std::move(known)));
    const QByteArray word = finish.stringOr({});
    const FinishReason reason = finishReason(word, !m_calls.empty());
    if (reason == FinishReason::Error || (word.isEmpty() && error.isString())) {
        fail(failureAtEnd(word, error.stringOr({}), errorType.stringOr({})), events);
        return;
    }
    events.emplace_back(chat::Finished(reason, word));
}

} // namespace fairlead::wire::cohere
