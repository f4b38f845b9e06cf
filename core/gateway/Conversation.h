// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Cancel.h"
#include "gateway/LiveRegistry.h"
#include "gateway/Recovery.h"
#include "gateway/StallWatch.h"
#include "metering/UsageMeter.h"
#include "routing/Failover.h"
#include "routing/RequestGate.h"
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
    /// Looks after silent streams; null = nobody does.
    StallWatch *stalls = nullptr;
    /// Who may come in now; null = everybody.
    routing::Gate *gate = nullptr;
};

/// One request from its arrival to its row in the ledger, wherever it came from: the port or the window. It
/// routes, fails over, watches the answer and books the end, exactly once, also when it is simply dropped.
class Conversation final : private StallWatch::Watched
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
        /// What the request may take at most is read from here, if somebody wants to know; outlives open().
        const wire::InboundCall *call = nullptr;
        std::optional<routing::Estimate> estimate; ///< instead, of a request without
    };

    Conversation(Services &services, Start start);
    ~Conversation() override;
    Q_DISABLE_COPY_MOVE(Conversation)

    [[nodiscard]] const QByteArray &id() const { return m_id; }

    /// Where the request may go, in the order to try; what its route's rules say is booked with it.
    [[nodiscard]] tl::expected<routing::RoutePlan, chat::Failure> plan(routing::CallSource &calls);
    /// Routes and tries until somebody answers. `calls` must outlive the answer. With a plan, that one is
    /// followed.
    [[nodiscard]] Task<tl::expected<void, chat::Failure>>
    open(routing::CallSource &calls, std::optional<routing::RoutePlan> given = std::nullopt);
    /// Who serves; valid after open() succeeded.
    [[nodiscard]] const routing::Serving &serving() const { return *m_serving; }
    /// The next piece of the answer, observed. Not to be called after the last one. Where the route says so,
    /// an answer that breaks goes on from elsewhere (Piece::goesOn).
    [[nodiscard]] Task<providers::Piece> next();
    /// As next(), without waiting: nullopt if nothing is there now.
    [[nodiscard]] std::optional<providers::Piece> tryNext();

    /// The route wants the answer held back until it is whole; whoever can, calls hold() first.
    [[nodiscard]] bool wantsToHold() const { return m_recovery && m_recovery->wantsToHold(); }
    /// Reads the whole answer, from elsewhere if it breaks; next() then gives it piece by piece.
    [[nodiscard]] Task<> hold();
    /// What was told, for whoever goes on with it; valid with Piece::goesOn.
    [[nodiscard]] const Told &told() const { return m_recovery->told(); }
    /// How a broken answer went on: "restart", "prefill", "hold"; empty if it did not break.
    [[nodiscard]] QByteArray rescue() const { return m_recovery ? m_recovery->rescue() : QByteArray(); }
    [[nodiscard]] bool mayGoOn() const { return m_recovery != nullptr; }
    /// This answer cannot go on from elsewhere: what is told of it has no parts.
    void mustNotGoOn() { m_recovery.reset(); }
    /// Ends the answer here: its last piece.
    [[nodiscard]] providers::Piece giveUp(chat::Failure failure);

    /// What is beyond a soft limit; mostly empty.
    [[nodiscard]] QByteArray warnings() const { return m_gate ? m_gate->warnings() : QByteArray(); }
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
    [[nodiscard]] Task<tl::expected<routing::Serving, chat::Failure>>
    tryTargets(routing::RoutePlan plan, routing::CallSource &calls);
    void bookBeside(routing::Serving &serving);
    [[nodiscard]] bool accept(providers::Piece &piece);
    [[nodiscard]] bool hasBroken(providers::Piece &piece);
    [[nodiscard]] Task<std::optional<providers::Piece>> goOn();
    [[nodiscard]] Task<tl::expected<void, chat::Failure>> reopen();
    [[nodiscard]] routing::Estimate estimate() const;
    void observe(const providers::Piece &piece);

    bool hasSpoken() override;
    [[nodiscard]] milliseconds patience() const override;
    void stalled() override;
    void noteSkipped(int events);
    void book(metering::LedgerRecord::Status status, int clientStatus, const chat::Failure *failure);

    Services &m_services;
    std::shared_ptr<const routing::RoutingTable> m_routing;
    QByteArray m_id;
    QByteArray m_modelAsked;
    QByteArray m_conversation; ///< as Router knows it; empty = it does not
    CancelSource m_cancel; ///< of the request
    std::optional<CancelSource> m_attempt; ///< of the answer that is being read, for a stream
    LiveRegistry::Place m_place;
    CancelRegistration m_callerGone;
    CancelRegistration m_requestGone;
    metering::UsageMeter m_meter;
    std::optional<routing::Serving> m_serving;
    std::optional<chat::Failure> m_failure;
    metering::LedgerRecord m_record;
    const wire::InboundCall *m_call;
    std::optional<routing::Estimate> m_estimate;
    std::unique_ptr<routing::RequestGate> m_gate; ///< null while nothing is limited
    std::size_t m_heldTaken = 0; ///< of m_serving->held
    std::unique_ptr<Recovery> m_recovery; ///< null if a break is told as it is
    std::optional<chat::Failure> m_broken; ///< the answer has broken and may go on from elsewhere
    std::vector<providers::Piece> m_whole; ///< an answer that was held back, observed
    std::size_t m_wholeTaken = 0;
    std::optional<milliseconds> m_idle; ///< how long the route lets an answer be silent
    bool m_streamed = false;
    bool m_watched = false;
    bool m_awaits = false; ///< the next piece
    bool m_spoke = false; ///< since the watch looked last
    bool m_stalled = false;
    bool m_blamed = false; ///< the target knows of how its answer ended
    bool m_differs = false; ///< what should go on is another answer
    bool m_streaming = false;
    bool m_delivered = false;
    bool m_booked = false;
};

} // namespace fairlead::gateway
