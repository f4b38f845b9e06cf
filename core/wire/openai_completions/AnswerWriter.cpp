// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/openai_completions/AnswerWriter.h"

#include "wire/ToolMapping.h"
#include "wire/openai_chat/AnswerWriter.h"
#include "wire/openai_completions/Logprobs.h"

namespace fairlead::wire::openai_completions {

using chat::FinishReason;
using json::Writer;

void beginCompletion(Writer &writer, const QByteArray &id, qint64 created, QByteArrayView model)
{
    writer.beginObject().member("id", id).member("object", "text_completion");
    writer.memberInteger("created", created).member("model", model).key("choices").beginArray();
}

void writeChoice(
    Writer &writer, int index, const QByteArray &text, const QByteArray &logprobs,
    const std::optional<chat::Finished> &finished)
{
    writer.beginObject().member("text", text).memberInteger("index", index).memberRaw("logprobs", logprobs);
    writer.key("finish_reason");
    if (!finished)
        writer.null();
    else if (finished->reason == FinishReason::ToolCalls)
        writer.string("stop"); // a word this dialect does not have
    else
        writer.string(finishReasonName(finished->reason));
    writer.endObject();
}

QByteArray writeAnswer(const ChatAnswer &answer, const AnswerContext &context, const QByteArray &echo)
{
    Writer writer(1024);
    beginCompletion(
        writer, answer.id.isEmpty() ? "cmpl-" + context.fallbackId : answer.id,
        answer.created > 0 ? answer.created : context.created, context.model);
    for (const ChatAnswer::Choice &choice : answer.choices) {
        qint64 offset = countCharacters(echo);
        const QByteArray logprobs = listedLogprobs(choice.logprobs, offset);
        writeChoice(writer, choice.index, echo + choice.text + choice.refusal, logprobs, choice.finished);
    }
    writer.endArray();
    if (!answer.usage.isEmpty()) {
        writer.key("usage");
        openai_chat::writeUsage(writer, answer.usage);
    }
    if (!answer.fingerprint.isEmpty())
        writer.member("system_fingerprint", answer.fingerprint);
    return writer.endObject().take();
}

} // namespace fairlead::wire::openai_completions
