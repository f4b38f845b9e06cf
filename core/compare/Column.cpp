// SPDX-License-Identifier: GPL-3.0-or-later
#include "compare/Comparison.h"

#include <QPointer>

#include <algorithm>

namespace fairlead::compare {

using chat::ChatEvent;
using metering::LedgerRecord;
using metering::Micros;

namespace {

// A hostile index must not make us allocate.
constexpr int kMostToolCalls = 256;

Micros since(SteadyTime start, const Clock &clock)
{
    return std::chrono::duration_cast<Micros>(clock.steady() - start);
}

} // namespace

class Column::Private
{
public:
    Private(Column &owner, gateway::Gateway &gateway, const Clock &clock, QByteArray name)
        : q(owner)
        , m_gateway(gateway)
        , m_clock(clock)
        , m_modelName(std::move(name))
    { }

    void dropAnswer();
    void reset();
    void setState(State state);
    void observe(const QList<ChatEvent> &batch);
    void finish(const LedgerRecord &record);
    void take(const ChatEvent &event, QByteArray &text, QByteArray &reasoning);
    void takeToolCall(int index, const chat::ToolCallBegin *begin, const QByteArray &arguments);
    void markFirstText();

    Column &q;
    gateway::Gateway &m_gateway;
    const Clock &m_clock;
    QByteArray m_modelName;
    State m_state = State::Idle;
    Figures m_figures;
    QByteArray m_text;
    QByteArray m_reasoning;
    std::vector<chat::ToolCallPart> m_toolCalls;
    QByteArray m_failure;
    bool m_tooLong = false;
    bool m_toolCallsTouched = false;
    SteadyTime m_askedAt;
    std::optional<SteadyTime> m_thinkingSince;
    std::unique_ptr<gateway::Answer> m_answer;
};

/// Lets go of the answer, whose own signal may be what called us: so it dies in the event loop, never here.
void Column::Private::dropAnswer()
{
    if (gateway::Answer *answer = m_answer.release()) {
        QObject::disconnect(answer, nullptr, &q, nullptr);
        answer->deleteLater();
    }
}

void Column::Private::reset()
{
    if (m_answer) {
        QObject::disconnect(m_answer.get(), nullptr, &q, nullptr);
        m_answer->cancel();
    }
    dropAnswer();
    m_figures = Figures();
    m_text.clear();
    m_reasoning.clear();
    m_toolCalls.clear();
    m_failure.clear();
    m_tooLong = false;
    m_thinkingSince.reset();
}

void Column::Private::setState(State state)
{
    if (std::exchange(m_state, state) != state)
        Q_EMIT q.stateChanged();
}

void Column::Private::markFirstText()
{
    if (m_figures.firstText)
        return;
    m_figures.firstText = since(m_askedAt, m_clock);
    if (m_thinkingSince)
        m_figures.thinking = since(*m_thinkingSince, m_clock);
}

void Column::Private::takeToolCall(int index, const chat::ToolCallBegin *begin, const QByteArray &arguments)
{
    if (index < 0 || index >= kMostToolCalls)
        return;
    const auto place = static_cast<std::size_t>(index);
    if (place >= m_toolCalls.size())
        m_toolCalls.resize(place + 1);
    if (begin) {
        m_toolCalls[place].id = begin->id;
        m_toolCalls[place].name = begin->name;
        m_toolCalls[place].custom = begin->custom;
    }
    if (m_toolCalls[place].arguments.size() + arguments.size() <= kMostTextBytes)
        m_toolCalls[place].arguments += arguments;
    m_toolCallsTouched = true;
    markFirstText();
}

void Column::Private::take(const ChatEvent &event, QByteArray &text, QByteArray &reasoning)
{
    std::visit(
        overloaded{
            [](const chat::Started &) {},
            [&](const chat::TextDelta &delta) { text += delta.choice == 0 ? delta.text : QByteArray(); },
            [&](const chat::ReasoningDelta &delta) {
                reasoning += delta.choice == 0 ? delta.text : QByteArray();
            },
            [](const chat::ReasoningSignature &) {},
            [&](const chat::RefusalDelta &delta) { text += delta.choice == 0 ? delta.text : QByteArray(); },
            [&](const chat::ToolCallBegin &begin) {
                if (begin.choice == 0)
                    takeToolCall(begin.index, &begin, QByteArray());
            },
            [&](const chat::ToolCallDelta &delta) {
                if (delta.choice == 0)
                    takeToolCall(delta.index, nullptr, delta.arguments);
            },
            [](const chat::Citation &) {},
            [](const chat::MediaDelta &) {},
            [](const chat::LogprobsDelta &) {},
            [&](const chat::UsageReport &report) {
                m_figures.inputTokens = report.usage.totalInput();
                m_figures.outputTokens = report.usage.totalOutput();
                m_figures.reasoningTokens = report.usage.get(chat::TokenKind::Reasoning);
            },
            [&](const chat::Finished &finished) {
                if (finished.choice == 0)
                    m_figures.finishReason = chat::finishReasonName(finished.reason);
            },
            [&](const chat::Failed &failed) { m_failure = failed.failure.message; },
        },
        event);
}

void Column::Private::observe(const QList<ChatEvent> &batch)
{
    const QPointer<Column> alive(&q);
    QByteArray text;
    QByteArray reasoning;
    m_toolCallsTouched = false;
    for (const ChatEvent &event : batch)
        take(event, text, reasoning);

    if (m_text.size() + m_reasoning.size() + text.size() + reasoning.size() > kMostTextBytes) {
        m_tooLong = true;
        m_answer->cancel();
        return;
    }
    if (!reasoning.isEmpty() && !m_thinkingSince)
        m_thinkingSince = m_clock.steady();
    if (!text.isEmpty())
        markFirstText();
    m_reasoning += reasoning;
    m_text += text;

    if (!text.isEmpty() || m_toolCallsTouched)
        setState(State::Streaming);
    else if (!reasoning.isEmpty() && m_state == State::Waiting)
        setState(State::Thinking);
    if (alive && !reasoning.isEmpty())
        Q_EMIT q.reasoningAppended(reasoning);
    if (alive && !text.isEmpty())
        Q_EMIT q.textAppended(text);
    if (alive && m_toolCallsTouched)
        Q_EMIT q.toolCallsChanged();
    if (alive)
        Q_EMIT q.figuresChanged();
}

void Column::Private::finish(const LedgerRecord &record)
{
    const QPointer<Column> alive(&q);
    dropAnswer();
    m_figures.firstText = record.firstText ? record.firstText : m_figures.firstText;
    m_figures.total = record.total;
    if (record.firstReasoning) {
        const std::optional<Micros> until = record.firstText ? record.firstText : record.total;
        if (until)
            m_figures.thinking = *until - *record.firstReasoning;
    } else if (m_thinkingSince && !m_figures.thinking) {
        m_figures.thinking = since(*m_thinkingSince, m_clock);
    }
    m_figures.tokensPerSecond = record.tokensPerSecond();
    if (!record.usage.isEmpty()) {
        m_figures.inputTokens = record.usage.totalInput();
        m_figures.outputTokens = record.usage.totalOutput();
        m_figures.reasoningTokens = record.usage.get(chat::TokenKind::Reasoning);
    }
    m_figures.estimated = record.usage.estimated;
    m_figures.cost = record.bookedCost();
    if (!record.finishReason.isEmpty())
        m_figures.finishReason = record.finishReason;
    m_figures.provider = record.provider;
    m_figures.model = record.model;
    m_figures.requestId = record.id;
    if (m_failure.isEmpty())
        m_failure = record.message;

    Q_EMIT q.figuresChanged();
    if (!alive)
        return;
    switch (record.status) {
    case LedgerRecord::Status::Ok:
        setState(State::Done);
        return;
    case LedgerRecord::Status::Cancelled:
        setState(m_tooLong ? State::Failed : State::Stopped);
        return;
    case LedgerRecord::Status::Failed:
    case LedgerRecord::Status::Incomplete:
        setState(State::Failed);
        return;
    }
}

Column::Column(gateway::Gateway &gateway, QByteArray modelName, const Clock &clock, QObject *parent)
    : QObject(parent)
    , d(std::make_unique<Private>(*this, gateway, clock, std::move(modelName)))
{ }

// The gateway may be next to go: the answer is destroyed now, not left to the event loop.
Column::~Column() = default;

QByteArray Column::modelName() const
{
    return d->m_modelName;
}

void Column::setModelName(const QByteArray &name)
{
    if (std::exchange(d->m_modelName, name) != name)
        Q_EMIT modelNameChanged();
}

Column::State Column::state() const
{
    return d->m_state;
}

bool Column::isRunning() const
{
    return d->m_state == State::Waiting || d->m_state == State::Thinking || d->m_state == State::Streaming;
}

std::optional<Micros> Column::thinkingTime() const
{
    if (d->m_figures.thinking || !d->m_thinkingSince)
        return d->m_figures.thinking;
    return since(*d->m_thinkingSince, d->m_clock);
}

const Column::Figures &Column::figures() const
{
    return d->m_figures;
}
QByteArray Column::text() const
{
    return d->m_text;
}
QByteArray Column::reasoningText() const
{
    return d->m_reasoning;
}
std::vector<chat::ToolCallPart> Column::toolCalls() const
{
    return d->m_toolCalls;
}

QString Column::errorText() const
{
    if (d->m_state != State::Failed)
        return QString();
    if (d->m_tooLong)
        return tr("The answer grew beyond %1 MiB and was stopped. Ask for less at once.")
            .arg(kMostTextBytes / 1024 / 1024);
    if (d->m_failure.isEmpty())
        return tr("The answer ended early and nobody said why. Run it again.");
    return QString::fromUtf8(d->m_failure);
}

void Column::ask(const chat::ChatRequest &request)
{
    const QPointer<Column> alive(this);
    d->reset();
    Q_EMIT cleared();
    Q_EMIT figuresChanged();
    if (!alive)
        return;
    chat::ChatRequest own = request;
    own.model = d->m_modelName;
    d->m_askedAt = d->m_clock.steady();
    d->m_answer = d->m_gateway.ask(std::move(own), QByteArrayLiteral("compare"));
    connect(d->m_answer.get(), &gateway::Answer::events, this, [this](const QList<ChatEvent> &batch) {
        d->observe(batch);
    });
    connect(d->m_answer.get(), &gateway::Answer::finished, this, [this](const LedgerRecord &record) {
        d->finish(record);
    });
    d->setState(State::Waiting);
}

void Column::stop()
{
    if (d->m_answer)
        d->m_answer->cancel();
}

void Column::clear()
{
    d->reset();
    Q_EMIT cleared();
    Q_EMIT figuresChanged();
    d->setState(State::Idle);
}

} // namespace fairlead::compare
