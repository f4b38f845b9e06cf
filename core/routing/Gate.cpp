// SPDX-License-Identifier: GPL-3.0-or-later
#include "routing/Gate.h"

#include "base/Pattern.h"
#include "routing/LimitWords.h"

#include <QRegularExpression>

#include <algorithm>

namespace fairlead::routing {

namespace {

using chat::Failure;

constexpr std::chrono::minutes kToldEvery{1};
// A run that was stopped and let go on is the same one for so long.
constexpr std::chrono::hours kStoppedCounts{1};

/// The name of a model without the date some providers put behind what was asked for:
/// "gpt-5.6-sol-2026-08-21", "claude-sonnet-5-5-20260801".
QByteArray undated(const QByteArray &model)
{
    static const QRegularExpression date(QStringLiteral("[-@](20\\d{2})-?(\\d{2})-?(\\d{2})$"));
    const auto match = date.match(QString::fromUtf8(model));
    return match.hasMatch() ? model.left(model.size() - match.capturedLength()) : model;
}

bool covers(const Scope &scope, const QByteArray &provider, const QByteArray &model)
{
    if (scope.kind == Scope::Kind::Provider)
        return scope.name == provider;
    if (scope.kind != Scope::Kind::Model)
        return false;
    const QByteArray name = provider + '/' + model;
    return matchesPattern(scope.name, name) || matchesPattern(scope.name, undated(name));
}

bool isOfTarget(const Scope &scope)
{
    return scope.kind == Scope::Kind::Provider || scope.kind == Scope::Kind::Model;
}

} // namespace

/// What was counted of one scope, whatever its limits are now.
struct Gate::Tally {
    RateWindow requests;
    RateWindow tokens;
    Spending spending;
    qint64 running = 0;
    qint64 heldTokens = 0;
    NanoUsd reserved;
    QSet<qint64> known; ///< the periods the ledger was asked about
};

void Gate::Pass::release()
{
    for (const Held &held : m_held) {
        --held.tally->running;
        held.tally->heldTokens -= held.tokens;
        held.tally->reserved = held.tally->reserved - held.money;
    }
    m_held.clear();
}

Gate::Pass &Gate::Pass::operator=(Pass &&other) noexcept
{
    if (this != &other) {
        release();
        m_held = std::exchange(other.m_held, {});
        m_warnings = std::move(other.m_warnings);
    }
    return *this;
}

/// What is found out about one request.
struct Gate::Decision {
    SteadyTime now;
    qint64 nowMs = 0;
    std::optional<Failure> failure;
    QByteArray warnings;
};

Gate::Gate(Clock &clock)
    : m_clock(clock)
{ }

Gate::~Gate() = default;

void Gate::setRules(GateRules rules)
{
    m_rules = std::move(rules);
    m_limited.clear();
    // What no rule looks at is not counted on, so it must not be found again later.
    const auto before = std::exchange(m_tallies, {});
    m_limitsTargets = false;
    m_limitsMoney = false;
    for (const Rule &rule : m_rules.rules) {
        const QByteArray key = scopeName(rule.scope.kind) + ' ' + rule.scope.name;
        auto tally = before.value(key);
        if (!tally)
            tally = std::make_shared<Tally>();
        m_tallies.insert(key, tally);
        m_limited.push_back(Limited{rule, std::move(tally)});
        m_limitsTargets = m_limitsTargets || isOfTarget(rule.scope);
        m_limitsMoney = m_limitsMoney || !rule.money.empty();
    }
    const bool slopes = m_rules.runaway.usdPerMinute
                        || std::any_of(
                            m_rules.runawayOfApp.cbegin(), m_rules.runawayOfApp.cend(),
                            [](const RunawayRule &rule) { return rule.usdPerMinute.has_value(); });
    if (!slopes)
        m_slopes.clear();
    m_open = m_limited.empty() && m_rules.pauses.empty();
    m_counts = !m_limited.empty() || slopes;
}

std::optional<Failure> Gate::whyPaused(const QByteArray &app) const
{
    for (const Pause &pause : m_rules.pauses) {
        if (pause.app.isEmpty() || pause.app == app)
            return paused(pause);
    }
    return std::nullopt;
}

NanoUsd Gate::raisedFor(const Scope &scope) const
{
    NanoUsd sum;
    if (isOfTarget(scope) || m_rules.raises.empty())
        return sum;
    const qint64 now = toUnixMs(m_clock.wall());
    for (const Raise &raise : m_rules.raises) {
        if (raise.untilMs > now && raise.app == scope.name)
            sum += raise.amount;
    }
    return sum;
}

NanoUsd Gate::costAt(const Target &target, const Estimate &estimate) const
{
    return m_limitsMoney && m_prices ? upperCost(estimate, target, *m_prices, m_clock.wall()) : NanoUsd();
}

Gate::Answer Gate::admit(const QByteArray &app, const std::vector<Target> &targets, const Estimate &estimate)
{
    if (const auto why = whyPaused(app))
        return tl::make_unexpected(*why);
    std::vector<Limited *> limited;
    for (Limited &candidate : m_limited) {
        const Scope &scope = candidate.rule.scope;
        if (scope.kind == Scope::Kind::All || (scope.kind == Scope::Kind::App && scope.name == app))
            limited.push_back(&candidate);
    }
    if (limited.empty())
        return Pass();
    NanoUsd cost;
    for (const Target &target : targets)
        cost = std::max(cost, costAt(target, estimate));
    return decide(limited, estimate, cost);
}

Gate::Answer Gate::enter(const Target &target, const Estimate &estimate)
{
    const auto limited = ofTarget(target.provider->id, target.model);
    if (limited.empty())
        return Pass();
    return decide(limited, estimate, costAt(target, estimate));
}

std::vector<Gate::Limited *> Gate::ofTarget(const QByteArray &provider, const QByteArray &model)
{
    std::vector<Limited *> limited;
    if (!m_limitsTargets)
        return limited;
    for (Limited &candidate : m_limited) {
        if (covers(candidate.rule.scope, provider, model))
            limited.push_back(&candidate);
    }
    return limited;
}

/// All agree, or nobody counts it: a request that is refused has used nothing up.
Gate::Answer Gate::decide(const std::vector<Limited *> &limited, const Estimate &estimate, NanoUsd cost)
{
    Decision decision;
    decision.now = m_clock.steady();
    decision.nowMs = toUnixMs(m_clock.wall());
    for (Limited *one : limited) {
        check(*one, decision);
        if (decision.failure)
            return tl::make_unexpected(std::move(*decision.failure));
    }
    Pass pass;
    pass.m_warnings = std::move(decision.warnings);
    for (const Limited *one : limited) {
        Tally &tally = *one->tally;
        Pass::Held held;
        held.tally = one->tally;
        held.tokens = estimate.inputTokens;
        held.money = cost;
        tally.requests.add(decision.now, 1);
        ++tally.running;
        tally.heldTokens += held.tokens;
        tally.reserved += held.money;
        pass.m_held.push_back(std::move(held));
    }
    return pass;
}

void Gate::check(Limited &limited, Decision &decision)
{
    // Money first: who has none left should not be told to come back in a second.
    checkMoney(limited, decision);
    const Rule &rule = limited.rule;
    Tally &tally = *limited.tally;
    if (!decision.failure && rule.requests) {
        const auto wait = tally.requests.untilAtMost(decision.now, *rule.requests - 1);
        if (wait.count() > 0)
            beyond(
                limited, decision, LimitNotice::Kind::Requests, rule.hard,
                tooFast(rule.scope, *rule.requests, "requests", wait));
    }
    if (!decision.failure && rule.tokens
        && tally.tokens.sum(decision.now) + tally.heldTokens >= *rule.tokens) {
        const auto wait = tally.tokens.untilAtMost(decision.now, *rule.tokens - 1);
        beyond(
            limited, decision, LimitNotice::Kind::Tokens, rule.hard,
            tooFast(rule.scope, *rule.tokens, "tokens", std::max(wait, milliseconds(1000))));
    }
    if (!decision.failure && rule.concurrent && tally.running >= *rule.concurrent)
        beyond(
            limited, decision, LimitNotice::Kind::Concurrent, rule.hard,
            tooMany(rule.scope, *rule.concurrent));
}

void Gate::checkMoney(Limited &limited, Decision &decision)
{
    Tally &tally = *limited.tally;
    for (const MoneyLimit &money : limited.rule.money) {
        const Span span = m_calendar.span(money.period, decision.nowMs);
        const NanoUsd spent = tally.spending.in(money.period, span);
        if (spent + tally.reserved < money.most)
            continue;
        BudgetState state;
        state.scope = limited.rule.scope;
        state.period = money.period;
        state.most = money.most;
        state.raised = raisedFor(limited.rule.scope);
        state.spent = spent;
        state.reserved = tally.reserved;
        state.hard = money.hard;
        state.resetsMs = span.endMs;
        const NanoUsd most = state.most + state.raised;
        if (spent >= most)
            beyond(limited, decision, LimitNotice::Kind::Money, money.hard, budgetSpent(state));
        else if (money.hard && spent + tally.reserved >= most)
            beyond(limited, decision, LimitNotice::Kind::Money, true, budgetReserved(state));
        if (decision.failure)
            return;
    }
}

void Gate::beyond(Limited &limited, Decision &decision, LimitNotice::Kind kind, bool hard, Failure failure)
{
    LimitNotice notice;
    notice.kind = kind;
    notice.scope = limited.rule.scope;
    notice.refused = hard;
    notice.words = failure.message;
    tell(notice);
    if (hard) {
        decision.failure = std::move(failure);
        return;
    }
    decision.warnings += (decision.warnings.isEmpty() ? "" : " ") + failure.message;
}

void Gate::tell(const LimitNotice &notice)
{
    if (!m_notify)
        return;
    const QByteArray key = scopeName(notice.scope.kind) + ' ' + notice.scope.name + ' '
                           + QByteArray::number(static_cast<int>(notice.kind)) + (notice.refused ? "!" : "");
    const SteadyTime now = m_clock.steady();
    const auto told = m_told.constFind(key);
    if (told != m_told.cend() && now - *told < kToldEvery)
        return;
    m_told.insert(key, now);
    m_notify(notice);
}

void Gate::book(const metering::LedgerRecord &record)
{
    if (!m_counts)
        return;
    const NanoUsd cost = record.bookedCost().value_or(NanoUsd());
    const qint64 tokens = record.usage.totalInput() + record.usage.totalOutput();
    if (cost == NanoUsd() && tokens == 0)
        return;
    const SteadyTime now = m_clock.steady();
    const QByteArray &model = record.attempts.empty() ? record.model : record.attempts.back().model;
    for (Limited &limited : m_limited) {
        const Scope &scope = limited.rule.scope;
        const bool its = scope.kind == Scope::Kind::All
                         || (scope.kind == Scope::Kind::App && scope.name == record.app)
                         || covers(scope, record.provider, model);
        if (!its)
            continue;
        limited.tally->tokens.add(now, tokens);
        for (const Period period : kPeriods)
            limited.tally->spending.add(period, m_calendar.span(period, record.startedMs), cost);
    }
    watchSlope(record.app, cost);
}

const RunawayRule &Gate::runawayOf(const QByteArray &app) const
{
    const auto own = m_rules.runawayOfApp.constFind(app);
    return own == m_rules.runawayOfApp.cend() ? m_rules.runaway : *own;
}

void Gate::watchSlope(const QByteArray &app, NanoUsd cost)
{
    const auto most = runawayOf(app).usdPerMinute;
    if (!most || app.isEmpty())
        return;
    RateWindow &slope = m_slopes[app];
    const SteadyTime now = m_clock.steady();
    slope.add(now, cost.nano());
    const NanoUsd spent(slope.sum(now));
    if (spent <= *most)
        return;
    slope = RateWindow(); // once resumed it begins anew
    pauseRunaway(
        app,
        dollars(spent) + " within a minute, more than the " + dollars(*most) + " of \"usd_per_minute\".");
}

std::optional<Failure> Gate::watchRun(const QByteArray &app, const ToolRun &run)
{
    const qint64 most = runawayOf(app).sameCalls;
    if (most == 0 || run.length < most)
        return std::nullopt;
    const SteadyTime now = m_clock.steady();
    const auto stopped = m_stoppedRuns.constFind(app);
    const bool letGoOn = stopped != m_stoppedRuns.cend() && now - stopped->at < kStoppedCounts
                         && run.length < stopped->length + most;
    if (letGoOn)
        return std::nullopt;
    m_stoppedRuns.insert(app, StoppedRun{run.length, now});
    return pauseRunaway(
        app, "the tool \"" + run.name + "\" was called " + QByteArray::number(run.length)
                 + " times in a row with the same arguments.");
}

Failure Gate::pauseRunaway(const QByteArray &app, const QByteArray &reason)
{
    Pause pause;
    pause.app = app;
    pause.reason = reason;
    const bool known = whyPaused(app).has_value();
    if (!known) {
        m_rules.pauses.push_back(pause);
        m_open = false;
        if (m_pausedBy)
            m_pausedBy(pause);
        LimitNotice notice;
        notice.kind = LimitNotice::Kind::Runaway;
        notice.scope.kind = Scope::Kind::App;
        notice.scope.name = app;
        notice.refused = true;
        notice.words = paused(pause).message;
        tell(notice);
    }
    return paused(pause);
}

std::vector<Gate::Gap> Gate::takeGaps()
{
    std::vector<Gap> gaps;
    const qint64 now = toUnixMs(m_clock.wall());
    for (const Limited &limited : m_limited) {
        for (const MoneyLimit &money : limited.rule.money) {
            Gap gap;
            gap.scope = limited.rule.scope;
            gap.period = money.period;
            gap.span = m_calendar.span(money.period, now);
            const qint64 mark = gap.span.startMs * qint64(kPeriods.size()) + qint64(gap.period);
            if (limited.tally->known.contains(mark))
                continue;
            limited.tally->known.insert(mark);
            // What was counted meanwhile is in the ledger too.
            limited.tally->spending.forget(gap.period, gap.span);
            gaps.push_back(std::move(gap));
        }
    }
    return gaps;
}

void Gate::fill(const Gap &gap, const QHash<QByteArray, NanoUsd> &spent)
{
    const auto tally = m_tallies.value(scopeName(gap.scope.kind) + ' ' + gap.scope.name);
    if (!tally)
        return;
    NanoUsd sum;
    for (auto it = spent.cbegin(); it != spent.cend(); ++it) {
        const bool its = gap.scope.kind == Scope::Kind::Model
                             ? matchesPattern(gap.scope.name, it.key())
                                   || matchesPattern(gap.scope.name, undated(it.key()))
                             : it.key() == gap.scope.name;
        if (its)
            sum += it.value();
    }
    tally->spending.add(gap.period, gap.span, sum);
}

std::vector<BudgetState> Gate::budgets()
{
    std::vector<BudgetState> states;
    const qint64 now = toUnixMs(m_clock.wall());
    for (const Limited &limited : m_limited) {
        for (const MoneyLimit &money : limited.rule.money) {
            const Span span = m_calendar.span(money.period, now);
            BudgetState state;
            state.scope = limited.rule.scope;
            state.period = money.period;
            state.most = money.most;
            state.raised = raisedFor(limited.rule.scope);
            state.spent = limited.tally->spending.in(money.period, span);
            state.reserved = limited.tally->reserved;
            state.hard = money.hard;
            state.resetsMs = span.endMs;
            states.push_back(std::move(state));
        }
    }
    return states;
}

std::optional<NanoUsd> Gate::left(const QByteArray &app)
{
    std::optional<NanoUsd> least;
    if (!m_limitsMoney)
        return least;
    for (const BudgetState &state : budgets()) {
        if (state.scope.kind != Scope::Kind::App || state.scope.name != app)
            continue;
        const NanoUsd left = std::max(state.most + state.raised - state.spent, NanoUsd());
        least = std::min(least.value_or(left), left);
    }
    return least;
}

} // namespace fairlead::routing
