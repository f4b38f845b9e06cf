// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "wire/Codec.h"
#include "wire/TextPieces.h"
#include "json/Writer.h"

#include <set>
#include <vector>

namespace fairlead::wire::openai_chat {

/// Events as chat.completion.chunk events: role first, then deltas, a finish chunk for each choice, the usage
/// chunk if asked for, [DONE]. Characters that arrive in pieces are held back until they are whole.
class ChatStreamEncoder final : public StreamEncoder
{
public:
    explicit ChatStreamEncoder(AnswerContext context);

    [[nodiscard]] QByteArray encode(const ChatEvent &event) override;
    [[nodiscard]] QByteArray finish() override;
    [[nodiscard]] QByteArray keepAlive() const override;

private:
    struct Choice {
        int index = 0;
        bool hasRole = false;
        TextPieces text;
        TextPieces reasoning;
        TextPieces refusal;
        std::vector<TextPieces> arguments;
        std::set<int> custom; ///< indexes of calls of custom tools
        QByteArray logprobs; ///< goes with the next chunk, as OpenAI sends it
    };

    void start(const chat::Started &started);
    void fixHead();
    [[nodiscard]] Choice &choice(int index);
    void chunk(Choice &choice, const QByteArray &delta, QByteArrayView finishReason = {});
    void textChunk(Choice &choice, QByteArrayView field, const QByteArray &text);
    void argumentsChunk(Choice &choice, int index, const QByteArray &text);
    void beginCall(const chat::ToolCallBegin &begin);
    void addArguments(const chat::ToolCallDelta &delta);
    void sign(const chat::ReasoningSignature &signature);
    void cite(const chat::Citation &citation);
    void flush(Choice &choice);
    void endChoice(const chat::Finished &finished);

    AnswerContext m_context;
    QByteArray m_id;
    QByteArray m_fingerprint;
    QByteArray m_head; ///< of every chunk, up to its choices; empty until the first is written
    std::vector<Choice> m_choices;
    chat::Usage m_usage;
    QByteArray m_out;
    bool m_failed = false;
};

} // namespace fairlead::wire::openai_chat
