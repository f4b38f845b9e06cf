// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "wire/Codec.h"
#include "json/View.h"

#include <vector>

namespace fairlead::wire::bedrock {

/// Turns the content blocks of a Converse answer into events. A stream brings them in pieces, of which text
/// and reasoning have no beginning; a whole answer brings each at once.
class BlockReader
{
public:
    explicit BlockReader(std::vector<ChatEvent> &events)
        : m_events(&events)
    { }
    /// Where events go from now on: a stream decoder's caller gives a new vector each time.
    void setEvents(std::vector<ChatEvent> &events) { m_events = &events; }

    void start();
    void blockStart(std::int64_t index, json::View start);
    void blockDelta(std::int64_t index, json::View delta);
    void blockStop(std::int64_t index);
    void wholeBlock(std::int64_t index, json::View block);
    /// Closes what is open and keeps the reason: usage comes after it, and belongs before the finish.
    void stop(json::View stopReason);
    /// The counts, from the stream's metadata or from a whole answer beside its message.
    void usage(json::View usage, json::View serviceTier);
    void finish();

private:
    enum class Kind { Text, Reasoning, Tool, Answer, Media, Other };
    struct Block {
        std::int64_t index = 0;
        Kind kind = Kind::Other;
        int number = 0; ///< of the tool call, the reasoning block or the picture
        bool sawArguments = false;
        QByteArray mediaType;
        qint64 textStart = 0; ///< for citations, in characters
        std::vector<chat::Citation> citations;
    };

    Block *find(std::int64_t index);
    Block &open(std::int64_t index, Kind kind);
    Block &openFor(std::int64_t index, json::View delta);
    void beginTool(std::int64_t index, json::View toolUse);
    void text(const QByteArray &text);
    void reasoning(const Block &block, json::View content);
    void arguments(Block &block, const QByteArray &fragment);
    void media(const Block &block, json::View source);
    void cite(Block &block, json::View citation);
    void close(Block &block);

    std::vector<ChatEvent> *m_events;
    std::vector<Block> m_open;
    QByteArray m_stopReason;
    qint64 m_textCharacters = 0;
    bool m_started = false;
    int m_toolCalls = 0;
    int m_reasoningBlocks = 0;
    int m_pictures = 0;
};

} // namespace fairlead::wire::bedrock
