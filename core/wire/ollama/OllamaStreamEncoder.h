// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "wire/Codec.h"
#include "wire/TextPieces.h"
#include "wire/ollama/AnswerWriter.h"

namespace fairlead::wire::ollama {

/// Events as NDJSON: an object for each piece of text or thinking, one with the calls (they are whole here),
/// and a last one that is done. A failure is a last line `{"error":...}`.
class OllamaStreamEncoder final : public StreamEncoder
{
public:
    OllamaStreamEncoder(AnswerContext context, Endpoint endpoint);

    [[nodiscard]] QByteArray encode(const ChatEvent &event) override;
    [[nodiscard]] QByteArray finish() override;
    /// Every line is an object to these clients; there is nothing to say in between.
    [[nodiscard]] QByteArray keepAlive() const override { return {}; }
    [[nodiscard]] QByteArrayView eventEnd() const override { return "\n"; }

private:
    void line(const Said &said);
    void sayText(const QByteArray &text);
    void sayThinking(const QByteArray &text);
    void addArguments(const chat::ToolCallDelta &delta);
    void addImage(const chat::MediaDelta &delta);
    void endChoice(const chat::Finished &finished);

    AnswerContext m_context;
    const Endpoint m_endpoint;
    TextPieces m_text;
    TextPieces m_thinking;
    Said m_whole; ///< what is sent in one object at the end
    QByteArray m_logprobs; ///< go with the next text
    std::optional<chat::Finished> m_finished;
    chat::Usage m_usage;
    QByteArray m_out;
    bool m_failed = false;
};

} // namespace fairlead::wire::ollama
