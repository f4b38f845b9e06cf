// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/gemini/RequestEncoder.h"

#include "wire/CommonLosses.h"
#include "wire/ToolMapping.h"
#include "wire/gemini/Contents.h"
#include "wire/gemini/MethodPath.h"
#include "wire/gemini/Schema.h"
#include "wire/gemini/Thinking.h"
#include "json/View.h"
#include "json/Writer.h"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>
#include <vector>

namespace fairlead::wire::gemini {

namespace {

using namespace chat;

constexpr std::size_t kMostStops = 5;
constexpr QByteArrayView kGenerationConfig = "generationConfig.";
constexpr QByteArrayView kToolConfig = "toolConfig.";

/// Google's own tool that does what another provider's does ("web_search_20250305"), if there is one.
QByteArrayView googleTool(const QByteArray &name)
{
    static constexpr std::array<std::pair<QByteArrayView, QByteArrayView>, 4> kAlike{{
        {"web_search", "googleSearch"},
        {"web_fetch", "urlContext"},
        {"code_execution", "codeExecution"},
        {"code_interpreter", "codeExecution"},
    }};
    for (const auto &[prefix, google] : kAlike) {
        if (name.startsWith(prefix))
            return google;
    }
    return {};
}

class RequestEncoder
{
public:
    RequestEncoder(const ChatRequest &request, const Quirks &quirks, Losses &losses)
        : m_request(request)
        , m_quirks(quirks)
        , m_losses(losses)
        , m_ownDialect(request.dialect == "gemini")
        , m_writer(4096)
    { }

    Result<QByteArray> encode()
    {
        m_writer.beginObject();
        const bool signsCalls = thinkingStyleOf(m_request.model, m_quirks) == ThinkingStyle::Level;
        if (auto written = writeConversation(m_request, signsCalls, m_writer, m_losses); !written)
            return fail(written.error());
        if (auto written = writeTools(); !written)
            return fail(written.error());
        if (auto written = writeToolConfig(); !written)
            return fail(written.error());
        if (auto written = writeGenerationConfig(); !written)
            return fail(written.error());
        writeServiceTier();
        writeExtras({});
        m_writer.endObject();
        reportUnsupported();
        return m_writer.take();
    }

private:
    [[nodiscard]] bool hasFunctions() const
    {
        return std::any_of(m_request.tools.begin(), m_request.tools.end(), [](const Tool &tool) {
            return tool.kind != Tool::Kind::BuiltIn;
        });
    }

    /// The tools Google's servers run, as they go into `tools`.
    std::vector<QByteArray> builtInTools()
    {
        std::vector<QByteArray> declared;
        for (const Tool &tool : m_request.tools) {
            if (tool.kind != Tool::Kind::BuiltIn)
                continue;
            const QByteArray where = "tools." + (tool.name.isEmpty() ? QByteArray("built-in") : tool.name);
            const QByteArrayView like = m_ownDialect ? QByteArrayView() : googleTool(tool.name);
            if (m_ownDialect) {
                declared.push_back(tool.json);
            } else if (like.isEmpty()) {
                m_losses.dropped(where, "not Gemini's");
            } else if (hasFunctions()) {
                m_losses.dropped(where, "most Gemini models refuse it beside functions");
            } else {
                m_losses.approximated(where, "sent as " + like.toByteArray());
                declared.push_back("{\"" + like.toByteArray() + "\":{}}");
            }
        }
        return declared;
    }

    Result<> writeTools()
    {
        const std::vector<QByteArray> builtIn = builtInTools();
        if (builtIn.empty() && !hasFunctions())
            return {};
        m_writer.key("tools").beginArray();
        if (hasFunctions()) {
            m_writer.beginObject().key("functionDeclarations").beginArray();
            for (const Tool &tool : m_request.tools) {
                if (tool.kind == Tool::Kind::BuiltIn)
                    continue;
                if (auto written = writeFunction(tool); !written)
                    return written;
            }
            m_writer.endArray().endObject();
        }
        for (const QByteArray &tool : builtIn)
            m_writer.raw(tool);
        m_writer.endArray();
        return {};
    }

    Result<> writeFunction(const Tool &tool)
    {
        const auto name = functionName(tool.name, m_losses);
        if (!name)
            return fail(name.error());
        m_writer.beginObject().member("name", *name);
        if (!tool.description.isEmpty())
            m_writer.member("description", tool.description);
        QByteArray parameters = tool.parameters;
        if (tool.kind == Tool::Kind::Custom) {
            m_losses.approximated("tools." + tool.name, "free text became the argument \"input\"");
            parameters = customToolSchema().toByteArray();
        }
        if (!parameters.isEmpty()) {
            auto written
                = writeSchema("parameters", "parametersJsonSchema", parameters, "tools." + tool.name);
            if (!written)
                return written;
        }
        if (tool.strict.value_or(false))
            m_losses.dropped("tools." + tool.name + ".strict", "Gemini has no such promise");
        if (tool.cache)
            m_losses.dropped("tools." + tool.name + ".cache_control", "Gemini caches by itself");
        m_writer.endObject();
        return {};
    }

    Result<> writeSchema(
        QByteArrayView subsetKey, QByteArrayView plainKey, const QByteArray &schema, const QByteArray &where)
    {
        QByteArray lost;
        const auto converted = m_quirks.jsonSchema ? plainSchema(schema) : subsetSchema(schema, lost);
        if (!converted)
            return fail(converted.error().in(where));
        if (!lost.isEmpty())
            m_losses.approximated(where, "schema without " + lost);
        m_writer.memberRaw(m_quirks.jsonSchema ? plainKey : subsetKey, *converted);
        return {};
    }

    Result<> writeToolConfig()
    {
        if (hasFunctions() && !m_request.parallelToolCalls.value_or(true))
            m_losses.dropped("parallel_tool_calls", "Gemini has no switch for it");
        const bool chooses = hasFunctions() && m_request.toolChoice;
        if (!chooses && !hasExtras(kToolConfig))
            return {};
        m_writer.key("toolConfig").beginObject();
        if (chooses) {
            if (auto written = writeToolChoice(*m_request.toolChoice); !written)
                return written;
        }
        writeExtras(kToolConfig);
        m_writer.endObject();
        return {};
    }

    Result<> writeToolChoice(const ToolChoice &choice)
    {
        m_writer.key("functionCallingConfig").beginObject();
        switch (choice.mode) {
        case ToolChoice::Mode::Auto:
            m_writer.member("mode", "AUTO");
            break;
        case ToolChoice::Mode::None:
            m_writer.member("mode", "NONE");
            break;
        case ToolChoice::Mode::Required:
            m_writer.member("mode", "ANY");
            break;
        case ToolChoice::Mode::Named: {
            const auto name = functionName(choice.name, m_losses);
            if (!name)
                return fail(name.error().in("tool_choice"));
            m_writer.member("mode", "ANY");
            m_writer.key("allowedFunctionNames").beginArray().string(*name).endArray();
            break;
        }
        }
        m_writer.endObject();
        return {};
    }

    Result<> writeGenerationConfig()
    {
        m_writer.key("generationConfig").beginObject();
        writeNumber("temperature", m_request.temperature);
        writeNumber("topP", m_request.topP);
        writeNumber("topK", m_request.topK);
        writeNumber("presencePenalty", m_request.presencePenalty);
        writeNumber("frequencyPenalty", m_request.frequencyPenalty);
        if (m_request.n)
            m_writer.memberInteger("candidateCount", *m_request.n);
        if (m_request.maxOutputTokens)
            m_writer.memberInteger("maxOutputTokens", *m_request.maxOutputTokens);
        writeStop();
        writeSeed();
        writeLogprobs();
        if (auto written = writeResponseFormat(); !written)
            return written;
        writeThinking(m_request, m_quirks, m_writer, m_losses);
        writeExtras(kGenerationConfig);
        m_writer.endObject();
        return {};
    }

    void writeNumber(QByteArrayView name, const RawJson &number)
    {
        if (!number.isEmpty())
            m_writer.memberRaw(name, number);
    }

    void writeStop()
    {
        if (m_request.stop.empty())
            return;
        if (m_request.stop.size() > kMostStops)
            m_losses.approximated("stop", "the first five");
        m_writer.key("stopSequences").beginArray();
        for (std::size_t i = 0; i < std::min(m_request.stop.size(), kMostStops); ++i)
            m_writer.string(m_request.stop[i]);
        m_writer.endArray();
    }

    void writeSeed()
    {
        using Int32 = std::numeric_limits<std::int32_t>;
        if (!m_request.seed)
            return;
        if (*m_request.seed < Int32::min() || *m_request.seed > Int32::max())
            m_losses.dropped("seed", "beyond 32 bits");
        else
            m_writer.memberInteger("seed", *m_request.seed);
    }

    void writeLogprobs()
    {
        if (!m_request.logprobs.value_or(false))
            return;
        m_writer.memberBoolean("responseLogprobs", true);
        if (m_request.topLogprobs)
            m_writer.memberInteger("logprobs", *m_request.topLogprobs);
    }

    Result<> writeResponseFormat()
    {
        if (!m_request.responseFormat || m_request.responseFormat->kind == ResponseFormat::Kind::Text)
            return {};
        m_writer.member("responseMimeType", "application/json");
        if (m_request.responseFormat->schema.isEmpty())
            return {};
        return writeSchema(
            "responseSchema", "responseJsonSchema", m_request.responseFormat->schema, "response_format");
    }

    /// The caller's own fields of one object, named by their path: "generationConfig.speechConfig".
    void writeExtras(QByteArrayView prefix)
    {
        for (const auto &[path, value] : m_request.extras) {
            const bool inside = path.startsWith(prefix) && !path.mid(prefix.size()).contains('.');
            if (m_ownDialect && inside)
                m_writer.memberRaw(QByteArrayView(path).sliced(prefix.size()), value);
        }
    }

    [[nodiscard]] bool hasExtras(QByteArrayView prefix) const
    {
        return m_ownDialect
               && std::any_of(m_request.extras.begin(), m_request.extras.end(), [&](const auto &extra) {
                      return extra.first.startsWith(prefix);
                  });
    }

    void writeServiceTier()
    {
        const QByteArray &tier = m_request.serviceTier;
        if (tier == "default")
            m_writer.member("serviceTier", "standard");
        else if (tier == "flex" || tier == "priority")
            m_writer.member("serviceTier", tier);
        else if (!tier.isEmpty() && tier != "auto")
            m_losses.dropped("service_tier", "Gemini has standard, flex and priority");
    }

    void reportUnsupported()
    {
        for (const auto &[name, value] : m_request.extras) {
            if (!m_ownDialect)
                m_losses.dropped(name);
        }
        if (!m_request.user.isEmpty())
            m_losses.dropped("user");
        reportForeignFields(m_request, m_losses);
    }

    const ChatRequest &m_request;
    const Quirks &m_quirks;
    Losses &m_losses;
    const bool m_ownDialect; ///< extras and built-in tools are Gemini's own
    json::Writer m_writer;
};

} // namespace

Result<UpstreamCall> encodeRequest(const ChatRequest &request, const Quirks &quirks, Losses &losses)
{
    auto body = RequestEncoder(request, quirks, losses).encode();
    if (!body)
        return fail(body.error());
    UpstreamCall call;
    call.path = request.stream ? pathOf(request.model, "streamGenerateContent") + "?alt=sse"
                               : pathOf(request.model, "generateContent");
    call.headers = {{"content-type", "application/json"}};
    call.body = std::move(*body);
    return call;
}

} // namespace fairlead::wire::gemini
