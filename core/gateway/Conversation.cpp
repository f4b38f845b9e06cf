// SPDX-License-Identifier: GPL-3.0-or-later
#include "gateway/Conversation.h"

#include "base/Ids.h"
#include "base/Logging.h"
#include "gateway/Replies.h"
#include "gateway/Shadows.h"

namespace fairlead::gateway {

Conversation::Conversation(Services &services, Start start)
    : m_services(services)
    , m_routing(services.routing)
    , m_id(start.id.isEmpty() ? newRequestId(toUnixMs(services.clock.wall())) : start.id)
    , m_modelAsked(start.modelAsked)
    , m_meter(services.clock, services.prices)
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
    if (start.promptBytes > 0)
        m_meter.setPromptBytes(start.promptBytes);
}

Conversation::~Conversation()
{
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
    for (const routing::Target &target : given->shadows)
        m_services.shadows->start(target, calls, m_meter.record());

    const routing::Failover::Progress progress = [this](const routing::Target &target, int attempt) {
        m_services.live.update(m_place, [&](LiveExchange &exchange) {
            exchange.phase = LiveExchange::Phase::Waiting;
            exchange.provider = target.provider->id;
            exchange.model = target.model;
            exchange.attempts = attempt;
        });
    };
    auto served
        = co_await m_services.failover.open(std::move(*given), calls, m_meter, m_cancel.token(), progress);
    if (!served)
        co_return tl::make_unexpected(served.error());
    for (metering::LedgerRecord &row : served->beside)
        m_services.ledger.append(std::move(row));
    m_meter.setLosses(served->prepared.losses.header());
    m_serving.emplace(std::move(*served));
    co_return tl::expected<void, chat::Failure>();
}

Task<providers::Piece> Conversation::next()
{
    auto ready = tryNext();
    if (ready)
        co_return std::move(*ready);
    providers::Piece piece = co_await m_serving->answer->next();
    observe(piece);
    co_return piece;
}

std::optional<providers::Piece> Conversation::tryNext()
{
    std::optional<providers::Piece> piece;
    if (m_heldTaken < m_serving->held.size())
        piece = std::move(m_serving->held[m_heldTaken++]);
    else
        piece = m_serving->answer->tryNext();
    if (piece)
        observe(*piece);
    return piece;
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
    else if (m_serving && m_failure)
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
}

} // namespace fairlead::gateway
