// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/ollama/AnswerReader.h"

#include "wire/ErrorBody.h"
#include "wire/ToolMapping.h"
#include "wire/ollama/Logprobs.h"

#include <QCryptographicHash>
#include <QDateTime>

#include <utility>

namespace fairlead::wire::ollama {

namespace {

using namespace chat;
using json::View;

// What a hostile answer may make us keep.
constexpr int kMostCalls = 1024;
constexpr int kMostImages = 64;

qint64 unixSeconds(View time)
{
    const QDateTime read = QDateTime::fromString(QString::fromUtf8(time.stringOr({})), Qt::ISODate);
    return read.isValid() ? read.toSecsSinceEpoch() : 0;
}

FinishReason finishReason(QByteArrayView word, bool called)
{
    if (word == QByteArrayView("length"))
        return FinishReason::Length;
    // "stop" even when tools were called; older servers say nothing.
    return called ? FinishReason::ToolCalls : FinishReason::Stop;
}

} // namespace

void AnswerReader::read(View object, std::vector<ChatEvent> &events)
{
    if (m_failed || m_done)
        return;
    if (holdsError(object)) {
        fail(failureFromJson(object), events);
        return;
    }
    const auto [message, response, thinking, logprobs, done]
        = object.pick("message", "response", "thinking", "logprobs", "done");
    if (!message.isObject() && !response.isString() && !done)
        return;
    if (!m_started)
        start(object, events);
    if (message.isObject()) {
        readMessage(message, events);
    } else {
        readThinking(thinking, events);
        readText(response, events);
    }
    if (m_mode == DecodeMode::Full && logprobs.count() > 0) {
        LogprobsDelta delta;
        delta.json = openAiLogprobs(logprobs);
        events.emplace_back(std::move(delta));
    }
    if (done.booleanOr(false))
        end(object, events);
}

void AnswerReader::finish(std::vector<ChatEvent> &events)
{
    if (m_started && !m_done && !m_failed)
        end(View(), events);
}

void AnswerReader::fail(Failure failure, std::vector<ChatEvent> &events)
{
    if (m_failed)
        return;
    m_failed = true;
    events.emplace_back(Failed(std::move(failure)));
}

void AnswerReader::start(View object, std::vector<ChatEvent> &events)
{
    m_started = true;
    // The first object holds the time to the microsecond: no other answer begins with the same bytes.
    QCryptographicHash hash(QCryptographicHash::Sha1);
    hash.addData(object.raw());
    m_idSeed = hash.result().toHex().left(20);
    Started started(QByteArray(), object["model"].stringOr({}));
    started.created = unixSeconds(object["created_at"]);
    events.emplace_back(std::move(started));
}

void AnswerReader::readMessage(View message, std::vector<ChatEvent> &events)
{
    const auto [thinking, content, calls, images]
        = message.pick("thinking", "content", "tool_calls", "images");
    readThinking(thinking, events);
    readText(content, events);
    for (const View call : calls.elements())
        readCall(call, events);
    for (const View image : images.elements())
        readImage(image, events);
}

void AnswerReader::readThinking(View text, std::vector<ChatEvent> &events)
{
    QByteArray said = text.stringOr({});
    if (said.isEmpty() || (m_mode == DecodeMode::Tap && std::exchange(m_toldThinking, true)))
        return;
    events.emplace_back(ReasoningDelta(std::move(said)));
}

void AnswerReader::readText(View text, std::vector<ChatEvent> &events)
{
    QByteArray said = text.stringOr({});
    if (said.isEmpty() || (m_mode == DecodeMode::Tap && std::exchange(m_toldText, true)))
        return;
    events.emplace_back(TextDelta(std::move(said)));
}

/// Calls come whole. `function.index` may be missing or begin anew in every object, so calls are counted.
void AnswerReader::readCall(View call, std::vector<ChatEvent> &events)
{
    const View function = call["function"];
    const QByteArray name = function["name"].stringOr({});
    if (name.isEmpty() || m_calls >= kMostCalls)
        return;
    const int index = m_calls++;
    QByteArray id = call["id"].stringOr({});
    if (id.isEmpty())
        id = "call_" + m_idSeed + '_' + QByteArray::number(index);
    events.emplace_back(ToolCallBegin(index, std::move(id), name));
    const View arguments = function["arguments"];
    const QByteArray text = arguments.isString() ? arguments.stringOr({}) : arguments.rawCopy();
    events.emplace_back(ToolCallDelta(index, text.isEmpty() || !arguments ? QByteArrayLiteral("{}") : text));
}

void AnswerReader::readImage(View image, std::vector<ChatEvent> &events)
{
    if (m_mode == DecodeMode::Tap || !image.isString() || m_images >= kMostImages)
        return;
    MediaDelta delta;
    delta.block = m_images++;
    delta.media.base64 = image.stringOr({});
    delta.media.mediaType = sniffMediaType(delta.media.base64);
    events.emplace_back(std::move(delta));
}

void AnswerReader::end(View object, std::vector<ChatEvent> &events)
{
    m_done = true;
    Usage usage;
    const auto count = [&](View tokens, TokenKind kind) {
        if (const auto known = tokens.integer(); known && *known >= 0)
            usage.set(kind, *known);
    };
    count(object["prompt_eval_count"], TokenKind::Input);
    count(object["eval_count"], TokenKind::Output);
    if (!usage.isEmpty())
        events.emplace_back(UsageReport(std::move(usage)));
    const QByteArray reason = object["done_reason"].stringOr({});
    events.emplace_back(Finished(finishReason(reason, m_calls > 0), reason));
}

} // namespace fairlead::wire::ollama
