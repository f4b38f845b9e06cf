// SPDX-License-Identifier: GPL-3.0-or-later
#include "providers/DemoScript.h"

#include "json/Writer.h"

#include <QCryptographicHash>

#include <algorithm>

namespace fairlead::providers {

namespace {

using namespace std::chrono_literals;

constexpr qsizetype kMostQuotedCharacters = 120;

/// Pieces of about one word, the way providers stream.
std::vector<QByteArray> words(const QByteArray &text)
{
    std::vector<QByteArray> pieces;
    qsizetype from = 0;
    for (qsizetype i = 1; i < text.size(); ++i) {
        if (text[i] == ' ' || text[i] == '\n') {
            pieces.push_back(text.mid(from, i - from));
            from = i;
        }
    }
    if (from < text.size())
        pieces.push_back(text.mid(from));
    return pieces;
}

qint64 roughTokens(const QByteArray &text)
{
    return static_cast<qint64>(words(text).size());
}

/// The last thing the user said, shortened for quoting.
QByteArray lastUserText(json::View messages)
{
    QByteArray text;
    for (const json::View message : messages.elements()) {
        if (!message["role"].equals("user"))
            continue;
        const json::View content = message["content"];
        if (const auto plain = content.string())
            text = *plain;
        for (const json::View part : content.elements()) {
            if (const auto plain = part["text"].string())
                text = *plain;
        }
    }
    const QString shown = QString::fromUtf8(text).simplified();
    return shown.size() <= kMostQuotedCharacters ? shown.toUtf8()
                                                 : (shown.left(kMostQuotedCharacters) + u'…').toUtf8();
}

bool hasToolResult(json::View messages)
{
    for (const json::View message : messages.elements()) {
        if (message["role"].equals("tool"))
            return true;
    }
    return false;
}

constexpr char kFastText[]
    = "**In short:** you asked “%1”. I am the *fast* demo model, so here is the brief answer.\n\n"
      "- I start at once and stop early.\n"
      "- I cost little.\n"
      "- I may miss a detail.\n\n"
      "```python\nfor model in models:\n    compare(model)\n```\n\n"
      "*This is the built-in demo: no network, no key, no cost.*";

constexpr char kSlowText[]
    = "## A considered answer\n\n"
      "You asked “%1”. I am the *slow* demo model: I take my time and say more.\n\n"
      "1. **Look at the first token.** It tells how long you wait before anything happens.\n"
      "2. **Look at tokens per second.** It tells how fast you can read along.\n"
      "3. **Look at the cost.** A long answer from a cheap model can cost more than a short one from a dear "
      "model.\n\n"
      "| What | Fast | Slow |\n|---|---|---|\n| First token | 0.1 s | 0.9 s |\n| Length | short | long |\n\n"
      "> Which one is better depends on the question, which is why you compare.\n\n"
      "*This is the built-in demo: no network, no key, no cost.*";

constexpr char kThinkerText[]
    = "After thinking it over: “%1” has more than one good answer, and the best one depends on what you "
      "value.\n\n"
      "### What I would check\n\n"
      "- Is the answer **right**? Ask twice and see whether it stays the same.\n"
      "- Is it **worth it**? My reasoning costs tokens that you do not see in the text.\n\n"
      "*This is the built-in demo: no network, no key, no cost.*";

constexpr char kThinkerReasoning[]
    = "The user wants to see how a reasoning model looks. First I restate the question. Then I weigh two "
      "ways to answer: a short"
      " one and a careful one. The careful one shows more, so I choose it and keep it brief.";

constexpr char kToolText[] = "The tool has answered, and this is what I make of it. You asked “%1”.\n\n"
                             "*This is the built-in demo: no network, no key, no cost.*";

constexpr char kNoToolText[]
    = "You asked “%1”. I am the demo model that calls tools, but this request offers none.\n\n"
      "*This is the built-in demo: no network, no key, no cost.*";

constexpr char kSixtyWords[]
    = "A gateway earns trust when the provider behind it fails and nobody who waits for the answer can tell. "
      "It hears the silence, remembers what was said, asks again elsewhere, and goes on at the very word "
      "where "
      "the line was cut. It never repeats itself, never invents an ending, and never hands over a stump as a "
      "whole answer.";

/// What is left to say after an answer that was begun elsewhere: the last message, if it is the assistant's
/// and the same up to there.
QByteArray restOf(const QByteArray &text, json::View messages)
{
    const auto count = messages.count();
    const json::View last = count == 0 ? json::View() : messages.at(count - 1);
    if (!last["role"].equals("assistant"))
        return text;
    const QByteArray begun = last["content"].stringOr({});
    return text.startsWith(begun) ? text.mid(begun.size()) : text;
}

QByteArray fill(const char *text, const QByteArray &question)
{
    return QByteArray(text).replace("%1", question);
}

} // namespace

const std::vector<DemoModel> &demoModels()
{
    using Failure = DemoModel::Failure;
    static const std::vector<DemoModel> models{
        {"fast", "fast", 90ms, 8ms, false, false, Failure::Never},
        {"slow", "slow", 900ms, 28ms, false, false, Failure::Never},
        {"thinker", "thinker", 350ms, 16ms, true, false, Failure::Never},
        {"tools", "tools", 250ms, 12ms, false, true, Failure::Never},
        {"flaky", "fast", 120ms, 10ms, false, false, Failure::EverySecond},
        {"down", "fast", 0ms, 0ms, false, false, Failure::Always},
    };
    return models;
}

const DemoModel *findDemoModel(QByteArrayView name)
{
    const auto &models = demoModels();
    const auto it = std::find_if(
        models.begin(), models.end(), [&](const DemoModel &m) { return QByteArrayView(m.name) == name; });
    return it == models.end() ? nullptr : &*it;
}

QByteArray demoSixtyWords()
{
    return kSixtyWords;
}

DemoScript::DemoScript(const DemoModel &model, json::View request)
    : m_model(model.name)
    , m_stream(request["stream"].booleanOr(false))
    , m_includeUsage(request["stream_options"]["include_usage"].booleanOr(false))
{
    const json::View messages = request["messages"];
    const QByteArray question = lastUserText(messages);
    m_promptTokens = std::max<qint64>(1, static_cast<qint64>(messages.raw().size()) / 5);
    // Not random: the same request has the same id, so that recordings and pictures stay the same.
    m_id = "chatcmpl-demo-"
           + QCryptographicHash::hash(request.raw().toByteArray(), QCryptographicHash::Sha1).toHex().left(16);

    const json::View tool = request["tools"].at(0)["function"];
    if (model.callsTools && tool.exists() && !hasToolResult(messages)) {
        callTool(tool);
        return;
    }
    if (model.thinks)
        m_reasoning = kThinkerReasoning;
    if (model.callsTools)
        m_text = fill(hasToolResult(messages) ? kToolText : kNoToolText, question);
    else if (model.manner == "sixty")
        m_text = restOf(kSixtyWords, messages);
    else if (model.manner == "slow")
        m_text = fill(kSlowText, question);
    else if (model.manner == "thinker")
        m_text = fill(kThinkerText, question);
    else
        m_text = fill(kFastText, question);
}

void DemoScript::callTool(json::View tool)
{
    m_toolName = tool["name"].stringOr("tool");
    // Every required string gets a plausible word; that is enough to see a tool call travel.
    json::Writer arguments;
    arguments.beginObject();
    for (const auto &[name, schema] : tool["parameters"]["properties"].members()) {
        if (schema["type"].equals("string"))
            arguments.member(name, "demo");
        else if (schema["type"].equals("integer") || schema["type"].equals("number"))
            arguments.memberInteger(name, 1);
        else if (schema["type"].equals("boolean"))
            arguments.memberBoolean(name, true);
    }
    arguments.endObject();
    m_toolArguments = arguments.take();
}

QByteArray DemoScript::usageJson() const
{
    const qint64 reasoning = roughTokens(m_reasoning);
    const qint64 completion = roughTokens(m_text) + roughTokens(m_toolArguments) + reasoning;
    json::Writer writer;
    writer.beginObject();
    writer.memberInteger("prompt_tokens", m_promptTokens);
    writer.memberInteger("completion_tokens", completion);
    writer.memberInteger("total_tokens", m_promptTokens + completion);
    writer.key("completion_tokens_details")
        .beginObject()
        .memberInteger("reasoning_tokens", reasoning)
        .endObject();
    writer.endObject();
    return writer.take();
}

QByteArray DemoScript::wholeAnswer() const
{
    json::Writer writer(2048);
    writer.beginObject().member("id", m_id).member("object", "chat.completion").memberInteger("created", 0);
    writer.member("model", m_model).key("choices").beginArray().beginObject().memberInteger("index", 0);
    writer.key("message").beginObject().member("role", "assistant");
    if (m_toolName.isEmpty())
        writer.member("content", m_text);
    else
        writer.memberNull("content");
    if (!m_reasoning.isEmpty())
        writer.member("reasoning_content", m_reasoning);
    if (!m_toolName.isEmpty()) {
        writer.key("tool_calls").beginArray().beginObject().member("id", "call_" + m_id.right(16));
        writer.member("type", "function").key("function").beginObject().member("name", m_toolName);
        writer.member("arguments", m_toolArguments).endObject().endObject().endArray();
    }
    writer.endObject();
    writer.member("finish_reason", m_toolName.isEmpty() ? "stop" : "tool_calls").endObject().endArray();
    writer.memberRaw("usage", usageJson()).endObject();
    return writer.take();
}

QByteArray DemoScript::chunk(const QByteArray &deltaJson, QByteArrayView finishReason) const
{
    json::Writer writer(256);
    writer.beginObject()
        .member("id", m_id)
        .member("object", "chat.completion.chunk")
        .memberInteger("created", 0);
    writer.member("model", m_model).key("choices").beginArray().beginObject().memberInteger("index", 0);
    writer.memberRaw("delta", deltaJson);
    if (finishReason.isEmpty())
        writer.memberNull("finish_reason");
    else
        writer.member("finish_reason", finishReason);
    writer.endObject().endArray().endObject();
    return "data: " + writer.take() + "\n\n";
}

std::vector<QByteArray> DemoScript::chunks() const
{
    const auto delta = [](QByteArrayView field, QByteArrayView text) {
        json::Writer writer;
        writer.beginObject().member(field, text).endObject();
        return writer.take();
    };

    std::vector<QByteArray> list;
    list.push_back(chunk(R"({"role":"assistant","content":""})", {}));
    for (const QByteArray &word : words(m_reasoning))
        list.push_back(chunk(delta("reasoning_content", word), {}));
    for (const QByteArray &word : words(m_text))
        list.push_back(chunk(delta("content", word), {}));
    if (!m_toolName.isEmpty()) {
        json::Writer call;
        call.beginObject().key("tool_calls").beginArray().beginObject().memberInteger("index", 0);
        call.member("id", "call_" + m_id.right(16)).member("type", "function").key("function").beginObject();
        call.member("name", m_toolName)
            .member("arguments", "")
            .endObject()
            .endObject()
            .endArray()
            .endObject();
        list.push_back(chunk(call.take(), {}));
        json::Writer arguments;
        arguments.beginObject().key("tool_calls").beginArray().beginObject().memberInteger("index", 0);
        arguments.key("function").beginObject().member("arguments", m_toolArguments).endObject();
        arguments.endObject().endArray().endObject();
        list.push_back(chunk(arguments.take(), {}));
    }
    list.push_back(chunk("{}", m_toolName.isEmpty() ? "stop" : "tool_calls"));
    if (m_includeUsage) {
        json::Writer usage;
        usage.beginObject()
            .member("id", m_id)
            .member("object", "chat.completion.chunk")
            .memberInteger("created", 0);
        usage.member("model", m_model)
            .key("choices")
            .beginArray()
            .endArray()
            .memberRaw("usage", usageJson())
            .endObject();
        list.push_back("data: " + usage.take() + "\n\n");
    }
    list.push_back("data: [DONE]\n\n");
    return list;
}

} // namespace fairlead::providers
