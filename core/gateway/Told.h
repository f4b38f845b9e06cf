// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "wire/Codec.h"

#include <vector>

namespace fairlead::gateway {

/// What a caller has been told of an answer, as far as one must know it to go on from elsewhere. Bytes that
/// pass through are only kept, and read when somebody asks: an answer that does not break costs no more than
/// their copy.
class Told
{
public:
    /// Beyond, an answer cannot be taken up again.
    static constexpr qsizetype kMostBytes = 256 * 1024;
    static constexpr qsizetype kMostText = 1024 * 1024;

    void pass(QByteArrayView bytes);
    void add(const wire::ChatEvent &event);
    /// Turns what was passed into events. Half an event at the end was told to nobody.
    void read(const wire::UpstreamCodec &codec, const wire::Quirks &quirks);

    /// Whether another answer can take up where this one is: at its visible text, not inside a thought, and
    /// with nothing told that would have to be the same again.
    [[nodiscard]] bool canGoOn() const;
    [[nodiscard]] const QByteArray &text() const { return m_text; }
    /// Everything told, neighbours joined.
    [[nodiscard]] const std::vector<wire::ChatEvent> &events() const { return m_events; }
    /// What was passed, in the caller's own dialect; empty for an answer that was translated.
    [[nodiscard]] const QByteArray &bytes() const { return m_bytes; }
    [[nodiscard]] const QByteArray &model() const { return m_model; }

private:
    void addText(const QByteArray &text);
    void addThought(const chat::ReasoningDelta &delta);

    QByteArray m_bytes;
    QByteArray m_text;
    QByteArray m_model;
    std::vector<wire::ChatEvent> m_events;
    bool m_isRead = false;
    bool m_tooMuch = false;
    bool m_more = false; ///< something besides text and thoughts
};

} // namespace fairlead::gateway
