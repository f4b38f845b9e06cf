// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/cohere/RequestWriter.h"

#include "wire/CommonLosses.h"
#include "wire/ToolMapping.h"
#include "wire/cohere/MessageWriter.h"
#include "wire/cohere/ToolNames.h"
#include "json/Splice.h"
#include "json/Writer.h"

#include <algorithm>
#include <array>

namespace fairlead::wire::cohere {

using chat::ChatRequest;
using chat::ResponseFormat;
using chat::Tool;
using chat::ToolChoice;

namespace {

constexpr std::size_t kMostStops = 5;

struct EffortRow {
    QByteArrayView effort;
    std::int64_t budget; ///< token_budget; the vendor names no standard
};
constexpr std::array<EffortRow, 6> kEfforts{{
    {"minimal", 1024},
    {"low", 2048},
    {"medium", 8192},
    {"high", 16384},
    {"xhigh", 20480},
    {"max", 24576},
}};

/// The caller's bytes without "$schema", which Cohere does not take.
QByteArray plainSchema(const QByteArray &schema)
{
    const auto document = json::Document::parse(schema);
    if (!document)
        return schema;
    return json::Splice(*document).remove(document->root(), "$schema").apply();
}

class RequestWriter
{
public:
    RequestWriter(const ChatRequest &request, Losses &losses)
        : m_request(request)
        , m_losses(losses)
        , m_ownDialect(request.dialect == "cohere")
    { }

    Result<QByteArray> write();

private:
    Result<> writeTools();
    Result<> writeTool(const Tool &tool);
    void writeStrict(const std::vector<const Tool *> &tools);
    void writeToolChoice();
    void writeResponseFormat();
    void writeThinking();
    void writeSampling();
    void writeStops();
    void writeExtras();
    void reportUnsupported();
    void number(QByteArrayView name, const chat::RawJson &value);
    void bounded(
        QByteArrayView name, const char *callersName, const chat::RawJson &value, double least, double most);
    [[nodiscard]] bool isOffered(const Tool &tool) const;

    const ChatRequest &m_request;
    Losses &m_losses;
    bool m_ownDialect;
    json::Writer m_writer{4096};
};

Result<QByteArray> RequestWriter::write()
{
    m_writer.beginObject().member("model", m_request.model).key("messages");
    if (auto written = MessageWriter(m_request, m_writer, m_losses).write(); !written)
        return fail(written.error());
    if (auto written = writeTools(); !written)
        return fail(written.error());
    writeToolChoice();
    writeResponseFormat();
    writeThinking();
    writeSampling();
    writeStops();
    m_writer.memberBoolean("stream", m_request.stream);
    writeExtras();
    reportUnsupported();
    return m_writer.endObject().take();
}

/// A tool cannot be forced by its name; but one that is the only one offered can.
bool RequestWriter::isOffered(const Tool &tool) const
{
    if (tool.kind == Tool::Kind::BuiltIn)
        return false;
    const auto &choice = m_request.toolChoice;
    return !choice || choice->mode != ToolChoice::Mode::Named || choice->name == tool.name;
}

Result<> RequestWriter::writeTools()
{
    std::vector<const Tool *> offered;
    for (const Tool &tool : m_request.tools) {
        if (tool.kind == Tool::Kind::BuiltIn)
            m_losses.dropped("tools." + tool.name, "not Cohere's");
        else if (isOffered(tool))
            offered.push_back(&tool);
    }
    if (offered.empty())
        return {};
    m_writer.key("tools").beginArray();
    for (const Tool *tool : offered) {
        if (auto written = writeTool(*tool); !written)
            return written;
    }
    m_writer.endArray();
    writeStrict(offered);
    return {};
}

Result<> RequestWriter::writeTool(const Tool &tool)
{
    const auto name = outwardName(tool.name, m_losses);
    if (!name)
        return fail(name.error());
    m_writer.beginObject().member("type", "function").key("function").beginObject().member("name", *name);
    if (!tool.description.isEmpty())
        m_writer.member("description", tool.description);
    QByteArray parameters = plainSchema(tool.parameters);
    if (tool.kind == Tool::Kind::Custom) {
        m_losses.approximated("tools." + tool.name, "free text became the argument \"input\"");
        parameters = customToolSchema().toByteArray();
    } else if (parameters.isEmpty()) {
        parameters = QByteArrayLiteral(R"({"type":"object","properties":{}})");
    }
    m_writer.memberRaw("parameters", parameters).endObject().endObject();
    if (tool.cache)
        m_losses.dropped("tools." + tool.name + ".cache_control", "Cohere caches by itself");
    return {};
}

/// One switch for all tools.
void RequestWriter::writeStrict(const std::vector<const Tool *> &tools)
{
    const auto isStrict = [](const Tool *tool) { return tool->strict.value_or(false); };
    if (std::all_of(tools.begin(), tools.end(), isStrict))
        m_writer.memberBoolean("strict_tools", true);
    else if (std::any_of(tools.begin(), tools.end(), isStrict))
        m_losses.dropped("tools.strict", "Cohere has one switch for all tools, and not all are strict");
}

void RequestWriter::writeToolChoice()
{
    if (!m_request.toolChoice
        || std::none_of(m_request.tools.begin(), m_request.tools.end(), [](const Tool &t) {
               return t.kind != Tool::Kind::BuiltIn;
           }))
        return;
    switch (m_request.toolChoice->mode) {
    case ToolChoice::Mode::Auto:
        return;
    case ToolChoice::Mode::None:
        m_writer.member("tool_choice", "NONE");
        return;
    case ToolChoice::Mode::Named:
        m_losses.approximated("tool_choice", "only that tool is offered, and required");
        [[fallthrough]];
    case ToolChoice::Mode::Required:
        m_writer.member("tool_choice", "REQUIRED");
        return;
    }
}

/// `json_schema` is the schema itself; whoever gives one gets it strictly.
void RequestWriter::writeResponseFormat()
{
    if (!m_request.responseFormat)
        return;
    const ResponseFormat &format = *m_request.responseFormat;
    m_writer.key("response_format").beginObject();
    if (format.kind == ResponseFormat::Kind::Text) {
        m_writer.member("type", "text");
    } else {
        m_writer.member("type", "json_object");
        if (!format.schema.isEmpty())
            m_writer.memberRaw("json_schema", plainSchema(format.schema));
        if (!format.description.isEmpty())
            m_losses.dropped("response_format.json_schema.description");
    }
    m_writer.endObject();
}

void RequestWriter::writeThinking()
{
    if (!m_request.reasoning)
        return;
    const chat::Reasoning &asked = *m_request.reasoning;
    std::int64_t budget = asked.budgetTokens.value_or(-1);
    if (!asked.budgetTokens && !asked.effort.isEmpty() && asked.effort != "none") {
        const auto row = std::find_if(kEfforts.begin(), kEfforts.end(), [&](const EffortRow &candidate) {
            return candidate.effort == asked.effort;
        });
        if (row == kEfforts.end()) {
            m_losses.dropped("reasoning_effort", "unknown level " + asked.effort);
            return;
        }
        budget = row->budget;
        m_losses.approximated(
            "reasoning_effort", "a budget of " + QByteArray::number(qint64(budget)) + " tokens");
    }
    if (asked.effort == "none" || budget == 0) {
        m_writer.key("thinking").beginObject().member("type", "disabled").endObject();
    } else if (asked.budgetTokens || !asked.effort.isEmpty()) {
        m_writer.key("thinking").beginObject().member("type", "enabled");
        if (budget > 0)
            m_writer.memberInteger("token_budget", budget);
        m_writer.endObject();
    }
}

void RequestWriter::number(QByteArrayView name, const chat::RawJson &value)
{
    if (!value.isEmpty())
        m_writer.memberRaw(name, value);
}

/// What is outside Cohere's range is refused there, so the nearest is sent.
void RequestWriter::bounded(
    QByteArrayView name, const char *callersName, const chat::RawJson &value, double least, double most)
{
    if (value.isEmpty())
        return;
    const double asked = numberOf(value);
    if (asked >= least && asked <= most) {
        m_writer.memberRaw(name, value);
        return;
    }
    const double nearest = std::clamp(asked, least, most);
    m_writer.key(name).number(nearest);
    m_losses.approximated(callersName, "sent: " + QByteArray::number(nearest));
}

void RequestWriter::writeSampling()
{
    if (m_request.maxOutputTokens)
        m_writer.memberInteger("max_tokens", *m_request.maxOutputTokens);
    number("temperature", m_request.temperature);
    bounded("p", "top_p", m_request.topP, 0.01, 0.99);
    bounded("k", "top_k", m_request.topK, 0, 500);
    bounded("presence_penalty", "presence_penalty", m_request.presencePenalty, 0, 1);
    bounded("frequency_penalty", "frequency_penalty", m_request.frequencyPenalty, 0, 1);
    if (m_request.seed)
        m_writer.memberInteger("seed", *m_request.seed);
    if (m_request.logprobs)
        m_writer.memberBoolean("logprobs", *m_request.logprobs);
}

void RequestWriter::writeStops()
{
    if (m_request.stop.empty())
        return;
    if (m_request.stop.size() > kMostStops)
        m_losses.approximated("stop", "the first five");
    m_writer.key("stop_sequences").beginArray();
    for (std::size_t i = 0; i < std::min(m_request.stop.size(), kMostStops); ++i)
        m_writer.string(m_request.stop[i]);
    m_writer.endArray();
}

void RequestWriter::writeExtras()
{
    for (const auto &[name, json] : m_request.extras) {
        if (m_ownDialect)
            m_writer.memberRaw(name, json);
        else
            m_losses.dropped(name, "not a field of Cohere");
    }
}

void RequestWriter::reportUnsupported()
{
    reportForeignFields(m_request, m_losses);
    if (m_request.n.value_or(1) > 1)
        m_losses.dropped("n", "Cohere gives one answer");
    if (m_request.topLogprobs.value_or(0) > 0)
        m_losses.dropped("top_logprobs");
    if (!m_request.parallelToolCalls.value_or(true))
        m_losses.dropped("parallel_tool_calls", "Cohere has no switch for it");
    if (!m_request.user.isEmpty())
        m_losses.dropped("user");
    if (!m_request.serviceTier.isEmpty())
        m_losses.dropped("service_tier");
}

} // namespace

Result<QByteArray> writeRequest(const ChatRequest &request, Losses &losses)
{
    return RequestWriter(request, losses).write();
}

} // namespace fairlead::wire::cohere
