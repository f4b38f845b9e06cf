// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/anthropic/AnthropicStream.h"

#include "wire/LeadingType.h"
#include "wire/anthropic/Errors.h"
#include "json/View.h"

namespace fairlead::wire::anthropic {

namespace {

chat::Failure protocolFailure(QByteArray message)
{
    return chat::Failure(chat::FailureClass::Protocol, 0, std::move(message));
}

} // namespace

AnthropicStream::AnthropicStream(DecodeMode mode)
    : m_reader(mode, m_nowhere)
{ }

void AnthropicStream::feed(QByteArrayView bytes, std::vector<ChatEvent> &events)
{
    if (m_failed || m_complete)
        return;
    m_reader.setEvents(events);
    if (!m_sse.feed(bytes, [&](const SseEvent &event) { onEvent(event, events); }))
        fail(protocolFailure("The provider sent a stream event beyond the size limit."), events);
    m_reader.setEvents(m_nowhere);
}

void AnthropicStream::finish(std::vector<ChatEvent> &events)
{
    if (!m_failed && !m_complete) {
        m_reader.setEvents(events);
        m_sse.finish([&](const SseEvent &event) { onEvent(event, events); });
        m_reader.setEvents(m_nowhere);
    }
    if (m_failed || m_complete)
        return;
    fail(
        protocolFailure(
            m_garbled ? "The answer was cut off, and part of it was no valid JSON."
                      : "The answer was cut off: the stream ended before message_stop."),
        events);
}

void AnthropicStream::onEvent(const SseEvent &event, std::vector<ChatEvent> &events)
{
    if (m_failed || m_complete || event.data.isEmpty() || event.name == "ping")
        return;
    const QByteArrayView type = leadingType(event.data);
    if (type == "content_block_delta" && m_reader.canSkipDeltas())
        return;
    const auto document = json::Document::parse(event.data.toByteArray());
    if (!document) {
        m_garbled = true; // the rest may be whole all the same
        return;
    }
    if (type.isEmpty())
        onJson(document->root(), document->root()["type"].stringOr(event.name), events);
    else
        onJson(document->root(), type, events);
}

void AnthropicStream::onJson(json::View root, QByteArrayView type, std::vector<ChatEvent> &events)
{
    if (type.startsWith("content_block_") || type == "message_delta" || type == "message_stop")
        m_reader.assureStarted();
    if (type == "content_block_delta") {
        m_reader.blockDelta(root["index"].integerOr(0), root["delta"]);
    } else if (type == "content_block_start") {
        m_reader.blockStart(root["index"].integerOr(0), root["content_block"]);
    } else if (type == "content_block_stop") {
        m_reader.blockStop(root["index"].integerOr(0));
    } else if (type == "message_start") {
        m_reader.start(root["message"]);
    } else if (type == "message_delta") {
        m_reader.messageDelta(root["delta"], root["usage"]);
    } else if (type == "message_stop") {
        m_reader.stop();
        m_complete = true;
    } else if (type == "error") {
        fail(failureInStream(root), events);
    }
    // Kinds to come are skipped, as the vendor asks of clients.
}

void AnthropicStream::fail(chat::Failure failure, std::vector<ChatEvent> &events)
{
    m_failed = true;
    events.emplace_back(chat::Failed(std::move(failure)));
}

std::vector<ChatEvent> decodeMessage(QByteArrayView body)
{
    std::vector<ChatEvent> events;
    const auto document = json::Document::parse(body.toByteArray());
    if (!document) {
        events.emplace_back(
            chat::Failed(protocolFailure("The provider's answer is no JSON: " + document.error().message())));
        return events;
    }
    const json::View root = document->root();
    if (root["type"].equals("error")) {
        events.emplace_back(chat::Failed(failureInStream(root)));
        return events;
    }
    if (!root["content"].isArray()) {
        events.emplace_back(chat::Failed(protocolFailure("The provider's answer is no Anthropic message.")));
        return events;
    }
    MessageReader reader(DecodeMode::Full, events);
    reader.start(root);
    std::int64_t index = 0;
    for (const json::View block : root["content"].elements()) {
        reader.blockStart(index, block);
        reader.blockStop(index);
        ++index;
    }
    reader.messageDelta(root, root["usage"]);
    reader.stop();
    return events;
}

} // namespace fairlead::wire::anthropic
