// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "wire/Codec.h"
#include "wire/openai_chat/SplitString.h"
#include "json/View.h"

#include <map>
#include <vector>

namespace fairlead::wire::cohere {

/// Reads the events of a v2 chat stream, and whole answers, into ours. The plan a model makes before it calls
/// tools (`tool_plan`) is reasoning; thinking blocks are too.
class AnswerReader
{
public:
    using Events = std::vector<ChatEvent>;

    explicit AnswerReader(DecodeMode mode)
        : m_mode(mode)
    { }

    void readEvent(QByteArrayView type, json::View event, Events &events);
    /// A whole answer's bytes; one Failed if they are an error or nothing of this dialect.
    void readBody(QByteArrayView body, Events &events);
    void fail(Failure failure, Events &events);

    /// Whether the contents of such an event would say anything new (a tap wants to hear of each kind once).
    [[nodiscard]] bool wants(QByteArrayView eventType) const;
    [[nodiscard]] bool hasStarted() const { return m_started; }
    [[nodiscard]] bool hasEnded() const { return m_ended; } ///< message-end has been read
    [[nodiscard]] bool hasFailed() const { return m_failed; }

private:
    enum Told : unsigned { Text = 1, Reasoning = 2, Arguments = 4 };
    struct Block {
        bool thinking = false;
        int reasoning = 0; ///< which reasoning block of the answer
        qint64 before = 0; ///< characters of visible text in earlier blocks
        openai_chat::SplitString text;
    };
    struct Call {
        std::int64_t wireIndex = 0;
        bool hasArguments = false;
        bool closed = false;
        openai_chat::SplitString arguments;
    };

    void readWhole(json::View answer, Events &events);
    void start(json::View id, Events &events);
    void readContent(json::View content, std::int64_t index, Events &events);
    void addText(Block &block, json::View text, Events &events);
    void readPlan(json::View plan, Events &events);
    void beginCall(json::View call, std::int64_t index, Events &events);
    void addArguments(json::View text, std::int64_t index, Events &events);
    void endCall(Call &call, Events &events);
    void readCitations(json::View citations, Events &events);
    void readCitation(json::View citation, Events &events);
    void readLogprobs(json::View logprobs, Events &events);
    void end(json::View finish, json::View usage, json::View error, json::View errorType, Events &events);
    [[nodiscard]] Block *block(std::int64_t index, bool thinking);

    DecodeMode m_mode;
    unsigned m_told = 0; ///< kinds a tap has reported
    unsigned m_current = 0; ///< kind of the block that content-deltas add to
    std::map<std::int64_t, Block> m_blocks;
    std::vector<Call> m_calls;
    Block m_plan;
    qint64 m_characters = 0; ///< of visible text so far
    int m_reasoningBlocks = 0;
    bool m_planned = false;
    bool m_started = false;
    bool m_ended = false;
    bool m_failed = false;
};

} // namespace fairlead::wire::cohere
