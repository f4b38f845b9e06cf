// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/Clock.h"
#include "chat/Failure.h"
#include "metering/LedgerRecord.h"
#include "routing/Estimate.h"
#include "routing/GateRules.h"
#include "routing/RateWindow.h"
#include "routing/RoutingTable.h"
#include "routing/ToolRun.h"

#include <QHash>
#include <QSet>

#include <functional>
#include <memory>
#include <vector>

namespace fairlead::routing {

/// Something about limits that people should hear of.
struct LimitNotice {
    enum class Kind { Requests, Tokens, Concurrent, Money, Runaway };
    Kind kind = Kind::Money;
    Scope scope;
    bool refused = false; ///< or only warned
    QByteArray words;
};

/// A budget as it stands.
struct BudgetState {
    Scope scope;
    Period period = Period::Day;
    NanoUsd most; ///< without what was raised
    NanoUsd raised;
    NanoUsd spent;
    NanoUsd reserved; ///< by requests that are running
    bool hard = true;
    qint64 resetsMs = 0; ///< when the next one begins
};

/// Lets requests in, or not: limits of rate, number and money, of apps, models, providers and all. Pure but
/// for its clock; lives on the gateway thread.
///
/// A request reserves what it may cost at most before it is sent, and gives that back when its row is booked:
/// however many come at once, together they exceed a budget by one reservation at most. Whoever asks first
/// about the caller (admit) and then about each target (enter) holds two passes; rows are counted by book(),
/// whoever made them.
class Gate
{
    struct Tally;

public:
    /// What a request holds while it runs: its place and its reservations. Dropped, it gives them back.
    class Pass
    {
    public:
        Pass() = default;
        Pass(Pass &&) noexcept = default;
        Pass &operator=(Pass &&other) noexcept;
        Pass(const Pass &) = delete;
        Pass &operator=(const Pass &) = delete;
        ~Pass() { release(); }
        void release();
        /// What is beyond a soft limit, for the caller's header; mostly empty.
        [[nodiscard]] const QByteArray &warnings() const { return m_warnings; }

    private:
        friend class Gate;
        struct Held {
            std::shared_ptr<Tally> tally;
            qint64 tokens = 0;
            NanoUsd money;
        };
        std::vector<Held> m_held;
        QByteArray m_warnings;
    };
    using Answer = tl::expected<Pass, chat::Failure>;

    explicit Gate(Clock &clock);
    ~Gate();
    Q_DISABLE_COPY_MOVE(Gate)

    /// What was counted stays; limits may come and go.
    void setRules(GateRules rules);
    void setPrices(std::shared_ptr<const metering::PriceBook> prices) { m_prices = std::move(prices); }
    using Notify = std::function<void(const LimitNotice &)>;
    /// Told of what is refused or warned about, once a minute for each limit.
    void setNotify(Notify notify) { m_notify = std::move(notify); }
    using Paused = std::function<void(const Pause &)>;
    /// Told when the runaway guard has paused an app: the pause must outlive this process.
    void setPaused(Paused paused) { m_pausedBy = std::move(paused); }

    /// Whether nobody need be asked: the common case, and it costs nothing.
    [[nodiscard]] bool isOpen() const { return m_open; }
    /// Whether targets have limits of their own.
    [[nodiscard]] bool limitsTargets() const { return m_limitsTargets; }

    /// May this app ask now? `targets` are those the request may go to: the dearest is reserved for.
    [[nodiscard]] Answer
    admit(const QByteArray &app, const std::vector<Target> &targets, const Estimate &estimate);
    /// May this target be asked now?
    [[nodiscard]] Answer enter(const Target &target, const Estimate &estimate);
    /// Counts a row of the ledger. Before the passes of its request are dropped.
    void book(const metering::LedgerRecord &record);

    [[nodiscard]] const RunawayRule &runawayOf(const QByteArray &app) const;
    /// An app's model has made the same tool call that often in a row: the app is paused once that is too
    /// often, and again when it has gone on for as long after somebody let it.
    [[nodiscard]] std::optional<chat::Failure> watchRun(const QByteArray &app, const ToolRun &run);

    /// Money spent before this process began to count, by the ledger.
    struct Gap {
        Scope scope;
        Period period = Period::Day;
        Span span;
    };
    /// What is not known yet. Each is asked for once: what is not filled counts from nothing.
    [[nodiscard]] std::vector<Gap> takeGaps();
    /// `spent` by app, provider, "provider/model", or the empty name for all.
    void fill(const Gap &gap, const QHash<QByteArray, NanoUsd> &spent);

    [[nodiscard]] std::vector<BudgetState> budgets();
    /// What an app has left of its own budgets, by the one that ends first; nullopt = it has none.
    [[nodiscard]] std::optional<NanoUsd> left(const QByteArray &app);

private:
    struct Limited {
        Rule rule;
        std::shared_ptr<Tally> tally;
    };
    struct Decision;

    [[nodiscard]] std::optional<chat::Failure> whyPaused(const QByteArray &app) const;
    void check(Limited &limited, Decision &decision);
    void checkMoney(Limited &limited, Decision &decision);
    void
    beyond(Limited &limited, Decision &decision, LimitNotice::Kind kind, bool hard, chat::Failure failure);
    [[nodiscard]] Answer
    decide(const std::vector<Limited *> &limited, const Estimate &estimate, NanoUsd cost);
    [[nodiscard]] NanoUsd raisedFor(const Scope &scope) const;
    [[nodiscard]] NanoUsd costAt(const Target &target, const Estimate &estimate) const;
    [[nodiscard]] std::vector<Limited *> ofTarget(const QByteArray &provider, const QByteArray &model);
    void tell(const LimitNotice &notice);
    chat::Failure pauseRunaway(const QByteArray &app, const QByteArray &reason);
    void watchSlope(const QByteArray &app, NanoUsd cost);

    Clock &m_clock;
    std::shared_ptr<const metering::PriceBook> m_prices;
    Notify m_notify;
    Paused m_pausedBy;
    GateRules m_rules;
    std::vector<Limited> m_limited;
    QHash<QByteArray, std::shared_ptr<Tally>> m_tallies; ///< by kind and name
    QHash<QByteArray, RateWindow> m_slopes; ///< nano-dollars by app, where a rule looks at them
    struct StoppedRun {
        qint64 length = 0;
        SteadyTime at;
    };
    QHash<QByteArray, StoppedRun> m_stoppedRuns; ///< the last of each app
    QHash<QByteArray, SteadyTime> m_told;
    Calendar m_calendar;
    bool m_open = true;
    bool m_limitsTargets = false;
    bool m_limitsMoney = false;
    bool m_counts = false; ///< book() has something to do
};

} // namespace fairlead::routing
