// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "wire/Codec.h"
#include "wire/SseReader.h"
#include "wire/openai_chat/AnswerReader.h"
#include "wire/openai_chat/ChunkTemplate.h"

namespace fairlead::wire::openai_chat {

/// A streamed Chat answer. In Tap mode chunks that only add text are recognised without being parsed; their
/// text comes still escaped, joined to one delta for each feed(), which is what counting bytes needs.
class ChatStreamDecoder final : public StreamDecoder
{
public:
    ChatStreamDecoder(const Quirks &quirks, DecodeMode mode);

    void feed(QByteArrayView bytes, std::vector<ChatEvent> &events) override;
    void finish(std::vector<ChatEvent> &events) override;
    [[nodiscard]] bool isComplete() const override { return m_done || m_reader.isFinished(); }
    [[nodiscard]] bool isOver() const override { return m_done; }
    [[nodiscard]] int skippedEvents() const override { return m_skipped; }

private:
    enum class Body { Unknown, Events, Plain };

    void sniff(QByteArrayView &bytes);
    void readEvent(const SseEvent &event, std::vector<ChatEvent> &events);
    void readChunk(const SseEvent &event, std::vector<ChatEvent> &events);
    bool tapText(QByteArrayView data);
    void flushTap(std::vector<ChatEvent> &events);
    void learn(const AnswerReader::Root &chunk, const std::vector<ChatEvent> &events, std::size_t from);

    SseReader m_sse;
    AnswerReader m_reader;
    Quirks m_quirks;
    DecodeMode m_mode;
    Body m_body = Body::Unknown;
    QByteArray m_plain; ///< an answer that is no event stream, to be read at its end
    ChunkTemplate m_template;
    ChatEvent m_templateEvent = chat::TextDelta(); ///< what the template's chunks add to
    QByteArray m_tapped;
    bool m_done = false;
    int m_skipped = 0; ///< events that were no JSON
};

} // namespace fairlead::wire::openai_chat
