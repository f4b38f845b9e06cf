// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "wire/Codec.h"
#include "wire/bedrock/BlockReader.h"
#include "wire/bedrock/EventStreamReader.h"

namespace fairlead::wire::bedrock {

/// ConverseStream's answer: binary messages, ended by messageStop and a metadata message with the counts.
/// What is wrong with the framing, and an exception in it, end the answer as a failure.
class ConverseStream final : public StreamDecoder
{
public:
    ConverseStream();

    void feed(QByteArrayView bytes, std::vector<ChatEvent> &events) override;
    void finish(std::vector<ChatEvent> &events) override;
    [[nodiscard]] bool isComplete() const override { return m_stopped; }
    [[nodiscard]] bool isOver() const override { return m_over; }

private:
    void onMessage(const EventStreamMessage &message, std::vector<ChatEvent> &events);
    void onEvent(QByteArrayView type, json::View payload);
    void fail(chat::Failure failure, std::vector<ChatEvent> &events);

    EventStreamReader m_frames;
    std::vector<ChatEvent> m_nowhere;
    BlockReader m_reader;
    bool m_stopped = false; ///< messageStop was there
    bool m_over = false; ///< and the counts after it
    bool m_failed = false;
};

/// A whole answer's events.
[[nodiscard]] std::vector<ChatEvent> decodeConverse(QByteArrayView body);

} // namespace fairlead::wire::bedrock
