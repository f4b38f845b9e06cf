// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/anthropic/RequestReader.h"

#include "wire/anthropic/ConversationReader.h"

#include <QHash>

namespace fairlead::wire::anthropic {

using chat::ResponseFormat;
using chat::Tool;
using chat::ToolChoice;
using json::View;
using openai_chat::indexed;

namespace {

// OpenAI takes no longer end-user ids, and ids that are JSON (Claude Code's: device, account, session) name
// more than a user: such go to Anthropic only.
constexpr qsizetype kLongestUserId = 64;

class RequestReader
{
public:
    Result<ChatRequest> read(const InboundCall &call);

private:
    using Handler = void (*)(RequestReader &self, View value, const QByteArray &name);

    static const QHash<QByteArray, Handler> &handlers();
    void readStop(View value, const QByteArray &name);
    void readTools(View value, const QByteArray &name);
    Tool readTool(View value, const QByteArray &path);
    void readToolChoice(View value, const QByteArray &name);
    void readThinking(View value, const QByteArray &name);
    void readOutputConfig(View value, const QByteArray &name);
    void readFormat(View value, const QByteArray &name);
    void readMetadata(View value, const QByteArray &name);
    void readServiceTier(View value, const QByteArray &name);
    chat::Reasoning &reasoning();
    void keep(const QByteArray &name, View value) { m_request.extras.emplace_back(name, value.rawCopy()); }

    FieldReader m_fields;
    ChatRequest m_request;
};

Result<ChatRequest> RequestReader::read(const InboundCall &call)
{
    const View root = call.document.root();
    if (!root.isObject())
        return fail(ErrorKind::Invalid, QByteArrayLiteral("The request body must be a JSON object."));
    m_request.dialect = QByteArrayLiteral("anthropic");
    m_request.includeUsage = true;
    m_request.model = m_fields.requiredString(root["model"], "model");
    ConversationReader conversation(m_fields, m_request);
    conversation.readMessages(root["messages"]);
    if (const View system = root["system"])
        conversation.readSystem(system);
    for (const auto &[name, value] : root.members()) {
        if (!m_fields.isGood())
            break;
        if (!value)
            continue;
        const auto handler = handlers().constFind(name);
        if (handler != handlers().constEnd())
            (*handler)(*this, value, name);
        else
            keep(name, value);
    }
    if (!m_fields.isGood())
        return fail(ErrorKind::Invalid, m_fields.complaint());
    for (const auto &[name, value] : call.headers) {
        for (const QByteArrayView optIn : {"anthropic-version", "anthropic-beta"}) {
            if (equalsIgnoringCase(name, optIn))
                m_request.optIns.add(optIn.toByteArray(), value);
        }
    }
    return std::move(m_request);
}

void RequestReader::readStop(View value, const QByteArray &name)
{
    if (!m_fields.array(value, name))
        return;
    for (const View element : value.elements())
        m_request.stop.push_back(
            m_fields.string(element, indexed(name, static_cast<qsizetype>(m_request.stop.size()))));
}

void RequestReader::readTools(View value, const QByteArray &name)
{
    m_request.tools.clear();
    if (!m_fields.array(value, name))
        return;
    for (const View element : value.elements())
        m_request.tools.push_back(
            readTool(element, indexed(name, static_cast<qsizetype>(m_request.tools.size()))));
}

Tool RequestReader::readTool(View value, const QByteArray &path)
{
    Tool tool;
    if (!value.isObject()) {
        m_fields.wrong(path, "an object");
        return tool;
    }
    const QByteArray type = value["type"].stringOr("custom");
    tool.json = value.rawCopy();
    tool.cache = m_fields.cacheMark(value);
    if (type != "custom") {
        tool.kind = Tool::Kind::BuiltIn;
        tool.name = value["name"].stringOr(type); // a whole MCP server has no name of its own
        return tool;
    }
    tool.name = m_fields.requiredString(value["name"], path + ".name");
    tool.description = m_fields.string(value["description"], path + ".description");
    tool.parameters = m_fields.object(value["input_schema"], path + ".input_schema");
    tool.strict = m_fields.boolean(value["strict"], path + ".strict");
    // Worthwhile, but nothing a tool needs to work elsewhere.
    for (const QByteArrayView field :
         {"defer_loading", "allowed_callers", "input_examples", "eager_input_streaming"}) {
        if (!saysNothing(value[field]))
            m_request.misfits.push_back(
                {path + '.' + field.toByteArray(), QByteArrayLiteral("only Anthropic has it")});
    }
    return tool;
}

void RequestReader::readToolChoice(View value, const QByteArray &name)
{
    ToolChoice choice;
    const View type = value["type"];
    if (type.equals("auto")) {
        choice.mode = ToolChoice::Mode::Auto;
    } else if (type.equals("any")) {
        choice.mode = ToolChoice::Mode::Required;
    } else if (type.equals("none")) {
        choice.mode = ToolChoice::Mode::None;
    } else if (type.equals("tool")) {
        choice.mode = ToolChoice::Mode::Named;
        choice.name = m_fields.requiredString(value["name"], name + ".name");
    } else if (value.isObject()) {
        keep(name, value);
        return;
    } else {
        m_fields.wrong(name, "an object with a type: auto, any, tool or none");
    }
    m_request.toolChoice = choice;
    if (m_fields.boolean(value["disable_parallel_tool_use"], name + ".disable_parallel_tool_use")
            .value_or(false))
        m_request.parallelToolCalls = false;
}

chat::Reasoning &RequestReader::reasoning()
{
    if (!m_request.reasoning)
        m_request.reasoning.emplace();
    return *m_request.reasoning;
}

void RequestReader::readThinking(View value, const QByteArray &name)
{
    const View type = value["type"];
    if (type.equals("enabled")) {
        reasoning().budgetTokens = m_fields.integer(value["budget_tokens"], name + ".budget_tokens");
    } else if (type.equals("adaptive")) {
        reasoning().budgetTokens = -1;
    } else if (type.equals("disabled")) {
        reasoning().budgetTokens = 0;
    } else if (value.isObject()) {
        keep(name, value);
        return;
    } else {
        m_fields.wrong(name, "an object with a type: enabled, adaptive or disabled");
    }
    const QByteArray display = value["display"].stringOr({});
    if (!display.isEmpty())
        reasoning().includeText = display != "omitted";
}

void RequestReader::readOutputConfig(View value, const QByteArray &name)
{
    if (m_fields.object(value, name).isEmpty())
        return;
    for (const auto &[field, inner] : value.members()) {
        const QByteArray path = name + '.' + field;
        if (!inner)
            continue;
        if (field == "effort")
            reasoning().effort = m_fields.string(inner, path);
        else if (field == "format")
            readFormat(inner, path);
        else
            keep(path, inner);
    }
}

void RequestReader::readFormat(View value, const QByteArray &name)
{
    if (!value["type"].equals("json_schema")) {
        keep(name, value);
        return;
    }
    ResponseFormat format;
    format.kind = ResponseFormat::Kind::JsonSchema;
    format.schema = m_fields.object(value["schema"], name + ".schema");
    m_request.responseFormat = std::move(format);
}

void RequestReader::readMetadata(View value, const QByteArray &name)
{
    if (m_fields.object(value, name).isEmpty())
        return;
    for (const auto &[field, inner] : value.members()) {
        const QByteArray user = inner.stringOr({});
        if (field == "user_id" && user.size() <= kLongestUserId && !user.startsWith('{'))
            m_request.user = user;
        else if (inner)
            keep(name + '.' + field, inner);
    }
}

void RequestReader::readServiceTier(View value, const QByteArray &name)
{
    const QByteArray tier = m_fields.string(value, name);
    // The neutral words are OpenAI's.
    m_request.serviceTier = tier == "standard_only" ? QByteArrayLiteral("default") : tier;
}

const QHash<QByteArray, RequestReader::Handler> &RequestReader::handlers()
{
    using R = RequestReader;
    using B = QByteArray;
    static const QHash<QByteArray, Handler> table{
        {"model", [](R &, View, const B &) {}}, // these three are read first
        {"messages", [](R &, View, const B &) {}},
        {"system", [](R &, View, const B &) {}},
        {"stream",
         [](R &r, View v, const B &n) { r.m_request.stream = r.m_fields.boolean(v, n).value_or(false); }},
        {"max_tokens",
         [](R &r, View v, const B &n) { r.m_request.maxOutputTokens = r.m_fields.integer(v, n); }},
        {"temperature", [](R &r, View v, const B &n) { r.m_request.temperature = r.m_fields.number(v, n); }},
        {"top_p", [](R &r, View v, const B &n) { r.m_request.topP = r.m_fields.number(v, n); }},
        {"top_k", [](R &r, View v, const B &n) { r.m_request.topK = r.m_fields.number(v, n); }},
        {"stop_sequences", [](R &r, View v, const B &n) { r.readStop(v, n); }},
        {"tools", [](R &r, View v, const B &n) { r.readTools(v, n); }},
        {"tool_choice", [](R &r, View v, const B &n) { r.readToolChoice(v, n); }},
        {"thinking", [](R &r, View v, const B &n) { r.readThinking(v, n); }},
        {"output_config", [](R &r, View v, const B &n) { r.readOutputConfig(v, n); }},
        {"output_format", [](R &r, View v, const B &n) { r.readFormat(v, n); }},
        {"metadata", [](R &r, View v, const B &n) { r.readMetadata(v, n); }},
        {"service_tier", [](R &r, View v, const B &n) { r.readServiceTier(v, n); }},
    };
    return table;
}

} // namespace

Result<ChatRequest> readRequest(const InboundCall &call)
{
    return RequestReader().read(call);
}

} // namespace fairlead::wire::anthropic
