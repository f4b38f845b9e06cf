// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/anthropic/RequestEncoder.h"

#include "wire/CommonLosses.h"
#include "wire/ToolMapping.h"
#include "wire/anthropic/Conversation.h"
#include "wire/anthropic/ModelTraits.h"
#include "wire/anthropic/ThinkingPlan.h"
#include "json/View.h"
#include "json/Writer.h"

#include <algorithm>
#include <array>

namespace fairlead::wire::anthropic {

namespace {

using namespace chat;

class RequestEncoder
{
public:
    RequestEncoder(const ChatRequest &request, const Quirks &quirks, Losses &losses)
        : m_request(request)
        , m_quirks(quirks)
        , m_losses(losses)
        , m_ownDialect(request.dialect == "anthropic")
        , m_conversation(arrange(request, losses))
        , m_answerTool(wantsSchema() && !quirks.structuredOutput)
        , m_plan(planThinking(request, quirks, isToolForced(), losses))
        , m_writer(4096)
    { }

    Result<UpstreamCall> encode()
    {
        m_writer.beginObject().member("model", m_request.model);
        m_writer.memberInteger("max_tokens", m_plan.maxTokens);
        if (auto written = writePrompt(); !written)
            return fail(written.error());
        writeSampling();
        writeIdentity();
        writeExtras([](const QByteArray &) { return true; });
        if (m_request.stream)
            m_writer.memberBoolean("stream", true);
        m_writer.endObject();
        reportUnsupported();
        return callTo("/v1/messages");
    }

    /// The prompt and what shapes it; the endpoint refuses everything else.
    Result<UpstreamCall> encodeCount()
    {
        m_writer.beginObject().member("model", m_request.model);
        if (auto written = writePrompt(); !written)
            return fail(written.error());
        writeExtras(counts);
        m_writer.endObject();
        return callTo("/v1/messages/count_tokens");
    }

private:
    static bool counts(const QByteArray &field)
    {
        static constexpr std::array<QByteArrayView, 7> kFields{
            "cache_control", "context_management", "mcp_servers", "speed",
            "thinking",      "user_profile_id",    "workspace_id"};
        return std::find(kFields.begin(), kFields.end(), QByteArrayView(field)) != kFields.end();
    }

    Result<> writePrompt()
    {
        if (m_conversation.turns.empty())
            return fail(ErrorKind::Invalid, "messages: at least one message with content is needed");
        if (auto written = writeConversation(m_conversation, m_writer, m_losses); !written)
            return written;
        if (auto written = writeTools(); !written)
            return written;
        if (auto written = writeToolChoice(); !written)
            return written;
        writeThinking();
        writeOutputConfig();
        return {};
    }

    UpstreamCall callTo(const char *path)
    {
        UpstreamCall call;
        call.path = path;
        call.headers = m_ownDialect ? requestHeaders(m_request.optIns) : requestHeaders();
        if (m_conversation.usesFiles)
            call.headers.add("anthropic-beta", "files-api-2025-04-14");
        call.body = m_writer.take();
        return call;
    }

    [[nodiscard]] bool wantsSchema() const
    {
        return m_request.responseFormat && m_request.responseFormat->kind == ResponseFormat::Kind::JsonSchema;
    }

    [[nodiscard]] bool hasCallersTools() const
    {
        return std::any_of(m_request.tools.begin(), m_request.tools.end(), [this](const Tool &tool) {
            return tool.kind != Tool::Kind::BuiltIn || m_ownDialect;
        });
    }

    [[nodiscard]] bool isToolForced() const
    {
        if (m_answerTool)
            return true;
        if (!m_request.toolChoice || !hasCallersTools())
            return false;
        return m_request.toolChoice->mode == ToolChoice::Mode::Required
               || m_request.toolChoice->mode == ToolChoice::Mode::Named;
    }

    Result<> writeTools()
    {
        if (!m_answerTool && !hasCallersTools()) {
            for (const Tool &tool : m_request.tools)
                reportForeign(tool);
            return {};
        }
        m_writer.key("tools").beginArray();
        for (const Tool &tool : m_request.tools) {
            if (auto written = writeTool(tool); !written)
                return written;
        }
        if (m_answerTool) {
            m_losses.approximated("response_format", "through a forced tool");
            m_writer.beginObject().member("name", kAnswerTool);
            m_writer.member("description", "Give the answer by calling this tool, once.");
            m_writer.memberRaw("input_schema", m_request.responseFormat->schema).endObject();
        }
        m_writer.endArray();
        return {};
    }

    void reportForeign(const Tool &tool)
    {
        m_losses.dropped(
            "tools." + (tool.name.isEmpty() ? QByteArray("built-in") : tool.name), "not Anthropic's");
    }

    Result<> writeTool(const Tool &tool)
    {
        if (m_ownDialect && !tool.json.isEmpty()) {
            m_writer.raw(tool.json);
            return {};
        }
        if (tool.kind == Tool::Kind::BuiltIn) {
            reportForeign(tool);
            return {};
        }
        const auto name = toolName(tool.name, m_losses);
        if (!name)
            return fail(name.error());
        m_writer.beginObject().member("name", *name);
        if (!tool.description.isEmpty())
            m_writer.member("description", tool.description);
        if (tool.kind == Tool::Kind::Custom) {
            m_losses.approximated("tools." + tool.name, "free text became the argument \"input\"");
            m_writer.memberRaw("input_schema", customToolSchema());
        } else if (tool.parameters.isEmpty()) {
            m_writer.memberRaw("input_schema", R"({"type":"object","properties":{}})");
        } else {
            m_writer.memberRaw("input_schema", tool.parameters);
        }
        if (tool.strict)
            m_writer.memberBoolean("strict", *tool.strict);
        writeCacheMark(tool.cache, m_writer);
        m_writer.endObject();
        return {};
    }

    Result<> writeToolChoice()
    {
        if (m_answerTool) {
            // With tools of the caller's the model may use them first; either way it must call something.
            m_writer.key("tool_choice").beginObject();
            if (hasCallersTools())
                m_writer.member("type", "any");
            else
                m_writer.member("type", "tool").member("name", kAnswerTool);
            m_writer.endObject();
            return {};
        }
        const bool oneByOne = !m_request.parallelToolCalls.value_or(true);
        if (!hasCallersTools() || (!m_request.toolChoice && !oneByOne))
            return {};
        const ToolChoice choice = m_request.toolChoice.value_or(ToolChoice());
        m_writer.key("tool_choice").beginObject();
        switch (choice.mode) {
        case ToolChoice::Mode::Auto:
            m_writer.member("type", "auto");
            break;
        case ToolChoice::Mode::None:
            m_writer.member("type", "none");
            break;
        case ToolChoice::Mode::Required:
            m_writer.member("type", "any");
            break;
        case ToolChoice::Mode::Named: {
            const auto name = toolName(choice.name, m_losses);
            if (!name)
                return fail(name.error().in("tool_choice"));
            m_writer.member("type", "tool").member("name", *name);
            break;
        }
        }
        if (oneByOne && choice.mode != ToolChoice::Mode::None)
            m_writer.memberBoolean("disable_parallel_tool_use", true);
        m_writer.endObject();
        return {};
    }

    void writeThinking()
    {
        if (m_plan.mode == ThinkingPlan::Mode::Unsaid)
            return;
        m_writer.key("thinking").beginObject();
        switch (m_plan.mode) {
        case ThinkingPlan::Mode::Unsaid:
            break;
        case ThinkingPlan::Mode::Disabled:
            m_writer.member("type", "disabled");
            break;
        case ThinkingPlan::Mode::Adaptive:
            m_writer.member("type", "adaptive");
            break;
        case ThinkingPlan::Mode::Enabled:
            m_writer.member("type", "enabled").memberInteger("budget_tokens", m_plan.budget);
            break;
        }
        if (!m_plan.display.isEmpty())
            m_writer.member("display", m_plan.display);
        m_writer.endObject();
    }

    void writeOutputConfig()
    {
        const bool format = wantsSchema() && m_quirks.structuredOutput;
        if (m_request.responseFormat && m_request.responseFormat->kind == ResponseFormat::Kind::JsonObject)
            m_losses.dropped("response_format", "no JSON mode without a schema");
        const QByteArray prefix = QByteArrayLiteral("output_config.");
        if (!format && m_plan.effort.isEmpty() && !hasExtras(prefix))
            return;
        m_writer.key("output_config").beginObject();
        if (!m_plan.effort.isEmpty())
            m_writer.member("effort", m_plan.effort);
        if (format) {
            m_writer.key("format").beginObject().member("type", "json_schema");
            m_writer.memberRaw("schema", m_request.responseFormat->schema).endObject();
        }
        writeExtrasOf(prefix);
        m_writer.endObject();
    }

    void writeSampling()
    {
        writeTemperature();
        const bool takesSampling = traitsOf(m_request.model).sampling && !m_plan.thinks();
        const QByteArray why = m_plan.thinks() ? "not with thinking" : "this model does not take it";
        if (!m_request.topP.isEmpty()) {
            // Since Opus 4.1 models refuse temperature and top_p together; the temperature says more.
            if (!takesSampling)
                m_losses.dropped("top_p", why);
            else if (m_request.temperature.isEmpty())
                m_writer.memberRaw("top_p", m_request.topP);
            else if (numberOf(m_request.topP) != 1.0)
                m_losses.dropped("top_p", "not together with temperature");
        }
        if (!m_request.topK.isEmpty()) {
            if (takesSampling)
                m_writer.memberRaw("top_k", m_request.topK);
            else
                m_losses.dropped("top_k", why);
        }
        writeStop();
    }

    void writeTemperature()
    {
        if (m_request.temperature.isEmpty())
            return;
        const double temperature = numberOf(m_request.temperature);
        // 1 is what both take and the default of all.
        if (m_plan.thinks() || !traitsOf(m_request.model).sampling) {
            if (temperature != 1.0) {
                m_losses.dropped(
                    "temperature",
                    m_plan.thinks() ? "must be 1 with thinking" : "this model does not take it");
            }
        } else if (temperature > 1.0) {
            m_losses.approximated("temperature", "at most 1 here");
            m_writer.memberInteger("temperature", 1);
        } else {
            m_writer.memberRaw("temperature", m_request.temperature);
        }
    }

    void writeStop()
    {
        const auto usable = [](const QByteArray &stop) { return !isBlank(stop); };
        if (std::none_of(m_request.stop.begin(), m_request.stop.end(), usable)) {
            if (!m_request.stop.empty())
                m_losses.dropped("stop", "white space alone is refused");
            return;
        }
        m_writer.key("stop_sequences").beginArray();
        for (const QByteArray &stop : m_request.stop) {
            if (usable(stop))
                m_writer.string(stop);
            else
                m_losses.approximated("stop", "without the sequences of white space alone");
        }
        m_writer.endArray();
    }

    void writeIdentity()
    {
        const QByteArray prefix = QByteArrayLiteral("metadata.");
        if (!m_request.user.isEmpty() || hasExtras(prefix)) {
            m_writer.key("metadata").beginObject();
            if (!m_request.user.isEmpty())
                m_writer.member("user_id", m_request.user);
            writeExtrasOf(prefix);
            m_writer.endObject();
        }
        if (m_request.serviceTier == "auto" || m_request.serviceTier == "standard_only")
            m_writer.member("service_tier", m_request.serviceTier);
        else if (m_request.serviceTier == "default" || m_request.serviceTier == "standard")
            m_writer.member("service_tier", "standard_only");
        else if (!m_request.serviceTier.isEmpty())
            m_losses.dropped("service_tier", "no tier " + m_request.serviceTier);
    }

    // Extras of an object are named "object.field".
    [[nodiscard]] bool hasExtras(const QByteArray &prefix) const
    {
        return m_ownDialect
               && std::any_of(m_request.extras.begin(), m_request.extras.end(), [&](const auto &extra) {
                      return extra.first.startsWith(prefix);
                  });
    }

    void writeExtrasOf(const QByteArray &prefix)
    {
        for (const auto &[name, value] : m_request.extras) {
            if (m_ownDialect && name.startsWith(prefix))
                m_writer.memberRaw(name.mid(prefix.size()), value);
        }
    }

    void writeExtras(bool (*isTaken)(const QByteArray &))
    {
        for (const auto &[name, value] : m_request.extras) {
            if (!m_ownDialect)
                m_losses.dropped(name);
            else if (!name.contains('.') && isTaken(name))
                m_writer.memberRaw(name, value);
        }
    }

    void reportUnsupported()
    {
        if (m_request.n.value_or(1) > 1)
            m_losses.approximated("n", "one choice");
        if (m_request.seed)
            m_losses.dropped("seed");
        if (isNotZero(m_request.presencePenalty))
            m_losses.dropped("presence_penalty");
        if (isNotZero(m_request.frequencyPenalty))
            m_losses.dropped("frequency_penalty");
        if (m_request.logprobs.value_or(false) || m_request.topLogprobs.value_or(0) > 0)
            m_losses.dropped("logprobs");
        reportForeignFields(m_request, m_losses);
    }

    const ChatRequest &m_request;
    const Quirks &m_quirks;
    Losses &m_losses;
    const bool m_ownDialect; ///< extras, built-in tools and unknown parts are Anthropic's own
    const Conversation m_conversation;
    const bool m_answerTool;
    const ThinkingPlan m_plan;
    json::Writer m_writer;
};

} // namespace

Headers requestHeaders(const Headers &callers)
{
    Headers headers{{"content-type", "application/json"}};
    headers.add("anthropic-version", callers.get("anthropic-version").value_or("2023-06-01"));
    for (const auto &[name, value] : callers) {
        if (equalsIgnoringCase(name, "anthropic-beta"))
            headers.add("anthropic-beta", value);
    }
    return headers;
}

Result<UpstreamCall> encodeRequest(const ChatRequest &request, const Quirks &quirks, Losses &losses)
{
    return RequestEncoder(request, quirks, losses).encode();
}

Result<UpstreamCall> encodeCountRequest(const ChatRequest &request, const Quirks &quirks, Losses &losses)
{
    return RequestEncoder(request, quirks, losses).encodeCount();
}

} // namespace fairlead::wire::anthropic
