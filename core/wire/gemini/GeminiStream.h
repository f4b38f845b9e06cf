// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "wire/Codec.h"
#include "wire/SseReader.h"
#include "wire/gemini/AnswerReader.h"
#include "wire/gemini/ObjectSplitter.h"

namespace fairlead::wire::gemini {

/// streamGenerateContent: SSE without names or [DONE], each event a whole response with new parts, complete
/// when every candidate has a finishReason. Plain JSON is taken as well: errors come so under a
/// text/event-stream label, and without alt=sse the whole stream is one JSON array.
class GeminiStream final : public StreamDecoder
{
public:
    explicit GeminiStream(DecodeMode mode)
        : m_reader(mode)
    { }

    void feed(QByteArrayView bytes, std::vector<ChatEvent> &events) override;
    void finish(std::vector<ChatEvent> &events) override;
    [[nodiscard]] bool isComplete() const override { return !m_failed && m_reader.isFinished(); }
    [[nodiscard]] bool isOver() const override { return false; }

private:
    enum class Framing { Unknown, Sse, Json };

    void decideFraming(QByteArrayView bytes);
    void onChunk(const QByteArray &json, std::vector<ChatEvent> &events);
    void fail(QByteArray message, std::vector<ChatEvent> &events);

    Framing m_framing = Framing::Unknown;
    QByteArray m_head; ///< white space and BOM before the framing shows
    SseReader m_sse;
    ObjectSplitter m_objects{SseReader::kDefaultMostEventBytes};
    AnswerReader m_reader;
    bool m_failed = false;
};

/// A whole answer's events.
[[nodiscard]] std::vector<ChatEvent> decodeResponse(QByteArrayView body);

} // namespace fairlead::wire::gemini
