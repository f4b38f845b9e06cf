// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Cancel.h"
#include "gateway/LiveRegistry.h"
#include "metering/UsageMeter.h"
#include "routing/Failover.h"
#include "routing/Router.h"

#include <functional>
#include <memory>
#include <optional>

namespace fairlead::gateway {

class Shadows;

/// What every request needs, on the gateway thread. The pointers are swapped whole when the configuration
/// changes; a running request keeps what it started with.
struct Services {
    Clock &clock;
    routing::Failover &failover;
    metering::LedgerSink &ledger;
    LiveRegistry &live;
    std::shared_ptr<const routing::RoutingTable> routing;
    std::shared_ptr<const metering::PriceBook> prices;
    /// Told of every finished request besides the ledger (the window's live views).
    std::function<void(const metering::LedgerRecord &)> finished;
    routing::Router *router = nullptr; ///< null: routes are followed as written
    Shadows *shadows = nullptr; ///< null: no copies are sent
    routing::RequestFacts::BudgetLeft budgetLeft = {};
};

/// One request from its arrival to its row in the ledger, wherever it came from: the port or the window. It
/// routes, fails over, watches the answer and books the end, exactly once, also when it is simply dropped.
class Conversation
{
public:
    struct Start {
        QByteArray id; ///< empty = a new one
        QByteArray origin;
        QByteArray app;
        QByteArray dialect;
        metering::LedgerRecord::Kind kind = metering::LedgerRecord::Kind::Chat;
        QByteArray modelAsked;
        bool streamed = false;
        qint64 promptBytes = 0; ///< size of the request; 0 = says nothing about its tokens
        SteadyTime received;
        CancelToken caller; ///< the client's patience
    };

    Conversation(Services &services, Start start);
    ~Conversation();
    Q_DISABLE_COPY_MOVE(Conversation)

    [[nodiscard]] const QByteArray &id() const { return m_id; }

    /// Where the request may go, in the order to try; what its route's rules say is booked with it.
    [[nodiscard]] tl::expected<routing::RoutePlan, chat::Failure> plan(routing::CallSource &calls);
    /// Routes and tries until somebody answers. `calls` must outlive the task. With a plan, that one is
    /// followed.
    [[nodiscard]] Task<tl::expected<void, chat::Failure>>
    open(routing::CallSource &calls, std::optional<routing::RoutePlan> given = std::nullopt);
    /// Who serves; valid after open() succeeded.
    [[nodiscard]] const routing::Serving &serving() const { return *m_serving; }
    /// The next piece of the answer, observed. Not to be called after the last one.
    [[nodiscard]] Task<providers::Piece> next();
    /// As next(), without waiting: nullopt if nothing is there now.
    [[nodiscard]] std::optional<providers::Piece> tryNext();

    /// The failure the answer ended with, if it did.
    [[nodiscard]] const std::optional<chat::Failure> &failure() const { return m_failure; }
    [[nodiscard]] metering::Cost cost() const { return m_meter.cost(); }

    /// The caller has been sent the dialect's own end: that it leaves now is no cancellation.
    void answerDelivered() { m_delivered = true; }
    /// What the request to the target lost, and whatever else is added; valid after open() succeeded.
    [[nodiscard]] wire::Losses &losses() { return m_serving->prepared.losses; }
    /// Books these instead of what the request to the target lost.
    void noteLosses(const wire::Losses &losses) { m_meter.setLosses(losses.header()); }

    /// Books the end. `clientStatus` is what the caller was told. Further calls do nothing.
    void end(int clientStatus);
    /// Books a request that was refused or failed before any answer.
    void fail(const chat::Failure &failure, int clientStatus);
    /// What was booked; valid after end() or fail().
    [[nodiscard]] const metering::LedgerRecord &record() const { return m_record; }

private:
    [[nodiscard]] std::optional<chat::Failure>
    applyRules(routing::RoutePlan &plan, routing::CallSource &calls);
    void noteResting(routing::RoutePlan &plan) const;
    void observe(const providers::Piece &piece);
    void noteSkipped(int events);
    void book(metering::LedgerRecord::Status status, int clientStatus, const chat::Failure *failure);

    Services &m_services;
    std::shared_ptr<const routing::RoutingTable> m_routing;
    QByteArray m_id;
    QByteArray m_modelAsked;
    QByteArray m_conversation; ///< as Router knows it; empty = it does not
    CancelSource m_cancel;
    LiveRegistry::Place m_place;
    CancelRegistration m_callerGone;
    metering::UsageMeter m_meter;
    std::optional<routing::Serving> m_serving;
    std::optional<chat::Failure> m_failure;
    metering::LedgerRecord m_record;
    std::size_t m_heldTaken = 0; ///< of m_serving->held
    bool m_streaming = false;
    bool m_delivered = false;
    bool m_booked = false;
};

} // namespace fairlead::gateway
