// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "wire/Codec.h"
#include "wire/openai_responses/OutputItems.h"
#include "wire/openai_responses/ResponseObject.h"

#include <map>
#include <memory>
#include <optional>
#include <vector>

namespace fairlead::wire::openai_responses {

/// Events as the event sequence of a response. Only the first choice is told: the dialect has one answer.
class ResponsesStreamEncoder final : public StreamEncoder
{
public:
    explicit ResponsesStreamEncoder(const AnswerContext &context);

    [[nodiscard]] QByteArray encode(const ChatEvent &event) override;
    [[nodiscard]] QByteArray finish() override;
    [[nodiscard]] bool adopt(QByteArrayView told) override;
    [[nodiscard]] QByteArray keepAlive() const override;

    /// The Response object as it ended; valid after finish().
    [[nodiscard]] const QByteArray &response() const { return m_response; }

private:
    void add(const ChatEvent &event);
    void begin(const chat::Started &started);
    void beginIfNeeded();
    template<typename Item, typename... Arguments>
    Item &open(QByteArrayView prefix, Arguments &&...arguments);
    void closeSpoken();
    void closeWholeCalls();
    void closeAll(QByteArrayView status);
    [[nodiscard]] MessageItem &message();
    [[nodiscard]] ReasoningItem &reasoning(int block);
    void sign(const chat::ReasoningSignature &signature);
    void beginCall(const chat::ToolCallBegin &begin);
    void addImage(const chat::MediaDelta &delta);
    void fail(const chat::Failure &failure);
    void end();
    void tell(QByteArrayView event, const ResponseObject::State &state);
    [[nodiscard]] ResponseObject::State state(QByteArrayView status) const;

    EventWriter m_events;
    ResponseObject m_object;
    json::View m_request;
    std::optional<ToolNames> m_names; ///< made for the first call
    std::vector<QByteArray> m_before; ///< items that somebody else has told, whole
    std::vector<std::unique_ptr<OutputItem>> m_items; ///< by place, behind those
    MessageItem *m_message = nullptr; ///< if it is what grows now
    ReasoningItem *m_reasoning = nullptr; ///< likewise
    int m_block = -1; ///< of that reasoning
    std::map<int, CallItem *> m_calls; ///< by index
    chat::Usage m_usage;
    std::optional<chat::Finished> m_finished;
    QByteArray m_response;
    bool m_begun = false;
    bool m_over = false;
};

/// A whole answer as its Response object.
[[nodiscard]] QByteArray writeAnswer(const ChatAnswer &answer, const AnswerContext &context);

} // namespace fairlead::wire::openai_responses
