// SPDX-License-Identifier: GPL-3.0-or-later
#include "gateway/Conversation.h"

#include "base/Ids.h"
#include "base/Logging.h"
#include "gateway/Replies.h"
#include "gateway/Shadows.h"

#include <utility>

namespace fairlead::gateway {

namespace {

using namespace std::chrono_literals;

// Between two things an answer says. Where nobody else can go on, only the dead are given up.
constexpr milliseconds kPatience = 5min;
constexpr milliseconds kPatienceWithChoice = 20s;
constexpr milliseconds kPatienceWithThinker = 60s;
// For what may follow a complete answer: its usage, the dialect's end.
constexpr milliseconds kPatienceForEnd = 2s;

constexpr qsizetype kMostHeldBytes = 16 * 1024 * 1024;
constexpr qsizetype kPieceSize = sizeof(providers::Piece) + sizeof(chat::ChatEvent);

/// Comments and pings keep a connection alive; an answer they are not.
bool saysNothing(const providers::Piece &piece)
{
    return piece.events.empty() && (piece.bytes.startsWith(':') || piece.bytes.startsWith("event: ping"));
}

chat::Failure silence(const routing::Serving &serving)
{
    return chat::Failure(
        chat::FailureClass::TimedOut, 0,
        serving.target.provider->name.toUtf8() + " stopped in the middle of its answer.");
}

chat::Failure anotherAnswer(const routing::Serving &serving)
{
    return chat::Failure(
        chat::FailureClass::Protocol, 0,
        "The answer broke off, and " + serving.target.provider->id + '/' + serving.target.model
            + " answers differently: it cannot be gone on with.");
}

} // namespace

Conversation::Conversation(Services &services, Start start)
    : m_services(services)
    , m_routing(services.routing)
    , m_id(start.id.isEmpty() ? newRequestId(toUnixMs(services.clock.wall())) : start.id)
    , m_modelAsked(start.modelAsked)
    , m_meter(services.clock, services.prices)
    , m_call(start.call)
    , m_estimate(start.estimate)
{
    const CancelSource cancel = m_cancel;
    m_callerGone = start.caller.onCancel([cancel, caller = start.caller] { cancel.cancel(caller.reason()); });

    LiveExchange exchange;
    exchange.id = m_id;
    exchange.origin = start.origin;
    exchange.app = start.app;
    exchange.modelAsked = start.modelAsked;
    exchange.startedMs = toUnixMs(services.clock.wall());
    m_place = services.live.add(std::move(exchange), m_cancel);

    m_meter.begin(
        m_id, std::move(start.origin), std::move(start.app), std::move(start.dialect),
        std::move(start.modelAsked), start.streamed, start.received);
    m_meter.setKind(start.kind);
    m_streamed = start.streamed && start.kind == metering::LedgerRecord::Kind::Chat;
    if (start.promptBytes > 0)
        m_meter.setPromptBytes(start.promptBytes);
}

Conversation::~Conversation()
{
    if (m_watched)
        m_services.stalls->remove(*this);
    if (!m_booked)
        end(kClientClosedRequest);
}

tl::expected<routing::RoutePlan, chat::Failure> Conversation::plan(routing::CallSource &calls)
{
    auto plan = m_routing->resolve(m_modelAsked);
    if (!plan || !plan->route)
        return plan;
    auto failure = m_services.router ? applyRules(*plan, calls) : std::nullopt;
    m_meter.setRoute(plan->route->model, plan->candidates);
    if (failure)
        return tl::make_unexpected(std::move(*failure));
    m_conversation = plan->conversation;
    return plan;
}

std::optional<chat::Failure> Conversation::applyRules(routing::RoutePlan &plan, routing::CallSource &calls)
{
    routing::RequestFacts facts;
    facts.app = m_meter.record().app;
    facts.modelAsked = m_modelAsked;
    facts.headers = calls.headers();
    facts.now = m_services.clock.wall();
    facts.look = [&calls] { return calls.look(); };
    facts.budgetLeft = m_services.budgetLeft;
    auto failure = m_services.router->order(*m_routing, plan, facts);
    noteResting(plan);
    if (!m_services.shadows)
        plan.shadows.clear();
    return failure;
}

/// What Failover will try last, whatever the rules say.
void Conversation::noteResting(routing::RoutePlan &plan) const
{
    const routing::TargetHealth &health = m_services.failover.experience().targets;
    for (std::size_t i = 0; i < plan.targets.size(); ++i) {
        const routing::Target &target = plan.targets[i];
        if (!health.isResting(target))
            continue;
        for (const routing::TargetState &state : health.states()) {
            if (state.provider == target.provider->id && state.model == target.model)
                plan.candidates[i].reason += ", but tried last: " + state.words;
        }
    }
}

Task<tl::expected<void, chat::Failure>>
Conversation::open(routing::CallSource &calls, std::optional<routing::RoutePlan> given)
{
    if (!given) {
        auto planned = plan(calls);
        if (!planned)
            co_return tl::make_unexpected(planned.error());
        given = std::move(*planned);
    }

    if (m_services.gate && !m_services.gate->isOpen()) {
        m_gate = std::make_unique<routing::RequestGate>(*m_services.gate, estimate());
        if (auto refused = m_gate->admit(m_meter.record().app, given->targets))
            co_return tl::make_unexpected(std::move(*refused));
    }
    for (const routing::Target &target : given->shadows)
        m_services.shadows->start(target, calls, m_meter.record());
    if (m_streamed && given->route) {
        m_idle = given->route->deadlines.idle;
        if (config::recoveryOf(given->route) != config::Recovery::Off)
            m_recovery = std::make_unique<Recovery>(*given, calls);
    }

    auto served = co_await tryTargets(std::move(*given), calls);
    if (!served)
        co_return tl::make_unexpected(served.error());
    bookBeside(*served);
    m_meter.setLosses(served->prepared.losses.header());
    m_serving.emplace(std::move(*served));
    if (m_streamed && m_services.stalls) {
        m_services.stalls->add(*this);
        m_watched = true;
    }
    co_return tl::expected<void, chat::Failure>();
}

Task<tl::expected<routing::Serving, chat::Failure>>
Conversation::tryTargets(routing::RoutePlan plan, routing::CallSource &calls)
{
    const routing::Failover::Progress progress = [this](const routing::Target &target, int attempt) {
        m_services.live.update(m_place, [&](LiveExchange &exchange) {
            exchange.phase = LiveExchange::Phase::Waiting;
            exchange.provider = target.provider->id;
            exchange.model = target.model;
            exchange.attempts = attempt;
        });
    };
    if (!m_streamed)
        return m_services.failover.open(
            std::move(plan), calls, m_meter, m_cancel.token(), progress, m_gate.get());
    const CancelSource &attempt = m_attempt.emplace();
    m_requestGone = m_cancel.token().onCancel(
        [attempt, request = m_cancel.token()] { attempt.cancel(request.reason()); });
    return m_services.failover.open(std::move(plan), calls, m_meter, attempt.token(), progress, m_gate.get());
}

void Conversation::bookBeside(routing::Serving &serving)
{
    for (metering::LedgerRecord &row : serving.beside)
        m_services.ledger.append(std::move(row));
    serving.beside.clear();
}

routing::Estimate Conversation::estimate() const
{
    routing::Estimate most;
    if (m_estimate)
        most = *m_estimate;
    else if (m_call)
        most = routing::estimateOf(*m_call);
    else
        most.outputTokens = 0; // pictures, sound: whose tokens nobody can tell
    if (m_meter.record().kind != metering::LedgerRecord::Kind::Chat)
        most.outputTokens = 0;
    return most;
}

Task<providers::Piece> Conversation::next()
{
    for (;;) {
        if (m_broken) {
            auto end = co_await goOn();
            if (end)
                co_return std::move(*end);
        }
        auto ready = tryNext();
        if (ready)
            co_return std::move(*ready);
        if (m_broken || m_heldTaken < m_serving->held.size())
            continue;
        m_awaits = true;
        providers::Piece piece = co_await m_serving->answer->next();
        m_awaits = false;
        if (accept(piece))
            co_return piece;
    }
}

std::optional<providers::Piece> Conversation::tryNext()
{
    if (m_wholeTaken < m_whole.size())
        return std::move(m_whole[m_wholeTaken++]);
    if (m_broken)
        return std::nullopt;
    std::optional<providers::Piece> piece;
    if (m_heldTaken < m_serving->held.size())
        piece = std::move(m_serving->held[m_heldTaken++]);
    else
        piece = m_serving->answer->tryNext();
    if (piece && !accept(*piece))
        piece.reset();
    return piece;
}

Task<> Conversation::hold()
{
    m_recovery->setHolding(true);
    std::vector<providers::Piece> pieces;
    qsizetype bytes = 0;
    for (bool last = false; !last && bytes <= kMostHeldBytes;) {
        const int before = m_recovery->rescues();
        providers::Piece piece = co_await next();
        if (m_recovery->rescues() != before) { // what was read so far is of another answer
            pieces.clear();
            bytes = 0;
        }
        last = piece.last;
        bytes += piece.bytes.size() + kPieceSize;
        pieces.push_back(std::move(piece));
    }
    m_recovery->setHolding(false);
    m_recovery->giveUp();
    m_whole = std::move(pieces);
}

/// Whether a piece that has come is for the caller.
bool Conversation::accept(providers::Piece &piece)
{
    m_spoke = m_spoke || !saysNothing(piece);
    if (hasBroken(piece)) {
        observe(piece);
        return false;
    }
    observe(piece);
    if (!m_recovery)
        return true;
    switch (m_recovery->review(piece, m_serving->prepared.passThrough)) {
    case Recovery::Verdict::Tell:
        return true;
    case Recovery::Verdict::Wait:
        return false;
    case Recovery::Verdict::Differs:
        m_differs = true;
        m_broken = anotherAnswer(*m_serving);
        return false;
    }
    Q_UNREACHABLE();
}

/// Takes the failure from a piece that brings one and need not be the last.
bool Conversation::hasBroken(providers::Piece &piece)
{
    auto *failed = piece.events.empty() ? nullptr : std::get_if<chat::Failed>(&piece.events.back());
    if (!failed)
        return false;
    if (m_stalled && failed->failure.failureClass == chat::FailureClass::Cancelled)
        failed->failure = silence(*m_serving);
    if (!m_recovery || m_cancel.isCancelled()
        || !m_recovery->mayRescue(failed->failure, *m_serving, m_meter.record().attempts))
        return false;
    m_broken = std::move(failed->failure);
    piece.events.pop_back();
    return true;
}

/// The next answer, in place of the one that broke; the last piece if there is none.
Task<std::optional<providers::Piece>> Conversation::goOn()
{
    chat::Failure broken = std::move(*m_broken);
    m_broken.reset();
    m_blamed = true; // to answer differently is no fault
    if (m_differs)
        co_return giveUp(std::move(broken));
    qCInfo(lcGateway).noquote() << m_id << "broke off:" << broken.message;
    m_services.ledger.append(m_meter.brokeOff(newRequestId(toUnixMs(m_services.clock.wall())), broken));
    m_services.failover.broke(*m_serving, broken);
    m_serving->answer.reset();
    const auto reopened = co_await reopen();
    if (reopened)
        co_return std::nullopt;
    if (reopened.error().failureClass == chat::FailureClass::ContentPolicy
        || reopened.error().failureClass == chat::FailureClass::Cancelled)
        co_return giveUp(reopened.error());
    if (!reopened.error().message.isEmpty())
        broken.message += " Nobody could go on with it: " + reopened.error().message;
    co_return giveUp(std::move(broken));
}

Task<tl::expected<void, chat::Failure>> Conversation::reopen()
{
    routing::RoutePlan plan = m_recovery->planAfter(m_meter.record().attempts);
    OnwardCalls onward(m_recovery->calls(), m_services.prices.get(), m_recovery->told().text());
    routing::CallSource *calls = &onward;
    if (m_recovery->isHolding())
        calls = &m_recovery->calls();
    auto served = co_await tryTargets(plan, *calls);
    const bool prefillRefused
        = !served && onward.continues() && served.error().failureClass == chat::FailureClass::CallerFault;
    if (prefillRefused) {
        onward.stopContinuing();
        served = co_await tryTargets(std::move(plan), onward);
    }
    if (!served)
        co_return tl::make_unexpected(served.error());
    bookBeside(*served);
    *m_serving = std::move(*served);
    m_heldTaken = 0;
    m_stalled = false;
    m_blamed = false;
    m_recovery->begin(onward.continues());
    m_meter.setRescue(m_recovery->rescue());
    m_meter.setLosses(m_serving->prepared.losses.header());
    co_return tl::expected<void, chat::Failure>();
}

providers::Piece Conversation::giveUp(chat::Failure failure)
{
    if (m_attempt)
        m_attempt->cancel(CancelReason::Superseded);
    providers::Piece piece;
    piece.last = true;
    piece.events.emplace_back(chat::Failed(std::move(failure)));
    observe(piece);
    return piece;
}

bool Conversation::hasSpoken()
{
    return std::exchange(m_spoke, false) || !m_awaits;
}

milliseconds Conversation::patience() const
{
    if (m_serving->answer->isComplete())
        return kPatienceForEnd;
    if (m_idle)
        return *m_idle;
    if (!m_recovery)
        return kPatience;
    return m_meter.record().firstReasoning ? kPatienceWithThinker : kPatienceWithChoice;
}

void Conversation::stalled()
{
    m_stalled = true;
    m_serving->answer->waitNoLonger();
    const CancelSource attempt = *m_attempt; // who waits may end this
    attempt.cancel(CancelReason::TimedOut);
}

void Conversation::observe(const providers::Piece &piece)
{
    for (const chat::ChatEvent &event : piece.events) {
        if (const auto *failed = std::get_if<chat::Failed>(&event))
            m_failure = failed->failure;
        m_meter.observe(event);
    }
    if (piece.skipped > 0)
        noteSkipped(piece.skipped);
    if (!m_streaming) {
        m_streaming = true;
        m_services.live.update(
            m_place, [](LiveExchange &exchange) { exchange.phase = LiveExchange::Phase::Streaming; });
    }
}

/// The answer is whole without them, but nobody should wonder later.
void Conversation::noteSkipped(int events)
{
    losses().dropped("stream_events", "no JSON");
    noteLosses(losses());
    qCWarning(lcGateway).noquote() << m_id << "left out" << events << "stream events that were no JSON";
}

void Conversation::end(int clientStatus)
{
    using Status = metering::LedgerRecord::Status;
    const bool cancelled = clientStatus == kClientClosedRequest || m_cancel.isCancelled();
    if (m_delivered)
        book(Status::Ok, 200, nullptr);
    else if (cancelled)
        book(Status::Cancelled, kClientClosedRequest, nullptr);
    else if (m_failure)
        book(Status::Incomplete, clientStatus, &*m_failure);
    else
        book(Status::Ok, clientStatus, nullptr);
}

void Conversation::fail(const chat::Failure &failure, int clientStatus)
{
    using Status = metering::LedgerRecord::Status;
    const bool cancelled = failure.failureClass == chat::FailureClass::Cancelled;
    book(
        cancelled ? Status::Cancelled : Status::Failed, cancelled ? kClientClosedRequest : clientStatus,
        &failure);
}

void Conversation::book(metering::LedgerRecord::Status status, int clientStatus, const chat::Failure *failure)
{
    if (m_booked)
        return;
    m_booked = true;
    m_services.live.remove(m_place);
    m_record = m_meter.end(status, clientStatus, failure);
    if (m_serving && status == metering::LedgerRecord::Status::Ok)
        m_services.failover.completed(*m_serving, m_record.tokensPerSecond());
    else if (m_serving && m_failure && !m_blamed)
        m_services.failover.broke(*m_serving, *m_failure);
    if (!m_conversation.isEmpty() && m_serving && status == metering::LedgerRecord::Status::Ok) {
        const chat::Usage &usage = m_record.usage;
        m_services.router->answered(
            m_conversation, m_serving->target, usage.totalInput() + usage.totalOutput());
    }
    qCDebug(lcGateway).noquote() << m_id << metering::statusName(status) << clientStatus << m_record.provider
                                 << m_record.model;
    if (m_services.finished)
        m_services.finished(m_record);
    m_services.ledger.append(m_record);
    if (!m_gate)
        return;
    // What it did cost is counted now.
    m_gate->leave();
    if (m_serving)
        m_serving->place.reset();
}

} // namespace fairlead::gateway
