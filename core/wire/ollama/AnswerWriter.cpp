// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/ollama/AnswerWriter.h"

#include "wire/ToolMapping.h"
#include "wire/ollama/Logprobs.h"
#include "wire/openai_chat/ErrorWriter.h"

#include <QDateTime>

namespace fairlead::wire::ollama {

namespace {

using namespace chat;
using json::Writer;

QByteArray rfc3339(qint64 unixSeconds)
{
    return QDateTime::fromSecsSinceEpoch(unixSeconds, Qt::UTC).toString(Qt::ISODate).toLatin1();
}

void writeCalls(Writer &writer, const std::vector<ToolCallPart> &calls)
{
    writer.key("tool_calls").beginArray();
    std::int64_t index = 0;
    for (const ToolCallPart &call : calls) {
        bool wrapped = false;
        const QByteArray arguments = objectArguments(call, wrapped);
        writer.beginObject();
        if (!call.id.isEmpty())
            writer.member("id", call.id);
        writer.key("function").beginObject().memberInteger("index", index++).member("name", call.name);
        writer.memberRaw("arguments", arguments).endObject().endObject();
    }
    writer.endArray();
}

/// The words clients know are "stop" and "length"; a filtered or failed answer is not passed off as one.
QByteArray doneReason(const std::optional<Finished> &finished)
{
    if (!finished || finished->reason == FinishReason::ToolCalls)
        return QByteArrayLiteral("stop");
    return finishReasonName(finished->reason);
}

void writeWords(Writer &writer, QByteArrayView textName, const Said &said)
{
    writer.member(textName, said.text);
    if (!said.thinking.isEmpty())
        writer.member("thinking", said.thinking);
}

} // namespace

void beginObject(Writer &writer, QByteArrayView model, qint64 created)
{
    writer.beginObject().member("model", model).member("created_at", rfc3339(created));
}

void writeSaid(Writer &writer, const Said &said, Endpoint endpoint)
{
    if (endpoint == Endpoint::Generate) {
        writeWords(writer, "response", said);
    } else {
        writer.key("message").beginObject().member("role", "assistant");
        writeWords(writer, "content", said);
        if (!said.images.empty()) {
            writer.key("images").beginArray();
            for (const QByteArray &image : said.images)
                writer.string(image);
            writer.endArray();
        }
        if (!said.calls.empty())
            writeCalls(writer, said.calls);
        writer.endObject();
    }
    if (!said.logprobs.isEmpty())
        writer.memberRaw("logprobs", '[' + said.logprobs + ']');
}

void endAnswer(Writer &writer, const std::optional<Finished> &finished, const Usage &usage)
{
    writer.memberBoolean("done", true).member("done_reason", doneReason(finished));
    // Typed clients insist on the durations. A proxy does not know them, and 0 is how Ollama's own clients
    // read one that was left out.
    for (const char *name : {"total_duration", "load_duration", "prompt_eval_duration", "eval_duration"})
        writer.memberInteger(QByteArrayView(name), 0);
    if (!usage.isEmpty()) {
        writer.memberInteger("prompt_eval_count", usage.totalInput());
        writer.memberInteger("eval_count", usage.totalOutput());
    }
    writer.endObject();
}

QByteArray writeAnswer(const ChatAnswer &answer, const AnswerContext &context, Endpoint endpoint)
{
    Said said;
    std::optional<Finished> finished;
    if (const ChatAnswer::Choice *choice = answer.choice()) {
        said.text = choice->text + choice->refusal;
        said.thinking = choice->reasoningText();
        said.calls = choice->toolCalls;
        for (const MediaDelta &media : choice->media) {
            if (media.media.kind == MediaPart::Kind::Image && !media.media.base64.isEmpty())
                said.images.push_back(media.media.base64);
        }
        said.logprobs = logprobElements(choice->logprobs);
        finished = choice->finished;
    }
    Writer writer(1024);
    beginObject(writer, context.model, answer.created > 0 ? answer.created : context.created);
    writeSaid(writer, said, endpoint);
    endAnswer(writer, finished, answer.usage);
    return writer.take();
}

QByteArray errorObject(const Failure &failure)
{
    return Writer().beginObject().member("error", failure.message).endObject().take();
}

EncodedError encodeError(const Failure &failure)
{
    // Status and headers are the same in every dialect that has no statuses of its own.
    EncodedError error = openai_chat::encodeError(failure);
    error.body = errorObject(failure);
    return error;
}

} // namespace fairlead::wire::ollama
