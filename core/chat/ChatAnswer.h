// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "chat/ChatEvent.h"
#include "chat/ChatRequest.h"

#include <optional>
#include <vector>

namespace fairlead::chat {

/// A whole answer: what the events of one exchange add up to.
struct ChatAnswer {
    struct Choice {
        int index = 0;
        QByteArray text;
        QByteArray refusal;
        std::vector<ReasoningPart> reasoning; ///< by block
        std::vector<ToolCallPart> toolCalls; ///< by index
        std::vector<Citation> citations;
        std::vector<MediaDelta> media; ///< by block, data and transcript joined
        QByteArray logprobs; ///< JSON, as OpenAI writes it
        std::optional<Finished> finished;
        /// All reasoning text, joined.
        [[nodiscard]] QByteArray reasoningText() const;
    };

    QByteArray id;
    QByteArray model;
    qint64 created = 0;
    QByteArray fingerprint;
    std::vector<Choice> choices; ///< by index
    Usage usage;
    std::optional<Failure> failure;

    [[nodiscard]] const Choice *choice(int index = 0) const;
};

/// Adds events up. Feed every event of one answer in order.
class Accumulator
{
public:
    void add(const ChatEvent &event);
    [[nodiscard]] const ChatAnswer &answer();
    [[nodiscard]] ChatAnswer take();

private:
    /// The lists of one choice, without their brackets: joined only when somebody asks, as there is one delta
    /// a token.
    struct Logprobs {
        int choice = 0;
        QByteArray content;
        QByteArray refusal;
    };

    ChatAnswer::Choice &choice(int index);
    void addLogprobs(const LogprobsDelta &delta);
    void settleLogprobs();

    ChatAnswer m_answer;
    std::vector<Logprobs> m_logprobs;
};

} // namespace fairlead::chat
