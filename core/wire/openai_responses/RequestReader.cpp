// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/openai_responses/RequestReader.h"

#include "wire/openai_chat/FieldReader.h"
#include "wire/openai_responses/ItemReader.h"
#include "wire/openai_responses/ToolNames.h"

#include <QHash>

#include <algorithm>

namespace fairlead::wire::openai_responses {

using chat::ChatRequest;
using chat::Tool;
using chat::ToolChoice;
using json::View;
using openai_chat::FieldReader;
using openai_chat::indexed;

namespace {

class RequestReader
{
public:
    Result<ChatRequest> read(View root);

private:
    using Handler = void (*)(RequestReader &, View value, const QByteArray &name);
    static const QHash<QByteArray, Handler> &handlers();

    void readInstructions(View value, const QByteArray &name);
    void readTools(View root);
    [[nodiscard]] Tool readTool(View value, const QByteArray &space, const QByteArray &path);
    void readToolChoice(View value, const QByteArray &name);
    void readAllowedTools(View value, const QByteArray &name);
    void readText(View value, const QByteArray &name);
    void readFormat(View value, const QByteArray &name);
    void readReasoning(View value, const QByteArray &name);
    void readInclude(View value, const QByteArray &name);
    void keep(const QByteArray &name, View value) { m_request.extras.emplace_back(name, value.rawCopy()); }
    void unsupported(const QByteArray &name);

    FieldReader m_fields;
    ChatRequest m_request;
    ToolNames m_names;
};

Result<ChatRequest> RequestReader::read(View root)
{
    if (!root.isObject())
        return fail(ErrorKind::Invalid, QByteArrayLiteral("The request body must be a JSON object."));
    m_request.dialect = QByteArrayLiteral("openai-responses");
    m_request.includeUsage = true;
    m_request.model = m_fields.requiredString(root["model"], QByteArrayLiteral("model"));
    readInstructions(root["instructions"], QByteArrayLiteral("instructions"));
    readTools(root);
    ItemReader(m_fields, m_request).read(root["input"]);
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
    return std::move(m_request);
}

/// What stands for a state kept elsewhere: without it the answer would be to another question.
void RequestReader::unsupported(const QByteArray &name)
{
    m_fields.wrong(name, "left out for this model: only a provider that speaks the Responses API knows it");
}

void RequestReader::readInstructions(View value, const QByteArray &name)
{
    const QByteArray text = m_fields.string(value, name);
    if (text.isEmpty())
        return;
    chat::Message message;
    message.role = chat::Role::System;
    message.place = name;
    message.parts.emplace_back(chat::TextPart{text, std::nullopt, {}});
    m_request.messages.push_back(std::move(message));
}

void RequestReader::readTools(View root)
{
    if (const View tools = root["tools"]; tools && !tools.isArray())
        m_fields.wrong(QByteArrayLiteral("tools"), "an array");
    m_names = ToolNames(root);
    forEachTool(root, [this](View tool, const QByteArray &space, const QByteArray &path) {
        m_request.tools.push_back(readTool(tool, space, path));
    });
}

Tool RequestReader::readTool(View value, const QByteArray &space, const QByteArray &path)
{
    Tool tool;
    const QByteArray type = value["type"].stringOr({});
    if (type.isEmpty())
        m_fields.wrong(path + ".type", "a string such as function");
    tool.json = value.rawCopy();
    if (type != "function" && type != "custom") {
        tool.kind = Tool::Kind::BuiltIn;
        tool.name = type;
        return tool;
    }
    tool.kind = type == "custom" ? Tool::Kind::Custom : Tool::Kind::Function;
    tool.name = flatToolName(space, m_fields.requiredString(value["name"], path + ".name"));
    tool.description = m_fields.string(value["description"], path + ".description");
    tool.parameters = m_fields.object(value["parameters"], path + ".parameters");
    tool.strict = m_fields.boolean(value["strict"], path + ".strict");
    return tool;
}

void RequestReader::readToolChoice(View value, const QByteArray &name)
{
    ToolChoice choice;
    const QByteArray type = value["type"].stringOr({});
    if (value.equals("auto")) {
        choice.mode = ToolChoice::Mode::Auto;
    } else if (value.equals("none")) {
        choice.mode = ToolChoice::Mode::None;
    } else if (value.equals("required")) {
        choice.mode = ToolChoice::Mode::Required;
    } else if (type == "function" || type == "custom") {
        choice.mode = ToolChoice::Mode::Named;
        const QByteArray tool = m_fields.requiredString(value["name"], name + ".name");
        const QByteArray space = value["namespace"].stringOr({});
        choice.name = space.isEmpty() ? m_names.flat(tool) : flatToolName(space, tool);
    } else if (type == "allowed_tools") {
        readAllowedTools(value, name);
        return;
    } else if (value.isObject()) {
        keep(name, value); // one of the provider's own tools
        return;
    } else {
        m_fields.wrong(name, "none, auto, required or an object that names a tool");
    }
    m_request.toolChoice = choice;
}

/// Other dialects say the same by offering only the allowed tools.
void RequestReader::readAllowedTools(View value, const QByteArray &name)
{
    const View list = value["tools"];
    if (!m_fields.array(list, name + ".tools"))
        return;
    std::vector<QByteArray> allowed;
    for (const View tool : list.elements()) {
        const QByteArray given = tool["name"].stringOr({});
        allowed.push_back(given.isEmpty() ? tool["type"].stringOr({}) : m_names.flat(given));
    }
    auto &tools = m_request.tools;
    const auto isForbidden = [&](const Tool &tool) {
        return std::find(allowed.begin(), allowed.end(), tool.name) == allowed.end();
    };
    tools.erase(std::remove_if(tools.begin(), tools.end(), isForbidden), tools.end());
    ToolChoice choice;
    choice.mode = value["mode"].equals("required") ? ToolChoice::Mode::Required : ToolChoice::Mode::Auto;
    m_request.toolChoice = choice;
}

void RequestReader::readText(View value, const QByteArray &name)
{
    if (m_fields.object(value, name).isEmpty())
        return;
    for (const auto &[field, member] : value.members()) {
        if (!member)
            continue;
        if (field == "format")
            readFormat(member, name + ".format");
        else
            keep(name + '.' + field, member);
    }
}

void RequestReader::readFormat(View value, const QByteArray &name)
{
    chat::ResponseFormat format;
    const QByteArray type = value["type"].stringOr({});
    if (type == "json_object") {
        format.kind = chat::ResponseFormat::Kind::JsonObject;
    } else if (type == "json_schema") {
        format.kind = chat::ResponseFormat::Kind::JsonSchema;
        format.name = m_fields.string(value["name"], name + ".name");
        format.description = m_fields.string(value["description"], name + ".description");
        format.schema = m_fields.object(value["schema"], name + ".schema");
        format.strict = m_fields.boolean(value["strict"], name + ".strict");
        if (format.schema.isEmpty())
            m_fields.wrong(name + ".schema", "a JSON Schema");
    } else if (type == "text") {
        return; // the default
    } else {
        m_fields.wrong(name + ".type", "one of text, json_object, json_schema");
    }
    m_request.responseFormat = std::move(format);
}

void RequestReader::readReasoning(View value, const QByteArray &name)
{
    if (m_fields.object(value, name).isEmpty())
        return;
    chat::Reasoning reasoning;
    for (const auto &[field, member] : value.members()) {
        if (!member)
            continue;
        if (field == "effort")
            reasoning.effort = m_fields.string(member, name + ".effort");
        else if (field == "summary" || field == "generate_summary")
            reasoning.summary = m_fields.string(member, name + '.' + field);
        else
            keep(name + '.' + field, member);
    }
    if (!reasoning.summary.isEmpty())
        reasoning.includeText = true;
    if (!reasoning.effort.isEmpty() || !reasoning.summary.isEmpty())
        m_request.reasoning = reasoning;
}

/// What other dialects can include they include unasked, but for logprobs.
void RequestReader::readInclude(View value, const QByteArray &name)
{
    if (!m_fields.array(value, name))
        return;
    for (const View element : value.elements()) {
        if (element.equals("message.output_text.logprobs"))
            m_request.logprobs = true;
    }
}

const QHash<QByteArray, RequestReader::Handler> &RequestReader::handlers()
{
    using R = RequestReader;
    using B = QByteArray;
    static const QHash<QByteArray, Handler> table{
        // read first
        {"model", [](R &, View, const B &) {}},
        {"instructions", [](R &, View, const B &) {}},
        {"input", [](R &, View, const B &) {}},
        {"tools", [](R &, View, const B &) {}},
        // answered by the store of this server, or about how the stream looks
        {"store", [](R &, View, const B &) {}},
        {"stream_options", [](R &, View, const B &) {}},
        {"stream",
         [](R &r, View v, const B &n) { r.m_request.stream = r.m_fields.boolean(v, n).value_or(false); }},
        {"temperature", [](R &r, View v, const B &n) { r.m_request.temperature = r.m_fields.number(v, n); }},
        {"top_p", [](R &r, View v, const B &n) { r.m_request.topP = r.m_fields.number(v, n); }},
        {"top_logprobs",
         [](R &r, View v, const B &n) { r.m_request.topLogprobs = r.m_fields.integer(v, n); }},
        {"max_output_tokens",
         [](R &r, View v, const B &n) { r.m_request.maxOutputTokens = r.m_fields.integer(v, n); }},
        {"parallel_tool_calls",
         [](R &r, View v, const B &n) { r.m_request.parallelToolCalls = r.m_fields.boolean(v, n); }},
        {"user", [](R &r, View v, const B &n) { r.m_request.user = r.m_fields.string(v, n); }},
        {"service_tier", [](R &r, View v, const B &n) { r.m_request.serviceTier = r.m_fields.string(v, n); }},
        {"metadata", [](R &r, View v, const B &n) { r.m_request.metadata = r.m_fields.object(v, n); }},
        {"tool_choice", [](R &r, View v, const B &n) { r.readToolChoice(v, n); }},
        {"text", [](R &r, View v, const B &n) { r.readText(v, n); }},
        {"reasoning", [](R &r, View v, const B &n) { r.readReasoning(v, n); }},
        {"include", [](R &r, View v, const B &n) { r.readInclude(v, n); }},
        {"previous_response_id", [](R &r, View, const B &n) { r.unsupported(n); }},
        {"conversation", [](R &r, View, const B &n) { r.unsupported(n); }},
        {"prompt", [](R &r, View, const B &n) { r.unsupported(n); }},
        {"background",
         [](R &r, View v, const B &n) {
             if (r.m_fields.boolean(v, n).value_or(false))
                 r.unsupported(n);
         }},
        {"truncation",
         [](R &r, View v, const B &n) {
             if (!v.equals("disabled"))
                 r.keep(n, v);
         }},
    };
    return table;
}

} // namespace

Result<ChatRequest> readRequest(View root)
{
    return RequestReader().read(root);
}

} // namespace fairlead::wire::openai_responses
