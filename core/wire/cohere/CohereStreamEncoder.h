// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "wire/Codec.h"
#include "wire/TextPieces.h"
#include "json/Writer.h"

#include <vector>

namespace fairlead::wire::cohere {

/// Events as a v2 chat stream: message-start, blocks of content with indexes of their own, tool calls with
/// theirs, citations, message-end with finish reason and usage, [DONE]. The dialect has one answer: other
/// choices are left out.
class CohereStreamEncoder final : public StreamEncoder
{
public:
    explicit CohereStreamEncoder(AnswerContext context)
        : m_context(std::move(context))
        , m_id(m_context.fallbackId)
    { }

    [[nodiscard]] QByteArray encode(const ChatEvent &event) override;
    [[nodiscard]] QByteArray finish() override;
    [[nodiscard]] bool adopt(QByteArrayView told) override;
    [[nodiscard]] QByteArray keepAlive() const override;

private:
    enum class Block { None, Text, Thinking };
    struct Call {
        TextPieces arguments;
        bool open = false;
    };

    void event(QByteArrayView type, const QByteArray &rest);
    void start();
    void addText(Block kind, const QByteArray &text);
    void contentDelta(const QByteArray &text);
    void openBlock(Block kind);
    void closeBlock();
    void beginCall(const chat::ToolCallBegin &begin);
    void addArguments(int index, const QByteArray &text);
    void closeCalls();
    void cite(const chat::Citation &citation);
    void end(const QByteArray &error);

    AnswerContext m_context;
    QByteArray m_id;
    QByteArray m_text; ///< of the answer, which citations quote
    TextPieces m_pieces; ///< of the open block
    QByteArray m_logprobs; ///< goes with the next text
    std::vector<Call> m_calls;
    chat::Usage m_usage;
    chat::Finished m_finished;
    QByteArray m_out;
    Block m_block = Block::None;
    int m_index = -1; ///< of the newest block
    qsizetype m_citations = 0;
    bool m_started = false;
    bool m_failed = false;
};

} // namespace fairlead::wire::cohere
