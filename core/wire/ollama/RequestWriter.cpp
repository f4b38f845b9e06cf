// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/ollama/RequestWriter.h"

#include "wire/CommonLosses.h"
#include "wire/ToolMapping.h"
#include "wire/ollama/MessageWriter.h"
#include "json/Writer.h"

#include <algorithm>
#include <array>

namespace fairlead::wire::ollama {

namespace {

using namespace chat;

constexpr QByteArrayView kOption = "options.";

/// How Ollama says what callers of other dialects call the reasoning effort. Some models only know on and
/// off, which the server settles.
struct EffortRow {
    QByteArrayView effort;
    QByteArrayView think; ///< JSON
};
constexpr std::array<EffortRow, 7> kEfforts{{
    {"none", "false"},
    {"minimal", R"("low")"},
    {"low", R"("low")"},
    {"medium", R"("medium")"},
    {"high", R"("high")"},
    {"xhigh", R"("high")"},
    {"max", R"("max")"},
}};

class RequestWriter
{
public:
    RequestWriter(const ChatRequest &request, Losses &losses)
        : m_request(request)
        , m_losses(losses)
        , m_ownDialect(request.dialect == "ollama")
    { }

    Result<QByteArray> write()
    {
        m_writer.beginObject().member("model", m_request.model).key("messages");
        if (MessageWriter(m_writer, m_losses).write(m_request.messages) == 0)
            return fail(ErrorKind::Invalid, "messages: at least one message is needed");
        writeTools();
        writeFormat();
        writeThink();
        writeOptions();
        writeLogprobs();
        for (const auto &[name, value] : m_request.extras) {
            if (!m_ownDialect)
                m_losses.dropped(name, "not a field of Ollama's");
            else if (!name.startsWith(kOption))
                m_writer.memberRaw(name, value);
        }
        // Ollama streams unless told not to.
        m_writer.memberBoolean("stream", m_request.stream).endObject();
        reportUnsupported();
        return m_writer.take();
    }

private:
    void writeTools()
    {
        const ToolChoice choice = m_request.toolChoice.value_or(ToolChoice());
        if (m_request.tools.empty() || choice.mode == ToolChoice::Mode::None)
            return; // no tools, no calls: that is what "none" means
        if (choice.mode == ToolChoice::Mode::Required)
            m_losses.dropped("tool_choice", "Ollama cannot force a tool call");
        else if (choice.mode == ToolChoice::Mode::Named)
            m_losses.approximated("tool_choice", "only that tool is offered, but not forced");
        if (!m_request.parallelToolCalls.value_or(true))
            m_losses.dropped("parallel_tool_calls", "Ollama has no switch for it");
        m_writer.key("tools").beginArray();
        for (const Tool &tool : m_request.tools) {
            if (choice.mode != ToolChoice::Mode::Named || tool.name == choice.name)
                writeTool(tool);
        }
        m_writer.endArray();
    }

    void writeTool(const Tool &tool)
    {
        const QByteArray where = "tools." + (tool.name.isEmpty() ? QByteArray("built-in") : tool.name);
        if (tool.kind == Tool::Kind::BuiltIn) {
            m_losses.dropped(where, "not Ollama's");
            return;
        }
        if (tool.strict.value_or(false))
            m_losses.dropped(where + ".strict");
        if (tool.cache)
            m_losses.dropped(where + ".cache_control", "Ollama caches by itself");
        m_writer.beginObject().member("type", "function").key("function").beginObject();
        m_writer.member("name", tool.name).member("description", tool.description);
        if (tool.kind == Tool::Kind::Custom) {
            m_losses.approximated(where, "free text became the argument \"input\"");
            m_writer.memberRaw("parameters", customToolSchema());
        } else {
            m_writer.memberRaw(
                "parameters", tool.parameters.isEmpty()
                                  ? QByteArrayView(R"({"type":"object","properties":{}})")
                                  : QByteArrayView(tool.parameters));
        }
        m_writer.endObject().endObject();
    }

    void writeFormat()
    {
        if (!m_request.responseFormat || m_request.responseFormat->kind == ResponseFormat::Kind::Text)
            return;
        m_writer.key("format");
        if (m_request.responseFormat->schema.isEmpty())
            m_writer.string("json");
        else
            m_writer.raw(m_request.responseFormat->schema);
    }

    void writeThink()
    {
        if (!m_request.reasoning)
            return;
        const Reasoning &asked = *m_request.reasoning;
        if (asked.effort.isEmpty()) {
            writeThinkWithoutEffort(asked);
            return;
        }
        const auto row = std::find_if(
            kEfforts.begin(), kEfforts.end(), [&](const EffortRow &r) { return r.effort == asked.effort; });
        if (row == kEfforts.end()) {
            m_losses.dropped("reasoning_effort", "unknown level " + asked.effort);
            return;
        }
        m_writer.memberRaw("think", row->think);
        if (asked.effort != "none" && row->think.sliced(1).chopped(1) != asked.effort)
            m_losses.approximated(
                "reasoning_effort", "sent: " + row->think.sliced(1).chopped(1).toByteArray());
    }

    void writeThinkWithoutEffort(const Reasoning &asked)
    {
        if (asked.budgetTokens) {
            m_writer.memberBoolean("think", *asked.budgetTokens != 0);
            if (*asked.budgetTokens > 0)
                m_losses.approximated("reasoning.budget_tokens", "Ollama takes no budget, sent: think");
        } else if (asked.includeText.value_or(false) || !asked.summary.isEmpty()) {
            m_writer.memberBoolean("think", true);
        }
    }

    void writeOptions()
    {
        m_writer.key("options").beginObject();
        if (m_request.maxOutputTokens)
            m_writer.memberInteger("num_predict", *m_request.maxOutputTokens);
        writeNumber("temperature", m_request.temperature);
        writeNumber("top_p", m_request.topP);
        writeNumber("top_k", m_request.topK);
        writeNumber("presence_penalty", m_request.presencePenalty);
        writeNumber("frequency_penalty", m_request.frequencyPenalty);
        if (m_request.seed)
            m_writer.memberInteger("seed", *m_request.seed);
        if (!m_request.stop.empty()) {
            m_writer.key("stop").beginArray();
            for (const QByteArray &stop : m_request.stop)
                m_writer.string(stop);
            m_writer.endArray();
        }
        for (const auto &[name, value] : m_request.extras) {
            if (m_ownDialect && name.startsWith(kOption))
                m_writer.memberRaw(QByteArrayView(name).sliced(kOption.size()), value);
        }
        m_writer.endObject();
    }

    void writeNumber(QByteArrayView name, const RawJson &number)
    {
        if (!number.isEmpty())
            m_writer.memberRaw(name, number);
    }

    void writeLogprobs()
    {
        if (!m_request.logprobs.value_or(false))
            return;
        m_writer.memberBoolean("logprobs", true);
        if (m_request.topLogprobs)
            m_writer.memberInteger("top_logprobs", *m_request.topLogprobs);
    }

    void reportUnsupported()
    {
        if (m_request.n.value_or(1) > 1)
            m_losses.dropped("n", "Ollama gives one answer");
        if (!m_request.user.isEmpty())
            m_losses.dropped("user");
        if (!m_request.serviceTier.isEmpty() && m_request.serviceTier != "auto"
            && m_request.serviceTier != "default")
            m_losses.dropped("service_tier");
        reportForeignFields(m_request, m_losses);
    }

    const ChatRequest &m_request;
    Losses &m_losses;
    const bool m_ownDialect;
    json::Writer m_writer{4096};
};

} // namespace

Result<QByteArray> writeRequest(const ChatRequest &request, Losses &losses)
{
    return RequestWriter(request, losses).write();
}

} // namespace fairlead::wire::ollama
