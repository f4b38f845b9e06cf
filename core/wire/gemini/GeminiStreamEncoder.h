// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "wire/Codec.h"
#include "wire/TextPieces.h"
#include "json/Writer.h"

#include <map>
#include <vector>

namespace fairlead::wire::gemini {

/// Events as GenerateContentResponse chunks, as server-sent events or as the elements of one JSON array. Each
/// text is a chunk of its own, a function call is sent whole, and the last chunk brings finishReason and
/// usage. Clients overlook an error in the stream and stumble over comments, so there are neither.
class GeminiStreamEncoder final : public StreamEncoder
{
public:
    explicit GeminiStreamEncoder(const AnswerContext &context);

    [[nodiscard]] QByteArray encode(const ChatEvent &event) override;
    [[nodiscard]] QByteArray finish() override;
    [[nodiscard]] QByteArray keepAlive() const override { return {}; }
    [[nodiscard]] bool cutsBrokenStream() const override { return true; }

private:
    struct Candidate {
        TextPieces text;
        TextPieces thought;
        int block = 0; ///< of the thought that is coming
        bool hasThought = false; ///< that block has words
        QByteArray said; ///< visible so far, to place citations in
        std::vector<chat::ToolCallPart> calls; ///< not sent yet
        std::map<int, chat::MediaDelta> media; ///< by block: kind and what is no whole base64 group yet
        std::vector<chat::Citation> citations;
        QByteArray logprobs; ///< goes with the next chunk
        std::optional<chat::Finished> finished;
    };

    void say(int choice, const QByteArray &text);
    void think(const chat::ReasoningDelta &delta);
    void sign(const chat::ReasoningSignature &signature);
    void beginCall(const chat::ToolCallBegin &begin);
    void addArguments(const chat::ToolCallDelta &delta);
    void addMedia(const chat::MediaDelta &delta);
    /// Sends what is held back of a choice.
    void flush(int choice, Candidate &candidate);
    void sendCalls(int choice, Candidate &candidate);

    /// A chunk with one part of one candidate.
    void chunk(int choice, const QByteArray &parts);
    void textChunk(int choice, const QByteArray &text, bool thought, const QByteArray &signature = {});
    void lastChunk();
    void writeHead(json::Writer &writer) const;
    void frame(const QByteArray &object);

    QByteArray m_model;
    QByteArray m_id;
    bool m_events; ///< server-sent events, else one array
    bool m_withThoughts;
    bool m_hasChunks = false;
    bool m_failed = false;
    std::map<int, Candidate> m_candidates;
    chat::Usage m_usage;
    QByteArray m_out;
};

} // namespace fairlead::wire::gemini
