// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/cohere/CohereStream.h"

#include "wire/LeadingType.h"

#include <algorithm>
#include <utility>

namespace fairlead::wire::cohere {

void CohereStream::feed(QByteArrayView bytes, std::vector<ChatEvent> &events)
{
    if (m_reader.hasFailed() || m_reader.hasEnded())
        return;
    if (!m_sniffed) {
        // Errors and web pages come as they are, even where a stream was asked for.
        // JSON's white space, no other: what is blank to C need not be to its parser.
        const auto first = std::find_if_not(bytes.begin(), bytes.end(), [](char c) {
            return c == ' ' || c == '\t' || c == '\r' || c == '\n';
        });
        m_sniffed = first != bytes.end();
        m_isPlain = m_sniffed && (*first == '{' || *first == '<');
    }
    if (m_isPlain) {
        m_plain.append(bytes);
        if (m_plain.size() > SseReader::kDefaultMostEventBytes)
            fail(QByteArrayLiteral("The provider's answer is beyond the size limit."), events);
        return;
    }
    if (!m_sse.feed(bytes, [&](const SseEvent &event) { onEvent(event, events); }))
        fail(QByteArrayLiteral("The provider sent a stream event beyond the size limit."), events);
}

void CohereStream::finish(std::vector<ChatEvent> &events)
{
    if (m_reader.hasFailed() || m_reader.hasEnded())
        return;
    if (m_isPlain) {
        m_reader.readBody(m_plain, events);
        return;
    }
    m_sse.finish([&](const SseEvent &event) { onEvent(event, events); });
    if (m_reader.hasFailed() || m_reader.hasEnded())
        return;
    if (m_reader.hasStarted())
        fail(QByteArrayLiteral("The answer was cut off: the stream ended before message-end."), events);
    else if (m_skipped > 0)
        fail(QByteArrayLiteral("The provider's answer is no Cohere stream."), events);
    else
        fail(QByteArrayLiteral("The provider's stream ended before its first event."), events);
}

void CohereStream::onEvent(const SseEvent &event, std::vector<ChatEvent> &events)
{
    const QByteArrayView type = leadingType(event.data);
    if (event.data.trimmed().startsWith("[DONE]") || !m_reader.wants(type))
        return;
    const auto document = json::Document::parse(event.data.toByteArray());
    if (!document || !document->root().isObject())
        ++m_skipped;
    else if (type.isEmpty())
        m_reader.readEvent(document->root()["type"].stringOr({}), document->root(), events);
    else
        m_reader.readEvent(type, document->root(), events);
}

void CohereStream::fail(QByteArray message, std::vector<ChatEvent> &events)
{
    m_reader.fail(chat::Failure(chat::FailureClass::Protocol, 0, std::move(message)), events);
}

std::vector<ChatEvent> decodeAnswer(QByteArrayView body)
{
    std::vector<ChatEvent> events;
    AnswerReader(DecodeMode::Full).readBody(body, events);
    return events;
}

} // namespace fairlead::wire::cohere
