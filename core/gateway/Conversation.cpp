// SPDX-License-Identifier: GPL-3.0-or-later
#include "gateway/Conversation.h"

#include "base/Ids.h"
#include "base/Logging.h"
#include "gateway/Replies.h"

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

Task<tl::expected<void, chat::Failure>>
Conversation::open(routing::CallSource &calls, std::optional<routing::RoutePlan> given)
{
    if (!given) {
        auto plan = m_routing->resolve(m_modelAsked);
        if (!plan)
            co_return tl::make_unexpected(plan.error());
        given = std::move(*plan);
    }

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
    qCDebug(lcGateway).noquote() << m_id << metering::statusName(status) << clientStatus << m_record.provider
                                 << m_record.model;
    if (m_services.finished)
        m_services.finished(m_record);
    m_services.ledger.append(m_record);
}

} // namespace fairlead::gateway
