// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/gemini/GeminiStream.h"

#include "json/View.h"

#include <utility>

namespace fairlead::wire::gemini {

namespace {

constexpr qsizetype kMostHeadBytes = 1024;

chat::ChatEvent protocolFailure(QByteArray message)
{
    return chat::Failed(chat::Failure(chat::FailureClass::Protocol, 0, std::move(message)));
}

} // namespace

void GeminiStream::feed(QByteArrayView bytes, std::vector<ChatEvent> &events)
{
    if (m_failed)
        return;
    QByteArray joined;
    if (m_framing == Framing::Unknown) {
        m_head.append(bytes);
        decideFraming(m_head);
        if (m_framing == Framing::Unknown)
            return;
        joined = std::exchange(m_head, {});
        bytes = joined;
    }
    bool fits = true;
    if (m_framing == Framing::Json)
        fits = m_objects.feed(bytes, [&](const QByteArray &object) { onChunk(object, events); });
    else
        fits = m_sse.feed(bytes, [&](const SseEvent &event) { onChunk(event.data.toByteArray(), events); });
    if (!fits && !m_failed)
        fail("The provider sent a stream event beyond the size limit.", events);
}

void GeminiStream::finish(std::vector<ChatEvent> &events)
{
    if (!m_failed && m_framing == Framing::Sse)
        m_sse.finish([&](const SseEvent &event) { onChunk(event.data.toByteArray(), events); });
    if (m_failed || isComplete())
        return;
    if (m_reader.hasCandidates())
        fail("The answer was cut off: the stream ended before a finishReason.", events);
    else
        fail("The provider's answer is no Gemini stream, or it ended before its first event.", events);
}

void GeminiStream::decideFraming(QByteArrayView bytes)
{
    for (const char c : bytes) {
        const bool blank = c == ' ' || c == '\t' || c == '\r' || c == '\n';
        const bool mark = c == '\xEF' || c == '\xBB' || c == '\xBF';
        if (!blank && !mark) {
            m_framing = c == '{' || c == '[' ? Framing::Json : Framing::Sse;
            return;
        }
    }
    if (bytes.size() > kMostHeadBytes)
        m_framing = Framing::Sse;
}

void GeminiStream::onChunk(const QByteArray &json, std::vector<ChatEvent> &events)
{
    if (m_failed || json.isEmpty() || json.startsWith("[DONE]"))
        return;
    const auto document = json::Document::parse(json);
    if (!document) {
        fail("The provider sent a stream event that is no JSON: " + document.error().message(), events);
        return;
    }
    m_reader.read(document->root(), events);
    m_failed = m_reader.hasFailed();
}

void GeminiStream::fail(QByteArray message, std::vector<ChatEvent> &events)
{
    m_failed = true;
    events.push_back(protocolFailure(std::move(message)));
}

std::vector<ChatEvent> decodeResponse(QByteArrayView body)
{
    std::vector<ChatEvent> events;
    const auto document = json::Document::parse(body.toByteArray());
    if (!document) {
        events.push_back(protocolFailure("The provider's answer is no JSON: " + document.error().message()));
        return events;
    }
    AnswerReader reader(DecodeMode::Full);
    if (document->root().isArray()) {
        for (const json::View chunk : document->root().elements())
            reader.read(chunk, events);
    } else {
        reader.read(document->root(), events);
    }
    reader.finishAll(events);
    if (!reader.hasFailed() && !reader.hasCandidates())
        events.push_back(protocolFailure("The provider's answer is no Gemini answer: it has no candidates."));
    return events;
}

} // namespace fairlead::wire::gemini
