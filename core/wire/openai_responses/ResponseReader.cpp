// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/openai_responses/ResponseReader.h"

#include "wire/ErrorBody.h"
#include "wire/openai_responses/UsageReader.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace fairlead::wire::openai_responses {

using chat::FinishReason;
using json::View;

namespace {

// Places and indexes come from the provider; a hostile one must not make us allocate.
constexpr std::size_t kMostItems = 4096;
constexpr std::size_t kMostTexts = 1024;
constexpr qsizetype kMostEarlyBytes = 1024 * 1024;

FinishReason finishReason(const QByteArray &status, const QByteArray &why, bool hasCalls)
{
    if (status == "incomplete")
        return why == "content_filter" ? FinishReason::ContentFilter : FinishReason::Length;
    return hasCalls ? FinishReason::ToolCalls : FinishReason::Stop;
}

} // namespace

const QHash<QByteArray, ResponseReader::Handler> &ResponseReader::handlers()
{
    using R = ResponseReader;
    using E = Events;
    static const QHash<QByteArray, Handler> table{
        {"response.created", [](R &r, View v, E &e) { r.start(v["response"], e); }},
        {"response.queued", [](R &r, View v, E &e) { r.start(v["response"], e); }},
        {"response.in_progress", [](R &r, View v, E &e) { r.start(v["response"], e); }},
        {"response.output_item.added",
         [](R &r, View v, E &e) {
             if (Item *item = r.item(v))
                 r.open(*item, v["item"], e);
         }},
        {"response.output_item.done",
         [](R &r, View v, E &e) {
             if (Item *item = r.item(v))
                 r.close(*item, v["item"], e);
         }},
        {"response.output_text.delta", [](R &r, View v, E &e) { r.readText(v, v["delta"], false, e); }},
        {"response.output_text.done", [](R &r, View v, E &e) { r.readText(v, v["text"], true, e); }},
        {"response.output_text.annotation.added", [](R &r, View v, E &e) { r.readAnnotation(v, e); }},
        {"response.refusal.delta", [](R &r, View v, E &e) { r.readRefusal(v, v["delta"], false, e); }},
        {"response.refusal.done", [](R &r, View v, E &e) { r.readRefusal(v, v["refusal"], true, e); }},
        {"response.reasoning_summary_text.delta",
         [](R &r, View v, E &e) { r.readThought(v, Thought::Summary, v["delta"], false, e); }},
        {"response.reasoning_summary_text.done",
         [](R &r, View v, E &e) { r.readThought(v, Thought::Summary, v["text"], true, e); }},
        {"response.reasoning_text.delta",
         [](R &r, View v, E &e) { r.readThought(v, Thought::Open, v["delta"], false, e); }},
        {"response.reasoning_text.done",
         [](R &r, View v, E &e) { r.readThought(v, Thought::Open, v["text"], true, e); }},
        {"response.function_call_arguments.delta",
         [](R &r, View v, E &e) { r.readArguments(v, v["delta"], false, e); }},
        {"response.function_call_arguments.done",
         [](R &r, View v, E &e) { r.readArguments(v, v["arguments"], true, e); }},
        {"response.custom_tool_call_input.delta",
         [](R &r, View v, E &e) { r.readArguments(v, v["delta"], false, e); }},
        {"response.custom_tool_call_input.done",
         [](R &r, View v, E &e) { r.readArguments(v, v["input"], true, e); }},
        {"response.completed", [](R &r, View v, E &e) { r.readEnd(v["response"], e); }},
        {"response.incomplete", [](R &r, View v, E &e) { r.readEnd(v["response"], e); }},
        {"response.failed", [](R &r, View v, E &e) { r.readFailure(v["response"], e); }},
    };
    return table;
}

void ResponseReader::readEvent(View event, const QByteArray &type, Events &events)
{
    if (m_failed || m_finished)
        return;
    // {"type":"error","error":{...}} as recorded, {"type":"error","message":...} as documented, and the
    // Chat-like {"error":{...}} of some gateways.
    if (type == "error" || holdsError(event)) {
        fail(failureFromJson(event), events);
        return;
    }
    const auto handler = handlers().constFind(type);
    if (handler == handlers().constEnd())
        return;
    // Should the first event be garbled, it is an answer all the same.
    if (!m_started && type != "response.failed")
        start(event["response"], events);
    (*handler)(*this, event, events);
}

void ResponseReader::readWhole(View response, Events &events)
{
    if (holdsError(response)) {
        readFailure(response, events);
        return;
    }
    start(response, events);
    readEnd(response, events);
}

void ResponseReader::fail(chat::Failure failure, Events &events)
{
    m_failed = true;
    events.emplace_back(chat::Failed(std::move(failure)));
}

void ResponseReader::start(View response, Events &events)
{
    if (std::exchange(m_started, true))
        return;
    const auto [id, model, created] = response.pick("id", "model", "created_at");
    chat::Started started(id.stringOr({}), model.stringOr({}));
    // Whole seconds, but for those who send a fraction.
    const double seconds = created.number().value_or(0);
    started.created = std::abs(seconds) < 9e15 ? static_cast<qint64>(seconds) : 0;
    events.emplace_back(std::move(started));
}

ResponseReader::Item *ResponseReader::item(View event)
{
    return itemAt(event["output_index"].integerOr(m_last));
}

ResponseReader::Item *ResponseReader::itemAt(std::int64_t place)
{
    if (place < 0 || (m_items.size() >= kMostItems && m_items.count(place) == 0))
        return nullptr;
    m_last = place;
    return &m_items[place];
}

ResponseReader::Text *ResponseReader::textOf(Item &item, std::int64_t index)
{
    if (index < 0 || (item.texts.size() >= kMostTexts && item.texts.count(index) == 0))
        return nullptr;
    return &item.texts[index];
}

void ResponseReader::open(Item &item, View value, Events &events)
{
    if (item.kind != Kind::Unknown)
        return;
    const QByteArray type = value["type"].stringOr({});
    if (type == "message") {
        item.kind = Kind::Message;
    } else if (type == "reasoning") {
        item.kind = Kind::Reasoning;
        item.number = m_blocks++;
    } else if (type == "function_call" || type == "custom_tool_call") {
        item.kind = Kind::Call;
        item.custom = type == "custom_tool_call";
        beginCall(item, value, events);
    } else {
        item.kind = Kind::Other; // the provider's own tools, which it runs itself
    }
}

void ResponseReader::beginCall(Item &item, View value, Events &events)
{
    const auto [name, callId, id] = value.pick("name", "call_id", "id");
    if (item.begun || name.stringOr({}).isEmpty())
        return;
    item.begun = true;
    item.number = m_calls++;
    chat::ToolCallBegin begin;
    begin.index = item.number;
    begin.name = name.stringOr({});
    begin.id = callId.stringOr({});
    if (begin.id.isEmpty())
        begin.id = id.stringOr({});
    if (begin.id.isEmpty())
        begin.id = "call_" + QByteArray::number(item.number);
    begin.custom = item.custom;
    events.emplace_back(std::move(begin));
    if (!item.early.isEmpty())
        events.emplace_back(chat::ToolCallDelta(item.number, std::exchange(item.early, QByteArray())));
}

void ResponseReader::close(Item &item, View value, Events &events)
{
    open(item, value, events);
    if (std::exchange(item.closed, true) || m_observing)
        return;
    switch (item.kind) {
    case Kind::Message:
        closeMessage(item, value, events);
        break;
    case Kind::Reasoning:
        closeReasoning(item, value, events);
        break;
    case Kind::Call:
        beginCall(item, value, events);
        addArguments(item, item.custom ? value["input"] : value["arguments"], true, events);
        break;
    case Kind::Other:
        if (value["type"].equals("image_generation_call"))
            readImage(value, events);
        break;
    case Kind::Unknown:
        break;
    }
}

void ResponseReader::closeMessage(Item &item, View value, Events &events)
{
    std::int64_t index = 0;
    for (const View part : value["content"].elements()) {
        Text *const text = textOf(item, index++);
        if (!text)
            return;
        if (part["type"].equals("refusal")) {
            if (QByteArray rest = added(*text, part["refusal"], true); !rest.isEmpty())
                events.emplace_back(chat::RefusalDelta(std::move(rest)));
            continue;
        }
        const auto [words, logprobs, annotations] = part.pick("text", "logprobs", "annotations");
        if (!text->hasLogprobs)
            addLogprobs(*text, logprobs, events);
        if (QByteArray rest = added(*text, words, true); !rest.isEmpty())
            events.emplace_back(chat::TextDelta(std::move(rest)));
        qsizetype place = 0;
        for (const View annotation : annotations.elements()) {
            if (place++ >= text->annotations)
                addAnnotation(*text, annotation, events);
        }
    }
}

void ResponseReader::closeReasoning(Item &item, View value, Events &events)
{
    const auto [summary, content, encrypted, id]
        = value.pick("summary", "content", "encrypted_content", "id");
    const auto addAll = [&](View parts, Thought thought) {
        std::int64_t index = 0;
        for (const View part : parts.elements())
            addThought(item, thought, index++, part["text"], true, events);
    };
    // Some say the same in both; the first kind seen is the one told.
    addAll(summary, Thought::Summary);
    addAll(content, Thought::Open);
    if (encrypted.stringOr({}).isEmpty())
        return;
    chat::ReasoningSignature signature;
    signature.block = item.number;
    signature.redacted = encrypted.stringOr({});
    signature.id = id.stringOr({});
    signature.origin = QByteArrayLiteral("openai-responses");
    events.emplace_back(std::move(signature));
}

void ResponseReader::readImage(View value, Events &events)
{
    const auto [result, format] = value.pick("result", "output_format");
    chat::MediaDelta image;
    image.media.base64 = result.stringOr({});
    if (image.media.base64.isEmpty())
        return;
    image.media.mediaType = "image/" + format.stringOr("png");
    image.block = m_images++;
    events.emplace_back(std::move(image));
}

QByteArray ResponseReader::added(Text &text, View value, bool whole) const
{
    if (whole && m_observing)
        return {};
    QByteArray more = whole ? value.stringOr({}).mid(text.sent) : text.pieces.add(value);
    text.sent += more.size();
    return more;
}

void ResponseReader::readText(View event, View value, bool whole, Events &events)
{
    Item *const target = item(event);
    Text *const text = target ? textOf(*target, event["content_index"].integerOr(0)) : nullptr;
    if (!text)
        return;
    if (!whole || !text->hasLogprobs)
        addLogprobs(*text, event["logprobs"], events);
    if (QByteArray more = added(*text, value, whole); !more.isEmpty())
        events.emplace_back(chat::TextDelta(std::move(more)));
}

void ResponseReader::readRefusal(View event, View value, bool whole, Events &events)
{
    Item *const target = item(event);
    Text *const text = target ? textOf(*target, event["content_index"].integerOr(0)) : nullptr;
    if (!text)
        return;
    if (QByteArray more = added(*text, value, whole); !more.isEmpty())
        events.emplace_back(chat::RefusalDelta(std::move(more)));
}

void ResponseReader::readThought(View event, Thought thought, View value, bool whole, Events &events)
{
    Item *const target = item(event);
    if (!target)
        return;
    const View index = thought == Thought::Summary ? event["summary_index"] : event["content_index"];
    addThought(*target, thought, index.integerOr(0), value, whole, events);
}

void ResponseReader::addThought(
    Item &item, Thought thought, std::int64_t index, View value, bool whole, Events &events)
{
    if (item.thought != Thought::None && item.thought != thought)
        return;
    const bool spoke = std::any_of(
        item.texts.begin(), item.texts.end(), [](const auto &part) { return part.second.sent > 0; });
    Text *const text = textOf(item, index);
    if (!text)
        return;
    const bool fresh = text->sent == 0;
    QByteArray more = added(*text, value, whole);
    if (more.isEmpty())
        return;
    item.thought = thought;
    if (fresh && spoke)
        more.prepend("\n\n"); // the parts of a summary are paragraphs
    chat::ReasoningDelta delta(std::move(more));
    delta.block = item.number;
    events.emplace_back(std::move(delta));
}

void ResponseReader::readArguments(View event, View value, bool whole, Events &events)
{
    if (Item *const target = item(event); target && target->kind == Kind::Call)
        addArguments(*target, value, whole, events);
}

void ResponseReader::addArguments(Item &item, View value, bool whole, Events &events)
{
    Text &text = item.texts[0];
    QByteArray more = added(text, value, whole);
    if (more.isEmpty())
        return;
    if (item.begun)
        events.emplace_back(chat::ToolCallDelta(item.number, std::move(more)));
    else if (item.early.size() + more.size() <= kMostEarlyBytes)
        item.early += more;
}

void ResponseReader::addLogprobs(Text &text, View logprobs, Events &events)
{
    if (logprobs.count() == 0)
        return;
    text.hasLogprobs = true;
    chat::LogprobsDelta delta;
    delta.json = R"({"content":)" + logprobs.rawCopy() + R"(,"refusal":null})";
    events.emplace_back(std::move(delta));
}

void ResponseReader::readAnnotation(View event, Events &events)
{
    Item *const target = item(event);
    Text *const text = target ? textOf(*target, event["content_index"].integerOr(0)) : nullptr;
    if (text)
        addAnnotation(*text, event["annotation"], events);
}

void ResponseReader::addAnnotation(Text &text, View annotation, Events &events)
{
    ++text.annotations;
    const auto [type, url, title, filename, start, end]
        = annotation.pick("type", "url", "title", "filename", "start_index", "end_index");
    chat::Citation citation;
    citation.url = url.stringOr({});
    citation.title = title.stringOr(filename.stringOr({}));
    citation.start = start.integerOr(-1);
    citation.end = end.integerOr(-1);
    // A web source is told in full by the fields; its JSON would be taken for Chat's, which nests it.
    if (!type.equals("url_citation"))
        citation.json = annotation.rawCopy();
    events.emplace_back(std::move(citation));
}

void ResponseReader::readEnd(View response, Events &events)
{
    if (holdsError(response)) {
        readFailure(response, events);
        return;
    }
    start(response, events);
    const auto [output, usage, tier, status, why]
        = response.pick("output", "usage", "service_tier", "status", "incomplete_details");
    std::int64_t place = 0;
    for (const View value : output.elements()) {
        Item *const target = itemAt(place++);
        if (target)
            close(*target, value, events);
    }
    if (usage.isObject()) {
        chat::Usage known = readUsage(usage);
        known.serviceTier = tier.stringOr({});
        if (!known.isEmpty() || known.reportedCost)
            events.emplace_back(chat::UsageReport(std::move(known)));
    }
    const QByteArray word = status.stringOr("completed");
    if (word == "failed" || word == "cancelled") {
        readFailure(response, events);
        return;
    }
    const QByteArray reason = why["reason"].stringOr({});
    m_finished = true;
    events.emplace_back(
        chat::Finished(finishReason(word, reason, m_calls > 0), reason.isEmpty() ? word : reason));
}

void ResponseReader::readFailure(View response, Events &events)
{
    chat::Failure failure = failureFromJson(response);
    fail(std::move(failure), events);
}

} // namespace fairlead::wire::openai_responses
