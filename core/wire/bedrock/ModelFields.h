// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "chat/ChatRequest.h"
#include "wire/Losses.h"
#include "wire/Quirks.h"
#include "wire/anthropic/ThinkingPlan.h"
#include "wire/bedrock/ModelFamily.h"
#include "json/Writer.h"

#include <cstdint>
#include <optional>

namespace fairlead::wire::bedrock {

/// What a family wants outside Converse's common fields: thinking, top_k. Claude's part is Anthropic's own.
class ModelFields
{
public:
    [[nodiscard]] static ModelFields plan(
        const chat::ChatRequest &request, const Quirks &quirks, const ModelFamily &family, bool forcedTool,
        Losses &losses);

    /// The cap on output, which a thinking budget may have raised.
    [[nodiscard]] const std::optional<std::int64_t> &maxTokens() const { return m_maxTokens; }
    /// Why temperature and top_p cannot be sent; empty if they can.
    [[nodiscard]] const QByteArray &refusesSampling() const { return m_refusesSampling; }
    /// `"additionalModelRequestFields"`, if there are any.
    void write(json::Writer &writer) const;

private:
    void planClaude(const chat::ChatRequest &request, const Quirks &quirks, bool forcedTool, Losses &losses);
    void planEffort(const chat::Reasoning &asked, Losses &losses);
    void planTopK(const chat::ChatRequest &request, const ModelFamily &family, Losses &losses);
    void writeThinking(json::Writer &writer) const;

    anthropic::ThinkingPlan m_thinking;
    QByteArray m_effort; ///< reasoning_effort
    QByteArrayView m_topKName;
    chat::RawJson m_topK;
    std::optional<std::int64_t> m_maxTokens;
    QByteArray m_refusesSampling;
};

} // namespace fairlead::wire::bedrock
