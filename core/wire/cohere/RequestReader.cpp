// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/cohere/RequestReader.h"

#include "wire/cohere/MessageReader.h"
#include "wire/openai_chat/FieldReader.h"

#include <QHash>

#include <algorithm>

namespace fairlead::wire::cohere {

using chat::ChatRequest;
using chat::ResponseFormat;
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
    using Handler = void (*)(RequestReader &self, View value, const QByteArray &name);

    static const QHash<QByteArray, Handler> &handlers();
    void readStops(View value, const QByteArray &name);
    void readTools(View value, const QByteArray &name);
    Tool readTool(View value, const QByteArray &path);
    void readToolChoice(View value, const QByteArray &name);
    void readResponseFormat(View value, const QByteArray &name);
    void readThinking(View value, const QByteArray &name);
    void readDocuments(View value, const QByteArray &name);
    void placeDocuments();
    void keep(const QByteArray &name, View value) { m_request.extras.emplace_back(name, value.rawCopy()); }

    FieldReader m_fields;
    ChatRequest m_request;
    std::vector<chat::Part> m_documents;
    bool m_strictTools = false;
};

Result<ChatRequest> RequestReader::read(View root)
{
    if (!root.isObject())
        return fail(ErrorKind::Invalid, QByteArrayLiteral("The request body must be a JSON object."));
    m_request.dialect = QByteArrayLiteral("cohere");
    m_request.model = m_fields.requiredString(root["model"], "model");
    if (!root["messages"])
        m_fields.wrong("messages", "a non-empty array");
    for (const auto &[name, value] : root.members()) {
        const auto handler = handlers().constFind(name);
        if (value && handler != handlers().constEnd())
            (*handler)(*this, value, name);
        else if (value)
            keep(name, value);
        if (!m_fields.isGood())
            return fail(ErrorKind::Invalid, m_fields.complaint());
    }
    if (!m_fields.isGood())
        return fail(ErrorKind::Invalid, m_fields.complaint());
    if (m_strictTools) {
        for (Tool &tool : m_request.tools)
            tool.strict = true;
    }
    placeDocuments();
    return std::move(m_request);
}

void RequestReader::readStops(View value, const QByteArray &name)
{
    if (!m_fields.array(value, name))
        return;
    for (const View element : value.elements()) {
        if (!element.isString())
            m_fields.wrong(indexed(name, static_cast<qsizetype>(m_request.stop.size())), "a string");
        m_request.stop.push_back(element.stringOr({}));
    }
}

void RequestReader::readTools(View value, const QByteArray &name)
{
    if (!m_fields.array(value, name))
        return;
    for (const View element : value.elements())
        m_request.tools.push_back(
            readTool(element, indexed(name, static_cast<qsizetype>(m_request.tools.size()))));
}

Tool RequestReader::readTool(View value, const QByteArray &path)
{
    const View function = value["function"];
    Tool tool;
    tool.name = m_fields.requiredString(function["name"], path + ".function.name");
    tool.description = m_fields.string(function["description"], path + ".function.description");
    tool.parameters = m_fields.object(function["parameters"], path + ".function.parameters");
    tool.json = value.rawCopy();
    return tool;
}

void RequestReader::readToolChoice(View value, const QByteArray &name)
{
    ToolChoice choice;
    if (value.equals("REQUIRED"))
        choice.mode = ToolChoice::Mode::Required;
    else if (value.equals("NONE"))
        choice.mode = ToolChoice::Mode::None;
    else
        m_fields.wrong(name, "REQUIRED or NONE");
    m_request.toolChoice = choice;
}

void RequestReader::readResponseFormat(View value, const QByteArray &name)
{
    ResponseFormat format;
    const auto [type, schema, oldSchema] = value.pick("type", "json_schema", "schema");
    if (type.equals("json_object")) {
        const View given = schema ? schema : oldSchema;
        format.kind = given ? ResponseFormat::Kind::JsonSchema : ResponseFormat::Kind::JsonObject;
        format.schema = m_fields.object(given, name + ".json_schema");
    } else if (!type.equals("text")) {
        m_fields.wrong(name + ".type", "text or json_object");
    }
    m_request.responseFormat = format;
}

void RequestReader::readThinking(View value, const QByteArray &name)
{
    if (m_fields.object(value, name).isEmpty())
        return;
    chat::Reasoning reasoning;
    if (value["type"].equals("disabled"))
        reasoning.budgetTokens = 0;
    else
        reasoning.budgetTokens = m_fields.integer(value["token_budget"], name + ".token_budget").value_or(-1);
    m_request.reasoning = reasoning;
}

/// Other dialects have no place for documents but the conversation itself.
void RequestReader::readDocuments(View value, const QByteArray &name)
{
    if (!m_fields.array(value, name))
        return;
    m_request.misfits.push_back({name, "written into the last user message", true});
    qsizetype index = 0;
    for (const View document : value.elements()) {
        QByteArray id = document["id"].stringOr({});
        if (id.isEmpty())
            id = "doc:" + QByteArray::number(index);
        ++index;
        m_documents.emplace_back(
            chat::TextPart{"Document " + id + ":\n" + documentText(document), std::nullopt});
    }
}

void RequestReader::placeDocuments()
{
    auto &messages = m_request.messages;
    const auto asked = std::find_if(messages.rbegin(), messages.rend(), [](const chat::Message &message) {
        return message.role == chat::Role::User;
    });
    if (asked != messages.rend())
        asked->parts.insert(asked->parts.begin(), m_documents.begin(), m_documents.end());
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
        {"p", [](R &r, View v, const B &n) { r.m_request.topP = r.m_fields.number(v, n); }},
        {"k", [](R &r, View v, const B &n) { r.m_request.topK = r.m_fields.number(v, n); }},
        {"presence_penalty",
         [](R &r, View v, const B &n) { r.m_request.presencePenalty = r.m_fields.number(v, n); }},
        {"frequency_penalty",
         [](R &r, View v, const B &n) { r.m_request.frequencyPenalty = r.m_fields.number(v, n); }},
        {"seed", [](R &r, View v, const B &n) { r.m_request.seed = r.m_fields.integer(v, n); }},
        {"max_tokens",
         [](R &r, View v, const B &n) { r.m_request.maxOutputTokens = r.m_fields.integer(v, n); }},
        {"logprobs", [](R &r, View v, const B &n) { r.m_request.logprobs = r.m_fields.boolean(v, n); }},
        {"strict_tools",
         [](R &r, View v, const B &n) { r.m_strictTools = r.m_fields.boolean(v, n).value_or(false); }},
        {"stop_sequences", [](R &r, View v, const B &n) { r.readStops(v, n); }},
        {"tools", [](R &r, View v, const B &n) { r.readTools(v, n); }},
        {"tool_choice", [](R &r, View v, const B &n) { r.readToolChoice(v, n); }},
        {"response_format", [](R &r, View v, const B &n) { r.readResponseFormat(v, n); }},
        {"thinking", [](R &r, View v, const B &n) { r.readThinking(v, n); }},
        {"documents", [](R &r, View v, const B &n) { r.readDocuments(v, n); }},
    };
    return table;
}

} // namespace

Result<ChatRequest> readRequest(View root)
{
    return RequestReader().read(root);
}

} // namespace fairlead::wire::cohere
