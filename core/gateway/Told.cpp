// SPDX-License-Identifier: GPL-3.0-or-later
#include "gateway/Told.h"

#include "base/TextWriter.h"

namespace fairlead::gateway {

using chat::ChatEvent;

void Told::pass(QByteArrayView bytes)
{
    m_tooMuch = m_tooMuch || m_bytes.size() + bytes.size() > kMostBytes;
    if (!m_tooMuch)
        appendBytes(m_bytes, bytes);
    else
        m_bytes.clear();
}

void Told::read(const wire::UpstreamCodec &codec, const wire::Quirks &quirks)
{
    if (m_isRead || m_bytes.isEmpty())
        return;
    m_isRead = true;
    const auto decoder = codec.makeStreamDecoder(quirks, wire::DecodeMode::Full);
    std::vector<ChatEvent> events;
    decoder->feed(m_bytes, events);
    for (const ChatEvent &event : events)
        add(event);
}

void Told::add(const ChatEvent &event)
{
    const auto note = [this](const auto &other) {
        m_events.push_back(other);
        m_more = true;
    };
    std::visit(
        overloaded{
            [this](const chat::Started &started) {
                m_model = started.model;
                m_events.push_back(started);
            },
            [&](const chat::TextDelta &delta) {
                if (delta.choice == 0)
                    addText(delta.text);
                else
                    note(delta);
            },
            [&](const chat::ReasoningDelta &delta) {
                if (delta.choice == 0)
                    addThought(delta);
                else
                    note(delta);
            },
            [this](const chat::ReasoningSignature &signature) { m_events.push_back(signature); },
            [](const chat::UsageReport &) {}, // told at the end, as whoever ends the answer counts
            [&](const chat::RefusalDelta &delta) { note(delta); },
            [&](const chat::ToolCallBegin &begin) { note(begin); },
            [&](const chat::ToolCallDelta &delta) { note(delta); },
            [&](const chat::Citation &citation) { note(citation); },
            [&](const chat::MediaDelta &delta) { note(delta); },
            [&](const chat::LogprobsDelta &delta) { note(delta); },
            [&](const chat::Finished &finished) { note(finished); },
            [](const chat::Failed &) {},
        },
        event);
}

void Told::addText(const QByteArray &text)
{
    if (text.isEmpty() || m_tooMuch)
        return;
    m_tooMuch = m_text.size() + text.size() > kMostText;
    m_text += text;
    auto *last = m_events.empty() ? nullptr : std::get_if<chat::TextDelta>(&m_events.back());
    if (last && last->choice == 0)
        last->text += text;
    else
        m_events.emplace_back(chat::TextDelta(text));
}

void Told::addThought(const chat::ReasoningDelta &delta)
{
    if (delta.text.isEmpty() || m_tooMuch)
        return;
    auto *last = m_events.empty() ? nullptr : std::get_if<chat::ReasoningDelta>(&m_events.back());
    if (!last || last->block != delta.block) {
        m_events.emplace_back(delta);
        return;
    }
    last->text += delta.text;
    m_tooMuch = last->text.size() > kMostText;
}

bool Told::canGoOn() const
{
    if (m_more || m_tooMuch)
        return false;
    return m_events.empty() || std::holds_alternative<chat::Started>(m_events.back())
           || std::holds_alternative<chat::TextDelta>(m_events.back());
}

} // namespace fairlead::gateway
