// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "wire/Codec.h"
#include "wire/anthropic/UsageCounts.h"
#include "wire/openai_chat/SplitString.h"
#include "json/View.h"

#include <vector>

namespace fairlead::wire::anthropic {

/// Turns the pieces of a message into events. A stream brings them one by one, a whole answer all at once.
class MessageReader
{
public:
    MessageReader(DecodeMode mode, std::vector<ChatEvent> &events)
        : m_mode(mode)
        , m_events(&events)
    { }
    /// Where events go from now on: a stream decoder's caller gives a new vector each time.
    void setEvents(std::vector<ChatEvent> &events) { m_events = &events; }

    void start(json::View message);
    /// For streams whose message_start was lost or garbled: every answer begins with a Started.
    void assureStarted();
    void blockStart(std::int64_t index, json::View block);
    void blockDelta(std::int64_t index, json::View delta);
    void blockStop(std::int64_t index);
    /// `delta` has stop_reason and kin, `usage` the counts up to here.
    void messageDelta(json::View delta, json::View usage);
    /// message_stop: closes what is open and reports the finish.
    void stop();

    /// True in Tap mode when the open block's deltas have nothing more to tell.
    [[nodiscard]] bool canSkipDeltas() const { return m_skipDeltas; }

private:
    enum class Kind { Text, Thinking, Redacted, Tool, Answer, Other };
    struct Block {
        std::int64_t index = 0;
        Kind kind = Kind::Other;
        int number = 0; ///< of the tool call or the reasoning block
        bool sawArguments = false;
        openai_chat::SplitString pieces; ///< of whichever text the block has
        QByteArray input; ///< the tool input given at the start, if any
        qint64 textStart = 0; ///< for citations, in characters
        std::vector<chat::Citation> citations;
    };

    Block *find(std::int64_t index);
    void close(Block &block);
    void text(const QByteArray &text);
    void thought(const Block &block, const QByteArray &text);
    void arguments(Block &block, const QByteArray &text);
    void cite(Block &block, json::View citation);
    /// True once per kind in Tap mode, always otherwise.
    bool worthTelling(Kind kind);
    void reportUsage();

    DecodeMode m_mode;
    std::vector<ChatEvent> *m_events;
    std::vector<Block> m_open;
    UsageCounts m_usage;
    QByteArray m_stopReason;
    QByteArray m_stopSequence;
    QByteArray m_explanation;
    qint64 m_textCharacters = 0;
    int m_toolCalls = 0;
    int m_reasoningBlocks = 0;
    unsigned m_told = 0; ///< bit by Kind, for Tap
    bool m_started = false;
    bool m_skipDeltas = false;
};

} // namespace fairlead::wire::anthropic
