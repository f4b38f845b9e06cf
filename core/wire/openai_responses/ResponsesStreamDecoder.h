// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "wire/Codec.h"
#include "wire/SseReader.h"
#include "wire/openai_responses/ResponseReader.h"

namespace fairlead::wire::openai_responses {

/// A streamed response. In Tap mode deltas are recognised by their first bytes and not parsed; their text
/// comes still escaped, those of one kind joined to one delta for each feed().
class ResponsesStreamDecoder final : public StreamDecoder
{
public:
    explicit ResponsesStreamDecoder(DecodeMode mode)
        : m_reader(mode == DecodeMode::Tap)
        , m_mode(mode)
    { }

    void feed(QByteArrayView bytes, std::vector<ChatEvent> &events) override;
    void finish(std::vector<ChatEvent> &events) override;
    [[nodiscard]] bool isComplete() const override { return m_wholeRead || m_reader.isFinished(); }
    [[nodiscard]] bool isOver() const override { return m_reader.isFinished(); }

private:
    enum class Body { Unknown, Events, Plain };
    enum class Tapped { None, Text, Reasoning, Arguments };

    void sniff(QByteArrayView bytes);
    void readEvent(const SseEvent &event, std::vector<ChatEvent> &events);
    bool tap(QByteArrayView data, std::vector<ChatEvent> &events);
    void flushTap(std::vector<ChatEvent> &events);
    void cut(std::vector<ChatEvent> &events);

    SseReader m_sse;
    ResponseReader m_reader;
    DecodeMode m_mode;
    Body m_body = Body::Unknown;
    QByteArray m_plain; ///< an answer that is no event stream, to be read at its end
    Tapped m_tappedKind = Tapped::None;
    QByteArray m_tapped;
    bool m_garbled = false;
    bool m_wholeRead = false; ///< the plain answer is one
};

/// A whole answer, or a Failed that says what it is instead.
void decodeWhole(QByteArrayView body, std::vector<ChatEvent> &events);

} // namespace fairlead::wire::openai_responses
