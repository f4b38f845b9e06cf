// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/openai_responses/ResponsesStreamEncoder.h"

#include "wire/SseReader.h"
#include "wire/openai_responses/ErrorWriter.h"

#include <QByteArrayList>

#include <utility>

namespace fairlead::wire::openai_responses {

using chat::FinishReason;

namespace {

// More items than any answer has; what a hostile provider sends beyond is left out.
constexpr std::size_t kMostItems = 4096;

int choiceOf(const ChatEvent &event)
{
    return std::visit(
        [](const auto &value) {
            if constexpr (requires { value.choice; })
                return value.choice;
            else
                return 0;
        },
        event);
}

chat::Failure failureOf(const chat::Finished *finished)
{
    if (!finished)
        return chat::Failure(
            chat::FailureClass::Protocol, 0, QByteArrayLiteral("The provider's answer has no end."));
    return chat::Failure(
        chat::FailureClass::Transient, 0, "The provider ended its answer with \"" + finished->native + "\".");
}

} // namespace

ResponsesStreamEncoder::ResponsesStreamEncoder(const AnswerContext &context)
    : m_object(context)
    , m_request(context.call ? context.call->document.root() : json::View())
{ }

QByteArray ResponsesStreamEncoder::encode(const ChatEvent &event)
{
    if (!m_over && choiceOf(event) == 0 && m_items.size() < kMostItems)
        add(event);
    return m_events.take();
}

QByteArray ResponsesStreamEncoder::finish()
{
    if (!m_over)
        end();
    return m_events.take();
}

/// Items that were told whole stay as they were told, also those no event of ours stands for (a thought
/// without words); the message that is being told keeps its id and place.
bool ResponsesStreamEncoder::adopt(QByteArrayView told)
{
    qint64 sequence = -1;
    QByteArray openId;
    QByteArray latest;
    int opened = 0;
    SseReader reader;
    (void)reader.feed(told, [&](const SseEvent &event) {
        const auto document = json::Document::parse(event.data.toByteArray());
        if (!document)
            return;
        const json::View data = document->root();
        sequence = data["sequence_number"].integerOr(sequence);
        latest = data["type"].stringOr({});
        if (latest == "response.output_item.added") {
            ++opened;
            openId = data["item"]["id"].stringOr({});
        } else if (latest == "response.output_item.done") {
            m_before.push_back(data["item"].rawCopy());
        }
    });
    if (sequence < 0)
        return true; // nobody else's
    const int place = static_cast<int>(m_before.size());
    const bool isOpen = opened > place;
    // Something else is open, or a message that has said already that it is over.
    if (isOpen && (opened != place + 1 || !m_message || latest != "response.output_text.delta"))
        return false;
    m_items.erase(m_items.begin(), m_items.end() - (isOpen ? 1 : 0));
    if (isOpen)
        m_message->adopt(place, openId);
    else
        m_message = nullptr;
    m_reasoning = nullptr;
    m_events.goOnAt(sequence + 1);
    return true;
}

QByteArray ResponsesStreamEncoder::keepAlive() const
{
    return QByteArrayLiteral(": keep-alive\n\n");
}

void ResponsesStreamEncoder::add(const ChatEvent &event)
{
    std::visit(
        overloaded{
            [this](const chat::Started &started) { begin(started); },
            [this](const chat::TextDelta &delta) {
                if (!delta.text.isEmpty())
                    message().addText(delta.text);
            },
            [this](const chat::ReasoningDelta &delta) {
                if (!delta.text.isEmpty())
                    reasoning(delta.block).addText(delta.text);
            },
            [this](const chat::ReasoningSignature &signature) { sign(signature); },
            [this](const chat::RefusalDelta &delta) {
                if (!delta.text.isEmpty())
                    message().addRefusal(delta.text);
            },
            [this](const chat::ToolCallBegin &call) { beginCall(call); },
            [this](const chat::ToolCallDelta &delta) {
                if (const auto call = m_calls.find(delta.index); call != m_calls.end())
                    call->second->addArguments(delta.arguments);
            },
            [this](const chat::Citation &citation) {
                if (!citation.url.isEmpty())
                    message().cite(citation);
            },
            [this](const chat::MediaDelta &delta) { addImage(delta); },
            [this](const chat::LogprobsDelta &delta) { message().addLogprobs(delta.json); },
            [this](const chat::UsageReport &report) { m_usage = report.usage; },
            [this](const chat::Finished &finished) { m_finished = finished; },
            [this](const chat::Failed &failed) { fail(failed.failure); },
        },
        event);
}

void ResponsesStreamEncoder::begin(const chat::Started &started)
{
    if (std::exchange(m_begun, true))
        return;
    m_object.setId(started.id);
    if (started.created > 0)
        m_object.setCreated(started.created);
    const ResponseObject::State empty;
    tell("response.created", empty);
    tell("response.in_progress", empty);
}

void ResponsesStreamEncoder::beginIfNeeded()
{
    if (!m_begun)
        begin(chat::Started());
}

template<typename Item, typename... Arguments>
Item &ResponsesStreamEncoder::open(QByteArrayView prefix, Arguments &&...arguments)
{
    beginIfNeeded();
    closeSpoken();
    closeWholeCalls();
    const int place = static_cast<int>(m_before.size() + m_items.size());
    auto item = std::make_unique<Item>(
        m_events, place, m_object.itemId(prefix, place), std::forward<Arguments>(arguments)...);
    Item &opened = *item;
    m_items.push_back(std::move(item));
    return opened;
}

/// Messages and reasoning end where something else begins.
void ResponsesStreamEncoder::closeSpoken()
{
    if (m_message)
        m_message->close("completed");
    if (m_reasoning)
        m_reasoning->close("completed");
    m_message = nullptr;
    m_reasoning = nullptr;
}

/// Providers may send parallel calls in turns; one is over when its arguments are.
void ResponsesStreamEncoder::closeWholeCalls()
{
    for (const auto &[index, call] : m_calls) {
        if (call->isOpen() && call->isWhole())
            call->close("completed");
    }
}

void ResponsesStreamEncoder::closeAll(QByteArrayView status)
{
    for (const auto &item : m_items)
        item->close(status);
}

MessageItem &ResponsesStreamEncoder::message()
{
    if (!m_message)
        m_message = &open<MessageItem>("msg_");
    return *m_message;
}

ReasoningItem &ResponsesStreamEncoder::reasoning(int block)
{
    if (!m_reasoning || m_block != block)
        m_reasoning = &open<ReasoningItem>("rs_");
    m_block = block;
    return *m_reasoning;
}

void ResponsesStreamEncoder::sign(const chat::ReasoningSignature &signature)
{
    if (!signature.signature.isEmpty() || !signature.redacted.isEmpty())
        reasoning(signature.block).sign(signature);
}

void ResponsesStreamEncoder::beginCall(const chat::ToolCallBegin &call)
{
    if (m_calls.count(call.index) > 0)
        return;
    if (!m_names)
        m_names.emplace(m_request);
    if (!call.signature.isEmpty()) {
        ReasoningItem &seal = open<ReasoningItem>("rs_");
        seal.signCall(call.signature);
        seal.close("completed");
    }
    const ToolNames::Entry entry = m_names->find(call.name);
    m_calls[call.index] = &open<CallItem>(entry.custom || call.custom ? "ctc_" : "fc_", call, entry);
}

void ResponsesStreamEncoder::addImage(const chat::MediaDelta &delta)
{
    if (delta.media.kind == chat::MediaPart::Kind::Image && !delta.media.base64.isEmpty())
        open<ImageItem>("ig_", delta.media).close("completed");
}

ResponseObject::State ResponsesStreamEncoder::state(QByteArrayView status) const
{
    ResponseObject::State now;
    now.status = status;
    now.usage = m_usage;
    now.output = m_before.empty() ? QByteArray() : QByteArrayList(m_before.begin(), m_before.end()).join(',');
    for (const auto &item : m_items) {
        if (!now.output.isEmpty() && !item->json().isEmpty())
            now.output += ',';
        now.output += item->json();
    }
    return now;
}

void ResponsesStreamEncoder::tell(QByteArrayView event, const ResponseObject::State &state)
{
    m_response = m_object.write(state);
    m_events.begin(event).memberRaw("response", m_response);
    m_events.send();
}

/// Some clients look for one of these events, some for the other.
void ResponsesStreamEncoder::fail(const chat::Failure &failure)
{
    m_over = true;
    json::Writer &error = m_events.begin("error");
    writeStreamError(error, failure);
    m_events.send();
    ResponseObject::State failed = state("failed");
    failed.error = responseError(failure);
    tell("response.failed", failed);
}

void ResponsesStreamEncoder::end()
{
    if (!m_finished || m_finished->reason == FinishReason::Error) {
        fail(failureOf(m_finished ? &*m_finished : nullptr));
        return;
    }
    beginIfNeeded();
    m_over = true;
    const bool cut = m_finished->reason == FinishReason::Length;
    const bool filtered = m_finished->reason == FinishReason::ContentFilter;
    closeAll(cut || filtered ? "incomplete" : "completed");
    ResponseObject::State ended = state(cut || filtered ? "incomplete" : "completed");
    if (cut || filtered)
        ended.incompleteReason = cut ? "max_output_tokens" : "content_filter";
    tell(cut || filtered ? "response.incomplete" : "response.completed", ended);
}

namespace {

void replayReasoning(const ChatAnswer::Choice &choice, ResponsesStreamEncoder &encoder)
{
    int block = 0;
    for (const chat::ReasoningPart &part : choice.reasoning) {
        chat::ReasoningDelta delta(part.text);
        delta.block = block;
        (void)encoder.encode(delta);
        chat::ReasoningSignature signature;
        signature.block = block++;
        signature.signature = part.signature;
        signature.redacted = part.redacted;
        signature.id = part.id;
        signature.origin = part.origin;
        (void)encoder.encode(signature);
    }
}

void replayCalls(const ChatAnswer::Choice &choice, ResponsesStreamEncoder &encoder)
{
    int index = 0;
    for (const chat::ToolCallPart &call : choice.toolCalls) {
        chat::ToolCallBegin begin(index, call.id, call.name);
        begin.signature = call.signature;
        begin.custom = call.custom;
        (void)encoder.encode(begin);
        (void)encoder.encode(chat::ToolCallDelta(index++, call.arguments));
    }
}

} // namespace

QByteArray writeAnswer(const ChatAnswer &answer, const AnswerContext &context)
{
    ResponsesStreamEncoder encoder(context);
    chat::Started started(answer.id, answer.model);
    started.created = answer.created;
    (void)encoder.encode(started);
    if (const ChatAnswer::Choice *choice = answer.choice()) {
        replayReasoning(*choice, encoder);
        if (!choice->logprobs.isEmpty()) {
            chat::LogprobsDelta logprobs;
            logprobs.json = choice->logprobs;
            (void)encoder.encode(logprobs);
        }
        (void)encoder.encode(chat::TextDelta(choice->text));
        for (chat::Citation citation : choice->citations)
            (void)encoder.encode(citation);
        (void)encoder.encode(chat::RefusalDelta(choice->refusal));
        for (const chat::MediaDelta &media : choice->media)
            (void)encoder.encode(media);
        replayCalls(*choice, encoder);
        if (choice->finished)
            (void)encoder.encode(*choice->finished);
    }
    (void)encoder.encode(chat::UsageReport(answer.usage));
    (void)encoder.finish();
    return encoder.response();
}

} // namespace fairlead::wire::openai_responses
