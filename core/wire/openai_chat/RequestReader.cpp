// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/openai_chat/RequestReader.h"

#include "wire/openai_chat/FieldReader.h"
#include "wire/openai_chat/MessageReader.h"

#include <QHash>

namespace fairlead::wire::openai_chat {

using chat::ChatRequest;
using chat::ResponseFormat;
using chat::Tool;
using chat::ToolChoice;
using json::View;

namespace {

class RequestReader
{
public:
    Result<ChatRequest> read(View root);

private:
    using Handler = void (*)(RequestReader &self, View value, const QByteArray &name);

    static const QHash<QByteArray, Handler> &handlers();
    void readField(const QByteArray &name, View value);

    void readMaxTokens(View value, const QByteArray &name);
    void readMaxCompletionTokens(View value, const QByteArray &name);
    void readStop(View value, const QByteArray &name);
    void readTools(View value, const QByteArray &name);
    void readFunctions(View value, const QByteArray &name);
    void readToolChoice(View value, const QByteArray &name);
    void readFunctionCall(View value, const QByteArray &name);
    void readResponseFormat(View value, const QByteArray &name);
    void readEffort(View value, const QByteArray &name);
    void readReasoning(View value, const QByteArray &name);
    void readStreamOptions(View value, const QByteArray &name);
    Tool readTool(View tool, const QByteArray &path);
    Tool readFunction(View function, const QByteArray &path);
    void keep(const QByteArray &name, View value) { m_request.extras.emplace_back(name, value.rawCopy()); }

    FieldReader m_fields;
    ChatRequest m_request;
    bool m_hasCompletionCap = false;
};

Result<ChatRequest> RequestReader::read(View root)
{
    if (!root.isObject())
        return fail(ErrorKind::Invalid, QByteArrayLiteral("The request body must be a JSON object."));
    m_request.dialect = QByteArrayLiteral("openai-chat");
    m_request.model = m_fields.requiredString(root["model"], "model");
    if (!root["messages"])
        m_fields.wrong("messages", "a non-empty array");
    for (const auto &[name, value] : root.members()) {
        if (value)
            readField(name, value);
        if (!m_fields.isGood())
            return fail(ErrorKind::Invalid, m_fields.complaint());
    }
    if (!m_fields.isGood())
        return fail(ErrorKind::Invalid, m_fields.complaint());
    return std::move(m_request);
}

void RequestReader::readField(const QByteArray &name, View value)
{
    const auto handler = handlers().constFind(name);
    if (handler != handlers().constEnd())
        (*handler)(*this, value, name);
    else
        keep(name, value);
}

void RequestReader::readMaxTokens(View value, const QByteArray &name)
{
    const auto tokens = m_fields.integer(value, name);
    if (!m_hasCompletionCap)
        m_request.maxOutputTokens = tokens;
}

void RequestReader::readMaxCompletionTokens(View value, const QByteArray &name)
{
    m_request.maxOutputTokens = m_fields.integer(value, name);
    m_hasCompletionCap = true;
}

void RequestReader::readStop(View value, const QByteArray &name)
{
    m_request.stop.clear();
    if (value.isString()) {
        m_request.stop.push_back(value.stringOr({}));
        return;
    }
    if (!value.isArray())
        m_fields.wrong(name, "a string or an array of strings");
    for (const View element : value.elements()) {
        if (!element.isString())
            m_fields.wrong(indexed(name, static_cast<qsizetype>(m_request.stop.size())), "a string");
        m_request.stop.push_back(element.stringOr({}));
    }
}

Tool RequestReader::readFunction(View function, const QByteArray &path)
{
    Tool tool;
    tool.name = m_fields.requiredString(function["name"], path + ".name");
    tool.description = m_fields.string(function["description"], path + ".description");
    tool.parameters = m_fields.object(function["parameters"], path + ".parameters");
    tool.strict = m_fields.boolean(function["strict"], path + ".strict");
    return tool;
}

Tool RequestReader::readTool(View value, const QByteArray &path)
{
    if (!value.isObject()) {
        m_fields.wrong(path, "an object");
        return {};
    }
    const QByteArray type = value["type"].stringOr({});
    // Mistral's client leaves the type out.
    if (type == "function" || (type.isEmpty() && value["function"].isObject())) {
        Tool tool = readFunction(value["function"], path + ".function");
        tool.json = value.rawCopy();
        tool.cache = m_fields.cacheMark(value);
        return tool;
    }
    Tool tool;
    if (type.isEmpty())
        m_fields.wrong(path + ".type", "a string such as function");
    tool.json = value.rawCopy();
    if (type == "custom") {
        const View custom = value["custom"];
        tool.kind = Tool::Kind::Custom;
        tool.name = m_fields.requiredString(custom["name"], path + ".custom.name");
        tool.description = m_fields.string(custom["description"], path + ".custom.description");
    } else {
        tool.kind = Tool::Kind::BuiltIn;
        tool.name = type;
    }
    return tool;
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

void RequestReader::readFunctions(View value, const QByteArray &name)
{
    if (!m_fields.array(value, name))
        return;
    qsizetype index = 0;
    for (const View element : value.elements())
        m_request.tools.push_back(readFunction(element, indexed(name, index++)));
}

void RequestReader::readToolChoice(View value, const QByteArray &name)
{
    ToolChoice choice;
    const QByteArray type = value["type"].stringOr({});
    if (value.equals("auto")) {
        choice.mode = ToolChoice::Mode::Auto;
    } else if (value.equals("none")) {
        choice.mode = ToolChoice::Mode::None;
    } else if (value.equals("required") || value.equals("any")) {
        choice.mode = ToolChoice::Mode::Required;
    } else if (type == "function" || type == "custom") {
        choice.mode = ToolChoice::Mode::Named;
        choice.name = m_fields.requiredString(value[type]["name"], name + '.' + type + ".name");
    } else if (value.isObject()) {
        keep(name, value); // allowed_tools and what may come
        return;
    } else {
        m_fields.wrong(name, "none, auto, required or an object that names a tool");
    }
    m_request.toolChoice = choice;
}

void RequestReader::readFunctionCall(View value, const QByteArray &name)
{
    if (!value.isObject()) {
        readToolChoice(value, name);
        return;
    }
    ToolChoice choice;
    choice.mode = ToolChoice::Mode::Named;
    choice.name = m_fields.requiredString(value["name"], name + ".name");
    m_request.toolChoice = choice;
}

void RequestReader::readResponseFormat(View value, const QByteArray &name)
{
    ResponseFormat format;
    const QByteArray type = value["type"].stringOr({});
    if (type == "json_object") {
        format.kind = ResponseFormat::Kind::JsonObject;
    } else if (type == "json_schema") {
        const QByteArray path = name + ".json_schema";
        const View schema = value["json_schema"];
        format.kind = ResponseFormat::Kind::JsonSchema;
        if (!schema.isObject())
            m_fields.wrong(path, "an object");
        format.name = m_fields.string(schema["name"], path + ".name");
        format.description = m_fields.string(schema["description"], path + ".description");
        format.schema = m_fields.object(schema["schema"], path + ".schema");
        format.strict = m_fields.boolean(schema["strict"], path + ".strict");
    } else if (type.isEmpty()) {
        m_fields.wrong(name + ".type", "one of text, json_object, json_schema");
    } else if (type != "text") {
        keep(name, value); // grammars of local servers
        return;
    }
    m_request.responseFormat = format;
}

void RequestReader::readEffort(View value, const QByteArray &name)
{
    if (!m_request.reasoning)
        m_request.reasoning.emplace();
    m_request.reasoning->effort = m_fields.string(value, name);
}

/// OpenRouter's richer form.
void RequestReader::readReasoning(View value, const QByteArray &name)
{
    if (m_fields.object(value, name).isEmpty())
        return;
    chat::Reasoning reasoning = m_request.reasoning.value_or(chat::Reasoning());
    if (const View effort = value["effort"])
        reasoning.effort = m_fields.string(effort, name + ".effort");
    reasoning.budgetTokens = m_fields.integer(value["max_tokens"], name + ".max_tokens");
    if (const auto exclude = m_fields.boolean(value["exclude"], name + ".exclude"))
        reasoning.includeText = !*exclude;
    if (m_fields.boolean(value["enabled"], name + ".enabled") == std::optional<bool>(false))
        reasoning.effort = QByteArrayLiteral("none");
    m_request.reasoning = reasoning;
}

void RequestReader::readStreamOptions(View value, const QByteArray &name)
{
    if (!m_fields.object(value, name).isEmpty())
        m_request.includeUsage
            = m_fields.boolean(value["include_usage"], name + ".include_usage").value_or(false);
}

const QHash<QByteArray, RequestReader::Handler> &RequestReader::handlers()
{
    using R = RequestReader;
    using B = QByteArray;
    static const QHash<QByteArray, Handler> table{
        {"model", [](R &, View, const B &) {}}, // read first
        {"messages",
         [](R &r, View v, const B &) { r.m_request.messages = MessageReader(r.m_fields).read(v); }},
        {"stream",
         [](R &r, View v, const B &n) { r.m_request.stream = r.m_fields.boolean(v, n).value_or(false); }},
        {"temperature", [](R &r, View v, const B &n) { r.m_request.temperature = r.m_fields.number(v, n); }},
        {"top_p", [](R &r, View v, const B &n) { r.m_request.topP = r.m_fields.number(v, n); }},
        {"top_k", [](R &r, View v, const B &n) { r.m_request.topK = r.m_fields.number(v, n); }},
        {"presence_penalty",
         [](R &r, View v, const B &n) { r.m_request.presencePenalty = r.m_fields.number(v, n); }},
        {"frequency_penalty",
         [](R &r, View v, const B &n) { r.m_request.frequencyPenalty = r.m_fields.number(v, n); }},
        {"seed", [](R &r, View v, const B &n) { r.m_request.seed = r.m_fields.integer(v, n); }},
        {"random_seed", // Mistral's client
         [](R &r, View v, const B &n) { r.m_request.seed = r.m_fields.integer(v, n); }},
        {"n", [](R &r, View v, const B &n) { r.m_request.n = r.m_fields.integer(v, n); }},
        {"logprobs", [](R &r, View v, const B &n) { r.m_request.logprobs = r.m_fields.boolean(v, n); }},
        {"top_logprobs",
         [](R &r, View v, const B &n) { r.m_request.topLogprobs = r.m_fields.integer(v, n); }},
        {"logit_bias", [](R &r, View v, const B &n) { r.m_request.logitBias = r.m_fields.object(v, n); }},
        {"parallel_tool_calls",
         [](R &r, View v, const B &n) { r.m_request.parallelToolCalls = r.m_fields.boolean(v, n); }},
        {"user", [](R &r, View v, const B &n) { r.m_request.user = r.m_fields.string(v, n); }},
        {"service_tier", [](R &r, View v, const B &n) { r.m_request.serviceTier = r.m_fields.string(v, n); }},
        {"metadata", [](R &r, View v, const B &n) { r.m_request.metadata = r.m_fields.object(v, n); }},
        {"max_tokens", [](R &r, View v, const B &n) { r.readMaxTokens(v, n); }},
        {"max_completion_tokens", [](R &r, View v, const B &n) { r.readMaxCompletionTokens(v, n); }},
        {"stop", [](R &r, View v, const B &n) { r.readStop(v, n); }},
        {"tools", [](R &r, View v, const B &n) { r.readTools(v, n); }},
        {"functions", [](R &r, View v, const B &n) { r.readFunctions(v, n); }},
        {"tool_choice", [](R &r, View v, const B &n) { r.readToolChoice(v, n); }},
        {"function_call", [](R &r, View v, const B &n) { r.readFunctionCall(v, n); }},
        {"response_format", [](R &r, View v, const B &n) { r.readResponseFormat(v, n); }},
        {"reasoning_effort", [](R &r, View v, const B &n) { r.readEffort(v, n); }},
        {"reasoning", [](R &r, View v, const B &n) { r.readReasoning(v, n); }},
        {"stream_options", [](R &r, View v, const B &n) { r.readStreamOptions(v, n); }},
    };
    return table;
}

} // namespace

Result<ChatRequest> readRequest(View root)
{
    return RequestReader().read(root);
}

} // namespace fairlead::wire::openai_chat
