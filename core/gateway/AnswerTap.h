// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "wire/Codec.h"
#include "wire/SseReader.h"

namespace fairlead::gateway {

/// Watches an answer that passes through untouched (a picture, a voice, a ranking) for what it cost: the
/// `usage` of a JSON answer, or of an event in a stream. Anything else is looked at no further.
class AnswerTap final : public wire::StreamDecoder
{
public:
    void feed(QByteArrayView bytes, std::vector<chat::ChatEvent> &events) override;
    void finish(std::vector<chat::ChatEvent> &events) override;
    /// Only the end of the connection ends such an answer.
    [[nodiscard]] bool isComplete() const override { return false; }
    [[nodiscard]] bool isOver() const override { return false; }

private:
    enum class Form { Unknown, Json, Events, Bytes };
    void look(QByteArrayView json, std::vector<chat::ChatEvent> &events);

    Form m_form = Form::Unknown;
    QByteArray m_json;
    wire::SseReader m_events;
};

/// What the family's other endpoints report: {"input_tokens", "output_tokens", details} of images and
/// transcriptions, {"prompt_tokens"} or {"total_tokens"} of rankings. Empty if it says nothing.
[[nodiscard]] chat::Usage readOtherUsage(json::View usage);

} // namespace fairlead::gateway
