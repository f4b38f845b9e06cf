// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "wire/Codec.h"
#include "wire/TextPieces.h"

#include <vector>

namespace fairlead::wire::anthropic {

/// Tells when the JSON object that arrives in pieces is there in full.
class ObjectEnd
{
public:
    void feed(QByteArrayView piece);
    [[nodiscard]] bool isReached() const { return m_reached; }

private:
    int m_depth = 0;
    bool m_inString = false;
    bool m_escaped = false;
    bool m_reached = false;
};

/// Events as a Messages stream. The dialect has one open content block at a time, numbered from 0; calls
/// whose arguments arrive mixed wait for their turn. Usage and the reason to stop go out at the end, as
/// providers tell usage last. A broken stream gets an error event and no message_stop.
class MessageStreamEncoder final : public StreamEncoder
{
public:
    explicit MessageStreamEncoder(AnswerContext context);

    [[nodiscard]] QByteArray encode(const ChatEvent &event) override;
    [[nodiscard]] QByteArray finish() override;
    [[nodiscard]] bool adopt(QByteArrayView told) override;
    [[nodiscard]] QByteArray keepAlive() const override;

private:
    enum class Open { Nothing, Text, Thinking, Call };
    struct Call {
        chat::ToolCallBegin begin;
        TextPieces pieces;
        ObjectEnd end;
        QByteArray waiting; ///< arguments that could not go out yet
        bool hasArguments = false;
        bool isClosed = false;
    };

    void start(const QByteArray &id);
    void text(const QByteArray &text);
    void think(const chat::ReasoningDelta &delta);
    void sign(const chat::ReasoningSignature &signature);
    void cite(const chat::Citation &citation);
    void beginCall(const chat::ToolCallBegin &begin);
    void addArguments(const chat::ToolCallDelta &delta);
    void fail(const chat::Failure &failure);

    void openBlock(Open kind, const QByteArray &block);
    void closeBlock();
    void wholeBlock(const QByteArray &block);
    void openThinking(int block);
    /// Opens the next call if none is open or the open one has all its arguments.
    void advanceCalls();
    void openCall(Call &call);
    void endCalls();
    void delta(QByteArrayView type, QByteArrayView field, const QByteArray &text);
    void event(QByteArrayView name, const QByteArray &data);

    AnswerContext m_context;
    bool m_started = false;
    bool m_failed = false;
    bool m_pinged = false;
    Open m_open = Open::Nothing;
    int m_blocks = 0; ///< opened so far; the open one is the last
    TextPieces m_text;
    TextPieces m_thoughts;
    bool m_cited = false; ///< the open text block has citations
    int m_thinking = -1; ///< which reasoning block is open
    bool m_signed = false; ///< it has its signature
    std::vector<Call> m_calls;
    std::size_t m_nextCall = 0; ///< the first that was not opened yet
    qsizetype m_waitingBytes = 0;
    QByteArray m_refusal;
    chat::Usage m_usage;
    std::optional<chat::Finished> m_finished;
    QByteArray m_out;
};

} // namespace fairlead::wire::anthropic
