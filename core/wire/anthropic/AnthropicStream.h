// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "wire/Codec.h"
#include "wire/SseReader.h"
#include "wire/anthropic/MessageReader.h"

namespace fairlead::wire::anthropic {

/// Messages API stream: SSE with event names, ended by message_stop and by nothing else.
class AnthropicStream final : public StreamDecoder
{
public:
    explicit AnthropicStream(DecodeMode mode);

    void feed(QByteArrayView bytes, std::vector<ChatEvent> &events) override;
    void finish(std::vector<ChatEvent> &events) override;
    [[nodiscard]] bool isComplete() const override { return m_complete; }
    [[nodiscard]] bool isOver() const override { return m_complete; }

private:
    void onEvent(const SseEvent &event, std::vector<ChatEvent> &events);
    void onJson(json::View root, QByteArrayView type, std::vector<ChatEvent> &events);
    void fail(chat::Failure failure, std::vector<ChatEvent> &events);

    SseReader m_sse;
    std::vector<ChatEvent> m_nowhere;
    MessageReader m_reader;
    bool m_complete = false;
    bool m_failed = false;
    bool m_garbled = false; ///< some event was no JSON
};

/// A whole answer's events.
[[nodiscard]] std::vector<ChatEvent> decodeMessage(QByteArrayView body);

} // namespace fairlead::wire::anthropic
