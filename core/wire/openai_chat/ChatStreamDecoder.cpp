// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/openai_chat/ChatStreamDecoder.h"

#include "base/TextWriter.h"
#include "wire/ErrorBody.h"
#include "wire/openai_chat/WholeAnswer.h"

#include <algorithm>
#include <cstring>
#include <functional>
#include <utility>

namespace fairlead::wire::openai_chat {

using chat::FailureClass;

namespace {

bool isBlank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/// The place after the first empty line, or the end.
qsizetype eventEnd(QByteArrayView bytes)
{
    for (qsizetype from = 0; from < bytes.size();) {
        const void *found
            = std::memchr(bytes.data() + from, '\n', static_cast<std::size_t>(bytes.size() - from));
        if (!found)
            break;
        from = static_cast<const char *>(found) - bytes.data() + 1;
        if (from < bytes.size() && bytes[from] == '\n')
            return from + 1;
    }
    return bytes.size();
}

/// Chunks that are not parsed cannot be searched for tags; a tap need not tell thought from text.
Quirks quirksFor(Quirks quirks, DecodeMode mode)
{
    quirks.thinkTags = quirks.thinkTags && mode == DecodeMode::Full;
    return quirks;
}

chat::Failure tooLarge()
{
    return chat::Failure(
        FailureClass::Protocol, 0, QByteArrayLiteral("The provider sent an event of more than 16 MiB."));
}

} // namespace

ChatStreamDecoder::ChatStreamDecoder(const Quirks &quirks, DecodeMode mode)
    : m_reader(quirksFor(quirks, mode))
    , m_quirks(quirks)
    , m_mode(mode)
{ }

void ChatStreamDecoder::feed(QByteArrayView bytes, std::vector<ChatEvent> &events)
{
    if (m_reader.hasFailed() || m_done)
        return;
    sniff(bytes);
    if (m_body == Body::Plain) {
        if (m_plain.size() + bytes.size() > SseReader::kDefaultMostEventBytes)
            m_reader.fail(tooLarge(), events);
        else
            m_plain.append(bytes.data(), bytes.size());
        return;
    }
    const std::function<void(const SseEvent &)> read
        = [&](const SseEvent &event) { readEvent(event, events); };
    bool alive = true;
    while (alive && !bytes.isEmpty()) {
        if (m_template.isSet() && m_sse.isBetweenEvents())
            bytes = bytes.sliced(m_template.passOver(bytes, m_tapped));
        // One event the long way; behind it there may be many of the short kind again.
        const QByteArrayView one = m_mode == DecodeMode::Tap ? bytes.first(eventEnd(bytes)) : bytes;
        alive = m_sse.feed(one, read);
        bytes = bytes.sliced(one.size());
    }
    flushTap(events);
    if (!alive)
        m_reader.fail(tooLarge(), events);
}

void ChatStreamDecoder::finish(std::vector<ChatEvent> &events)
{
    if (m_reader.hasFailed() || m_done)
        return;
    if (m_body == Body::Plain) {
        decodeWhole(m_plain, m_quirks, m_mode, events);
        m_done = true;
        return;
    }
    m_sse.finish([&](const SseEvent &event) { readEvent(event, events); });
    flushTap(events);
    if (m_done || m_reader.hasFailed())
        return;
    if (m_skipped > 0 && !m_reader.isFinished()) {
        m_reader.fail(
            chat::Failure(
                FailureClass::Protocol, 0,
                QByteArrayLiteral("The provider's answer was cut, and part of it was not valid JSON.")),
            events);
        return;
    }
    m_reader.end(false, events);
    m_done = true;
}

/// Some providers answer a request for a stream with plain JSON (an error, or the whole answer) and some
/// proxies with a web page; neither starts like an event stream.
void ChatStreamDecoder::sniff(QByteArrayView &bytes)
{
    if (m_body != Body::Unknown)
        return;
    const auto first = std::find_if_not(bytes.begin(), bytes.end(), isBlank);
    if (first == bytes.end())
        return;
    m_body = *first == '{' || *first == '<' ? Body::Plain : Body::Events;
}

void ChatStreamDecoder::readEvent(const SseEvent &event, std::vector<ChatEvent> &events)
{
    if (m_done || m_reader.hasFailed())
        return;
    if (event.data.trimmed().startsWith("[DONE]")) {
        flushTap(events);
        m_reader.end(true, events);
        m_done = true;
        return;
    }
    if (!tapText(event.data))
        readChunk(event, events);
}

void ChatStreamDecoder::readChunk(const SseEvent &event, std::vector<ChatEvent> &events)
{
    flushTap(events);
    // The document does not outlive the event.
    const auto document
        = json::Document::parse(QByteArray::fromRawData(event.data.data(), event.data.size()));
    if (!document || !document->root().isObject()) {
        ++m_skipped;
        return;
    }
    const std::size_t from = events.size();
    const AnswerReader::Root root(document->root());
    if (event.name == QByteArrayView("error") && !root.failed)
        m_reader.fail(failureFromJson(root.whole), events);
    else
        m_reader.readChunk(root, events);
    if (m_mode == DecodeMode::Tap)
        learn(root, events, from);
}

bool ChatStreamDecoder::tapText(QByteArrayView data)
{
    if (m_mode != DecodeMode::Tap)
        return false;
    const auto text = m_template.match(data);
    if (!text)
        return false;
    appendBytes(m_tapped, *text);
    return true;
}

void ChatStreamDecoder::flushTap(std::vector<ChatEvent> &events)
{
    if (m_tapped.isEmpty())
        return;
    ChatEvent event = m_templateEvent;
    if (auto *text = std::get_if<chat::TextDelta>(&event))
        text->text = std::exchange(m_tapped, QByteArray());
    else
        std::get<chat::ReasoningDelta>(event).text = std::exchange(m_tapped, QByteArray());
    events.push_back(std::move(event));
}

/// Only a chunk that gave a single text or reasoning delta may serve as template: then its likes can say
/// nothing else.
void ChatStreamDecoder::learn(
    const AnswerReader::Root &chunk, const std::vector<ChatEvent> &events, std::size_t from)
{
    if (events.size() != from + 1 || chunk.choices.at(0)["finish_reason"])
        return;
    const ChatEvent &only = events.back();
    if (!std::holds_alternative<chat::TextDelta>(only) && !std::holds_alternative<chat::ReasoningDelta>(only))
        return;
    m_template = ChunkTemplate(chunk.whole);
    m_templateEvent = only;
    std::visit(
        [](auto &event) {
            if constexpr (requires { event.text; })
                event.text = QByteArray();
        },
        m_templateEvent);
}

} // namespace fairlead::wire::openai_chat
