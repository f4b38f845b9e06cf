// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/bedrock/ConverseStream.h"

#include "wire/ErrorBody.h"
#include "wire/bedrock/Errors.h"

namespace fairlead::wire::bedrock {

namespace {

chat::Failure protocolFailure(QByteArray message)
{
    return chat::Failure(chat::FailureClass::Protocol, 0, std::move(message));
}

} // namespace

ConverseStream::ConverseStream()
    : m_reader(m_nowhere)
{ }

void ConverseStream::feed(QByteArrayView bytes, std::vector<ChatEvent> &events)
{
    if (m_failed || m_over)
        return;
    m_reader.setEvents(events);
    const bool whole
        = m_frames.feed(bytes, [&](const EventStreamMessage &message) { onMessage(message, events); });
    if (!whole && !m_failed && !m_over)
        fail(protocolFailure("The provider's stream is damaged: " + m_frames.problem() + '.'), events);
    m_reader.setEvents(m_nowhere);
}

void ConverseStream::finish(std::vector<ChatEvent> &events)
{
    if (m_failed || m_over)
        return;
    if (!m_frames.isBetweenMessages()) {
        fail(protocolFailure("The answer was cut off in the middle of a message."), events);
    } else if (!m_stopped) {
        fail(protocolFailure("The answer was cut off: the stream ended before messageStop."), events);
    } else {
        // Whole but for its counts.
        m_reader.setEvents(events);
        m_reader.finish();
        m_reader.setEvents(m_nowhere);
        m_over = true;
    }
}

void ConverseStream::onMessage(const EventStreamMessage &message, std::vector<ChatEvent> &events)
{
    if (m_failed || m_over)
        return;
    const QByteArrayView kind = message.header(":message-type");
    if (kind == "exception") {
        fail(failureInStream(message.header(":exception-type"), message.payload), events);
        return;
    }
    if (kind == "error") {
        chat::Failure failure = failureInStream(message.header(":error-code"), message.payload);
        if (const QByteArrayView words = message.header(":error-message"); !words.isEmpty())
            failure.message = QString::fromUtf8(words).toUtf8();
        fail(std::move(failure), events);
        return;
    }
    const auto document = json::Document::parse(message.payload.toByteArray());
    if (!document) {
        fail(
            protocolFailure(
                "The provider sent a stream event that is no JSON: " + document.error().message()),
            events);
        return;
    }
    onEvent(message.header(":event-type"), document->root());
}

void ConverseStream::onEvent(QByteArrayView type, json::View payload)
{
    if (type.startsWith("contentBlock") || type == "messageStop" || type == "metadata")
        m_reader.start(); // should messageStart be missing: every answer begins with a Started
    const std::int64_t index = payload["contentBlockIndex"].integerOr(0);
    if (type == "contentBlockDelta") {
        m_reader.blockDelta(index, payload["delta"]);
    } else if (type == "contentBlockStart") {
        m_reader.blockStart(index, payload["start"]);
    } else if (type == "contentBlockStop") {
        m_reader.blockStop(index);
    } else if (type == "messageStart") {
        m_reader.start();
    } else if (type == "messageStop") {
        m_reader.stop(payload["stopReason"]);
        m_stopped = true;
    } else if (type == "metadata") {
        m_reader.usage(payload["usage"], payload["serviceTier"]);
        if (m_stopped) {
            m_reader.finish();
            m_over = true;
        }
    }
    // Kinds to come are skipped.
}

void ConverseStream::fail(chat::Failure failure, std::vector<ChatEvent> &events)
{
    m_failed = true;
    events.emplace_back(chat::Failed(std::move(failure)));
}

std::vector<ChatEvent> decodeConverse(QByteArrayView body)
{
    std::vector<ChatEvent> events;
    const auto document = json::Document::parse(body.toByteArray());
    if (!document) {
        events.emplace_back(
            chat::Failed(protocolFailure("The provider's answer is no JSON: " + document.error().message())));
        return events;
    }
    const json::View root = document->root();
    const json::View content = root["output"]["message"]["content"];
    if (!content.isArray()) {
        chat::Failure failure = protocolFailure("The provider's answer is no Converse message.");
        if (root["__type"] || holdsError(root))
            failure = failureInStream(root["__type"].stringOr({}), body);
        events.emplace_back(chat::Failed(std::move(failure)));
        return events;
    }
    BlockReader reader(events);
    reader.start();
    std::int64_t index = 0;
    for (const json::View block : content.elements())
        reader.wholeBlock(index++, block);
    reader.stop(root["stopReason"]);
    reader.usage(root["usage"], root["serviceTier"]);
    reader.finish();
    return events;
}

} // namespace fairlead::wire::bedrock
