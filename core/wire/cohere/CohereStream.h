// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "wire/Codec.h"
#include "wire/SseReader.h"
#include "wire/cohere/AnswerReader.h"

namespace fairlead::wire::cohere {

/// A v2 chat stream: SSE with event names, ended by message-end. The [DONE] behind it tells nothing more.
class CohereStream final : public StreamDecoder
{
public:
    explicit CohereStream(DecodeMode mode)
        : m_reader(mode)
    { }

    void feed(QByteArrayView bytes, std::vector<ChatEvent> &events) override;
    void finish(std::vector<ChatEvent> &events) override;
    [[nodiscard]] bool isComplete() const override { return m_reader.hasEnded(); }
    [[nodiscard]] bool isOver() const override { return m_reader.hasEnded(); }
    [[nodiscard]] int skippedEvents() const override { return m_skipped; }

private:
    void onEvent(const SseEvent &event, std::vector<ChatEvent> &events);
    void fail(QByteArray message, std::vector<ChatEvent> &events);

    SseReader m_sse;
    AnswerReader m_reader;
    QByteArray m_plain; ///< an answer that is no event stream, to be read at its end
    bool m_sniffed = false;
    bool m_isPlain = false;
    int m_skipped = 0; ///< events that were no JSON
};

/// A whole answer's events.
[[nodiscard]] std::vector<ChatEvent> decodeAnswer(QByteArrayView body);

} // namespace fairlead::wire::cohere
