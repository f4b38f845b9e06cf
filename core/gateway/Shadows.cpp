// SPDX-License-Identifier: GPL-3.0-or-later
#include "gateway/Shadows.h"

#include "base/Ids.h"
#include "base/Logging.h"
#include "gateway/CallSources.h"

namespace fairlead::gateway {

using metering::LedgerRecord;

struct Shadows::Copy {
    Copy(Services &services, routing::Target target_, routing::PreparedCall prepared)
        : target(std::move(target_))
        , calls(std::move(prepared))
        , meter(services.clock, services.prices)
        , routing(services.routing)
    { }

    routing::Target target;
    PreparedCalls calls;
    metering::UsageMeter meter;
    std::shared_ptr<const routing::RoutingTable> routing; ///< it was made by this one
    std::optional<chat::Failure> failure; ///< the stream ended with
};

Shadows::Shadows(Services &services)
    : m_services(services)
{ }

Shadows::~Shadows()
{
    m_shutdown.cancel(CancelReason::Shutdown);
}

void Shadows::start(const routing::Target &target, routing::CallSource &calls, const LedgerRecord &original)
{
    if (m_count >= kMost || calls.whyUnfit(target))
        return;
    routing::Target known = target;
    known.limits = m_services.failover.experience().limits.of(target);
    auto prepared = calls.prepare(known);
    if (!prepared) {
        qCInfo(lcRoute).noquote() << original.id << "no copy for" << target.provider->id << ':'
                                  << prepared.error().message;
        return;
    }
    auto copy = std::make_shared<Copy>(m_services, std::move(known), std::move(*prepared));
    copy->meter.begin(
        newRequestId(toUnixMs(m_services.clock.wall())), original.origin, original.app, original.dialect,
        original.modelAsked, original.streamed, m_services.clock.steady());
    copy->meter.setRole(LedgerRecord::Role::Shadow, original.id);
    copy->meter.setRoute(original.route, {});
    copy->meter.setKind(original.kind);
    ++m_count;
    detach(run(std::move(copy)));
}

Task<> Shadows::run(std::shared_ptr<Copy> copy)
{
    routing::RoutePlan plan;
    plan.asked = copy->meter.record().modelAsked;
    plan.targets.push_back(copy->target);
    const routing::Failover::Progress quiet = [](const routing::Target &, int) {};
    auto served = co_await m_services.failover.open(
        std::move(plan), copy->calls, copy->meter, m_shutdown.token(), quiet);
    if (!served) {
        book(*copy, &served.error());
        co_return;
    }
    const auto observe = [&copy](const providers::Piece &piece) {
        for (const chat::ChatEvent &event : piece.events) {
            if (const auto *failed = std::get_if<chat::Failed>(&event))
                copy->failure = failed->failure;
            copy->meter.observe(event);
        }
    };
    bool last = false;
    for (const providers::Piece &piece : served->held) {
        observe(piece);
        last = last || piece.last;
    }
    while (!last) {
        const providers::Piece piece = co_await served->answer->next();
        observe(piece);
        last = piece.last;
    }
    book(*copy, copy->failure ? &*copy->failure : nullptr);
    if (copy->failure)
        m_services.failover.broke(*served, *copy->failure);
    else
        m_services.failover.completed(*served, std::nullopt);
}

void Shadows::book(Copy &copy, const chat::Failure *failure)
{
    --m_count;
    using Status = LedgerRecord::Status;
    const bool begun = !copy.meter.record().provider.isEmpty();
    const bool cancelled = failure && failure->failureClass == chat::FailureClass::Cancelled;
    const Status status = !failure    ? Status::Ok
                          : cancelled ? Status::Cancelled
                          : begun     ? Status::Incomplete
                                      : Status::Failed;
    // Nobody was told anything.
    m_services.ledger.append(copy.meter.end(status, 0, failure));
}

} // namespace fairlead::gateway
