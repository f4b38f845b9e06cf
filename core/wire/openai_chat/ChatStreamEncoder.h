// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "wire/Codec.h"
#include "wire/TextPieces.h"
#include "wire/openai_chat/Caller.h"
#include "json/Writer.h"

#include <optional>
#include <vector>

namespace fairlead::wire::openai_chat {

/// Events as chat.completion.chunk events: role first, then deltas, a finish chunk for each choice, the usage
/// chunk if asked for, [DONE]. Characters that arrive in pieces are held back until they are whole, and so
/// are calls whose caller takes them only whole.
class ChatStreamEncoder final : public StreamEncoder
{
public:
    explicit ChatStreamEncoder(AnswerContext context);

    [[nodiscard]] QByteArray encode(const ChatEvent &event) override;
    [[nodiscard]] QByteArray finish() override;
    [[nodiscard]] QByteArray keepAlive() const override;

private:
    struct Call {
        QByteArray id;
        QByteArray name;
        QByteArray signature;
        QByteArray held; ///< arguments of one that waits
        TextPieces pieces;
        bool custom = false; ///< written as a custom tool's
        bool wraps = false; ///< its text comes as {"input": text}
        bool waits = false; ///< to be written whole
    };
    struct Choice {
        int index = 0;
        bool hasRole = false;
        TextPieces text;
        TextPieces reasoning;
        TextPieces refusal;
        std::vector<Call> calls;
        QByteArray logprobs; ///< goes with the next chunk, as OpenAI sends it
    };

    void start(const chat::Started &started);
    void fixHead();
    [[nodiscard]] Choice &choice(int index);
    [[nodiscard]] const Caller &caller();
    [[nodiscard]] QByteArrayView refusalField();
    void chunk(Choice &choice, const QByteArray &delta, QByteArrayView finishReason = {});
    void textChunk(Choice &choice, QByteArrayView field, const QByteArray &text);
    void beginCall(const chat::ToolCallBegin &begin);
    void headChunk(Choice &choice, int index, const QByteArray &arguments);
    void addArguments(const chat::ToolCallDelta &delta);
    void argumentsChunk(Choice &choice, int index, const QByteArray &text);
    void functionChunk(Choice &choice, int index, const QByteArray &name, const QByteArray &arguments);
    void writeHeldCalls(Choice &choice);
    void addMedia(const chat::MediaDelta &delta);
    void sign(const chat::ReasoningSignature &signature);
    void cite(const chat::Citation &citation);
    void flush(Choice &choice);
    void endChoice(const chat::Finished &finished);

    AnswerContext m_context;
    std::optional<Caller> m_caller; ///< looked at when the first chunk is written
    QByteArray m_id;
    QByteArray m_fingerprint;
    QByteArray m_head; ///< of every chunk, up to its choices; empty until the first is written
    std::vector<Choice> m_choices;
    chat::Usage m_usage;
    QByteArray m_out;
    bool m_failed = false;
};

} // namespace fairlead::wire::openai_chat
