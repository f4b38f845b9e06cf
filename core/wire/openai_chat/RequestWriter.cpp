// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/openai_chat/RequestWriter.h"

#include "wire/ToolMapping.h"
#include "wire/openai_chat/MessageWriter.h"
#include "json/Writer.h"

#include <algorithm>

namespace fairlead::wire::openai_chat {

using chat::ChatRequest;
using chat::ResponseFormat;
using chat::Tool;
using chat::ToolChoice;
using json::Writer;

namespace {

class RequestWriter
{
public:
    RequestWriter(const ChatRequest &request, const Quirks &quirks, Losses &losses)
        : m_request(request)
        , m_quirks(quirks)
        , m_losses(losses)
        , m_sameDialect(request.dialect.isEmpty() || request.dialect == "openai-chat")
    { }

    QByteArray write();

private:
    void writeSampling();
    void writeStop();
    void writeTools();
    void writeTool(const Tool &tool, const QByteArray &path);
    void writeToolChoice();
    void writeResponseFormat();
    void writeReasoning();
    void writeEffort(const chat::Reasoning &asked);
    void writeReasoningObject(const chat::Reasoning &asked, bool off);
    void writeStream();
    void writeExtras();
    [[nodiscard]] bool takes(QByteArrayView name);
    void number(const char *name, const chat::RawJson &value);
    void text(const char *name, const QByteArray &value);
    void integer(const char *name, const std::optional<std::int64_t> &value);
    void flag(const char *name, const std::optional<bool> &value);

    const ChatRequest &m_request;
    const Quirks &m_quirks;
    Losses &m_losses;
    bool m_sameDialect;
    Writer m_writer{4096};
};

QByteArray RequestWriter::write()
{
    m_writer.beginObject().member("model", m_request.model).key("messages");
    MessageWriter(m_writer, m_quirks, m_losses, m_sameDialect).write(m_request.messages);
    writeTools();
    writeToolChoice();
    flag("parallel_tool_calls", m_request.parallelToolCalls);
    writeResponseFormat();
    writeReasoning();
    writeSampling();
    writeStop();
    text("user", m_request.user);
    text("service_tier", m_request.serviceTier);
    number("metadata", m_request.metadata);
    writeStream();
    writeExtras();
    return m_writer.endObject().take();
}

/// Some providers answer fields they do not know with an error.
bool RequestWriter::takes(QByteArrayView name)
{
    const auto &refused = m_quirks.refusedFields;
    if (std::find(refused.begin(), refused.end(), name) == refused.end())
        return true;
    m_losses.dropped(name.toByteArray(), "the provider refuses it");
    return false;
}

void RequestWriter::number(const char *name, const chat::RawJson &value)
{
    if (!value.isEmpty() && takes(name))
        m_writer.memberRaw(QByteArrayView(name), value);
}

void RequestWriter::text(const char *name, const QByteArray &value)
{
    if (!value.isEmpty() && takes(name))
        m_writer.member(QByteArrayView(name), value);
}

void RequestWriter::integer(const char *name, const std::optional<std::int64_t> &value)
{
    if (value && takes(name))
        m_writer.memberInteger(QByteArrayView(name), *value);
}

void RequestWriter::flag(const char *name, const std::optional<bool> &value)
{
    if (value && takes(name))
        m_writer.memberBoolean(QByteArrayView(name), *value);
}

void RequestWriter::writeSampling()
{
    const QByteArray cap
        = m_quirks.maxTokensField.isEmpty() ? QByteArrayLiteral("max_tokens") : m_quirks.maxTokensField;
    integer(cap.constData(), m_request.maxOutputTokens);
    number("temperature", m_request.temperature);
    number("top_p", m_request.topP);
    // Not OpenAI's own, but of many who speak its dialect: only for callers who meant exactly that.
    if (m_sameDialect)
        number("top_k", m_request.topK);
    else if (!m_request.topK.isEmpty())
        m_losses.dropped("top_k", "not a field of OpenAI Chat");
    number("presence_penalty", m_request.presencePenalty);
    number("frequency_penalty", m_request.frequencyPenalty);
    integer(m_quirks.seedField.isEmpty() ? "seed" : m_quirks.seedField.constData(), m_request.seed);
    integer("n", m_request.n);
    flag("logprobs", m_request.logprobs);
    integer("top_logprobs", m_request.topLogprobs);
    number("logit_bias", m_request.logitBias);
}

void RequestWriter::writeStop()
{
    if (m_request.stop.empty())
        return;
    m_writer.key("stop").beginArray();
    for (const QByteArray &stop : m_request.stop)
        m_writer.string(stop);
    m_writer.endArray();
}

void RequestWriter::writeTools()
{
    if (m_request.tools.empty())
        return;
    m_writer.key("tools").beginArray();
    qsizetype index = 0;
    for (const Tool &tool : m_request.tools)
        writeTool(tool, "tools[" + QByteArray::number(index++) + ']');
    m_writer.endArray();
}

void RequestWriter::writeTool(const Tool &tool, const QByteArray &path)
{
    const bool custom = tool.kind == Tool::Kind::Custom;
    if (tool.kind != Tool::Kind::Function && m_sameDialect) {
        m_writer.raw(tool.json);
        return;
    }
    if (tool.kind == Tool::Kind::BuiltIn) {
        m_losses.dropped(path, "a tool that OpenAI Chat does not have");
        return;
    }
    // Few of those who speak this dialect have custom tools; all of them have functions.
    if (custom)
        m_losses.approximated(path, "free text became the argument \"input\"");
    m_writer.beginObject().member("type", "function").key("function").beginObject().member("name", tool.name);
    if (!tool.description.isEmpty())
        m_writer.member("description", tool.description);
    number("parameters", custom ? customToolSchema().toByteArray() : tool.parameters);
    flag("strict", tool.strict);
    m_writer.endObject();
    if (tool.cache && m_quirks.cacheControl) {
        m_writer.key("cache_control").beginObject().member("type", "ephemeral");
        if (!tool.cache->ttl.isEmpty())
            m_writer.member("ttl", tool.cache->ttl);
        m_writer.endObject();
    } else if (tool.cache) {
        m_losses.dropped(path + ".cache_control", "the provider caches by itself or not at all");
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
        return m_sameDialect && tool.kind == Tool::Kind::Custom && tool.name == choice.name;
    });
    const QByteArrayView kind = custom ? "custom" : "function";
    m_writer.beginObject().member("type", kind).key(kind).beginObject();
    m_writer.member("name", choice.name).endObject().endObject();
}

void RequestWriter::writeResponseFormat()
{
    if (!m_request.responseFormat)
        return;
    const ResponseFormat &format = *m_request.responseFormat;
    m_writer.key("response_format").beginObject();
    switch (format.kind) {
    case ResponseFormat::Kind::Text:
        m_writer.member("type", "text");
        break;
    case ResponseFormat::Kind::JsonObject:
        m_writer.member("type", "json_object");
        break;
    case ResponseFormat::Kind::JsonSchema:
        m_writer.member("type", "json_schema").key("json_schema").beginObject();
        m_writer.member(
            "name", format.name.isEmpty() ? QByteArrayView("answer") : QByteArrayView(format.name));
        if (!format.description.isEmpty())
            m_writer.member("description", format.description);
        number("schema", format.schema);
        flag("strict", format.strict);
        m_writer.endObject();
        break;
    }
    m_writer.endObject();
}

void RequestWriter::writeReasoning()
{
    if (!m_request.reasoning)
        return;
    const chat::Reasoning &asked = *m_request.reasoning;
    const QByteArray &style = m_quirks.reasoningRequest;
    const bool off = asked.effort == "none" || (asked.effort.isEmpty() && asked.budgetTokens == 0);
    if (style == "none") {
        m_losses.dropped(
            asked.effort.isEmpty() ? "reasoning.budget_tokens" : "reasoning_effort",
            "the provider has no switch for it");
    } else if (style == "reasoning") {
        writeReasoningObject(asked, off);
    } else if (style == "enable_thinking") {
        m_writer.memberBoolean("enable_thinking", !off);
        if (!off && asked.budgetTokens.value_or(-1) > 0)
            m_writer.memberInteger("thinking_budget", *asked.budgetTokens);
        if (!off && !asked.effort.isEmpty())
            m_losses.approximated("reasoning_effort", "sent: thinking");
    } else if (style == "thinking") {
        m_writer.key("thinking").beginObject().member("type", off ? "disabled" : "enabled").endObject();
        if (!off)
            writeEffort(asked);
    } else {
        writeEffort(asked);
    }
}

void RequestWriter::writeEffort(const chat::Reasoning &asked)
{
    QByteArray effort = asked.effort;
    const auto &budget = asked.budgetTokens;
    if (effort.isEmpty() && budget && *budget >= 0) {
        effort = *budget == 0 ? "none" : *budget <= 2048 ? "low" : *budget <= 8192 ? "medium" : "high";
        m_losses.approximated("reasoning.budget_tokens", "the token budget is sent as effort " + effort);
    }
    text("reasoning_effort", effort);
}

void RequestWriter::writeReasoningObject(const chat::Reasoning &asked, bool off)
{
    m_writer.key("reasoning").beginObject();
    if (off)
        m_writer.memberBoolean("enabled", false);
    else if (asked.budgetTokens.value_or(-1) > 0)
        m_writer.memberInteger("max_tokens", *asked.budgetTokens);
    else if (!asked.effort.isEmpty())
        m_writer.member("effort", asked.effort);
    else
        m_writer.memberBoolean("enabled", true);
    if (asked.includeText)
        m_writer.memberBoolean("exclude", !*asked.includeText);
    m_writer.endObject();
}

void RequestWriter::writeStream()
{
    if (!m_request.stream)
        return;
    m_writer.memberBoolean("stream", true);
    // Asked for whether or not the caller did: the ledger needs it.
    if (!m_quirks.noStreamOptions)
        m_writer.key("stream_options").beginObject().memberBoolean("include_usage", true).endObject();
}

void RequestWriter::writeExtras()
{
    for (const auto &[name, json] : m_request.extras) {
        if (m_sameDialect)
            number(name.constData(), json);
        else
            m_losses.dropped(name, "not a field of OpenAI Chat");
    }
}

} // namespace

QByteArray writeRequest(const ChatRequest &request, const Quirks &quirks, Losses &losses)
{
    return RequestWriter(request, quirks, losses).write();
}

} // namespace fairlead::wire::openai_chat
