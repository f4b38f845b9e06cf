// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/bedrock/ModelFields.h"

#include "wire/anthropic/ModelTraits.h"

namespace fairlead::wire::bedrock {

namespace {

using anthropic::ThinkingPlan;

bool asksForReasoning(const chat::ChatRequest &request)
{
    return request.reasoning && (!request.reasoning->effort.isEmpty() || request.reasoning->budgetTokens);
}

} // namespace

ModelFields ModelFields::plan(
    const chat::ChatRequest &request, const Quirks &quirks, const ModelFamily &family, bool forcedTool,
    Losses &losses)
{
    ModelFields fields;
    fields.m_maxTokens = request.maxOutputTokens;
    switch (family.reasoning) {
    case ReasoningField::Claude:
        fields.planClaude(request, quirks, forcedTool, losses);
        break;
    case ReasoningField::Effort:
        if (asksForReasoning(request))
            fields.planEffort(*request.reasoning, losses);
        break;
    case ReasoningField::None:
        if (asksForReasoning(request) && request.reasoning->effort != "none")
            losses.dropped("reasoning_effort", "this model is not told how hard to think");
        break;
    }
    fields.planTopK(request, family, losses);
    return fields;
}

void ModelFields::planClaude(
    const chat::ChatRequest &request, const Quirks &quirks, bool forcedTool, Losses &losses)
{
    Losses found;
    m_thinking = anthropic::planThinking(request, quirks, forcedTool, found);
    for (const Loss &loss : found.list()) {
        // Anthropic's API wants a cap, Converse does not.
        if (loss.field != "max_tokens")
            losses.add(loss);
    }
    if (m_thinking.mode == ThinkingPlan::Mode::Enabled)
        m_maxTokens = m_thinking.maxTokens;
    if (m_thinking.thinks())
        m_refusesSampling = QByteArrayLiteral("not with thinking");
    else if (!anthropic::traitsOf(request.model).sampling)
        m_refusesSampling = QByteArrayLiteral("this model does not take it");
}

void ModelFields::planEffort(const chat::Reasoning &asked, Losses &losses)
{
    const QByteArray &effort = asked.effort;
    if (effort == "low" || effort == "medium" || effort == "high") {
        m_effort = effort;
        return;
    }
    if (effort == "minimal" || effort == "none")
        m_effort = QByteArrayLiteral("low");
    else if (effort == "xhigh" || effort == "max")
        m_effort = QByteArrayLiteral("high");
    if (m_effort.isEmpty())
        losses.dropped("reasoning_effort", "this model takes low, medium or high");
    else
        losses.approximated("reasoning_effort", "sent: " + m_effort);
}

void ModelFields::planTopK(const chat::ChatRequest &request, const ModelFamily &family, Losses &losses)
{
    if (request.topK.isEmpty())
        return;
    if (family.topK.isEmpty()) {
        losses.dropped("top_k", "this model does not take it");
    } else if (!m_refusesSampling.isEmpty()) {
        losses.dropped("top_k", m_refusesSampling);
    } else {
        m_topKName = family.topK;
        m_topK = request.topK;
    }
}

void ModelFields::writeThinking(json::Writer &writer) const
{
    if (m_thinking.mode != ThinkingPlan::Mode::Unsaid) {
        writer.key("thinking").beginObject();
        if (m_thinking.mode == ThinkingPlan::Mode::Enabled)
            writer.member("type", "enabled").memberInteger("budget_tokens", m_thinking.budget);
        else
            writer.member("type", m_thinking.mode == ThinkingPlan::Mode::Adaptive ? "adaptive" : "disabled");
        if (!m_thinking.display.isEmpty())
            writer.member("display", m_thinking.display);
        writer.endObject();
    }
    if (!m_thinking.effort.isEmpty())
        writer.key("output_config").beginObject().member("effort", m_thinking.effort).endObject();
}

void ModelFields::write(json::Writer &writer) const
{
    const bool thinks = m_thinking.mode != ThinkingPlan::Mode::Unsaid || !m_thinking.effort.isEmpty();
    if (!thinks && m_effort.isEmpty() && m_topK.isEmpty())
        return;
    writer.key("additionalModelRequestFields").beginObject();
    writeThinking(writer);
    if (!m_effort.isEmpty())
        writer.member("reasoning_effort", m_effort);
    if (!m_topK.isEmpty()) {
        // Nova has its own in an object of its own.
        const qsizetype dot = m_topKName.indexOf('.');
        if (dot > 0)
            writer.key(m_topKName.first(dot)).beginObject();
        writer.memberRaw(m_topKName.sliced(dot + 1), m_topK);
        if (dot > 0)
            writer.endObject();
    }
    writer.endObject();
}

} // namespace fairlead::wire::bedrock
