// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "wire/Codec.h"
#include "wire/gemini/PartialArguments.h"
#include "json/View.h"

#include <map>
#include <optional>
#include <vector>

namespace fairlead::wire::gemini {

/// Turns GenerateContentResponse objects into events. A stream brings several whose parts append; a whole
/// answer is one.
class AnswerReader
{
public:
    explicit AnswerReader(DecodeMode mode)
        : m_mode(mode)
    { }

    void read(json::View chunk, std::vector<ChatEvent> &events);
    /// True once every candidate seen has its finishReason.
    [[nodiscard]] bool isFinished() const;
    [[nodiscard]] bool hasFailed() const { return m_failed; }
    [[nodiscard]] bool hasCandidates() const { return !m_candidates.empty(); }
    /// For whole answers: a candidate without a finishReason is complete all the same.
    void finishAll(std::vector<ChatEvent> &events);

private:
    struct Candidate {
        int calls = 0;
        int reasoningBlocks = 0;
        int media = 0;
        bool inThought = false;
        bool finished = false;
        bool told = false; ///< for Tap: some text was reported
        QByteArray text; ///< visible so far, to place citations in
        QByteArray grounding; ///< the last groundingMetadata that says something
        std::optional<PartialArguments> partial; ///< a call whose arguments are still coming
    };

    void readCandidate(json::View candidate, std::vector<ChatEvent> &events);
    void readPart(json::View part, int choice, Candidate &state, std::vector<ChatEvent> &events);
    void readText(json::View part, int choice, Candidate &state, std::vector<ChatEvent> &events);
    void readMedia(json::View part, int choice, Candidate &state, std::vector<ChatEvent> &events);
    void readCall(json::View part, int choice, Candidate &state, std::vector<ChatEvent> &events);
    void sign(const QByteArray &signature, int choice, Candidate &state, std::vector<ChatEvent> &events);
    void endThought(Candidate &state);
    void endPartial(int choice, Candidate &state, std::vector<ChatEvent> &events);
    void finish(const QByteArray &reason, int choice, Candidate &state, std::vector<ChatEvent> &events);
    void cite(int choice, Candidate &state, std::vector<ChatEvent> &events);
    void fail(chat::Failure failure, std::vector<ChatEvent> &events);

    DecodeMode m_mode;
    std::map<int, Candidate> m_candidates;
    chat::Usage m_usage;
    QByteArray m_seed; ///< for made-up call ids
    bool m_started = false;
    bool m_failed = false;
};

} // namespace fairlead::wire::gemini
