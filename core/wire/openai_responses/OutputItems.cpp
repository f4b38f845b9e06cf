// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/openai_responses/OutputItems.h"

#include "wire/ToolMapping.h"
#include "wire/openai_responses/SealedReasoning.h"
#include "json/View.h"

#include <utility>

namespace fairlead::wire::openai_responses {

using json::Writer;

namespace {

constexpr QByteArrayView kInProgress = "in_progress";

void join(QByteArray &list, QByteArrayView element)
{
    if (!list.isEmpty() && !element.isEmpty())
        list += ',';
    list.append(element.data(), element.size());
}

QByteArray asArray(const QByteArray &elements)
{
    return '[' + elements + ']';
}

} // namespace

OutputItem::OutputItem(EventWriter &events, int place, QByteArray id)
    : m_events(events)
    , m_place(place)
    , m_id(std::move(id))
{ }

OutputItem::~OutputItem() = default;

void OutputItem::adopt(int place, QByteArray id)
{
    m_place = place;
    m_id = std::move(id);
}

void OutputItem::tell(QByteArrayView type, const QByteArray &json)
{
    m_events.begin(type).memberInteger("output_index", m_place).memberRaw("item", json);
    m_events.send();
}

void OutputItem::announce()
{
    tell("response.output_item.added", write(kInProgress));
}

void OutputItem::close(QByteArrayView status)
{
    if (!isOpen())
        return;
    finish(status);
    m_json = write(status);
    tell("response.output_item.done", m_json);
}

Writer &OutputItem::begin(QByteArrayView type)
{
    return m_events.begin(type).member("item_id", m_id).memberInteger("output_index", m_place);
}

MessageItem::MessageItem(EventWriter &events, int place, QByteArray id)
    : OutputItem(events, place, std::move(id))
{
    announce();
}

Writer &MessageItem::beginInPart(QByteArrayView type)
{
    return begin(type).memberInteger("content_index", m_index);
}

void MessageItem::openPart(PartKind kind)
{
    if (m_kind == kind)
        return;
    closePart();
    m_kind = kind;
    ++m_index;
    beginInPart("response.content_part.added").memberRaw("part", writePart());
    events().send();
}

void MessageItem::addText(const QByteArray &text)
{
    openPart(PartKind::Text);
    sendText(m_pieces.add(text));
}

void MessageItem::addRefusal(const QByteArray &text)
{
    openPart(PartKind::Refusal);
    sendText(m_pieces.add(text));
}

void MessageItem::sendText(const QByteArray &text)
{
    if (text.isEmpty())
        return;
    m_text += text;
    if (m_kind == PartKind::Refusal) {
        beginInPart("response.refusal.delta").member("delta", text);
    } else {
        join(m_logprobs, m_nextLogprobs);
        beginInPart("response.output_text.delta")
            .member("delta", text)
            .memberRaw("logprobs", asArray(std::exchange(m_nextLogprobs, QByteArray())));
    }
    events().send();
}

void MessageItem::addLogprobs(const QByteArray &json)
{
    const auto document = json::Document::parse(json);
    if (!document)
        return;
    for (const json::View token : document->root()["content"].elements())
        join(m_nextLogprobs, token.raw());
}

void MessageItem::cite(const chat::Citation &citation)
{
    if (citation.url.isEmpty())
        return; // a passage of a document the caller sent: no annotation of this dialect says that
    openPart(PartKind::Text);
    const qint64 end = citation.end >= 0 ? citation.end : countCharacters(m_text);
    Writer annotation;
    annotation.beginObject().member("type", "url_citation");
    annotation.memberInteger("start_index", citation.start >= 0 ? citation.start : end);
    annotation.memberInteger("end_index", end);
    annotation.member("url", citation.url).member("title", citation.title).endObject();
    beginInPart("response.output_text.annotation.added")
        .memberInteger("annotation_index", m_citations++)
        .memberRaw("annotation", annotation.text());
    events().send();
    join(m_annotations, annotation.text());
}

QByteArray MessageItem::writePart() const
{
    Writer part;
    if (m_kind == PartKind::Refusal)
        return part.beginObject().member("type", "refusal").member("refusal", m_text).endObject().take();
    part.beginObject().member("type", "output_text").memberRaw("annotations", asArray(m_annotations));
    part.memberRaw("logprobs", asArray(m_logprobs)).member("text", m_text);
    return part.endObject().take();
}

void MessageItem::closePart()
{
    if (m_kind == PartKind::None)
        return;
    sendText(m_pieces.rest()); // never completed: the writer turns it into U+FFFD
    join(m_logprobs, std::exchange(m_nextLogprobs, QByteArray()));
    if (m_kind == PartKind::Refusal)
        beginInPart("response.refusal.done").member("refusal", m_text);
    else
        beginInPart("response.output_text.done")
            .member("text", m_text)
            .memberRaw("logprobs", asArray(m_logprobs));
    events().send();
    const QByteArray part = writePart();
    beginInPart("response.content_part.done").memberRaw("part", part);
    events().send();
    join(m_parts, part);
    m_kind = PartKind::None;
    m_citations = 0;
    m_text.clear();
    m_annotations.clear();
    m_logprobs.clear();
}

void MessageItem::finish(QByteArrayView)
{
    closePart();
}

QByteArray MessageItem::write(QByteArrayView status) const
{
    Writer item;
    item.beginObject().member("id", id()).member("type", "message").member("status", status);
    item.memberRaw("content", asArray(m_parts)).member("role", "assistant");
    return item.endObject().take();
}

ReasoningItem::ReasoningItem(EventWriter &events, int place, QByteArray id)
    : OutputItem(events, place, std::move(id))
{
    announce();
}

Writer &ReasoningItem::beginInPart(QByteArrayView type)
{
    return begin(type).memberInteger("summary_index", 0);
}

void ReasoningItem::addText(const QByteArray &text)
{
    sendText(m_pieces.add(text));
}

void ReasoningItem::sendText(const QByteArray &text)
{
    if (text.isEmpty())
        return;
    if (!std::exchange(m_hasPart, true)) {
        beginInPart("response.reasoning_summary_part.added")
            .memberRaw("part", R"({"type":"summary_text","text":""})");
        events().send();
    }
    m_text += text;
    beginInPart("response.reasoning_summary_text.delta").member("delta", text);
    events().send();
}

void ReasoningItem::sign(const chat::ReasoningSignature &signature)
{
    m_seal.signature += signature.signature;
    m_seal.redacted += signature.redacted;
    m_seal.origin = signature.origin;
}

void ReasoningItem::signCall(const QByteArray &signature)
{
    m_callSeal = sealedCall(signature);
}

void ReasoningItem::finish(QByteArrayView)
{
    sendText(m_pieces.rest());
    if (!m_hasPart)
        return;
    beginInPart("response.reasoning_summary_text.done").member("text", m_text);
    events().send();
    Writer part;
    part.beginObject().member("type", "summary_text").member("text", m_text).endObject();
    beginInPart("response.reasoning_summary_part.done").memberRaw("part", part.text());
    events().send();
}

QByteArray ReasoningItem::write(QByteArrayView) const
{
    Writer item;
    item.beginObject().member("id", id()).member("type", "reasoning").key("summary").beginArray();
    if (!m_text.isEmpty())
        item.beginObject().member("type", "summary_text").member("text", m_text).endObject();
    item.endArray();
    const QByteArray content = m_callSeal.isEmpty() ? sealed(m_seal) : m_callSeal;
    if (!content.isEmpty())
        item.member("encrypted_content", content);
    return item.endObject().take();
}

CallItem::CallItem(
    EventWriter &events, int place, QByteArray id, const chat::ToolCallBegin &begin, ToolNames::Entry entry)
    : OutputItem(events, place, std::move(id))
    , m_callId(begin.id)
    , m_entry(std::move(entry))
    , m_wrapped(m_entry.custom && !begin.custom)
{
    m_entry.custom = m_entry.custom || begin.custom;
    announce();
}

void CallItem::addArguments(const QByteArray &text)
{
    const QByteArray more = m_pieces.add(text);
    if (more.isEmpty() || !isOpen())
        return;
    m_arguments += more;
    if (!m_wrapped)
        sendDelta(more);
}

bool CallItem::isWhole() const
{
    if (m_entry.custom && !m_wrapped)
        return false; // free text may always go on
    const auto document = json::Document::parse(m_arguments);
    return document && document->root().isObject();
}

void CallItem::sendDelta(const QByteArray &text)
{
    begin(
        m_entry.custom ? QByteArrayView("response.custom_tool_call_input.delta")
                       : QByteArrayView("response.function_call_arguments.delta"))
        .member("delta", text);
    events().send();
}

void CallItem::finish(QByteArrayView)
{
    if (const QByteArray rest = m_pieces.rest(); !rest.isEmpty()) {
        m_arguments += rest;
        if (!m_wrapped)
            sendDelta(rest);
    }
    if (m_wrapped) {
        const auto document = json::Document::parse(m_arguments);
        if (document && document->root()["input"].isString())
            m_arguments = document->root()["input"].stringOr({});
        if (!m_arguments.isEmpty())
            sendDelta(m_arguments);
    } else if (!m_entry.custom && isBlank(m_arguments)) {
        m_arguments = QByteArrayLiteral("{}"); // clients parse it
        sendDelta(m_arguments);
    }
    if (m_entry.custom)
        begin("response.custom_tool_call_input.done").member("input", m_arguments);
    else
        begin("response.function_call_arguments.done").member("arguments", m_arguments);
    events().send();
}

QByteArray CallItem::write(QByteArrayView status) const
{
    Writer item;
    item.beginObject().member("id", id());
    item.member("type", m_entry.custom ? "custom_tool_call" : "function_call").member("status", status);
    item.member(m_entry.custom ? "input" : "arguments", m_arguments).member("call_id", m_callId);
    item.member("name", m_entry.name);
    if (!m_entry.space.isEmpty())
        item.member("namespace", m_entry.space);
    return item.endObject().take();
}

ImageItem::ImageItem(EventWriter &events, int place, QByteArray id, const chat::MediaPart &image)
    : OutputItem(events, place, std::move(id))
    , m_image(image)
{
    announce();
}

void ImageItem::finish(QByteArrayView)
{
    begin("response.image_generation_call.completed");
    events().send();
}

QByteArray ImageItem::write(QByteArrayView status) const
{
    Writer item;
    item.beginObject().member("id", id()).member("type", "image_generation_call").member("status", status);
    const bool done = status != kInProgress;
    if (done && m_image.mediaType.startsWith("image/"))
        item.member("output_format", QByteArrayView(m_image.mediaType).sliced(6));
    item.key("result");
    if (done)
        item.string(m_image.base64);
    else
        item.null();
    return item.endObject().take();
}

} // namespace fairlead::wire::openai_responses
