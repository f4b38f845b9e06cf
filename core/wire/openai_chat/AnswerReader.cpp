// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/openai_chat/AnswerReader.h"

#include "wire/ErrorBody.h"
#include "wire/openai_chat/DataUrl.h"
#include "wire/openai_chat/ReasoningOrigin.h"
#include "wire/openai_chat/UsageReader.h"

#include <algorithm>
#include <utility>

namespace fairlead::wire::openai_chat {

using chat::FinishReason;
using json::View;

namespace {

// What a hostile answer may make us keep.
constexpr int kMostChoices = 128;
constexpr std::size_t kMostCalls = 1024;
constexpr qsizetype kMostEarlyBytes = 1024 * 1024;
constexpr int kMostBlocks = 4096;

/// Ollama's ids are "chatcmpl-" and a number below 1000: not unique, so not worth having.
QByteArray usableId(QByteArray id)
{
    constexpr qsizetype prefix = 9;
    const bool counted
        = id.startsWith("chatcmpl-") && id.size() > prefix && id.size() <= prefix + 4
          && std::all_of(id.begin() + prefix, id.end(), [](char c) { return c >= '0' && c <= '9'; });
    return counted ? QByteArray() : id;
}

FinishReason finishReason(const QByteArray &word, bool hasCalls)
{
    if (word == "length" || word == "model_length" || word == "max_tokens")
        return FinishReason::Length;
    if (word == "content_filter")
        return FinishReason::ContentFilter;
    if (word == "error" || word == "insufficient_system_resource" || word == "abort")
        return FinishReason::Error;
    // A forced named tool ends with "stop", and some say "tool_calls" without one.
    return hasCalls ? FinishReason::ToolCalls : FinishReason::Stop;
}

/// Mistral's thinking: a list of text parts, or the text.
QByteArray thinkingText(View thinking)
{
    if (thinking.isString())
        return thinking.stringOr({});
    QByteArray text;
    for (const View part : thinking.elements())
        text += part["text"].stringOr({});
    return text;
}

} // namespace

AnswerReader::Root::Root(View answer)
    : whole(answer)
{
    const auto found = answer.pick(
        "id", "model", "created", "system_fingerprint", "choices", "usage", "x_groq", "service_tier",
        "citations", "search_results", "error", "object", "type");
    id = found[0];
    model = found[1];
    created = found[2];
    fingerprint = found[3];
    choices = found[4];
    usage = found[5];
    groq = found[6];
    serviceTier = found[7];
    citations = found[8];
    searchResults = found[9];
    failed = answer.isObject() ? holdsError(found[10], found[11], found[12]) : holdsError(answer);
}

void AnswerReader::readChunk(const Root &chunk, Events &events)
{
    readRoot(chunk, events);
    if (m_failed)
        return;
    for (const View element : chunk.choices.elements()) {
        const auto [index, finish, native, logprobs, delta, message]
            = element.pick("index", "finish_reason", "native_finish_reason", "logprobs", "delta", "message");
        Choice *const target = choice(index, finish, native);
        if (!target)
            continue;
        if (logprobs)
            readLogprobs(*target, logprobs, events);
        // Perplexity repeats the whole message beside each delta; others end with a chunk that has nothing
        // else.
        readDelta(*target, delta || target->spoke ? delta : message, events);
    }
}

void AnswerReader::readWhole(const Root &answer, DecodeMode mode, Events &events)
{
    readRoot(answer, events);
    if (m_failed)
        return;
    for (const View element : answer.choices.elements()) {
        const auto [index, finish, native, logprobs, message]
            = element.pick("index", "finish_reason", "native_finish_reason", "logprobs", "message");
        Choice *const target = choice(index, finish, native);
        if (!target)
            continue;
        if (mode == DecodeMode::Tap) {
            tapMessage(*target, message, events);
            continue;
        }
        if (logprobs)
            readLogprobs(*target, logprobs, events);
        readDelta(*target, message, events);
    }
    end(true, events);
}

/// What is said beside the choices.
void AnswerReader::readRoot(const Root &root, Events &events)
{
    if (!root.failed && !m_started)
        start(root, events);
    const View usage = root.usage.isObject() ? root.usage : root.groq["usage"];
    if (usage.isObject()) {
        chat::Usage known = readUsage(usage, m_quirks);
        known.serviceTier = root.serviceTier.stringOr({});
        if ((!known.isEmpty() || known.reportedCost) && (m_started || !root.failed))
            events.emplace_back(chat::UsageReport(std::move(known)));
    }
    if (root.failed)
        fail(failureFromJson(root.whole), events);
    else if (root.citations)
        readCitations(root.citations, root.searchResults, events);
}

void AnswerReader::start(const Root &root, Events &events)
{
    chat::Started started;
    started.id = usableId(root.id.stringOr({}));
    // Azure begins with a chunk that has filter results and nothing else, not even an id.
    if (started.id.isEmpty() && !root.choices.hasAny() && !root.usage)
        return;
    started.model = root.model.stringOr({});
    started.created = root.created.integerOr(0);
    started.fingerprint = root.fingerprint.stringOr({});
    m_id = started.id;
    m_created = started.created;
    m_started = true;
    events.emplace_back(std::move(started));
}

AnswerReader::Choice *AnswerReader::choice(View place, View finish, View native)
{
    const std::int64_t index = place.integerOr(0);
    if (index < 0 || index >= kMostChoices)
        return nullptr;
    const auto known = std::find_if(m_choices.begin(), m_choices.end(), [&](const Choice &candidate) {
        return candidate.index == index;
    });
    Choice &found = known != m_choices.end() ? *known : m_choices.emplace_back();
    found.index = static_cast<int>(index);
    if (const QByteArray word = finish.stringOr({}); !word.isEmpty()) {
        found.finish = word;
        found.native = native.stringOr(word);
    }
    return &found;
}

void AnswerReader::readDelta(Choice &choice, View delta, Events &events)
{
    const auto
        [content, reasoningContent, openReasoning, details, refusal, toolCalls, functionCall, annotations,
         audio, images]
        = delta.pick(
            "content", "reasoning_content", "reasoning", "reasoning_details", "refusal", "tool_calls",
            "function_call", "annotations", "audio", "images");
    const View reasoning = reasoningContent ? reasoningContent : openReasoning;
    readReasoning(choice, reasoning, details, events);
    readContent(choice, content, events);
    if (const QByteArray said = choice.refusal.add(refusal); !said.isEmpty())
        events.emplace_back(chat::RefusalDelta(said, choice.index));
    std::int64_t position = 0;
    for (const View call : toolCalls.elements())
        readToolCall(choice, call, position++, events);
    if (functionCall.isObject())
        readToolCall(choice, functionCall, 0, events);
    for (const View annotation : annotations.elements())
        readAnnotation(choice, annotation, events);
    if (audio.isObject())
        readAudio(choice, audio, events);
    if (images.isArray())
        readImages(choice, images, events);
}

/// That there is text, and the beginning of it; tool calls as they are, since the finish reason hangs on
/// them.
void AnswerReader::tapMessage(Choice &choice, View message, Events &events)
{
    constexpr qsizetype enough = 16;
    const auto [content, toolCalls, functionCall] = message.pick("content", "tool_calls", "function_call");
    if (content.isString())
        addText(
            choice,
            content.raw()
                .chopped(1)
                .sliced(1)
                .first(std::min(enough, content.raw().size() - 2))
                .toByteArray(),
            events);
    else
        readContent(choice, content, events);
    std::int64_t position = 0;
    for (const View call : toolCalls.elements())
        readToolCall(choice, call, position++, events);
    if (functionCall.isObject())
        readToolCall(choice, functionCall, 0, events);
}

void AnswerReader::readContent(Choice &choice, View content, Events &events)
{
    if (content.isString()) {
        addText(choice, choice.text.add(content), events);
        return;
    }
    for (const View part : content.elements()) {
        if (part.isString())
            addText(choice, choice.text.add(part), events);
        else if (part["type"].equals("thinking"))
            addReasoning(choice, thinkingText(part["thinking"]), 0, events);
        else
            addText(choice, choice.text.add(part["text"]), events);
    }
}

void AnswerReader::addText(Choice &choice, QByteArray text, Events &events)
{
    if (text.isEmpty())
        return;
    choice.spoke = true;
    if (m_quirks.thinkTags) {
        addTagged(choice, choice.tags.add(text), events);
        return;
    }
    events.emplace_back(chat::TextDelta(std::move(text), choice.index));
}

void AnswerReader::addTagged(Choice &choice, ThinkTags::Pieces pieces, Events &events)
{
    addReasoning(choice, std::move(pieces.reasoning), 0, events);
    if (!pieces.text.isEmpty())
        events.emplace_back(chat::TextDelta(std::move(pieces.text), choice.index));
}

void AnswerReader::addReasoning(Choice &choice, QByteArray text, int block, Events &events)
{
    if (text.isEmpty())
        return;
    choice.spoke = true;
    chat::ReasoningDelta delta(std::move(text), choice.index);
    delta.block = block;
    events.emplace_back(std::move(delta));
}

void AnswerReader::readReasoning(Choice &choice, View text, View details, Events &events)
{
    const auto block = [](View detail) {
        const std::int64_t index = detail["index"].integerOr(0);
        return index >= 0 && index < kMostBlocks ? static_cast<int>(index) : 0;
    };
    // Where both are there, the details say the same text once more.
    const bool said = !text.stringOr({}).isEmpty();
    addReasoning(choice, choice.reasoning.add(text), block(details.at(0)), events);
    for (const View detail : details.elements()) {
        if (!said)
            addReasoning(
                choice, detail["text"].stringOr(detail["summary"].stringOr({})), block(detail), events);
        chat::ReasoningSignature signature;
        signature.signature = detail["signature"].stringOr({});
        signature.redacted = detail["data"].stringOr({});
        if (signature.signature.isEmpty() && signature.redacted.isEmpty())
            continue;
        signature.choice = choice.index;
        signature.block = block(detail);
        signature.id = detail["id"].stringOr({});
        signature.origin = originOfFormat(detail["format"].stringOr({}));
        settleSeal(signature.origin, signature.signature, signature.redacted);
        events.emplace_back(std::move(signature));
    }
}

void AnswerReader::readLogprobs(const Choice &choice, View logprobs, Events &events)
{
    chat::LogprobsDelta delta;
    delta.choice = choice.index;
    delta.json = logprobs.rawCopy();
    events.emplace_back(std::move(delta));
}

void AnswerReader::readAnnotation(const Choice &choice, View annotation, Events &events)
{
    const View url = annotation["url_citation"];
    if (!url.isObject())
        return;
    chat::Citation citation;
    citation.choice = choice.index;
    citation.url = url["url"].stringOr({});
    citation.title = url["title"].stringOr({});
    citation.start = url["start_index"].integerOr(-1);
    citation.end = url["end_index"].integerOr(-1);
    citation.json = annotation.rawCopy();
    events.emplace_back(std::move(citation));
}

/// One clip a message, in a stream in fragments of data and of its words.
void AnswerReader::readAudio(Choice &choice, View audio, Events &events)
{
    if (choice.audioBlock < 0)
        choice.audioBlock = choice.mediaBlocks++;
    chat::MediaDelta delta;
    delta.choice = choice.index;
    delta.block = choice.audioBlock;
    delta.media.kind = chat::MediaPart::Kind::Audio;
    delta.media.fileId = audio["id"].stringOr({});
    delta.media.base64 = audio["data"].stringOr({});
    delta.transcript = audio["transcript"].stringOr({});
    choice.spoke = true;
    events.emplace_back(std::move(delta));
}

/// Images a model draws, OpenRouter's way: each whole, as a data URL.
void AnswerReader::readImages(Choice &choice, View images, Events &events)
{
    for (const View image : images.elements()) {
        const QByteArray url = image["image_url"]["url"].stringOr({});
        if (url.isEmpty() || choice.mediaBlocks >= kMostBlocks)
            continue;
        chat::MediaDelta delta;
        delta.choice = choice.index;
        delta.block = choice.mediaBlocks++;
        if (!splitDataUrl(url, delta.media.mediaType, delta.media.base64))
            delta.media.url = url;
        choice.spoke = true;
        events.emplace_back(std::move(delta));
    }
}

/// Perplexity lists its sources beside the choices, in every chunk anew.
void AnswerReader::readCitations(View urls, View results, Events &events)
{
    if (urls.count() <= m_citations)
        return;
    qsizetype place = 0;
    for (const View element : urls.elements()) {
        if (place++ < m_citations)
            continue;
        chat::Citation citation;
        citation.url = element.stringOr({});
        const View result = results.at(place - 1);
        if (result["url"].equals(citation.url)) {
            citation.title = result["title"].stringOr({});
            citation.json = result.rawCopy();
        }
        events.emplace_back(std::move(citation));
    }
    m_citations = place;
}

AnswerReader::ToolCall *AnswerReader::toolCall(Choice &choice, View call, std::int64_t position)
{
    const auto index = call["index"].integer();
    const QByteArray id = call["id"].stringOr({});
    const bool isHeader = call["function"]["name"].stringOr(call["name"].stringOr({})).size() > 0;
    auto &calls = choice.calls;
    auto known = calls.rend();
    if (index) {
        known = std::find_if(
            calls.rbegin(), calls.rend(), [&](const ToolCall &c) { return c.wireIndex == *index; });
        // Gemini's layer gives every parallel call the index 0.
        if (known != calls.rend() && isHeader && !id.isEmpty() && id != known->id && known->begun)
            known = calls.rend();
    } else if (!id.isEmpty()) {
        known = std::find_if(calls.rbegin(), calls.rend(), [&](const ToolCall &c) { return c.id == id; });
    } else if (static_cast<std::size_t>(position) < calls.size()) {
        known = calls.rend() - 1 - position;
        if (isHeader && known->begun)
            known = calls.rend();
    }
    if (known != calls.rend())
        return &*known;
    if (calls.size() >= kMostCalls)
        return nullptr;
    ToolCall &fresh = calls.emplace_back();
    fresh.wireIndex = index.value_or(-1);
    return &fresh;
}

void AnswerReader::readToolCall(Choice &choice, View call, std::int64_t position, Events &events)
{
    ToolCall *const target = toolCall(choice, call, position);
    if (!target)
        return;
    const bool custom = call["custom"].isObject();
    View function = custom ? call["custom"] : call["function"];
    if (!function.isObject())
        function = call; // the deprecated function_call
    target->custom = target->custom || custom;
    if (target->id.isEmpty())
        target->id = call["id"].stringOr({});
    if (target->name.isEmpty())
        target->name = function["name"].stringOr({});
    if (!target->begun && !target->name.isEmpty())
        beginCall(choice, *target, call["extra_content"]["google"]["thought_signature"].stringOr({}), events);
    const View arguments = custom ? function["input"] : function["arguments"];
    // JSON text in a string; some servers forget to quote it.
    addArguments(
        choice, *target, arguments.isObject() ? arguments.rawCopy() : target->arguments.add(arguments),
        events);
}

void AnswerReader::beginCall(Choice &choice, ToolCall &call, const QByteArray &signature, Events &events)
{
    const int index = choice.begunCalls++;
    call.number = index;
    if (call.id.isEmpty()) {
        // The same for the same answer, and different between answers as far as their ids are.
        const QByteArray seed = m_id.isEmpty() ? QByteArray::number(m_created) : m_id;
        call.id = "call_" + seed + '_' + QByteArray::number(choice.index) + '_' + QByteArray::number(index);
    }
    chat::ToolCallBegin begin(index, call.id, call.name, choice.index);
    begin.custom = call.custom;
    begin.signature = signature;
    events.emplace_back(std::move(begin));
    call.begun = true;
    choice.spoke = true;
    const QByteArray early = std::exchange(call.early, QByteArray());
    addArguments(choice, call, early, events);
}

void AnswerReader::addArguments(Choice &choice, ToolCall &call, const QByteArray &arguments, Events &events)
{
    if (arguments.isEmpty())
        return;
    if (!call.begun) {
        call.early += arguments;
        if (call.early.size() > kMostEarlyBytes)
            beginCall(choice, call, {}, events);
        return;
    }
    call.hasArguments = true;
    events.emplace_back(chat::ToolCallDelta(call.number, arguments, choice.index));
}

void AnswerReader::closeChoice(Choice &choice, Events &events)
{
    addReasoning(choice, choice.reasoning.rest(), 0, events);
    addText(choice, choice.text.rest(), events);
    addTagged(choice, choice.tags.rest(), events);
    for (ToolCall &call : choice.calls) {
        addArguments(choice, call, call.arguments.rest(), events);
        if (!call.begun)
            beginCall(choice, call, {}, events);
        if (!call.hasArguments && !call.custom)
            addArguments(choice, call, QByteArrayLiteral("{}"), events);
    }
}

bool AnswerReader::isFinished() const
{
    return !m_choices.empty() && std::all_of(m_choices.begin(), m_choices.end(), [](const Choice &c) {
        return !c.finish.isEmpty();
    });
}

void AnswerReader::end(bool terminated, Events &events)
{
    if (m_failed)
        return;
    if (!terminated && !isFinished()) {
        fail(
            chat::Failure(
                chat::FailureClass::Protocol, 0,
                QByteArrayLiteral(
                    "The provider's answer was cut: the connection ended before the answer did.")),
            events);
        return;
    }
    if (m_choices.empty()) {
        fail(
            chat::Failure(
                chat::FailureClass::Protocol, 0,
                QByteArrayLiteral("The provider's answer holds no choices.")),
            events);
        return;
    }
    for (Choice &choice : m_choices) {
        closeChoice(choice, events);
        const FinishReason reason = finishReason(choice.finish, !choice.calls.empty());
        if (reason == FinishReason::Error) {
            fail(
                chat::Failure(
                    chat::FailureClass::Transient, 0,
                    "The provider ended the answer with the finish reason \"" + choice.finish + "\"."),
                events);
            return;
        }
        events.emplace_back(chat::Finished(reason, choice.native, choice.index));
    }
}

void AnswerReader::fail(chat::Failure failure, Events &events)
{
    if (m_failed)
        return;
    m_failed = true;
    events.emplace_back(chat::Failed(std::move(failure)));
}

} // namespace fairlead::wire::openai_chat
