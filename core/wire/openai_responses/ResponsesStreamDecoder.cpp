// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/openai_responses/ResponsesStreamDecoder.h"

#include "wire/ErrorBody.h"
#include "wire/LeadingType.h"

#include <algorithm>
#include <array>
#include <utility>

namespace fairlead::wire::openai_responses {

using chat::FailureClass;

namespace {

bool isBlank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

chat::Failure protocolFailure(QByteArray message)
{
    return chat::Failure(FailureClass::Protocol, 0, std::move(message));
}

chat::Failure tooLarge()
{
    return protocolFailure(QByteArrayLiteral("The provider sent an event of more than 16 MiB."));
}

/// The string after `"delta":` as it stands, still escaped; empty if it is not found.
QByteArrayView deltaIn(QByteArrayView data)
{
    constexpr QByteArrayView key("\"delta\":");
    qsizetype at = data.indexOf(key);
    if (at < 0)
        return {};
    at += key.size();
    while (at < data.size() && data[at] == ' ')
        ++at;
    if (at >= data.size() || data[at] != '"')
        return {};
    const qsizetype from = ++at;
    while (at < data.size() && data[at] != '"')
        at += data[at] == '\\' ? 2 : 1;
    return at < data.size() ? data.sliced(from, at - from) : QByteArrayView();
}

} // namespace

void ResponsesStreamDecoder::feed(QByteArrayView bytes, std::vector<ChatEvent> &events)
{
    if (m_reader.hasFailed() || m_reader.isFinished())
        return;
    sniff(bytes);
    if (m_body == Body::Plain) {
        if (m_plain.size() + bytes.size() > SseReader::kDefaultMostEventBytes)
            m_reader.fail(tooLarge(), events);
        else
            m_plain.append(bytes.data(), bytes.size());
        return;
    }
    const bool alive = m_sse.feed(bytes, [&](const SseEvent &event) { readEvent(event, events); });
    flushTap(events);
    if (!alive && !m_reader.hasFailed() && !m_reader.isFinished())
        m_reader.fail(tooLarge(), events);
}

void ResponsesStreamDecoder::finish(std::vector<ChatEvent> &events)
{
    if (m_reader.hasFailed() || m_reader.isFinished())
        return;
    if (m_body == Body::Plain) {
        const std::size_t before = events.size();
        decodeWhole(m_plain, events);
        if (events.size() == before)
            cut(events);
        m_wholeRead = !std::holds_alternative<chat::Failed>(events.back());
        return;
    }
    m_sse.finish([&](const SseEvent &event) { readEvent(event, events); });
    flushTap(events);
    if (!m_reader.hasFailed() && !m_reader.isFinished())
        cut(events);
}

void ResponsesStreamDecoder::cut(std::vector<ChatEvent> &events)
{
    QByteArray message("The provider's answer was cut: the stream ended before the response was completed");
    message += m_garbled ? ", and part of it was not valid JSON." : ".";
    m_reader.fail(protocolFailure(std::move(message)), events);
}

/// Some providers answer a request for a stream with plain JSON, and some proxies with a web page; neither
/// starts like an event stream.
void ResponsesStreamDecoder::sniff(QByteArrayView bytes)
{
    if (m_body != Body::Unknown)
        return;
    const auto first = std::find_if_not(bytes.begin(), bytes.end(), isBlank);
    if (first != bytes.end())
        m_body = *first == '{' || *first == '<' ? Body::Plain : Body::Events;
}

void ResponsesStreamDecoder::readEvent(const SseEvent &event, std::vector<ChatEvent> &events)
{
    if (m_reader.hasFailed() || m_reader.isFinished())
        return;
    // OpenRouter ends with Chat's word; before the response's own end it would mean nothing.
    if (event.data.startsWith("[DONE]"))
        return;
    if (m_mode == DecodeMode::Tap && tap(event.data, events))
        return;
    flushTap(events);
    const auto document = json::Document::parse(event.data.toByteArray());
    if (!document || !document->root().isObject()) {
        m_garbled = true;
        return;
    }
    QByteArray type = leadingType(event.data).toByteArray(); // as the tap reads it
    if (type.isEmpty())
        type = document->root()["type"].stringOr({});
    m_reader.readEvent(document->root(), type.isEmpty() ? event.name.toByteArray() : type, events);
}

/// True if this event was dealt with, or says nothing an observer needs.
bool ResponsesStreamDecoder::tap(QByteArrayView data, std::vector<ChatEvent> &events)
{
    struct Row {
        QByteArrayView start;
        Tapped kind;
    };
    static constexpr std::array<Row, 10> kRows{
        Row{"{\"type\":\"response.output_text.delta\"", Tapped::Text},
        Row{"{\"type\":\"response.reasoning_summary_text.delta\"", Tapped::Reasoning},
        Row{"{\"type\":\"response.reasoning_text.delta\"", Tapped::Reasoning},
        Row{"{\"type\":\"response.function_call_arguments.delta\"", Tapped::Arguments},
        Row{"{\"type\":\"response.custom_tool_call_input.delta\"", Tapped::Arguments},
        Row{"{\"type\":\"response.output_text.done\"", Tapped::None},
        Row{"{\"type\":\"response.content_part.", Tapped::None},
        Row{"{\"type\":\"response.reasoning_summary_", Tapped::None},
        Row{"{\"type\":\"response.reasoning_text.done\"", Tapped::None},
        Row{"{\"type\":\"response.function_call_arguments.done\"", Tapped::None},
    };
    const auto row = std::find_if(
        kRows.begin(), kRows.end(), [&](const Row &candidate) { return data.startsWith(candidate.start); });
    if (row == kRows.end())
        return false;
    if (row->kind == Tapped::None)
        return true;
    if (row->kind != m_tappedKind)
        flushTap(events);
    m_tappedKind = row->kind;
    const QByteArrayView text = deltaIn(data);
    m_tapped.append(text.data(), text.size());
    return true;
}

void ResponsesStreamDecoder::flushTap(std::vector<ChatEvent> &events)
{
    const Tapped kind = std::exchange(m_tappedKind, Tapped::None);
    if (kind == Tapped::None)
        return;
    QByteArray text = std::exchange(m_tapped, QByteArray());
    m_reader.assureStarted(events);
    if (kind == Tapped::Text)
        events.emplace_back(chat::TextDelta(std::move(text)));
    else if (kind == Tapped::Reasoning)
        events.emplace_back(chat::ReasoningDelta(std::move(text)));
    else
        events.emplace_back(chat::ToolCallDelta(0, std::move(text)));
}

void decodeWhole(QByteArrayView body, std::vector<ChatEvent> &events)
{
    ResponseReader reader;
    const auto document = json::Document::parse(body.toByteArray());
    if (!document) {
        chat::Failure failure = failureFromResponse(200, Headers(), body);
        failure.failureClass = FailureClass::Protocol;
        failure.status = 0;
        reader.fail(std::move(failure), events);
        return;
    }
    if (document->root()["output"].isArray() || holdsError(document->root()))
        reader.readWhole(document->root(), events);
    else
        reader.fail(
            protocolFailure(QByteArrayLiteral("The provider answered with JSON that is no response object.")),
            events);
}

} // namespace fairlead::wire::openai_responses
