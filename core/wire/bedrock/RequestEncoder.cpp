// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/bedrock/RequestEncoder.h"

#include "wire/CommonLosses.h"
#include "wire/ToolMapping.h"
#include "wire/bedrock/Conversation.h"
#include "wire/bedrock/ModelFamily.h"
#include "wire/bedrock/ModelFields.h"
#include "json/Writer.h"

#include <algorithm>
#include <array>

namespace fairlead::wire::bedrock {

namespace {

using namespace chat;

class RequestEncoder
{
public:
    RequestEncoder(const ChatRequest &request, const Quirks &quirks, Losses &losses)
        : m_request(request)
        , m_losses(losses)
        , m_family(familyOf(request.model))
        , m_conversation(arrange(request, m_family, losses))
        , m_textFormat(wantsSchema() && quirks.structuredOutput && m_family.textFormat)
        , m_answerTool(wantsSchema() && !m_textFormat && m_family.usesTools)
        , m_fields(ModelFields::plan(request, quirks, m_family, isToolForced(), losses))
        , m_writer(4096)
    { }

    Result<UpstreamCall> encode()
    {
        m_writer.beginObject();
        if (auto written = writeContent(); !written)
            return fail(written.error());
        writeInference();
        m_fields.write(m_writer);
        writeOutputConfig();
        writeTier();
        writeExtras();
        m_writer.endObject();
        reportUnsupported();
        return call(conversePath(m_request.model, m_request.stream));
    }

    Result<UpstreamCall> encodeCount()
    {
        m_writer.beginObject().key("input").beginObject().key("converse").beginObject();
        if (auto written = writeContent(); !written)
            return fail(written.error());
        m_writer.endObject().endObject().endObject();
        return call("/model/" + encodedModel(withoutProfile(m_request.model)) + "/count-tokens");
    }

private:
    [[nodiscard]] UpstreamCall call(QByteArray path)
    {
        UpstreamCall call;
        call.path = std::move(path);
        call.headers = requestHeaders();
        call.body = m_writer.take();
        return call;
    }

    /// Messages, system and tools.
    Result<> writeContent()
    {
        if (m_conversation.turns.empty())
            return fail(ErrorKind::Invalid, "messages: at least one message with content is needed");
        if (auto written = writeConversation(m_conversation, m_family, m_writer, m_losses); !written)
            return written;
        return writeTools();
    }

    [[nodiscard]] bool wantsSchema() const
    {
        return m_request.responseFormat && m_request.responseFormat->kind == ResponseFormat::Kind::JsonSchema;
    }

    [[nodiscard]] bool hasCallersTools() const
    {
        return std::any_of(m_request.tools.begin(), m_request.tools.end(), [](const Tool &tool) {
            return tool.kind != Tool::Kind::BuiltIn;
        });
    }

    [[nodiscard]] ToolChoice::Mode choiceMode() const
    {
        return m_request.toolChoice ? m_request.toolChoice->mode : ToolChoice::Mode::Auto;
    }

    [[nodiscard]] bool isToolForced() const
    {
        if (m_answerTool)
            return true;
        return hasCallersTools()
               && (choiceMode() == ToolChoice::Mode::Required || choiceMode() == ToolChoice::Mode::Named);
    }

    Result<> writeTools()
    {
        for (const Tool &tool : m_request.tools) {
            if (tool.kind == Tool::Kind::BuiltIn) {
                m_losses.dropped(
                    "tools." + (tool.name.isEmpty() ? QByteArray("built-in") : tool.name), "not Bedrock's");
            }
        }
        const bool historyCalls = !m_conversation.calledTools.empty();
        // Converse knows no "none": the tools stay away, unless the history needs them.
        const bool unwanted = choiceMode() == ToolChoice::Mode::None && !historyCalls;
        const bool offered = hasCallersTools() && !unwanted;
        if (!offered && !historyCalls && !m_answerTool)
            return {};
        m_writer.key("toolConfig").beginObject().key("tools").beginArray();
        if (offered) {
            for (const Tool &tool : m_request.tools) {
                if (auto written = writeTool(tool); !written)
                    return written;
            }
        } else if (historyCalls) {
            if (auto written = writeCalledTools(); !written)
                return written;
        }
        if (m_answerTool)
            writeAnswerTool();
        m_writer.endArray();
        if (auto written = writeToolChoice(offered); !written)
            return written;
        m_writer.endObject();
        return {};
    }

    Result<> writeTool(const Tool &tool)
    {
        if (tool.kind == Tool::Kind::BuiltIn)
            return {};
        const auto name = toolName(tool.name, m_losses);
        if (!name)
            return fail(name.error());
        QByteArrayView schema = tool.parameters;
        if (tool.kind == Tool::Kind::Custom) {
            m_losses.approximated("tools." + tool.name, "free text became the argument \"input\"");
            schema = customToolSchema();
        } else if (schema.isEmpty()) {
            schema = kNoParameters;
        }
        m_writer.beginObject().key("toolSpec").beginObject().member("name", *name);
        if (!tool.description.isEmpty())
            m_writer.member("description", tool.description);
        m_writer.key("inputSchema").beginObject().memberRaw("json", schema).endObject();
        if (tool.strict)
            m_writer.memberBoolean("strict", *tool.strict);
        m_writer.endObject().endObject();
        if (tool.cache && m_family.cachesTools)
            writeCachePoint(*tool.cache, m_writer);
        else if (tool.cache)
            m_losses.dropped("tools." + tool.name + ".cache_control", "this model caches no tools");
        return {};
    }

    /// The tools of a history whose caller no longer offers any.
    Result<> writeCalledTools()
    {
        m_losses.approximated("tools", "those called in the history are named again");
        for (const QByteArray &called : m_conversation.calledTools) {
            Tool tool;
            tool.name = called;
            if (auto written = writeTool(tool); !written)
                return written;
        }
        return {};
    }

    void writeAnswerTool()
    {
        m_losses.approximated("response_format", "through a forced tool");
        m_writer.beginObject().key("toolSpec").beginObject().member("name", kAnswerTool);
        m_writer.member("description", "Give the answer by calling this tool, once.");
        m_writer.key("inputSchema").beginObject();
        m_writer.memberRaw("json", m_request.responseFormat->schema);
        m_writer.endObject().endObject().endObject();
    }

    Result<> writeToolChoice(bool offered)
    {
        if (m_answerTool) {
            // With tools of the caller's the model may use them first; either way it must call something.
            m_writer.key("toolChoice").beginObject();
            if (offered)
                m_writer.key("any").beginObject().endObject();
            else
                m_writer.key("tool").beginObject().member("name", kAnswerTool).endObject();
            m_writer.endObject();
            return {};
        }
        switch (choiceMode()) {
        case ToolChoice::Mode::None:
            m_losses.approximated("tool_choice", "the history needs the tools, and there is no \"none\"");
            break;
        case ToolChoice::Mode::Auto:
            if (m_request.toolChoice && offered)
                m_writer.memberRaw("toolChoice", R"({"auto":{}})");
            break;
        case ToolChoice::Mode::Required:
            if (offered)
                m_writer.memberRaw("toolChoice", R"({"any":{}})");
            break;
        case ToolChoice::Mode::Named: {
            const auto name = toolName(m_request.toolChoice->name, m_losses);
            if (!name)
                return fail(name.error().in("tool_choice"));
            m_writer.key("toolChoice").beginObject().key("tool").beginObject();
            m_writer.member("name", *name).endObject().endObject();
            break;
        }
        }
        return {};
    }

    void writeInference()
    {
        m_writer.key("inferenceConfig").beginObject();
        if (m_fields.maxTokens())
            m_writer.memberInteger("maxTokens", *m_fields.maxTokens());
        writeTemperature();
        writeTopP();
        writeStop();
        m_writer.endObject();
    }

    void writeTemperature()
    {
        if (m_request.temperature.isEmpty())
            return;
        const double temperature = numberOf(m_request.temperature);
        if (!m_fields.refusesSampling().isEmpty()) {
            if (temperature != 1.0) // the default of all
                m_losses.dropped("temperature", m_fields.refusesSampling());
        } else if (temperature > 1.0) {
            m_losses.approximated("temperature", "at most 1 here");
            m_writer.memberInteger("temperature", 1);
        } else {
            m_writer.memberRaw("temperature", m_request.temperature);
        }
    }

    void writeTopP()
    {
        if (m_request.topP.isEmpty())
            return;
        const bool claude = m_family.reasoning == ReasoningField::Claude;
        if (!m_fields.refusesSampling().isEmpty())
            m_losses.dropped("top_p", m_fields.refusesSampling());
        else if (!claude || m_request.temperature.isEmpty())
            m_writer.memberRaw("topP", m_request.topP);
        else if (numberOf(m_request.topP) != 1.0)
            m_losses.dropped("top_p", "Claude takes it or temperature, not both");
    }

    void writeStop()
    {
        const auto usable = [](const QByteArray &stop) { return !isBlank(stop); };
        if (std::none_of(m_request.stop.begin(), m_request.stop.end(), usable)) {
            if (!m_request.stop.empty())
                m_losses.dropped("stop", "white space alone is refused");
            return;
        }
        m_writer.key("stopSequences").beginArray();
        for (const QByteArray &stop : m_request.stop) {
            if (usable(stop))
                m_writer.string(stop);
            else
                m_losses.approximated("stop", "without the sequences of white space alone");
        }
        m_writer.endArray();
    }

    void writeOutputConfig()
    {
        if (!m_request.responseFormat)
            return;
        const ResponseFormat &format = *m_request.responseFormat;
        if (format.kind == ResponseFormat::Kind::JsonObject)
            m_losses.dropped("response_format", "no JSON mode without a schema");
        else if (wantsSchema() && !m_textFormat && !m_answerTool)
            m_losses.dropped("response_format", "this model knows neither schemas nor tools");
        if (!m_textFormat)
            return;
        m_writer.key("outputConfig").beginObject().key("textFormat").beginObject();
        m_writer.member("type", "json_schema").key("structure").beginObject();
        m_writer.key("jsonSchema").beginObject().member("schema", format.schema); // as a text
        if (!format.name.isEmpty())
            m_writer.member("name", format.name);
        if (!format.description.isEmpty())
            m_writer.member("description", format.description);
        m_writer.endObject().endObject().endObject().endObject();
    }

    void writeTier()
    {
        static constexpr std::array<QByteArrayView, 4> kTiers{"default", "flex", "priority", "reserved"};
        const QByteArray &tier = m_request.serviceTier;
        if (tier.isEmpty() || tier == "auto")
            return;
        if (std::find(kTiers.begin(), kTiers.end(), QByteArrayView(tier)) != kTiers.end())
            m_writer.key("serviceTier").beginObject().member("type", tier).endObject();
        else
            m_losses.dropped("service_tier", "no tier " + tier);
    }

    void writeExtras()
    {
        // Converse's own, which a caller of any dialect may have written beside it: guardrails above all.
        static constexpr std::array<QByteArrayView, 4> kOwn{
            "guardrailConfig", "performanceConfig", "requestMetadata", "additionalModelResponseFieldPaths"};
        for (const auto &[name, value] : m_request.extras) {
            if (std::find(kOwn.begin(), kOwn.end(), QByteArrayView(name)) != kOwn.end())
                m_writer.memberRaw(name, value);
            else
                m_losses.dropped(name);
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
        if (!m_request.parallelToolCalls.value_or(true) && hasCallersTools())
            m_losses.dropped("parallel_tool_calls", "Converse cannot forbid parallel calls");
        if (!m_request.user.isEmpty())
            m_losses.dropped("user");
        reportForeignFields(m_request, m_losses);
    }

    static constexpr QByteArrayView kNoParameters = R"({"type":"object","properties":{}})";

    const ChatRequest &m_request;
    Losses &m_losses;
    const ModelFamily &m_family;
    const Conversation m_conversation;
    const bool m_textFormat;
    const bool m_answerTool;
    const ModelFields m_fields;
    json::Writer m_writer;
};

} // namespace

QByteArray conversePath(QByteArrayView model, bool stream)
{
    return "/model/" + encodedModel(model) + (stream ? "/converse-stream" : "/converse");
}

Headers requestHeaders()
{
    return {{"content-type", "application/json"}};
}

Result<UpstreamCall> encodeRequest(const ChatRequest &request, const Quirks &quirks, Losses &losses)
{
    return RequestEncoder(request, quirks, losses).encode();
}

Result<UpstreamCall> encodeCount(const ChatRequest &request, const Quirks &quirks, Losses &losses)
{
    return RequestEncoder(request, quirks, losses).encodeCount();
}

} // namespace fairlead::wire::bedrock
