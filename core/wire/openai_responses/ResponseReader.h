// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "chat/ChatEvent.h"
#include "wire/Quirks.h"
#include "wire/openai_chat/SplitString.h"
#include "json/View.h"

#include <QByteArray>
#include <QHash>

#include <map>
#include <vector>

namespace fairlead::wire::openai_responses {

/// Reads stream events and whole Response objects into events of ours. Output items are known by their place
/// (`output_index`): gateways exist that change an item's id between its events. What an item's end says
/// beyond its deltas is added then, so a server may send everything in fragments, at once, or only in the
/// end.
class ResponseReader
{
public:
    using Events = std::vector<chat::ChatEvent>;

    ResponseReader() = default;
    /// `observing`: deltas are read elsewhere, so what items and ends repeat of them is left out.
    explicit ResponseReader(bool observing)
        : m_observing(observing)
    { }

    /// One event of a stream; `type` is its own or else the SSE frame's.
    void readEvent(json::View event, const QByteArray &type, Events &events);
    void readWhole(json::View response, Events &events);
    void fail(chat::Failure failure, Events &events);
    /// Every answer begins with a Started, should its first event be garbled.
    void assureStarted(Events &events) { start({}, events); }

    [[nodiscard]] bool hasFailed() const { return m_failed; }
    /// The response's own end has been read.
    [[nodiscard]] bool isFinished() const { return m_finished; }

private:
    enum class Kind { Unknown, Message, Reasoning, Call, Other };
    enum class Thought { None, Summary, Open };
    /// A text that comes in deltas and once more as a whole.
    struct Text {
        openai_chat::SplitString pieces;
        qsizetype sent = 0;
        qsizetype annotations = 0;
        bool hasLogprobs = false;
    };
    struct Item {
        Kind kind = Kind::Unknown;
        int number = 0; ///< of the call or of the reasoning block
        bool custom = false;
        bool begun = false; ///< of a call: its name is known
        bool closed = false;
        Thought thought = Thought::None;
        QByteArray early; ///< arguments that came before the name
        std::map<std::int64_t, Text> texts; ///< by content_index or summary_index
    };
    using Handler = void (*)(ResponseReader &, json::View event, Events &events);
    [[nodiscard]] static const QHash<QByteArray, Handler> &handlers();

    void start(json::View response, Events &events);
    [[nodiscard]] Item *item(json::View event);
    [[nodiscard]] Item *itemAt(std::int64_t place);
    [[nodiscard]] static Text *textOf(Item &item, std::int64_t index);
    void open(Item &item, json::View value, Events &events);
    void close(Item &item, json::View value, Events &events);
    void closeMessage(Item &item, json::View value, Events &events);
    void closeReasoning(Item &item, json::View value, Events &events);
    void beginCall(Item &item, json::View value, Events &events);
    void readImage(json::View value, Events &events);

    void readText(json::View event, json::View text, bool whole, Events &events);
    void readRefusal(json::View event, json::View text, bool whole, Events &events);
    void readThought(json::View event, Thought thought, json::View text, bool whole, Events &events);
    void readArguments(json::View event, json::View text, bool whole, Events &events);
    void readAnnotation(json::View event, Events &events);
    void addThought(Item &item, Thought thought, std::int64_t index, json::View text, bool whole, Events &);
    void addArguments(Item &item, json::View text, bool whole, Events &events);
    static void addLogprobs(Text &text, json::View logprobs, Events &events);
    static void addAnnotation(Text &text, json::View annotation, Events &events);
    [[nodiscard]] QByteArray added(Text &text, json::View value, bool whole) const;

    void readEnd(json::View response, Events &events);
    void readFailure(json::View response, Events &events);

    std::map<std::int64_t, Item> m_items;
    std::int64_t m_last = 0; ///< place of the item spoken of last, for servers that leave it out
    int m_calls = 0;
    int m_blocks = 0;
    int m_images = 0;
    bool m_observing = false;
    bool m_started = false;
    bool m_failed = false;
    bool m_finished = false;
};

} // namespace fairlead::wire::openai_responses
