// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/openai_responses/RequestWriter.h"

#include "wire/CommonLosses.h"
#include "wire/openai_responses/ItemWriter.h"
#include "json/View.h"
#include "json/Writer.h"

#include <algorithm>
#include <array>

namespace fairlead::wire::openai_responses {

using chat::ChatRequest;
using chat::ResponseFormat;
using chat::Tool;
using chat::ToolChoice;
using json::Writer;

namespace {

// "Invalid 'max_output_tokens': integer below minimum value": OpenAI's and Azure's floor.
constexpr std::int64_t kFewestOutputTokens = 16;

/// Fields that both of OpenAI's dialects have under one name and in one shape.
bool isFamilyField(const QByteArray &name)
{
    static constexpr std::array<QByteArrayView, 4> kShared{
        "prompt_cache_key", "prompt_cache_retention", "prompt_cache_options", "safety_identifier"};
    return std::find(kShared.begin(), kShared.end(), QByteArrayView(name)) != kShared.end();
}

/// OpenAI's names of models that reason; asking others for encrypted reasoning is an error of its own
/// ("Encrypted content is not supported with this model").
bool reasonsByName(QByteArrayView model)
{
    const QByteArray name = model.sliced(model.lastIndexOf('/') + 1).toByteArray();
    if (name.contains("gpt-5") || name.contains("gpt-6") || name.startsWith("codex")
        || name.startsWith("grok-4"))
        return !name.contains("chat") && !name.contains("non-reasoning");
    return name.size() > 1 && name[0] == 'o' && name[1] >= '1' && name[1] <= '9';
}

class RequestWriter
{
public:
    RequestWriter(const ChatRequest &request, const Quirks &quirks, Losses &losses)
        : m_request(request)
        , m_quirks(quirks)
        , m_losses(losses)
        , m_sameDialect(request.dialect == "openai-responses")
    { }

    QByteArray write();
    QByteArray writeForCounting();

private:
    void writeInput();
    void writeTools();
    void writeFunction(const Tool &tool);
    void writeCustom(const Tool &tool);
    void writeToolChoice();
    void writeText();
    void writeFormat(const ResponseFormat &format);
    void writeReasoning();
    void writeLimits();
    void writeInclude();
    void writeExtras();
    void reportUnsupported();
    [[nodiscard]] chat::RawJson extra(const char *name) const;
    void raw(const char *name, const chat::RawJson &value);

    const ChatRequest &m_request;
    const Quirks &m_quirks;
    Losses &m_losses;
    const bool m_sameDialect;
    bool m_hasEncrypted = false; ///< the history holds encrypted reasoning
    Writer m_writer{4096};
};

QByteArray RequestWriter::write()
{
    writeInput();
    writeTools();
    writeToolChoice();
    if (m_request.parallelToolCalls)
        m_writer.memberBoolean("parallel_tool_calls", *m_request.parallelToolCalls);
    writeText();
    writeReasoning();
    writeLimits();
    m_writer.memberBoolean("store", false);
    writeInclude();
    if (!m_request.user.isEmpty())
        m_writer.member("user", m_request.user);
    if (!m_request.serviceTier.isEmpty())
        m_writer.member("service_tier", m_request.serviceTier);
    raw("metadata", m_request.metadata);
    if (m_request.stream)
        m_writer.memberBoolean("stream", true);
    writeExtras();
    reportUnsupported();
    return m_writer.endObject().take();
}

QByteArray RequestWriter::writeForCounting()
{
    writeInput();
    writeTools();
    writeToolChoice();
    writeText();
    writeReasoning();
    return m_writer.endObject().take();
}

void RequestWriter::writeInput()
{
    m_writer.beginObject().member("model", m_request.model).key("input");
    ItemWriter items(m_writer, m_quirks, m_losses, m_sameDialect);
    items.write(m_request.messages);
    m_hasEncrypted = items.wroteEncrypted();
}

void RequestWriter::raw(const char *name, const chat::RawJson &value)
{
    if (!value.isEmpty())
        m_writer.memberRaw(QByteArrayView(name), value);
}

chat::RawJson RequestWriter::extra(const char *name) const
{
    for (const auto &[field, value] : m_request.extras) {
        if (field == name)
            return value;
    }
    return {};
}

void RequestWriter::writeTools()
{
    if (m_request.tools.empty())
        return;
    m_writer.key("tools").beginArray();
    qsizetype index = 0;
    for (const Tool &tool : m_request.tools) {
        const QByteArray path = "tools[" + QByteArray::number(index++) + ']';
        if (m_sameDialect && !tool.json.isEmpty())
            m_writer.raw(tool.json);
        else if (tool.kind == Tool::Kind::Function)
            writeFunction(tool);
        else if (tool.kind == Tool::Kind::Custom)
            writeCustom(tool);
        else
            m_losses.dropped(path, "a tool that the Responses API does not have");
        if (tool.cache && !m_sameDialect)
            m_losses.dropped(path + ".cache_control", "the provider caches by itself or not at all");
    }
    m_writer.endArray();
}

void RequestWriter::writeFunction(const Tool &tool)
{
    m_writer.beginObject().member("type", "function").member("name", tool.name);
    if (!tool.description.isEmpty())
        m_writer.member("description", tool.description);
    m_writer.key("parameters");
    if (tool.parameters.isEmpty())
        m_writer.raw(R"({"type":"object","properties":{}})");
    else
        m_writer.raw(tool.parameters);
    // Not said means strict here, and lax everywhere else.
    m_writer.memberBoolean("strict", tool.strict.value_or(false)).endObject();
}

/// Chat keeps the grammar one level deeper.
void RequestWriter::writeCustom(const Tool &tool)
{
    m_writer.beginObject().member("type", "custom").member("name", tool.name);
    if (!tool.description.isEmpty())
        m_writer.member("description", tool.description);
    const auto declaration = json::Document::parse(tool.json);
    const json::View format = declaration ? declaration->root()["custom"]["format"] : json::View();
    if (const json::View grammar = format["grammar"]; grammar.isObject()) {
        m_writer.key("format").beginObject().member("type", "grammar");
        for (const auto &[name, value] : grammar.members())
            m_writer.memberRaw(name, value.raw());
        m_writer.endObject();
    } else if (format.isObject()) {
        m_writer.memberRaw("format", format.raw());
    }
    m_writer.endObject();
}

void RequestWriter::writeToolChoice()
{
    if (!m_request.toolChoice)
        return;
    const ToolChoice &choice = *m_request.toolChoice;
    m_writer.key("tool_choice");
    switch (choice.mode) {
    case ToolChoice::Mode::Auto:
        m_writer.string("auto");
        return;
    case ToolChoice::Mode::None:
        m_writer.string("none");
        return;
    case ToolChoice::Mode::Required:
        m_writer.string("required");
        return;
    case ToolChoice::Mode::Named:
        break;
    }
    const bool custom = std::any_of(m_request.tools.begin(), m_request.tools.end(), [&](const Tool &tool) {
        return tool.kind == Tool::Kind::Custom && tool.name == choice.name;
    });
    m_writer.beginObject().member("type", custom ? "custom" : "function");
    m_writer.member("name", choice.name).endObject();
}

void RequestWriter::writeText()
{
    const chat::RawJson verbosity = m_sameDialect ? extra("text.verbosity") : extra("verbosity");
    if (!m_request.responseFormat && verbosity.isEmpty())
        return;
    m_writer.key("text").beginObject();
    if (m_request.responseFormat)
        writeFormat(*m_request.responseFormat);
    raw("verbosity", verbosity);
    m_writer.endObject();
}

void RequestWriter::writeFormat(const ResponseFormat &format)
{
    m_writer.key("format").beginObject();
    switch (format.kind) {
    case ResponseFormat::Kind::Text:
        m_writer.member("type", "text");
        break;
    case ResponseFormat::Kind::JsonObject:
        m_writer.member("type", "json_object");
        break;
    case ResponseFormat::Kind::JsonSchema:
        m_writer.member("type", "json_schema");
        m_writer.member(
            "name", format.name.isEmpty() ? QByteArrayView("answer") : QByteArrayView(format.name));
        if (!format.description.isEmpty())
            m_writer.member("description", format.description);
        raw("schema", format.schema);
        if (format.strict)
            m_writer.memberBoolean("strict", *format.strict);
        break;
    }
    m_writer.endObject();
}

void RequestWriter::writeReasoning()
{
    const chat::Reasoning reasoning = m_request.reasoning.value_or(chat::Reasoning());
    QByteArray effort = reasoning.effort;
    const auto &budget = reasoning.budgetTokens;
    if (effort.isEmpty() && budget && *budget >= 0) {
        effort = *budget == 0 ? "none" : *budget <= 2048 ? "low" : *budget <= 8192 ? "medium" : "high";
        m_losses.approximated("reasoning.budget_tokens", "the token budget is sent as effort " + effort);
    }
    QByteArray summary = reasoning.summary;
    if (summary.isEmpty() && reasoning.includeText.value_or(false))
        summary = "auto";
    const chat::RawJson context = m_sameDialect ? extra("reasoning.context") : chat::RawJson();
    if (effort.isEmpty() && summary.isEmpty() && context.isEmpty())
        return;
    m_writer.key("reasoning").beginObject();
    if (!effort.isEmpty())
        m_writer.member("effort", effort);
    if (!summary.isEmpty())
        m_writer.member("summary", summary);
    raw("context", context);
    m_writer.endObject();
}

void RequestWriter::writeLimits()
{
    if (m_request.maxOutputTokens) {
        const std::int64_t asked = *m_request.maxOutputTokens;
        if (asked < kFewestOutputTokens)
            m_losses.approximated("max_tokens", "at least 16 here");
        m_writer.memberInteger("max_output_tokens", std::max(asked, kFewestOutputTokens));
    }
    raw("temperature", m_request.temperature);
    raw("top_p", m_request.topP);
    if (m_request.topLogprobs)
        m_writer.memberInteger("top_logprobs", *m_request.topLogprobs);
}

void RequestWriter::writeInclude()
{
    const bool off = m_request.reasoning && m_request.reasoning->effort == "none";
    const bool reasons
        = m_hasEncrypted || (m_request.reasoning && !off) || (!off && reasonsByName(m_request.model));
    const bool logprobs = m_request.logprobs.value_or(false) || m_request.topLogprobs.value_or(0) > 0;
    if (!reasons && !logprobs)
        return;
    m_writer.key("include").beginArray();
    if (reasons)
        m_writer.string("reasoning.encrypted_content");
    if (logprobs)
        m_writer.string("message.output_text.logprobs");
    m_writer.endArray();
}

void RequestWriter::writeExtras()
{
    const bool fromChat = m_request.dialect == "openai-chat";
    for (const auto &[name, value] : m_request.extras) {
        if (name == "verbosity" && fromChat)
            continue; // said in `text`
        if (m_sameDialect && name.contains('.'))
            continue; // said in its place
        if (m_sameDialect || (fromChat && isFamilyField(name)))
            m_writer.memberRaw(name, value);
        else
            m_losses.dropped(name, "not a field of the Responses API");
    }
}

void RequestWriter::reportUnsupported()
{
    if (!m_request.topK.isEmpty())
        m_losses.dropped("top_k", "not a field of the Responses API");
    if (isNotZero(m_request.presencePenalty))
        m_losses.dropped("presence_penalty", "not a field of the Responses API");
    if (isNotZero(m_request.frequencyPenalty))
        m_losses.dropped("frequency_penalty", "not a field of the Responses API");
    if (!m_request.logitBias.isEmpty() && m_request.logitBias != "{}")
        m_losses.dropped("logit_bias", "not a field of the Responses API");
    if (m_request.seed)
        m_losses.dropped("seed", "not a field of the Responses API");
    if (!m_request.stop.empty())
        m_losses.dropped("stop", "not a field of the Responses API");
    if (m_request.n.value_or(1) > 1)
        m_losses.approximated("n", "one choice");
}

} // namespace

QByteArray writeRequest(const ChatRequest &request, const Quirks &quirks, Losses &losses)
{
    return RequestWriter(request, quirks, losses).write();
}

QByteArray writeCountRequest(const ChatRequest &request, const Quirks &quirks, Losses &losses)
{
    return RequestWriter(request, quirks, losses).writeForCounting();
}

} // namespace fairlead::wire::openai_responses
