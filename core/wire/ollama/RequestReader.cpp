// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/ollama/RequestReader.h"

#include "wire/ollama/MessageReader.h"
#include "wire/openai_chat/FieldReader.h"

#include <QHash>

namespace fairlead::wire::ollama {

using namespace chat;
using json::View;
using openai_chat::FieldReader;
using openai_chat::indexed;

namespace {

/// True for what clients send of every field they know: it asks for nothing.
bool saysNothing(View value)
{
    return !value || value.equals("") || value.boolean() == std::optional<bool>(false)
           || ((value.isArray() || value.isObject()) && value.count() == 0);
}

class RequestReader
{
public:
    explicit RequestReader(Endpoint endpoint)
        : m_endpoint(endpoint)
    { }

    Result<ChatRequest> read(View root)
    {
        if (const auto head = readHead(root, m_endpoint); !head)
            return fail(head.error());
        m_request.dialect = m_endpoint == Endpoint::Chat ? QByteArrayLiteral("ollama")
                                                         : QByteArrayLiteral("ollama-generate");
        m_request.model = root["model"].stringOr({});
        m_request.stream = root["stream"].booleanOr(true);
        m_request.includeUsage = true;
        if (m_endpoint == Endpoint::Chat)
            m_request.messages = MessageReader(m_fields).read(root["messages"]);
        else
            m_request.messages = MessageReader(m_fields).fromPrompt(root);
        for (const auto &[name, value] : root.members())
            readField(name, value);
        if (!m_fields.isGood())
            return fail(ErrorKind::Invalid, m_fields.complaint());
        return std::move(m_request);
    }

private:
    using Handler = void (*)(RequestReader &self, View value, const QByteArray &name);

    void readField(const QByteArray &name, View value)
    {
        const auto handler = fields().constFind(name);
        if (handler != fields().constEnd()) {
            if (value)
                (*handler)(*this, value, name);
        } else if (!saysNothing(value)) {
            m_request.extras.emplace_back(name, value.rawCopy());
        }
    }

    void readOptions(View options, const QByteArray &path)
    {
        if (!options.isObject()) {
            m_fields.wrong(path, "an object");
            return;
        }
        for (const auto &[name, value] : options.members()) {
            if (!value)
                continue;
            const QByteArray where = path + '.' + name;
            const auto handler = settings().constFind(name);
            if (handler != settings().constEnd())
                (*handler)(*this, value, where);
            else
                m_request.extras.emplace_back(where, value.rawCopy());
        }
    }

    void readMostTokens(View value, const QByteArray &path)
    {
        // -1 is "no end", -2 "until the context is full": no cap.
        const auto tokens = m_fields.integer(value, path);
        if (tokens && *tokens > 0)
            m_request.maxOutputTokens = tokens;
    }

    void readStop(View value, const QByteArray &path)
    {
        m_request.stop.clear();
        if (value.isString()) {
            m_request.stop.push_back(value.stringOr({}));
            return;
        }
        if (!value.isArray())
            m_fields.wrong(path, "a string or an array of strings");
        for (const View element : value.elements()) {
            if (!element.isString())
                m_fields.wrong(indexed(path, static_cast<qsizetype>(m_request.stop.size())), "a string");
            m_request.stop.push_back(element.stringOr({}));
        }
    }

    void readTools(View value, const QByteArray &path)
    {
        if (!m_fields.array(value, path))
            return;
        for (const View element : value.elements()) {
            const QByteArray where
                = indexed(path, static_cast<qsizetype>(m_request.tools.size())) + ".function";
            const View function = element["function"];
            Tool tool;
            tool.name = m_fields.requiredString(function["name"], where + ".name");
            tool.description = m_fields.string(function["description"], where + ".description");
            tool.parameters = m_fields.object(function["parameters"], where + ".parameters");
            tool.json = element.rawCopy();
            m_request.tools.push_back(std::move(tool));
        }
    }

    void readFormat(View value, const QByteArray &path)
    {
        ResponseFormat format;
        if (value.isObject()) {
            format.kind = ResponseFormat::Kind::JsonSchema;
            format.schema = value.rawCopy();
        } else if (value.equals("json")) {
            format.kind = ResponseFormat::Kind::JsonObject;
        } else {
            if (!value.equals(""))
                m_fields.wrong(path, "\"json\" or a JSON schema");
            return;
        }
        m_request.responseFormat = std::move(format);
    }

    void readThink(View value, const QByteArray &path)
    {
        Reasoning reasoning;
        if (const auto on = value.boolean()) {
            reasoning.includeText = *on;
            if (!*on)
                reasoning.effort = QByteArrayLiteral("none");
        } else if (value.isString()) {
            reasoning.includeText = true;
            reasoning.effort = value.stringOr({});
        } else {
            m_fields.wrong(path, "true, false or a level such as \"high\"");
        }
        m_request.reasoning = std::move(reasoning);
    }

    static const QHash<QByteArray, Handler> &fields()
    {
        using R = RequestReader;
        using B = QByteArray;
        constexpr auto readElsewhere = [](R &, View, const B &) {};
        static const QHash<QByteArray, Handler> table{
            {"model", readElsewhere},
            {"messages", readElsewhere},
            {"prompt", readElsewhere},
            {"system", readElsewhere},
            {"images", readElsewhere},
            {"stream", readElsewhere},
            {"options", [](R &r, View v, const B &n) { r.readOptions(v, n); }},
            {"tools", [](R &r, View v, const B &n) { r.readTools(v, n); }},
            {"format", [](R &r, View v, const B &n) { r.readFormat(v, n); }},
            {"think", [](R &r, View v, const B &n) { r.readThink(v, n); }},
            {"logprobs", [](R &r, View v, const B &n) { r.m_request.logprobs = r.m_fields.boolean(v, n); }},
            {"top_logprobs",
             [](R &r, View v, const B &n) { r.m_request.topLogprobs = r.m_fields.integer(v, n); }},
        };
        return table;
    }

    static const QHash<QByteArray, Handler> &settings()
    {
        using R = RequestReader;
        using B = QByteArray;
        static const QHash<QByteArray, Handler> table{
            {"temperature",
             [](R &r, View v, const B &n) { r.m_request.temperature = r.m_fields.number(v, n); }},
            {"top_p", [](R &r, View v, const B &n) { r.m_request.topP = r.m_fields.number(v, n); }},
            {"top_k", [](R &r, View v, const B &n) { r.m_request.topK = r.m_fields.number(v, n); }},
            {"presence_penalty",
             [](R &r, View v, const B &n) { r.m_request.presencePenalty = r.m_fields.number(v, n); }},
            {"frequency_penalty",
             [](R &r, View v, const B &n) { r.m_request.frequencyPenalty = r.m_fields.number(v, n); }},
            {"seed", [](R &r, View v, const B &n) { r.m_request.seed = r.m_fields.integer(v, n); }},
            {"num_predict", [](R &r, View v, const B &n) { r.readMostTokens(v, n); }},
            {"stop", [](R &r, View v, const B &n) { r.readStop(v, n); }},
        };
        return table;
    }

    const Endpoint m_endpoint;
    FieldReader m_fields;
    ChatRequest m_request;
};

} // namespace

Result<RequestHead> readHead(View root, Endpoint endpoint)
{
    if (!root.isObject())
        return fail(ErrorKind::Invalid, QByteArrayLiteral("The request body must be a JSON object."));
    const auto [model, messages, prompt, images, stream]
        = root.pick("model", "messages", "prompt", "images", "stream");
    RequestHead head;
    head.model = model.stringOr({});
    if (head.model.isEmpty())
        return fail(ErrorKind::Invalid, QByteArrayLiteral("model must be a non-empty string."));
    if (endpoint == Endpoint::Chat && !messages.at(0).exists())
        return fail(ErrorKind::Invalid, QByteArrayLiteral("messages must be a non-empty array."));
    if (endpoint == Endpoint::Generate && prompt.stringOr({}).isEmpty() && images.count() == 0)
        return fail(ErrorKind::Invalid, QByteArrayLiteral("prompt must be a non-empty string."));
    if (stream && !stream.boolean())
        return fail(ErrorKind::Invalid, QByteArrayLiteral("stream must be true or false."));
    head.stream = stream.booleanOr(true);
    head.includeUsage = true;
    return head;
}

Result<ChatRequest> readRequest(View root, Endpoint endpoint)
{
    return RequestReader(endpoint).read(root);
}

} // namespace fairlead::wire::ollama
