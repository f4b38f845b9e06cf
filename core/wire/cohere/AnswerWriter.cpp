// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/cohere/AnswerWriter.h"

#include "wire/cohere/Logprobs.h"
#include "wire/cohere/Usage.h"

#include <algorithm>

namespace fairlead::wire::cohere {

using json::Writer;

namespace {

/// The bytes of characters [from, to) of UTF-8 text.
QByteArrayView characters(QByteArrayView text, qint64 from, qint64 to)
{
    qint64 character = -1;
    qsizetype begin = text.size();
    qsizetype end = text.size();
    for (qsizetype at = 0; at < text.size(); ++at) {
        if ((static_cast<unsigned char>(text[at]) & 0xC0) == 0x80)
            continue;
        ++character;
        if (character == from)
            begin = at;
        if (character == to) {
            end = at;
            break;
        }
    }
    return begin < end ? text.sliced(begin, end - begin) : QByteArrayView();
}

void writeContent(Writer &writer, const ChatAnswer::Choice &choice)
{
    const QByteArray reasoning = choice.reasoningText();
    const QByteArray text = choice.text + choice.refusal;
    if (reasoning.isEmpty() && text.isEmpty() && !choice.toolCalls.empty())
        return;
    writer.key("content").beginArray();
    if (!reasoning.isEmpty())
        writer.beginObject().member("type", "thinking").member("thinking", reasoning).endObject();
    if (!text.isEmpty())
        writer.beginObject().member("type", "text").member("text", text).endObject();
    writer.endArray();
}

void writeToolCalls(Writer &writer, const ChatAnswer::Choice &choice)
{
    if (choice.toolCalls.empty())
        return;
    writer.key("tool_calls").beginArray();
    for (const chat::ToolCallPart &call : choice.toolCalls) {
        writer.beginObject().member("id", call.id).member("type", "function").key("function").beginObject();
        writer.member("name", call.name).member("arguments", call.arguments).endObject().endObject();
    }
    writer.endArray();
}

void writeLogprobs(Writer &writer, const QByteArray &openAi)
{
    const auto document = json::Document::parse(openAi);
    if (!document || document->root()["content"].count() == 0)
        return;
    writer.key("logprobs").beginArray();
    for (const json::View token : document->root()["content"].elements())
        writeLogprobItem(writer, token);
    writer.endArray();
}

} // namespace

QByteArrayView finishWord(const chat::Finished &finished)
{
    switch (finished.reason) {
    case chat::FinishReason::Stop:
        // What Anthropic and Cohere call it; OpenAI says "stop" for both.
        return finished.native.toLower() == "stop_sequence" || !finished.stopSequence.isEmpty()
                   ? "STOP_SEQUENCE"
                   : "COMPLETE";
    case chat::FinishReason::Length:
        return "MAX_TOKENS";
    case chat::FinishReason::ToolCalls:
        return "TOOL_CALL";
    case chat::FinishReason::ContentFilter:
        return "ERROR_TOXIC";
    case chat::FinishReason::Error:
        return "ERROR";
    }
    Q_UNREACHABLE();
}

void writeCitation(Writer &writer, const chat::Citation &citation, QByteArrayView text, qsizetype number)
{
    if (citation.json.contains("\"sources\"")) { // Cohere's own
        writer.raw(citation.json);
        return;
    }
    const QByteArray id = "doc:" + QByteArray::number(number);
    writer.beginObject();
    if (citation.start >= 0 && citation.end >= citation.start) {
        writer.memberInteger("start", citation.start).memberInteger("end", citation.end);
        writer.member("text", characters(text, citation.start, citation.end));
    }
    writer.key("sources").beginArray().beginObject().member("type", "document").member("id", id);
    writer.key("document").beginObject().member("id", id);
    if (!citation.url.isEmpty())
        writer.member("url", citation.url);
    if (!citation.title.isEmpty())
        writer.member("title", citation.title);
    writer.endObject().endObject().endArray().member("type", "TEXT_CONTENT").endObject();
}

QByteArray writeAnswer(const ChatAnswer &answer, const AnswerContext &context)
{
    static const ChatAnswer::Choice nothing;
    const ChatAnswer::Choice *first = answer.choice();
    const ChatAnswer::Choice &choice = first ? *first : nothing;
    Writer writer(1024);
    writer.beginObject().member("id", answer.id.isEmpty() ? context.fallbackId : answer.id);
    writer.key("message").beginObject().member("role", "assistant");
    writeContent(writer, choice);
    writeToolCalls(writer, choice);
    if (!choice.citations.empty()) {
        writer.key("citations").beginArray();
        qsizetype number = 0;
        for (const chat::Citation &citation : choice.citations)
            writeCitation(writer, citation, choice.text, number++);
        writer.endArray();
    }
    writer.endObject();
    writer.member("finish_reason", finishWord(choice.finished.value_or(chat::Finished())));
    if (!answer.usage.isEmpty()) {
        writer.key("usage");
        writeUsage(writer, answer.usage);
    }
    writeLogprobs(writer, choice.logprobs);
    return writer.endObject().take();
}

} // namespace fairlead::wire::cohere
