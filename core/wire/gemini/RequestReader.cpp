// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/gemini/RequestReader.h"

#include "wire/gemini/ContentsReader.h"
#include "wire/gemini/Fields.h"
#include "wire/gemini/SchemaReader.h"
#include "wire/openai_chat/FieldReader.h"
#include "json/Writer.h"

#include <QHash>

#include <algorithm>

namespace fairlead::wire::gemini {

namespace {

using namespace chat;
using json::View;
using openai_chat::FieldReader;
using openai_chat::indexed;

class RequestReader
{
public:
    Result<ChatRequest> read(View root);

private:
    using Handler = void (*)(RequestReader &self, View value, const QByteArray &path);
    using Table = QHash<QByteArray, Handler>;

    static const Table &requestFields();
    static const Table &generationFields();
    /// Reads an object's members; those the table does not know are kept under their path.
    void readMembers(View object, const Table &table, const QByteArray &prefix);

    void readTools(View value, const QByteArray &path);
    void readDeclaration(View value, const QByteArray &path);
    void readToolConfig(View value, const QByteArray &path);
    void readCallingConfig(View value, const QByteArray &path);
    void readModalities(View value, const QByteArray &path);
    void readStops(View value, const QByteArray &path);
    void readMimeType(View value, const QByteArray &path);
    void readSchema(View value, const QByteArray &path);
    void readThinking(View value, const QByteArray &path);
    void readServiceTier(View value, const QByteArray &path);
    void keepOnly(const std::vector<QByteArray> &allowed);
    void keep(const QByteArray &path, View value) { m_request.extras.emplace_back(path, value.rawCopy()); }
    void finish();

    FieldReader m_fields;
    ChatRequest m_request;
    Message m_system;
    std::vector<QByteArray> m_allowed; ///< the only functions the model may call, if there are any
};

Result<ChatRequest> RequestReader::read(View root)
{
    if (!root.isObject())
        return fail(ErrorKind::Invalid, QByteArrayLiteral("The request body must be a JSON object."));
    m_request.dialect = QByteArrayLiteral("gemini");
    m_request.includeUsage = true; // every answer has its usageMetadata
    if (!root["contents"])
        m_fields.wrong("contents", "a non-empty array");
    readMembers(root, requestFields(), {});
    if (!m_fields.isGood())
        return fail(ErrorKind::Invalid, m_fields.complaint());
    finish();
    return std::move(m_request);
}

void RequestReader::finish()
{
    if (!m_system.parts.empty())
        m_request.messages.insert(m_request.messages.begin(), std::move(m_system));
    if (!m_allowed.empty())
        keepOnly(m_allowed);
}

void RequestReader::readMembers(View object, const Table &table, const QByteArray &prefix)
{
    for (const auto &[key, value] : object.members()) {
        if (!value || !m_fields.isGood())
            continue;
        const auto handler = table.constFind(camelCase(key));
        if (handler != table.constEnd())
            (*handler)(*this, value, prefix + key);
        else
            keep(prefix + key, value);
    }
}

void RequestReader::readTools(View value, const QByteArray &path)
{
    if (!m_fields.array(value, path))
        return;
    qsizetype index = 0;
    for (const View tool : value.elements()) {
        const QByteArray toolPath = indexed(path, index++);
        for (const auto &[key, member] : tool.members()) {
            if (camelCase(key) == "functionDeclarations") {
                qsizetype place = 0;
                for (const View declaration : member.elements())
                    readDeclaration(declaration, indexed(toolPath + '.' + key, place++));
                continue;
            }
            Tool builtIn; // googleSearch, codeExecution, urlContext ...
            builtIn.kind = Tool::Kind::BuiltIn;
            builtIn.name = key;
            builtIn.json = json::Writer().beginObject().memberRaw(key, member.raw()).endObject().text();
            m_request.tools.push_back(std::move(builtIn));
        }
    }
}

void RequestReader::readDeclaration(View value, const QByteArray &path)
{
    Tool tool;
    tool.name = m_fields.requiredString(value["name"], path + ".name");
    tool.description = m_fields.string(value["description"], path + ".description");
    View parameters = field(value, "parametersJsonSchema");
    if (!parameters)
        parameters = value["parameters"];
    if (parameters) {
        if (parameters.isObject())
            tool.parameters = jsonSchemaOf(parameters);
        else
            m_fields.wrong(path + ".parameters", "an object");
    }
    tool.json = value.rawCopy();
    m_request.tools.push_back(std::move(tool));
}

void RequestReader::readToolConfig(View value, const QByteArray &path)
{
    static const Table table{{"functionCallingConfig", [](RequestReader &r, View v, const QByteArray &p) {
                                  r.readCallingConfig(v, p);
                              }}};
    readMembers(value, table, path + '.');
}

void RequestReader::readCallingConfig(View value, const QByteArray &path)
{
    const QByteArray mode = m_fields.string(value["mode"], path + ".mode").toUpper();
    std::vector<QByteArray> allowed;
    for (const View name : field(value, "allowedFunctionNames").elements())
        allowed.push_back(name.stringOr({}));
    ToolChoice choice;
    if (mode == "NONE") {
        choice.mode = ToolChoice::Mode::None;
    } else if (mode == "ANY") {
        choice.mode = allowed.size() == 1 ? ToolChoice::Mode::Named : ToolChoice::Mode::Required;
        if (allowed.size() == 1)
            choice.name = allowed.front();
    } else if (!mode.isEmpty() && mode != "AUTO" && mode != "MODE_UNSPECIFIED") {
        // VALIDATED: automatic, but held to the schemas.
        m_request.misfits.push_back({path + ".mode", "sent as automatic", true});
    }
    if (choice.mode != ToolChoice::Mode::None && choice.mode != ToolChoice::Mode::Named)
        m_allowed = std::move(allowed);
    if (!mode.isEmpty())
        m_request.toolChoice = std::move(choice);
}

/// Nobody else has a list of what may be called; a tool that is not offered cannot be.
void RequestReader::keepOnly(const std::vector<QByteArray> &allowed)
{
    std::erase_if(m_request.tools, [&](const Tool &tool) {
        return tool.kind == Tool::Kind::Function
               && std::find(allowed.begin(), allowed.end(), tool.name) == allowed.end();
    });
}

void RequestReader::readModalities(View value, const QByteArray &path)
{
    const bool onlyText = value.count() == 1 && value.at(0).stringOr({}).toUpper() == "TEXT";
    if (!onlyText) // which is what everybody answers in
        keep(path, value);
}

void RequestReader::readStops(View value, const QByteArray &path)
{
    if (!m_fields.array(value, path))
        return;
    for (const View stop : value.elements()) {
        if (!stop.isString())
            m_fields.wrong(indexed(path, static_cast<qsizetype>(m_request.stop.size())), "a string");
        m_request.stop.push_back(stop.stringOr({}));
    }
}

void RequestReader::readMimeType(View value, const QByteArray &path)
{
    const QByteArray type = m_fields.string(value, path);
    if (type == "application/json") {
        if (!m_request.responseFormat)
            m_request.responseFormat.emplace();
        if (m_request.responseFormat->schema.isEmpty())
            m_request.responseFormat->kind = ResponseFormat::Kind::JsonObject;
    } else if (type != "text/plain") {
        keep(path, value); // text/x.enum
    }
}

void RequestReader::readSchema(View value, const QByteArray &path)
{
    if (!value.isObject()) {
        m_fields.wrong(path, "an object");
        return;
    }
    ResponseFormat format;
    format.kind = ResponseFormat::Kind::JsonSchema;
    format.schema = jsonSchemaOf(value);
    m_request.responseFormat = std::move(format);
}

void RequestReader::readThinking(View value, const QByteArray &path)
{
    Reasoning reasoning;
    reasoning.includeText = m_fields.boolean(field(value, "includeThoughts"), path + ".includeThoughts");
    reasoning.budgetTokens = m_fields.integer(field(value, "thinkingBudget"), path + ".thinkingBudget");
    const QByteArray level
        = m_fields.string(field(value, "thinkingLevel"), path + ".thinkingLevel").toLower();
    if (level != "thinking_level_unspecified")
        reasoning.effort = level;
    m_request.reasoning = std::move(reasoning);
}

void RequestReader::readServiceTier(View value, const QByteArray &path)
{
    const QByteArray tier = m_fields.string(value, path).toLower();
    if (tier == "standard")
        m_request.serviceTier = QByteArrayLiteral("default");
    else if (tier != "unspecified" && tier != "service_tier_unspecified")
        m_request.serviceTier = tier;
}

const RequestReader::Table &RequestReader::requestFields()
{
    using R = RequestReader;
    using B = QByteArray;
    static const Table table{
        {"model", [](R &, View, const B &) {}}, // the path's counts
        {"contents",
         [](R &r, View v, const B &) {
             r.m_request.messages = ContentsReader(r.m_fields, r.m_request.misfits).read(v);
         }},
        {"systemInstruction",
         [](R &r, View v, const B &) {
             r.m_system = ContentsReader(r.m_fields, r.m_request.misfits).readSystem(v);
         }},
        {"tools", [](R &r, View v, const B &p) { r.readTools(v, p); }},
        {"toolConfig", [](R &r, View v, const B &p) { r.readToolConfig(v, p); }},
        {"generationConfig",
         [](R &r, View v, const B &p) {
             if (v.isObject())
                 r.readMembers(v, generationFields(), p + '.');
             else
                 r.m_fields.wrong(p, "an object");
         }},
        {"serviceTier", [](R &r, View v, const B &p) { r.readServiceTier(v, p); }},
    };
    return table;
}

const RequestReader::Table &RequestReader::generationFields()
{
    using R = RequestReader;
    using B = QByteArray;
    static const Table table{
        {"temperature", [](R &r, View v, const B &p) { r.m_request.temperature = r.m_fields.number(v, p); }},
        {"topP", [](R &r, View v, const B &p) { r.m_request.topP = r.m_fields.number(v, p); }},
        {"topK", [](R &r, View v, const B &p) { r.m_request.topK = r.m_fields.number(v, p); }},
        {"presencePenalty",
         [](R &r, View v, const B &p) { r.m_request.presencePenalty = r.m_fields.number(v, p); }},
        {"frequencyPenalty",
         [](R &r, View v, const B &p) { r.m_request.frequencyPenalty = r.m_fields.number(v, p); }},
        {"seed", [](R &r, View v, const B &p) { r.m_request.seed = r.m_fields.integer(v, p); }},
        {"candidateCount", [](R &r, View v, const B &p) { r.m_request.n = r.m_fields.integer(v, p); }},
        {"maxOutputTokens",
         [](R &r, View v, const B &p) { r.m_request.maxOutputTokens = r.m_fields.integer(v, p); }},
        {"stopSequences", [](R &r, View v, const B &p) { r.readStops(v, p); }},
        {"responseLogprobs",
         [](R &r, View v, const B &p) { r.m_request.logprobs = r.m_fields.boolean(v, p); }},
        {"logprobs", [](R &r, View v, const B &p) { r.m_request.topLogprobs = r.m_fields.integer(v, p); }},
        {"responseMimeType", [](R &r, View v, const B &p) { r.readMimeType(v, p); }},
        {"responseSchema", [](R &r, View v, const B &p) { r.readSchema(v, p); }},
        {"responseJsonSchema", [](R &r, View v, const B &p) { r.readSchema(v, p); }},
        {"responseModalities", [](R &r, View v, const B &p) { r.readModalities(v, p); }},
        {"thinkingConfig", [](R &r, View v, const B &p) { r.readThinking(v, p); }},
    };
    return table;
}

} // namespace

Result<ChatRequest> readRequest(View root)
{
    return RequestReader().read(root);
}

} // namespace fairlead::wire::gemini
