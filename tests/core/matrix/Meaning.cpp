// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/matrix/Meaning.h"

#include "base/Result.h"
#include "wire/RoleName.h"
#include "wire/ToolMapping.h"

#include <algorithm>
#include <set>

namespace fairlead::test::matrix {

using namespace chat;

namespace {

class RequestReader
{
public:
    explicit RequestReader(const ChatRequest &request)
        : m_request(request)
    { }

    Lines read()
    {
        for (const Message &message : m_request.messages) {
            for (const Part &part : message.parts)
                readPart(message.role, part);
        }
        for (const Tool &tool : m_request.tools)
            readTool(tool);
        readChoice();
        readSettings();
        return m_lines;
    }

private:
    static QByteArray contentOf(const std::variant<TextPart, MediaPart> &content)
    {
        if (const auto *text = std::get_if<TextPart>(&content))
            return text->text;
        return mediaOf(std::get<MediaPart>(content));
    }

    static QByteArray mediaOf(const MediaPart &media)
    {
        return "image " + (media.mediaType.isEmpty() ? QByteArrayLiteral("image/png") : media.mediaType) + ' '
               + media.base64 + media.url;
    }

    void readPart(Role role, const Part &part)
    {
        std::visit(
            overloaded{
                [&](const TextPart &text) {
                    if (!text.text.isEmpty())
                        m_lines += wire::roleName(role).toByteArray() + ' ' + text.text;
                },
                [&](const MediaPart &media) {
                    m_lines += wire::roleName(role).toByteArray() + ' ' + mediaOf(media);
                },
                [&](const RefusalPart &refusal) { m_lines += "refusal " + refusal.text; },
                [&](const ReasoningPart &reasoning) { m_lines += "thought " + reasoning.text; },
                [&](const ToolCallPart &call) {
                    m_calls += call.id;
                    m_lines += "assistant call " + number(call.id) + ' ' + call.name + ' '
                               + tight(call.arguments);
                },
                [&](const ToolResultPart &result) {
                    for (const auto &content : result.content)
                        m_lines += "result " + number(result.callId) + ' ' + contentOf(content);
                },
                [&](const UnknownPart &unknown) { m_lines += "unknown " + unknown.type; },
            },
            part);
    }

    [[nodiscard]] QByteArray number(const QByteArray &id) const
    {
        return '#' + QByteArray::number(m_calls.indexOf(id) + 1);
    }

    void readTool(const Tool &tool)
    {
        const QByteArray schema = tight(tool.parameters);
        const bool takesNone = schema.isEmpty() || schema == "null" || schema == kNoParameters;
        m_lines += "tool " + tool.name + ": " + tool.description + ' ' + (takesNone ? "none" : schema);
        if (tool.strict.value_or(false))
            m_lines += "strict " + tool.name;
    }

    void readChoice()
    {
        static constexpr const char *kModes[] = {"auto", "none", "required", "named"};
        if (m_request.toolChoice && m_request.toolChoice->mode != ToolChoice::Mode::Auto)
            m_lines += QByteArray("choice ") + kModes[static_cast<int>(m_request.toolChoice->mode)]
                       + m_request.toolChoice->name;
    }

    void readSettings()
    {
        if (m_request.responseFormat && m_request.responseFormat->kind != ResponseFormat::Kind::Text)
            m_lines += "format " + tight(m_request.responseFormat->schema);
        if (const auto &reasoning = m_request.reasoning)
            m_lines += reasoning->effort == "none" || reasoning->budgetTokens == 0 ? "reasoning off"
                                                                                   : "reasoning on";
        if (m_request.maxOutputTokens)
            m_lines += "max " + QByteArray::number(qint64(*m_request.maxOutputTokens));
        if (!m_request.temperature.isEmpty())
            m_lines += "temperature " + m_request.temperature;
        for (const QByteArray &stop : m_request.stop)
            m_lines += "stop " + stop;
    }

    static constexpr QByteArrayView kNoParameters = R"({"type":"object","properties":{}})";

    const ChatRequest &m_request;
    Lines m_lines;
    QList<QByteArray> m_calls;
};

bool areDistinct(const std::vector<ToolCallPart> &calls)
{
    std::set<QByteArray> ids;
    for (const ToolCallPart &call : calls)
        ids.insert(call.id);
    return ids.size() == calls.size() && ids.count(QByteArray()) == 0;
}

} // namespace

Lines meaningOf(const ChatRequest &request)
{
    return RequestReader(request).read();
}

Lines meaningOf(const ChatAnswer &answer)
{
    Lines lines;
    const ChatAnswer::Choice nothing;
    const ChatAnswer::Choice &choice = answer.choice() ? *answer.choice() : nothing;
    if (!choice.reasoningText().isEmpty())
        lines += "thought " + choice.reasoningText();
    // What a seal holds is its maker's business; that it gets back there is a test of its own.
    const bool sealed = std::any_of(choice.reasoning.begin(), choice.reasoning.end(), [](const auto &part) {
        return !part.signature.isEmpty() || !part.redacted.isEmpty();
    });
    if (sealed)
        lines += "sealed";
    if (!(choice.text + choice.refusal).isEmpty())
        lines += "text " + choice.text + choice.refusal;
    for (const MediaDelta &media : choice.media)
        lines += "image " + media.media.base64 + media.media.url; // Ollama does not say of what type
    for (const ToolCallPart &call : choice.toolCalls) {
        bool wrapped = false; // free text is an object's member in most dialects
        lines += "call " + call.name + ' ' + tight(wire::objectArguments(call, wrapped));
    }
    if (!areDistinct(choice.toolCalls))
        lines += "call ids are not distinct";
    // OpenAI's models refuse in words of their own and then just stop.
    if (choice.finished)
        lines += "finish "
                 + finishReasonName(
                     choice.refusal.isEmpty() ? choice.finished->reason : FinishReason::ContentFilter);
    if (!answer.usage.isEmpty())
        lines += "usage " + QByteArray::number(qint64(answer.usage.totalInput())) + " in "
                 + QByteArray::number(qint64(answer.usage.totalOutput())) + " out";
    if (answer.failure)
        lines += "failed " + failureClassName(answer.failure->failureClass);
    return lines;
}

QByteArray aspectOf(const QByteArray &line)
{
    const qsizetype space = line.indexOf(' ');
    return space < 0 ? line : line.left(space);
}

Lines without(Lines some, const Lines &others)
{
    for (const QByteArray &line : others)
        some.removeOne(line);
    return some;
}

QByteArray tight(QByteArrayView json)
{
    QByteArray text;
    bool inString = false;
    bool escaped = false;
    for (const char c : json) {
        if (!inString && (c == ' ' || c == '\n' || c == '\r' || c == '\t'))
            continue;
        text += c;
        if (inString) {
            inString = escaped || c != '"';
            escaped = !escaped && c == '\\';
        } else {
            inString = c == '"';
        }
    }
    return text;
}

} // namespace fairlead::test::matrix
