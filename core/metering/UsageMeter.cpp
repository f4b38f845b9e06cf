// SPDX-License-Identifier: GPL-3.0-or-later
#include "metering/UsageMeter.h"

#include <algorithm>

namespace fairlead::metering {

using chat::TokenKind;

namespace {

Micros between(SteadyTime from, SteadyTime to)
{
    return std::chrono::duration_cast<Micros>(to - from);
}

// Four bytes of text a token: what OpenAI's and Anthropic's own guides give for English. Code and other
// languages differ by up to a factor of two, which is why the figure is marked as an estimate wherever it is
// shown.
std::int64_t estimatedTokens(qint64 bytes)
{
    constexpr qint64 kBytesPerToken = 4;
    return (bytes + kBytesPerToken - 1) / kBytesPerToken;
}

bool saysInput(const chat::Usage &usage)
{
    return usage.get(TokenKind::Input) || usage.get(TokenKind::CacheRead)
           || usage.get(TokenKind::CacheWrite5m) || usage.get(TokenKind::CacheWrite1h)
           || usage.get(TokenKind::AudioInput);
}

} // namespace

UsageMeter::UsageMeter(Clock &clock, std::shared_ptr<const PriceBook> prices)
    : m_clock(clock)
    , m_prices(std::move(prices))
{ }

void UsageMeter::begin(
    QByteArray id, QByteArray origin, QByteArray app, QByteArray dialect, QByteArray modelAsked,
    bool streamed, SteadyTime received)
{
    m_received = received;
    m_startedWall = m_clock.wall() - between(received, m_clock.steady());
    m_record.id = std::move(id);
    m_record.startedMs = toUnixMs(m_startedWall);
    m_record.origin = std::move(origin);
    m_record.app = std::move(app);
    m_record.dialect = std::move(dialect);
    m_record.modelAsked = std::move(modelAsked);
    m_record.streamed = streamed;
}

Micros UsageMeter::sinceReceived() const
{
    return between(m_received, m_clock.steady());
}

Micros UsageMeter::sinceAttempt() const
{
    return between(m_attemptStarted, m_clock.steady());
}

void UsageMeter::attemptStarted(
    QByteArray provider, QByteArray model, QByteArray keyName, QByteArray priceProvider)
{
    m_attemptStarted = m_clock.steady();
    m_attemptOpen = true;
    m_cost.reset();
    if (!m_record.queue)
        m_record.queue = sinceReceived();
    m_modelTargeted = model;
    m_priceProvider = priceProvider.isEmpty() ? provider : std::move(priceProvider);

    AttemptRecord attempt;
    attempt.provider = std::move(provider);
    attempt.model = std::move(model);
    attempt.keyName = std::move(keyName);
    attempt.startedAfter = sinceReceived();
    m_current = m_record.attempts.size();
    m_record.attempts.push_back(std::move(attempt));
}

void UsageMeter::attemptFailed(const chat::Failure &failure)
{
    if (!m_attemptOpen)
        return;
    m_attemptOpen = false;
    AttemptRecord &attempt = m_record.attempts[m_current];
    attempt.total = sinceAttempt();
    attempt.httpStatus = failure.status;
    attempt.failureClass = chat::failureClassName(failure.failureClass);
    attempt.message = failure.message;
}

Micros UsageMeter::since(const AttemptRecord &attempt) const
{
    return sinceReceived() - attempt.startedAfter.value_or(Micros(0));
}

void UsageMeter::goBackTo(std::size_t attempt, QByteArray priceProvider)
{
    const AttemptRecord &known = m_record.attempts[attempt];
    m_current = attempt;
    m_attemptOpen = true;
    m_attemptStarted = m_received + known.startedAfter.value_or(Micros(0));
    m_modelTargeted = known.model;
    m_priceProvider = priceProvider.isEmpty() ? known.provider : std::move(priceProvider);
    m_cost.reset();
}

void UsageMeter::attemptFailedBeside(std::size_t attempt, const chat::Failure &failure)
{
    AttemptRecord &failed = m_record.attempts[attempt];
    failed.total = since(failed);
    failed.httpStatus = failure.status;
    failed.failureClass = chat::failureClassName(failure.failureClass);
    failed.message = failure.message;
    m_attemptOpen = m_attemptOpen && attempt != m_current;
}

chat::Usage UsageMeter::promptUsage() const
{
    chat::Usage usage;
    if (m_promptBytes > 0) {
        usage.set(TokenKind::Input, estimatedTokens(m_promptBytes));
        usage.estimated = true;
    }
    return usage;
}

std::optional<NanoUsd> UsageMeter::promptCost(const QByteArray &priceProvider, const QByteArray &model) const
{
    const chat::Usage usage = promptUsage();
    if (!m_prices || usage.isEmpty())
        return std::nullopt;
    return PriceBook::cost(usage, m_prices->find(priceProvider, model, m_startedWall, usage.totalInput()))
        .total;
}

LedgerRecord UsageMeter::lostRace(std::size_t attempt, QByteArray id, const QByteArray &priceProvider)
{
    const chat::Failure slower(chat::FailureClass::Cancelled, 0, "Another target answered first.");
    attemptFailedBeside(attempt, slower);
    const AttemptRecord &lost = m_record.attempts[attempt];
    LedgerRecord row;
    row.id = std::move(id);
    row.parent = m_record.id;
    row.role = LedgerRecord::Role::Hedge;
    row.kind = m_record.kind;
    row.startedMs
        = m_record.startedMs
          + std::chrono::duration_cast<std::chrono::milliseconds>(lost.startedAfter.value_or(Micros(0)))
                .count();
    row.origin = m_record.origin;
    row.app = m_record.app;
    row.dialect = m_record.dialect;
    row.modelAsked = m_record.modelAsked;
    row.route = m_record.route;
    row.streamed = m_record.streamed;
    row.provider = lost.provider;
    row.model = lost.model;
    row.status = LedgerRecord::Status::Cancelled;
    row.failureClass = lost.failureClass;
    row.message = lost.message;
    row.total = lost.total;
    row.usage = promptUsage();
    const Cost cost = PriceBook::cost(
        row.usage, m_prices ? m_prices->find(priceProvider, row.model, m_startedWall, row.usage.totalInput())
                            : std::nullopt);
    row.cost = cost.total;
    row.priceRow = cost.priceRow;
    row.priceSource = cost.source;
    return row;
}

void UsageMeter::serving(std::optional<Micros> connect, std::optional<Micros> firstByte, int httpStatus)
{
    if (!m_attemptOpen)
        return;
    AttemptRecord &attempt = m_record.attempts[m_current];
    attempt.connect = connect;
    attempt.firstByte = firstByte;
    attempt.httpStatus = httpStatus;
    m_record.provider = attempt.provider;
    m_record.model = attempt.model;
    if (m_record.firstByte)
        return; // of an answer that goes on from elsewhere: its caller has had bytes already
    m_record.connect = connect;
    m_record.firstByte = firstByte ? between(m_received, m_attemptStarted) + *firstByte : sinceReceived();
}

void UsageMeter::sawVisible(qsizetype bytes)
{
    if (bytes <= 0)
        return;
    m_visibleBytes += bytes;
    if (!m_record.firstText)
        m_record.firstText = sinceReceived();
}

void UsageMeter::sawReasoning(qsizetype bytes)
{
    if (bytes <= 0)
        return;
    m_reasoningBytes += bytes;
    if (!m_record.firstReasoning)
        m_record.firstReasoning = sinceReceived();
}

void UsageMeter::observe(const chat::ChatEvent &event)
{
    m_cost.reset();
    std::visit(
        overloaded{
            [this](const chat::Started &started) {
                if (!started.model.isEmpty())
                    m_record.model = started.model;
            },
            [this](const chat::TextDelta &delta) { sawVisible(delta.text.size()); },
            [this](const chat::ReasoningDelta &delta) { sawReasoning(delta.text.size()); },
            [](const chat::ReasoningSignature &) {},
            [this](const chat::RefusalDelta &delta) { sawVisible(delta.text.size()); },
            // A tool call is what the caller waits for as much as text is.
            [this](const chat::ToolCallBegin &begin) { sawVisible(begin.name.size()); },
            [this](const chat::ToolCallDelta &delta) { sawVisible(delta.arguments.size()); },
            [](const chat::Citation &) {},
            [this](const chat::MediaDelta &delta) {
                sawVisible(delta.transcript.size());
                if (!m_record.firstText)
                    m_record.firstText = sinceReceived();
            },
            [](const chat::LogprobsDelta &) {},
            [this](const chat::UsageReport &report) { m_record.usage = report.usage; },
            [this](const chat::Finished &finished) {
                if (finished.choice == 0)
                    m_record.finishReason = chat::finishReasonName(finished.reason);
            },
            [this](const chat::Failed &failed) { m_streamFailure = failed.failure; },
        },
        event);
}

void UsageMeter::setRoute(QByteArray route, std::vector<Candidate> candidates)
{
    m_record.route = std::move(route);
    m_record.candidates = std::move(candidates);
}

void UsageMeter::setRole(LedgerRecord::Role role, QByteArray parent)
{
    m_record.role = role;
    m_record.parent = std::move(parent);
}

void UsageMeter::setLosses(QByteArray header)
{
    m_record.losses = std::move(header);
}

LedgerRecord UsageMeter::end(LedgerRecord::Status status, int clientStatus, const chat::Failure *failure)
{
    m_record.status = status;
    m_record.httpStatus = clientStatus;
    m_record.total = sinceReceived();
    if (failure == nullptr && m_streamFailure)
        failure = &*m_streamFailure;
    if (failure != nullptr) {
        m_record.failureClass = chat::failureClassName(failure->failureClass);
        m_record.message = failure->message;
    }
    if (m_attemptOpen) {
        m_attemptOpen = false;
        AttemptRecord &attempt = m_record.attempts[m_current];
        attempt.total = sinceAttempt();
        if (failure != nullptr) {
            attempt.failureClass = m_record.failureClass;
            attempt.message = failure->message;
        }
    }
    if (status != LedgerRecord::Status::Ok)
        estimateMissing();
    price();
    return std::move(m_record);
}

LedgerRecord UsageMeter::brokeOff(QByteArray id, const chat::Failure &failure)
{
    estimateMissing();
    price();
    LedgerRecord broken = m_record;
    broken.attempts.clear(); // the request's own row tells of all of them
    broken.candidates.clear();
    broken.id = std::move(id);
    broken.parent = m_record.id;
    broken.role = LedgerRecord::Role::Broken;
    broken.status = LedgerRecord::Status::Incomplete;
    broken.httpStatus = m_record.attempts.empty() ? 0 : m_record.attempts[m_current].httpStatus;
    broken.failureClass = chat::failureClassName(failure.failureClass);
    broken.message = failure.message;
    broken.total = sinceReceived();
    attemptFailed(failure);

    m_record.usage = chat::Usage();
    m_record.finishReason.clear();
    m_record.cost.reset();
    m_record.priceRow.clear();
    m_record.priceSource.clear();
    m_streamFailure.reset();
    m_cost.reset();
    m_visibleBytes = 0;
    m_reasoningBytes = 0;
    return broken;
}

// A cut answer was still generated and is still billed. What the provider reported before the cut may be an
// early figure (Anthropic's message_start says 1 to 8 output tokens), so the larger of report and text seen
// stands.
void UsageMeter::estimateMissing()
{
    m_cost.reset();
    chat::Usage &usage = m_record.usage;
    const bool finalReport = !m_record.finishReason.isEmpty() && usage.get(TokenKind::Output);
    if (finalReport)
        return;
    const auto raise = [&usage](TokenKind kind, std::int64_t tokens) {
        if (tokens <= usage.valueOrZero(kind))
            return;
        usage.set(kind, tokens);
        usage.estimated = true;
    };
    // Providers that count reasoning as output do so in one figure: splitting it again would count it twice.
    const bool reasoningInside = usage.get(TokenKind::Output) && !usage.get(TokenKind::Reasoning);
    if (reasoningInside) {
        raise(TokenKind::Output, estimatedTokens(m_visibleBytes + m_reasoningBytes));
    } else {
        raise(TokenKind::Output, estimatedTokens(m_visibleBytes));
        raise(TokenKind::Reasoning, estimatedTokens(m_reasoningBytes));
    }
    // Nothing came back: whether the provider read the prompt at all is not known.
    if (m_visibleBytes + m_reasoningBytes > 0 && m_promptBytes > 0 && !saysInput(usage)) {
        usage.set(TokenKind::Input, estimatedTokens(m_promptBytes));
        usage.estimated = true;
    }
}

Cost UsageMeter::cost() const
{
    if (!m_cost)
        m_cost = computeCost();
    return *m_cost;
}

Cost UsageMeter::computeCost() const
{
    const chat::Usage &usage = m_record.usage;
    if (!m_prices || usage.isEmpty())
        return Cost();
    // The model that answered may be a dated snapshot with a price of its own; a gateway's name for it may be
    // in no list.
    const auto find = [&](const QByteArray &model) {
        return model.isEmpty()
                   ? std::nullopt
                   : m_prices->find(
                       m_priceProvider, model, m_startedWall, usage.totalInput(), usage.serviceTier);
    };
    std::optional<PriceRow> row = find(m_record.model);
    if (!row && m_modelTargeted != m_record.model)
        row = find(m_modelTargeted);
    Cost cost = PriceBook::cost(usage, row);
    // Output without input: a cut stream whose prompt nobody counted, or a report without it (Gemini sends
    // such). A sum over half the bill is no cost.
    if (!saysInput(usage))
        cost.total.reset();
    return cost;
}

void UsageMeter::price()
{
    // Every provider that counts tokens does so for nothing; that is a known cost.
    if (m_record.kind == LedgerRecord::Kind::TokenCount) {
        m_record.cost = NanoUsd(0);
        return;
    }
    const Cost cost = this->cost();
    m_record.cost = cost.total;
    m_record.priceRow = cost.priceRow;
    m_record.priceSource = cost.source;
}

} // namespace fairlead::metering
