// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/openai_completions/RequestReader.h"

#include "wire/openai_chat/FieldReader.h"

#include <QHash>

namespace fairlead::wire::openai_completions {

using namespace chat;
using json::View;
using openai_chat::FieldReader;
using openai_chat::indexed;

namespace {

/// A string, or a list of one.
View promptIn(View root)
{
    const View prompt = root["prompt"];
    return prompt.isArray() && prompt.count() == 1 ? prompt.at(0) : prompt;
}

Result<> checkPrompt(View root)
{
    const View prompt = promptIn(root);
    if (prompt.isString() && !prompt.equals(""))
        return {};
    const View first = prompt.isArray() ? prompt.at(0) : prompt;
    if (first.isNumber() || first.isArray())
        return fail(
            ErrorKind::Invalid,
            QByteArrayLiteral("prompt: token ids mean nothing to other models; send the text."));
    if (prompt.isArray() && prompt.count() > 1)
        return fail(
            ErrorKind::Invalid,
            QByteArrayLiteral("prompt: one prompt at a time; send a request for each of them."));
    return fail(ErrorKind::Invalid, QByteArrayLiteral("prompt must be a non-empty string."));
}

class RequestReader
{
public:
    Result<ChatRequest> read(View root)
    {
        const auto head = readHead(root);
        if (!head)
            return fail(head.error());
        m_request.dialect = QByteArrayLiteral("openai-completions");
        m_request.model = head->model;
        m_request.stream = head->stream;
        m_request.includeUsage = head->includeUsage;
        Message &message = m_request.messages.emplace_back();
        message.role = Role::User;
        message.parts.emplace_back(TextPart{promptIn(root).stringOr({}), std::nullopt});
        m_request.misfits.push_back(
            {QByteArrayLiteral("prompt"), QByteArrayLiteral("sent as the user's message"), true});
        for (const auto &[name, value] : root.members()) {
            if (value)
                readField(name, value);
        }
        // More drafts than answers: the best ones come back. A chat has no such choice.
        if (const auto drafts = m_fields.integer(root["best_of"], "best_of");
            drafts && *drafts > m_request.n.value_or(1))
            m_request.extras.emplace_back("best_of", root["best_of"].rawCopy());
        if (!m_fields.isGood())
            return fail(ErrorKind::Invalid, m_fields.complaint());
        return std::move(m_request);
    }

private:
    using Handler = void (*)(RequestReader &self, View value, const QByteArray &name);

    void readField(const QByteArray &name, View value)
    {
        const auto handler = handlers().constFind(name);
        if (handler != handlers().constEnd())
            (*handler)(*this, value, name);
        else
            m_request.extras.emplace_back(name, value.rawCopy());
    }

    void readStop(View value, const QByteArray &name)
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

    /// A number of alternatives here; some local servers' clients say true.
    void readLogprobs(View value, const QByteArray &name)
    {
        if (const auto wanted = value.boolean()) {
            m_request.logprobs = wanted;
            return;
        }
        m_request.topLogprobs = m_fields.integer(value, name);
        m_request.logprobs = m_request.topLogprobs.has_value();
    }

    static const QHash<QByteArray, Handler> &handlers()
    {
        using R = RequestReader;
        using B = QByteArray;
        constexpr auto readElsewhere = [](R &, View, const B &) {};
        static const QHash<QByteArray, Handler> table{
            {"model", readElsewhere},
            {"prompt", readElsewhere},
            {"stream", readElsewhere},
            {"stream_options", readElsewhere},
            {"best_of", readElsewhere},
            {"echo", readElsewhere},
            {"suffix",
             [](R &r, View v, const B &n) {
                 if (!v.equals(""))
                     r.m_request.extras.emplace_back(n, v.rawCopy());
             }},
            {"max_tokens",
             [](R &r, View v, const B &n) { r.m_request.maxOutputTokens = r.m_fields.integer(v, n); }},
            {"temperature",
             [](R &r, View v, const B &n) { r.m_request.temperature = r.m_fields.number(v, n); }},
            {"top_p", [](R &r, View v, const B &n) { r.m_request.topP = r.m_fields.number(v, n); }},
            {"top_k", [](R &r, View v, const B &n) { r.m_request.topK = r.m_fields.number(v, n); }},
            {"presence_penalty",
             [](R &r, View v, const B &n) { r.m_request.presencePenalty = r.m_fields.number(v, n); }},
            {"frequency_penalty",
             [](R &r, View v, const B &n) { r.m_request.frequencyPenalty = r.m_fields.number(v, n); }},
            {"n", [](R &r, View v, const B &n) { r.m_request.n = r.m_fields.integer(v, n); }},
            {"seed", [](R &r, View v, const B &n) { r.m_request.seed = r.m_fields.integer(v, n); }},
            {"user", [](R &r, View v, const B &n) { r.m_request.user = r.m_fields.string(v, n); }},
            {"stop", [](R &r, View v, const B &n) { r.readStop(v, n); }},
            {"logprobs", [](R &r, View v, const B &n) { r.readLogprobs(v, n); }},
            {"logit_bias",
             [](R &r, View v, const B &n) { r.m_request.logitBias = r.m_fields.object(v, n); }},
        };
        return table;
    }

    FieldReader m_fields;
    ChatRequest m_request;
};

} // namespace

Result<RequestHead> readHead(View root)
{
    if (!root.isObject())
        return fail(ErrorKind::Invalid, QByteArrayLiteral("The request body must be a JSON object."));
    RequestHead head;
    head.model = root["model"].stringOr({});
    if (head.model.isEmpty())
        return fail(ErrorKind::Invalid, QByteArrayLiteral("model must be a non-empty string."));
    if (auto checked = checkPrompt(root); !checked)
        return fail(checked.error());
    const View stream = root["stream"];
    if (stream && !stream.boolean())
        return fail(ErrorKind::Invalid, QByteArrayLiteral("stream must be true or false."));
    head.stream = stream.booleanOr(false);
    head.includeUsage = root["stream_options"]["include_usage"].booleanOr(false);
    return head;
}

Result<ChatRequest> readRequest(View root)
{
    return RequestReader().read(root);
}

QByteArray echoOf(View root)
{
    return root["echo"].booleanOr(false) ? promptIn(root).stringOr({}) : QByteArray();
}

} // namespace fairlead::wire::openai_completions
