// SPDX-License-Identifier: GPL-3.0-or-later
#include "routing/Router.h"

#include "routing/Conditions.h"

#include <algorithm>

namespace fairlead::routing {

namespace {

using chat::TokenKind;
using config::RouteConfig;
using config::RouteTarget;
using metering::Candidate;

// What a usual turn is, for comparing prices where the request does not say.
constexpr std::int64_t kUsualInput = 1'000;
constexpr std::int64_t kUsualOutput = 500;

chat::Failure nothingFits(const QByteArray &route, const std::vector<Candidate> &candidates)
{
    QByteArray reasons;
    for (const Candidate &candidate : candidates)
        reasons += (reasons.isEmpty() ? "" : "; ") + candidate.provider + '/' + candidate.model + " is "
                   + candidate.reason;
    chat::Failure failure(
        chat::FailureClass::CallerFault, 400,
        "No target of the route \"" + route + "\" fits this request: " + reasons + '.');
    failure.code = "no_target_fits";
    failure.param = "model";
    return failure;
}

/// Conversations of different apps may begin alike.
QByteArray conversationOf(const RoutePlan &plan, const RequestFacts &facts)
{
    const QByteArray &opening = facts.content().opening;
    return opening.isEmpty() ? QByteArray() : plan.route->model + '\n' + facts.app + '\n' + opening;
}

bool isAt(const Target &target, const WarmPrompts::Place &place)
{
    return target.provider->id == place.provider && target.model == place.model;
}

} // namespace

/// One request's way through a route and the routes it leads to.
class Router::Walk
{
public:
    Walk(Router &router, const RoutingTable &table, RoutePlan &plan, const RequestFacts &facts)
        : m_router(router)
        , m_table(table)
        , m_plan(plan)
        , m_facts(facts)
    { }

    void run()
    {
        m_plan.targets = orderOf(*m_plan.route, {});
        stayWhereItIsWarm();
        for (const Target &target : m_plan.targets)
            m_taken.push_back(Candidate{target.provider->id, target.model, true, target.reason});
        m_plan.candidates = std::move(m_taken);
        m_plan.candidates.insert(
            m_plan.candidates.end(), std::make_move_iterator(m_passed.begin()),
            std::make_move_iterator(m_passed.end()));
    }

private:
    /// A target of a route, with where it leads.
    struct Option {
        const RouteTarget *place = nullptr;
        std::vector<Target> targets; ///< more than one behind another route
    };

    std::vector<Target> orderOf(const RouteConfig &route, const QByteArray &prefix)
    {
        if (std::find(m_seen.begin(), m_seen.end(), &route) != m_seen.end())
            return {};
        m_seen.push_back(&route);
        std::vector<Option> canaries;
        std::vector<Option> options;
        double draw = -1; // of one draw for all canaries, so that at most one is taken
        double drawnUpTo = 0;
        for (const RouteTarget &place : route.targets) {
            if (!mayTake(place))
                continue;
            if (place.shadow) {
                addShadow(place);
                continue;
            }
            if (place.isCanary()) {
                if (draw < 0)
                    draw = m_router.m_random() * 1000;
                const double from = std::exchange(drawnUpTo, drawnUpTo + *place.sharePermille);
                const QByteArray share = config::permilleText(*place.sharePermille);
                if (draw < from || draw >= drawnUpTo) {
                    pass(place.name, "a canary for " + share + ", and was not drawn");
                    continue;
                }
                if (Option option = optionOf(place, prefix); !option.targets.empty()) {
                    option.targets.front().reason = prefix + "a canary for " + share + ", and drawn";
                    canaries.push_back(std::move(option));
                }
                continue;
            }
            if (Option option = optionOf(place, prefix); !option.targets.empty())
                options.push_back(std::move(option));
        }
        std::vector<Target> targets;
        for (Option &canary : canaries)
            append(targets, std::move(canary.targets));
        for (Option &option : inOrder(route, prefix, std::move(options)))
            append(targets, std::move(option.targets));
        return targets;
    }

    bool mayTake(const RouteTarget &place)
    {
        if (!place.when)
            return true;
        const Verdict verdict = check(*place.when, m_facts);
        if (verdict.outcome == Verdict::Outcome::Holds)
            return true;
        m_plan.undecided = m_plan.undecided || verdict.outcome == Verdict::Outcome::Unknown;
        pass(place.name, verdict.reason);
        return false;
    }

    Option optionOf(const RouteTarget &place, const QByteArray &prefix)
    {
        Option option;
        option.place = &place;
        if (!place.name.contains('/')) {
            if (const RouteConfig *next = m_table.routeFor(place.name))
                option.targets = orderOf(*next, prefix + next->model + ": ");
            return option;
        }
        if (auto target = m_table.targetNamed(place.name)) {
            target->strict = m_plan.route->strict;
            option.targets.push_back(std::move(*target));
        } else {
            pass(place.name, "switched off with its provider");
        }
        return option;
    }

    void addShadow(const RouteTarget &place)
    {
        auto target = m_table.targetNamed(place.name);
        if (target && m_router.draw(place.sharePermille.value_or(1000))) {
            target->reason = "a shadow";
            m_plan.shadows.push_back(std::move(*target));
            pass(place.name, "a shadow, and got a copy");
        } else if (target) {
            pass(place.name, "a shadow, and was not drawn");
        }
    }

    std::vector<Option>
    inOrder(const RouteConfig &route, const QByteArray &prefix, std::vector<Option> options)
    {
        std::vector<Contender> contenders;
        for (const Option &option : options) {
            const Target &first = option.targets.front();
            Contender contender;
            contender.weight = option.place->weight;
            if (needsCost(route.strategy))
                contender.cost = m_router.costAt(first, m_facts, conversation());
            if (needsViews(route.strategy))
                contender.view = m_router.m_viewOf(first.provider->id, first.model);
            contenders.push_back(std::move(contender));
        }
        std::vector<Option> ordered;
        for (const Ranked &ranked : rank(route.strategy, contenders, m_router.m_random)) {
            ordered.push_back(std::move(options[ranked.index]));
            // Behind another route, the reason within it says more.
            if (ordered.back().place->name.contains('/'))
                ordered.back().targets.front().reason = prefix + ranked.reason;
        }
        return ordered;
    }

    void stayWhereItIsWarm()
    {
        if (!m_plan.route->sticky)
            return;
        const auto warm = m_router.m_warm.find(conversation());
        if (!warm)
            return;
        std::vector<Target> &targets = m_plan.targets;
        const auto at = std::find_if(
            targets.begin(), targets.end(), [&](const Target &target) { return isAt(target, *warm); });
        if (at == targets.end())
            return;
        at->reason = "answered this conversation last, its prompt is warm there";
        std::rotate(targets.begin(), at, at + 1);
    }

    const QByteArray &conversation()
    {
        if (m_plan.conversation.isEmpty())
            m_plan.conversation = conversationOf(m_plan, m_facts);
        return m_plan.conversation;
    }

    /// Each target once: the first place counts.
    static void append(std::vector<Target> &targets, std::vector<Target> more)
    {
        for (Target &target : more) {
            const bool known = std::any_of(targets.begin(), targets.end(), [&](const Target &other) {
                return other.provider == target.provider && other.model == target.model;
            });
            if (!known)
                targets.push_back(std::move(target));
        }
    }

    void pass(const QByteArray &name, const QByteArray &reason)
    {
        const qsizetype slash = name.indexOf('/');
        m_passed.push_back(
            slash < 0 ? Candidate{"route", name, false, reason}
                      : Candidate{name.left(slash), name.mid(slash + 1), false, reason});
    }

    Router &m_router;
    const RoutingTable &m_table;
    RoutePlan &m_plan;
    const RequestFacts &m_facts;
    std::vector<const RouteConfig *> m_seen;
    std::vector<Candidate> m_taken;
    std::vector<Candidate> m_passed;
};

Router::Router(Clock &clock, ViewOf viewOf, Random random)
    : m_warm(clock)
    , m_viewOf(std::move(viewOf))
    , m_random(std::move(random))
{ }

std::optional<chat::Failure>
Router::order(const RoutingTable &table, RoutePlan &plan, const RequestFacts &facts)
{
    Walk(*this, table, plan, facts).run();
    if (plan.targets.empty())
        return nothingFits(plan.route->model, plan.candidates);
    return std::nullopt;
}

void Router::answered(const QByteArray &conversation, const Target &target, std::int64_t tokens)
{
    m_warm.answered(conversation, WarmPrompts::Place{target.provider->id, target.model, tokens});
}

std::optional<NanoUsd>
Router::costAt(const Target &target, const RequestFacts &facts, const QByteArray &conversation) const
{
    const RequestContent &content = facts.content();
    const std::int64_t input = content.inputTokens.value_or(kUsualInput);
    const auto row = m_prices ? m_prices->find(target.provider->priceProvider, target.model, facts.now, input)
                              : std::nullopt;
    if (!row)
        return target.provider->local ? std::optional(NanoUsd(0)) : std::nullopt;
    const auto warm = m_warm.find(conversation);
    const std::int64_t cached = warm && isAt(target, *warm) ? std::min(warm->tokens, input) : 0;
    chat::Usage usage;
    usage.set(TokenKind::Input, input - cached);
    if (cached > 0)
        usage.set(TokenKind::CacheRead, cached);
    usage.set(TokenKind::Output, std::min(kUsualOutput, content.mostOutputTokens.value_or(kUsualOutput)));
    return metering::PriceBook::cost(usage, row).total;
}

} // namespace fairlead::routing
