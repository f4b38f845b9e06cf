// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "wire/Codec.h"
#include "wire/TextPieces.h"
#include "json/Writer.h"

#include <map>

namespace fairlead::wire::openai_completions {

/// Events as text_completion chunks: text, a finish chunk for each choice, the usage chunk if asked for,
/// [DONE]. Reasoning and tool calls have no place in it.
class CompletionsStream final : public StreamEncoder
{
public:
    CompletionsStream(AnswerContext context, QByteArray echo);

    [[nodiscard]] QByteArray encode(const ChatEvent &event) override;
    [[nodiscard]] QByteArray finish() override;
    [[nodiscard]] QByteArray keepAlive() const override;

private:
    struct Choice {
        bool echoed = false;
        TextPieces text;
        QByteArray logprobs = "null"; ///< go with the next text
        qint64 offset = 0; ///< where the next token begins
    };

    [[nodiscard]] Choice &choice(int index);
    void say(int index, const QByteArray &text, const std::optional<chat::Finished> &finished = std::nullopt);
    void begin(json::Writer &writer) const;
    void send(json::Writer &writer);

    AnswerContext m_context;
    QByteArray m_id;
    const QByteArray m_echo;
    std::map<int, Choice> m_choices;
    chat::Usage m_usage;
    QByteArray m_out;
    bool m_failed = false;
};

} // namespace fairlead::wire::openai_completions
