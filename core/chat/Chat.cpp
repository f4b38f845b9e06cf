// SPDX-License-Identifier: GPL-3.0-or-later
#include "chat/ChatAnswer.h"

#include "json/View.h"

#include <algorithm>

namespace fairlead::chat {

QByteArray tokenKindName(TokenKind kind)
{
    switch (kind) {
    case TokenKind::Input:
        return QByteArrayLiteral("input");
    case TokenKind::CacheRead:
        return QByteArrayLiteral("cache_read");
    case TokenKind::CacheWrite5m:
        return QByteArrayLiteral("cache_write_5m");
    case TokenKind::CacheWrite1h:
        return QByteArrayLiteral("cache_write_1h");
    case TokenKind::AudioInput:
        return QByteArrayLiteral("audio_input");
    case TokenKind::Output:
        return QByteArrayLiteral("output");
    case TokenKind::Reasoning:
        return QByteArrayLiteral("reasoning");
    case TokenKind::AudioOutput:
        return QByteArrayLiteral("audio_output");
    }
    Q_UNREACHABLE();
}

bool Usage::isEmpty() const
{
    return std::none_of(
        m_tokens.begin(), m_tokens.end(), [](const auto &tokens) { return tokens.has_value(); });
}

std::int64_t Usage::totalInput() const
{
    return valueOrZero(TokenKind::Input) + valueOrZero(TokenKind::CacheRead)
           + valueOrZero(TokenKind::CacheWrite5m) + valueOrZero(TokenKind::CacheWrite1h)
           + valueOrZero(TokenKind::AudioInput);
}

std::int64_t Usage::totalOutput() const
{
    return valueOrZero(TokenKind::Output) + valueOrZero(TokenKind::Reasoning)
           + valueOrZero(TokenKind::AudioOutput);
}

Usage fromInclusive(const InclusiveCounts &counts)
{
    Usage usage;
    const auto atLeastZero = [](std::int64_t value) { return std::max<std::int64_t>(value, 0); };
    if (counts.cacheRead)
        usage.set(TokenKind::CacheRead, *counts.cacheRead);
    if (counts.cacheWrite)
        usage.set(TokenKind::CacheWrite5m, *counts.cacheWrite);
    if (counts.audioInput)
        usage.set(TokenKind::AudioInput, *counts.audioInput);
    if (counts.prompt) {
        usage.set(
            TokenKind::Input, atLeastZero(
                                  *counts.prompt - counts.cacheRead.value_or(0)
                                  - counts.cacheWrite.value_or(0) - counts.audioInput.value_or(0)));
    }
    if (counts.reasoning)
        usage.set(TokenKind::Reasoning, *counts.reasoning);
    if (counts.audioOutput)
        usage.set(TokenKind::AudioOutput, *counts.audioOutput);
    if (counts.completion) {
        usage.set(
            TokenKind::Output,
            atLeastZero(*counts.completion - counts.reasoning.value_or(0) - counts.audioOutput.value_or(0)));
    }
    return usage;
}

QByteArray failureClassName(FailureClass failureClass)
{
    switch (failureClass) {
    case FailureClass::Credential:
        return QByteArrayLiteral("credential");
    case FailureClass::Permission:
        return QByteArrayLiteral("permission");
    case FailureClass::Quota:
        return QByteArrayLiteral("quota");
    case FailureClass::RateLimit:
        return QByteArrayLiteral("rate_limit");
    case FailureClass::CallerFault:
        return QByteArrayLiteral("caller_fault");
    case FailureClass::ContextLength:
        return QByteArrayLiteral("context_length");
    case FailureClass::ContentPolicy:
        return QByteArrayLiteral("content_policy");
    case FailureClass::ModelMissing:
        return QByteArrayLiteral("model_missing");
    case FailureClass::Overloaded:
        return QByteArrayLiteral("overloaded");
    case FailureClass::Transient:
        return QByteArrayLiteral("transient");
    case FailureClass::Connection:
        return QByteArrayLiteral("connection");
    case FailureClass::TimedOut:
        return QByteArrayLiteral("timed_out");
    case FailureClass::Protocol:
        return QByteArrayLiteral("protocol");
    case FailureClass::Cancelled:
        return QByteArrayLiteral("cancelled");
    case FailureClass::Internal:
        return QByteArrayLiteral("internal");
    }
    Q_UNREACHABLE();
}

QByteArray finishReasonName(FinishReason reason)
{
    switch (reason) {
    case FinishReason::Stop:
        return QByteArrayLiteral("stop");
    case FinishReason::Length:
        return QByteArrayLiteral("length");
    case FinishReason::ToolCalls:
        return QByteArrayLiteral("tool_calls");
    case FinishReason::ContentFilter:
        return QByteArrayLiteral("content_filter");
    case FinishReason::Error:
        return QByteArrayLiteral("error");
    }
    Q_UNREACHABLE();
}

QByteArray ChatAnswer::Choice::reasoningText() const
{
    QByteArray joined;
    for (const ReasoningPart &part : reasoning)
        joined += part.text;
    return joined;
}

const ChatAnswer::Choice *ChatAnswer::choice(int index) const
{
    const auto it
        = std::find_if(choices.begin(), choices.end(), [&](const Choice &c) { return c.index == index; });
    return it == choices.end() ? nullptr : &*it;
}

ChatAnswer::Choice &Accumulator::choice(int index)
{
    auto &choices = m_answer.choices;
    const auto it
        = std::lower_bound(choices.begin(), choices.end(), index, [](const ChatAnswer::Choice &c, int i) {
              return c.index < i;
          });
    if (it != choices.end() && it->index == index)
        return *it;
    ChatAnswer::Choice fresh;
    fresh.index = index;
    return *choices.insert(it, std::move(fresh));
}

namespace {

// Blocks and calls are numbered by small indexes; a hostile one must not make us allocate.
constexpr int kMostBlocks = 4096;

template<typename T>
T *slot(std::vector<T> &list, int index)
{
    if (index < 0 || index >= kMostBlocks)
        return nullptr;
    if (static_cast<std::size_t>(index) >= list.size())
        list.resize(static_cast<std::size_t>(index) + 1);
    return &list[static_cast<std::size_t>(index)];
}

/// Adds the elements of `json[name]` to a list.
void appendItems(QByteArray &items, const QByteArray &json, QByteArrayView name)
{
    const auto document = json::Document::parse(json);
    if (!document)
        return;
    for (const json::View item : (*document)[name].elements()) {
        if (!items.isEmpty())
            items += ',';
        items += item.raw();
    }
}

void append(MediaDelta &whole, const MediaDelta &part)
{
    const QByteArray data = whole.media.base64 + part.media.base64;
    const QByteArray transcript = whole.transcript + part.transcript;
    // The first fragment names the kind; OpenAI repeats nothing, others repeat all.
    if (whole.media.mediaType.isEmpty() && whole.media.fileId.isEmpty())
        whole = part;
    whole.media.base64 = data;
    whole.transcript = transcript;
}

} // namespace

const ChatAnswer &Accumulator::answer()
{
    settleLogprobs();
    return m_answer;
}

ChatAnswer Accumulator::take()
{
    settleLogprobs();
    return std::move(m_answer);
}

/// A second delta of a choice continues the first one's lists.
void Accumulator::addLogprobs(const LogprobsDelta &delta)
{
    QByteArray &whole = choice(delta.choice).logprobs;
    if (whole.isEmpty()) {
        whole = delta.json;
        return;
    }
    auto known = std::find_if(m_logprobs.begin(), m_logprobs.end(), [&](const Logprobs &candidate) {
        return candidate.choice == delta.choice;
    });
    if (known == m_logprobs.end()) {
        known = m_logprobs.insert(known, Logprobs());
        known->choice = delta.choice;
        appendItems(known->content, whole, "content");
        appendItems(known->refusal, whole, "refusal");
    }
    appendItems(known->content, delta.json, "content");
    appendItems(known->refusal, delta.json, "refusal");
}

void Accumulator::settleLogprobs()
{
    const auto list = [](const QByteArray &items) {
        return items.isEmpty() ? QByteArray("null") : QByteArray('[' + items + ']');
    };
    for (const Logprobs &joined : m_logprobs) {
        choice(joined.choice).logprobs
            = "{\"content\":" + list(joined.content) + ",\"refusal\":" + list(joined.refusal) + '}';
    }
}

void Accumulator::add(const ChatEvent &event)
{
    std::visit(
        overloaded{
            [this](const Started &started) {
                m_answer.id = started.id;
                m_answer.model = started.model;
                m_answer.created = started.created;
                m_answer.fingerprint = started.fingerprint;
            },
            [this](const TextDelta &delta) { choice(delta.choice).text += delta.text; },
            [this](const ReasoningDelta &delta) {
                if (auto *part = slot(choice(delta.choice).reasoning, delta.block))
                    part->text += delta.text;
            },
            [this](const ReasoningSignature &signature) {
                if (auto *part = slot(choice(signature.choice).reasoning, signature.block)) {
                    part->signature += signature.signature;
                    part->redacted += signature.redacted;
                    part->id = signature.id;
                    part->origin = signature.origin;
                }
            },
            [this](const RefusalDelta &delta) { choice(delta.choice).refusal += delta.text; },
            [this](const ToolCallBegin &begin) {
                if (auto *call = slot(choice(begin.choice).toolCalls, begin.index)) {
                    call->id = begin.id;
                    call->name = begin.name;
                    call->signature = begin.signature;
                    call->custom = begin.custom;
                }
            },
            [this](const ToolCallDelta &delta) {
                if (auto *call = slot(choice(delta.choice).toolCalls, delta.index))
                    call->arguments += delta.arguments;
            },
            [this](const Citation &citation) { choice(citation.choice).citations.push_back(citation); },
            [this](const MediaDelta &delta) {
                if (auto *media = slot(choice(delta.choice).media, delta.block))
                    append(*media, delta);
            },
            [this](const LogprobsDelta &delta) { addLogprobs(delta); },
            [this](const UsageReport &report) { m_answer.usage = report.usage; },
            [this](const Finished &finished) { choice(finished.choice).finished = finished; },
            [this](const Failed &failed) { m_answer.failure = failed.failure; },
        },
        event);
}

} // namespace fairlead::chat
