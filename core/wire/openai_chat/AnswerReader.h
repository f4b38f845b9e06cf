// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "chat/ChatEvent.h"
#include "wire/Codec.h"
#include "wire/openai_chat/SplitString.h"
#include "wire/openai_chat/ThinkTags.h"
#include "json/View.h"

#include <QByteArray>

#include <vector>

namespace fairlead::wire::openai_chat {

/// Reads chunks and whole answers of the OpenAI family into events, with all the family's deviations (wire.md
/// section 3). A choice's Finished comes at the end only: finish_reason may be repeated, precede usage, or
/// say "stop" where there are tool calls.
class AnswerReader
{
public:
    using Events = std::vector<chat::ChatEvent>;

    explicit AnswerReader(const Quirks &quirks)
        : m_quirks(quirks)
    { }

    /// What stands beside the choices, found in one pass: answers are long, and their text needs skipping
    /// only once.
    struct Root {
        explicit Root(json::View answer);
        json::View whole;
        json::View id, model, created, fingerprint;
        json::View choices, usage, groq, serviceTier, citations, searchResults;
        bool failed = false; ///< it is an error
    };

    void readChunk(const Root &chunk, Events &events);
    void readWhole(const Root &answer, DecodeMode mode, Events &events);
    /// The answer is over: what is still owed. `terminated`: the stream said so itself.
    void end(bool terminated, Events &events);
    void fail(chat::Failure failure, Events &events);

    [[nodiscard]] bool hasFailed() const { return m_failed; }
    /// Every choice seen so far has its finish_reason, and there is one.
    [[nodiscard]] bool isFinished() const;

private:
    struct ToolCall {
        std::int64_t wireIndex = -1;
        int number = 0; ///< among those that have begun
        QByteArray id;
        QByteArray name;
        QByteArray early; ///< arguments that came before the name
        bool custom = false;
        bool begun = false;
        bool hasArguments = false;
        SplitString arguments;
    };
    struct Choice {
        int index = 0;
        bool spoke = false;
        QByteArray finish;
        QByteArray native;
        std::vector<ToolCall> calls;
        int begunCalls = 0;
        int audioBlock = -1; ///< of the media; images each have one of their own
        int mediaBlocks = 0;
        SplitString text;
        ThinkTags tags;
        SplitString reasoning;
        SplitString refusal;
    };

    void readRoot(const Root &root, Events &events);
    void start(const Root &root, Events &events);
    void readDelta(Choice &choice, json::View delta, Events &events);
    void tapMessage(Choice &choice, json::View message, Events &events);
    void readContent(Choice &choice, json::View content, Events &events);
    void readReasoning(Choice &choice, json::View text, json::View details, Events &events);
    void readAudio(Choice &choice, json::View audio, Events &events);
    void readImages(Choice &choice, json::View images, Events &events);
    void readToolCall(Choice &choice, json::View call, std::int64_t position, Events &events);
    void readLogprobs(const Choice &choice, json::View logprobs, Events &events);
    void readAnnotation(const Choice &choice, json::View annotation, Events &events);
    void readCitations(json::View urls, json::View results, Events &events);
    void beginCall(Choice &choice, ToolCall &call, const QByteArray &signature, Events &events);
    void addArguments(Choice &choice, ToolCall &call, const QByteArray &arguments, Events &events);
    void closeChoice(Choice &choice, Events &events);
    void addText(Choice &choice, QByteArray text, Events &events);
    void addTagged(Choice &choice, ThinkTags::Pieces pieces, Events &events);
    void addReasoning(Choice &choice, QByteArray text, int block, Events &events);
    [[nodiscard]] Choice *choice(json::View place, json::View finish, json::View native);
    [[nodiscard]] ToolCall *toolCall(Choice &choice, json::View call, std::int64_t position);

    Quirks m_quirks;
    std::vector<Choice> m_choices;
    QByteArray m_id;
    qint64 m_created = 0;
    qsizetype m_citations = 0;
    bool m_started = false;
    bool m_failed = false;
};

} // namespace fairlead::wire::openai_chat
